package coap

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// group hands a datagram that was sent to a group to the endpoint.
func (w *wire) group(peer int, m outgoing) {
	rt := w.route(peer)
	w.reader.now = time.Now()
	w.reader.groupDatagram(&rt, m.append(nil))
}

func TestAnswerToMulticast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var after []time.Duration
		w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			if !r.Multicast {
				t.Error("the handler is not told that it was multicast")
			}
			w.SetCode(codes.Content)
			w.SetString("x")
		})}).gather()
		for i := range 50 {
			began := time.Now()
			w.group(i, get(non, 7, "t", "a"))
			s := w.next()
			if s.typ != non || s.code != codes.Content || string(s.token) != "t" || s.to != w.peerAddr(i) {
				t.Errorf("answered %v %v to %v", s.typ, s.code, s.to)
			}
			after = append(after, s.at.Sub(began))
		}
		slices.Sort(after)
		if after[0] > time.Second || after[49] > 5*time.Second || after[49] < 4*time.Second {
			t.Errorf("answered after %v to %v, want up to 5 s", after[0], after[49])
		}
		if s := w.endpoint.Stats(); s.Peers != 0 || s.Requests != 50 {
			t.Errorf("%d peers are known after %d requests", s.Peers, s.Requests)
		}
	})
}

func TestWhatIsNotAnsweredToMulticast(t *testing.T) {
	answers := func(code codes.Code, payload string) handlerFunc {
		return func(w *ResponseWriter, _ *Request) {
			w.SetCode(code)
			w.SetString(payload)
		}
	}
	content := answers(codes.Content, "x")
	put := get(non, 1, "t", "a")
	put.code = codes.PUT
	for _, tt := range []struct {
		name    string
		handler handlerFunc
		m       outgoing
		answer  bool
	}{
		{"NON", content, get(non, 1, "t", "a"), true},
		{"2.04 with a payload", answers(codes.Changed, "x"), put, true},
		{"CON", content, get(con, 1, "t", "a"), false},
		{"ping", content, outgoing{typ: con}, false},
		{"ping as NON", content, outgoing{typ: non}, false},
		{"ACK", content, outgoing{typ: ack}, false},
		{"RST", content, outgoing{typ: rst}, false},
		{"response", content, outgoing{typ: non, code: codes.Content}, false},
		{"unknown method", content, outgoing{typ: non, code: 9}, false},
		{"unknown critical option", content, outgoing{typ: non, code: codes.GET, options: message.Options{{ID: 9}}}, false},
		{"a block of a body", content, get(non, 1, "t", "a", message.Option{ID: message.Block1, Value: []byte{8}}), false},
		{"a later block", content, get(non, 1, "t", "a", message.Option{ID: message.Block2, Value: []byte{0x10}}), false},
		{"the first block", content, get(non, 1, "t", "a", message.Option{ID: message.Block2, Value: []byte{0}}), true},
		{"the client does not want it", content, get(non, 1, "t", "a", without(2)), false},
		{"4.04", answers(codes.NotFound, "x"), get(non, 1, "t", "a"), false},
		{"5.00 of a handler that says nothing", func(*ResponseWriter, *Request) {}, get(non, 1, "t", "a"), false},
		{"2.05 that is empty", answers(codes.Content, ""), get(non, 1, "t", "a"), false},
		{"2.04 that is empty", answers(codes.Changed, ""), put, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, Config{Handler: tt.handler}).gather()
				w.group(0, tt.m)
				time.Sleep(time.Minute)
				if tt.answer {
					w.next()
				}
				w.quiet()
				if n := w.endpoint.Stats().Peers; n != 0 {
					t.Errorf("%d peers are known", n)
				}
			})
		})
	}
}

func TestNobodyObservesByMulticast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, rel := observed(t, RelationConfig{})
		w.endpoint.config.Handler = handlerFunc(func(w *ResponseWriter, _ *Request) {
			w.SetCode(codes.Content)
			w.SetString("x")
			if w.Observe(RelationConfig{}) != nil {
				t.Error("a relation began")
			}
			w.Reobserve(rel)
		})
		w.group(1, get(non, 1, "u", "a", observe))
		s := w.next()
		if _, observes := uintOption(s.options, message.Observe); observes {
			t.Error("the answer has Observe")
		}
		if string(rel.Token()) != "t" || rel.Peer().Addr() != w.peerAddr(0) {
			t.Error("the relation has moved")
		}
	})
}

func TestLongAnswerToMulticast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newThrifty(t, Config{Handler: sized(3000)})
		w.group(0, get(non, 1, "t", "a-path-of-20-bytes-xx"))
		s := w.next()
		if b, _ := blockOption(s.options, message.Block2); b.size != 32 || s.echoIn() == nil {
			t.Errorf("an unverified address is answered a block of %d bytes, Echo % x", b.size, s.echoIn())
		}
		w.verified = true
		// What follows is asked for by unicast.
		w.request(get(con, 2, "u", "a-path-of-20-bytes-xx", message.Option{ID: message.Block2, Value: []byte{0x11}}, echoing(s.echoIn())))
		s = w.next()
		if b, _ := blockOption(s.options, message.Block2); b.num != 1 || len(s.payload) != 32 {
			t.Errorf("then block %+v", b)
		}
		if n := w.endpoint.downloadBytes.Load(); n != 0 {
			t.Errorf("%d bytes are kept", n)
		}
	})
}

func TestAnswersToMulticastAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, Config{Handler: sized(1), Limits: Limits{MulticastAnswers: 10}}).gather()
		for i := range 100 {
			w.group(i, get(non, 1, "t", "a"))
		}
		time.Sleep(time.Minute)
		if len(w.sent) != 10 {
			t.Errorf("%d answers, want 10", len(w.sent))
		}
		w.group(0, get(non, 1, "t", "a"))
		time.Sleep(time.Minute)
		if b := w.endpoint.Bounds()[boundMulticastAnswers]; len(w.sent) != 11 || b.Reached != 90 || b.InUse != 0 {
			t.Errorf("%d answers, %+v", len(w.sent), b)
		}
	})
}

// TestMulticastOnLoopback joins on the loopback interface, with listeners bound to one address and to all.
func TestMulticastOnLoopback(t *testing.T) {
	asksGroups(t, "lo", "127.0.0.1:0", "224.0.1.187")
	asksGroups(t, "lo", ":0", "224.0.1.187")
}

// inNamespace is set where the test runs in a network namespace of its own.
const inNamespace = "SLUICE_TEST_NAMESPACE"

// TestMulticastInANetworkNamespace joins on all interfaces of a network namespace that has two.
func TestMulticastInANetworkNamespace(t *testing.T) {
	if os.Getenv(inNamespace) == "" {
		command := exec.CommandContext(t.Context(), "unshare", "-n", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		command.Env = append(os.Environ(), inNamespace+"=1")
		out, err := command.CombinedOutput()
		if err != nil && exec.Command("unshare", "-n", "ip", "link").Run() != nil {
			t.Skipf("there is no network namespace to be had: %v", err)
		}
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		return
	}
	for _, args := range []string{
		"link set lo up",
		"link add left type veth peer name left-end", "link set left up", "link set left-end multicast off up",
		"link add right type veth peer name right-end", "link set right up", "link set right-end multicast off up",
		"addr add 192.0.2.1/24 dev left", "addr add 198.51.100.1/24 dev right",
		"addr add 2001:db8::1/64 dev left nodad", "addr add 2001:db8:1::1/64 dev right nodad",
	} {
		if out, err := exec.Command("sh", "-c", "ip "+args).CombinedOutput(); err != nil {
			t.Skipf("ip %s: %v\n%s", args, err, out)
		}
	}
	for _, on := range []string{"left", "right"} {
		asksGroups(t, on, ":0", "224.0.1.187", "ff02::fd", "ff05::fd")
		asksGroups(t, on, "192.0.2.1:0", "224.0.1.187")
		asksGroups(t, on, "[2001:db8::1]:0", "ff02::fd", "ff05::fd")
	}
}

// asksGroups listens and asks groups on an interface; it is answered from an address that is none of them.
func asksGroups(t *testing.T, on, listen string, groups ...string) {
	t.Helper()
	names := []string{everyInterface}
	i, err := net.InterfaceByName(on)
	if err != nil {
		t.Skip(err)
	}
	if i.Flags&net.FlagLoopback != 0 {
		names = []string{on}
	}
	e, err := Listen(t.Context(), listen, Config{
		Handler: sized(3), Multicast: names, Leisure: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	sent := uint64(0)
	for _, g := range groups {
		group := &net.UDPAddr{IP: net.ParseIP(g), Port: int(e.Addr().Port())}
		network := "udp4"
		if group.IP.To4() == nil {
			network, group.Zone = "udp6", on
		}
		conn, err := net.ListenUDP(network, nil)
		if err != nil {
			t.Fatal(err)
		}
		if network == "udp4" {
			err = ipv4.NewPacketConn(conn).SetMulticastInterface(i)
		} else {
			err = ipv6.NewPacketConn(conn).SetMulticastInterface(i)
		}
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%s at %s on %s", g, listen, on)
		answer := make([]byte, 100)
		var n int
		var from netip.AddrPort
		for range 5 { // an interface that has just come up may lose the first
			request := get(non, 1, "t", "a")
			if _, err := conn.WriteToUDP(request.append(nil), group); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			sent++
			_ = conn.SetReadDeadline(time.Now().Add(time.Second))
			if n, from, err = conn.ReadFromUDPAddrPort(answer); err == nil {
				break
			}
		}
		_ = conn.Close()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m := incoming{options: make(message.Options, 0, 4)}
		if err := m.parse(answer[:n]); err != nil || m.typ != non || m.code != codes.Content || from.Addr().IsMulticast() {
			t.Errorf("%s: %v answered % x", name, from, answer[:n])
		}
		if bound := netip.MustParseAddrPort(e.Addr().String()).Addr(); !bound.IsUnspecified() && unmap(from).Addr() != bound.Unmap() {
			t.Errorf("%s: the answer comes from %v", name, from)
		}
	}
	if n := e.Stats().Requests; n > sent || n < uint64(len(groups)) {
		t.Errorf("%s on %s: %d requests of %d, want each once", listen, on, n, sent)
	}
}

func TestMulticastInterfacesAreChecked(t *testing.T) {
	if e, err := Listen(t.Context(), "127.0.0.1:0", Config{Handler: changed, Multicast: []string{"no such interface"}}); err == nil {
		_ = e.Close()
		t.Error("an interface that is not there is taken")
	}
	got, err := multicastInterfaces([]string{everyInterface, "lo", everyInterface})
	if err != nil {
		t.Fatal(err)
	}
	for i, one := range got {
		for _, other := range got[:i] {
			if one.Index == other.Index {
				t.Errorf("%s is there twice", one.Name)
			}
		}
	}
}
