package coap_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/mux"
	coapnet "github.com/plgd-dev/go-coap/v3/net"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/udp"

	"sluice/engine/coap"
)

// asker is an endpoint that asks others and answers nothing.
func asker(t *testing.T, hostport string) *coap.Endpoint {
	return listen(t, hostport, coap.Config{Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) {
		w.SetCode(codes.NotFound)
	})})
}

// asks sends a request and expects a code.
func asks(t *testing.T, e *coap.Endpoint, to coap.Destination, r *coap.ClientRequest, code codes.Code) *coap.ClientResponse {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*patience)
	defer cancel()
	response, err := e.Do(ctx, to, r)
	if err != nil {
		t.Fatal(err)
	}
	if response.Code != code {
		t.Fatalf("answered %v %q, want %v", response.Code, response.Payload, code)
	}
	return response
}

func ask(code codes.Code, path string, payload []byte) *coap.ClientRequest {
	r := &coap.ClientRequest{Code: code, Payload: payload}
	for segment := range strings.SplitSeq(path, "/") {
		r.Options = r.Options.Add(message.Option{ID: message.URIPath, Value: []byte(segment)})
	}
	return r
}

// digesting answers with the request's method and a digest of its body.
func digesting(w *coap.ResponseWriter, r *coap.Request) {
	w.SetCode(codes.Changed)
	w.SetString(fmt.Sprintf("%d %x", r.Code, sha256.Sum256(r.Payload)))
}

func TestAskingAnotherEndpoint(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcde\n"), 10_000)
	for _, hosts := range [][2]string{{"127.0.0.1:0", "127.0.0.1:0"}, {":0", "127.0.0.1:0"}, {":0", "[::1]:0"}} {
		t.Run(hosts[0]+" asks "+hosts[1], func(t *testing.T) {
			server := listen(t, hosts[1], coap.Config{FinalBlock1: true, Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
				switch {
				case r.Code == codes.GET:
					w.SetCode(codes.Content)
					w.SetPayload(large)
				default:
					digesting(w, r)
				}
			})})
			e := asker(t, hosts[0])
			to := coap.ToAddr(server.Addr())
			if got := asks(t, e, to, ask(codes.GET, "a", nil), codes.Content); !bytes.Equal(got.Payload, large) {
				t.Errorf("got %d bytes", len(got.Payload))
			}
			for _, method := range []codes.Code{codes.POST, codes.PUT, coap.FETCH, coap.PATCH, coap.IPATCH} {
				for _, size := range []int{0, 1, 1024, 1025, len(large)} {
					want := fmt.Sprintf("%d %x", method, sha256.Sum256(large[:size]))
					if got := asks(t, e, to, ask(method, "a", large[:size]), codes.Changed); string(got.Payload) != want {
						t.Errorf("%v with %d bytes: got %q, want %q", method, size, got.Payload, want)
					}
				}
			}
			if n := server.Stats().Duplicates; n != 0 {
				t.Errorf("%d duplicates", n)
			}
		})
	}
}

// TestAskingAPeer asks a device through the socket that the device spoke to.
func TestAskingAPeer(t *testing.T) {
	for _, host := range []string{"127.0.0.1:0", ":0"} {
		t.Run(host, func(t *testing.T) {
			peers := make(chan *coap.Peer, 1)
			gateway := listen(t, host, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
				peers <- r.Peer
				w.SetCode(codes.Created)
			})})
			server := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), gateway.Addr().Port())
			if host != ":0" {
				server = gateway.Addr()
			}
			d := newDevice(t, server)
			d.ask(request(message.Confirmable, codes.POST, 1, "t", "rd"))
			responses := make(chan string, 1)
			_, err := gateway.Request(coap.ToPeer(<-peers), ask(codes.GET, "s", nil), func(r *coap.ClientResponse, err error) {
				responses <- fmt.Sprint(string(r.Payload), err)
			})
			if err != nil {
				t.Fatal(err)
			}
			q := d.receive() // the device's socket takes datagrams from the address it asked only
			d.send(encode(t, message.Message{Type: message.Acknowledgement, Code: codes.Content, MessageID: q.MessageID,
				Token: q.Token, Payload: []byte("21.5")}))
			if got := <-responses; got != "21.5<nil>" {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	e := asker(t, "127.0.0.1:0")
	for _, to := range []string{"[::1]:5683", "0.0.0.0:5683", "224.0.1.187:5683", "127.0.0.1:0"} {
		if _, err := e.Do(t.Context(), coap.ToAddr(netip.MustParseAddrPort(to)), ask(codes.GET, "a", nil)); !errors.Is(err, coap.ErrUnreachable) {
			t.Errorf("%s: %v", to, err)
		}
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("out of patience"))
	defer cancel()
	silent := newDevice(t, e.Addr())
	_, err := e.Do(ctx, coap.ToAddr(silent.conn.LocalAddr().(*net.UDPAddr).AddrPort()), ask(codes.GET, "a", nil))
	if err == nil || !strings.Contains(err.Error(), "out of patience") {
		t.Errorf("ended with %v", err)
	}
}

func TestAskingGoCoAP(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcde\n"), 500)
	router := mux.NewRouter()
	router.DefaultHandleFunc(func(w mux.ResponseWriter, r *mux.Message) {
		switch r.Code() {
		case codes.GET:
			_ = w.SetResponse(codes.Content, message.TextPlain, bytes.NewReader(large))
		default:
			body, _ := r.ReadBody()
			_ = w.SetResponse(codes.Changed, message.TextPlain, strings.NewReader(fmt.Sprintf("%x", sha256.Sum256(body))))
		}
	})
	l, err := coapnet.NewListenUDP("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := udp.NewServer(options.WithMux(router))
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		<-served
		_ = l.Close()
	})
	e := asker(t, "127.0.0.1:0")
	to := coap.ToAddr(l.LocalAddr().(*net.UDPAddr).AddrPort())
	if got := asks(t, e, to, ask(codes.GET, "a", nil), codes.Content); !bytes.Equal(got.Payload, large) {
		t.Errorf("got %d bytes, want %d", len(got.Payload), len(large))
	}
	for _, size := range []int{10, 1024, 5000} {
		want := fmt.Sprintf("%x", sha256.Sum256(large[:size]))
		if got := asks(t, e, to, ask(codes.PUT, "a", large[:size]), codes.Changed); string(got.Payload) != want {
			t.Errorf("PUT of %d bytes got %q, want %q", size, got.Payload, want)
		}
	}
}

// libcoapServer runs libcoap's server.
func libcoapServer(t *testing.T, args ...string) coap.Destination {
	t.Helper()
	program, err := exec.LookPath("coap-server-notls")
	if err != nil {
		t.Skip("coap-server-notls is not installed")
	}
	free, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().(*net.UDPAddr).AddrPort()
	_ = free.Close()
	command := exec.Command(program, append(args, "-A", "127.0.0.1", "-p", fmt.Sprint(addr.Port()), "-d", "10")...)
	command.Stdout, command.Stderr = io.Discard, io.Discard
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	probe := newDevice(t, addr)
	eventually(t, "libcoap's server answers a ping", func() bool {
		_ = probe.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := probe.conn.Write([]byte{0x40, 0, 1, 1})
		if err != nil {
			return false
		}
		_, err = probe.conn.Read(probe.buffer)
		return err == nil
	})
	return coap.ToAddr(addr)
}

func TestAskingLibcoap(t *testing.T) {
	t.Parallel()
	to := libcoapServer(t)
	e := asker(t, "127.0.0.1:0")
	_, body := file(t, 5000)
	asks(t, e, to, ask(codes.PUT, "new", []byte(body)), codes.Created)
	if got := asks(t, e, to, ask(codes.GET, "new", nil), codes.Content); string(got.Payload) != body {
		t.Errorf("got %d bytes of %d", len(got.Payload), len(body))
	}
	large := asks(t, e, to, ask(codes.GET, "example_data", nil), codes.Content)
	if len(large.Payload) < 1100 {
		t.Errorf("example_data has %d bytes", len(large.Payload))
	}
	slow := ask(codes.GET, "async", nil)
	slow.Options = slow.Options.Add(message.Option{ID: message.URIQuery, Value: []byte("2")})
	begin := time.Now()
	asks(t, e, to, slow, codes.Content)
	if d := time.Since(begin); d < time.Second {
		t.Errorf("the separate response came after %v", d)
	}
	asks(t, e, to, ask(codes.GET, "nothing", nil), codes.NotFound)
	non := ask(codes.GET, "time", nil)
	non.NonConfirmable = true
	asks(t, e, to, non, codes.Content)
}

func TestObservingLibcoap(t *testing.T) {
	t.Parallel()
	to := libcoapServer(t)
	e := asker(t, "127.0.0.1:0")
	got := make(chan *coap.ClientResponse, 64)
	observe := func(path string) *coap.Observation {
		o, err := e.Observe(to, ask(codes.GET, path, nil), func(r *coap.ClientResponse, err error) {
			if err != nil {
				t.Error(err)
				return
			}
			got <- r
		})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	o := observe("time")
	for range 3 {
		if r := <-got; !r.Observed || len(r.Payload) == 0 {
			t.Fatalf("notified %+v", r)
		}
	}
	o.Cancel()
	_, body := file(t, 3000)
	o = observe("example_data")
	<-got
	asks(t, e, to, ask(codes.PUT, "example_data", []byte(body)), codes.Changed)
	if r := <-got; string(r.Payload) != body {
		t.Errorf("notified with %d bytes of %d", len(r.Payload), len(body))
	}
	o.Cancel()
	eventually(t, "nothing is active", func() bool { return e.ClientStats().Active == 0 })
}

func TestAskingLibcoapThatLosesDatagrams(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the time of retransmissions")
	}
	t.Parallel()
	to := libcoapServer(t, "-l", "2,5")
	e := asker(t, "127.0.0.1:0")
	_, body := file(t, 4000)
	asks(t, e, to, ask(codes.PUT, "new", []byte(body)), codes.Created)
	if got := asks(t, e, to, ask(codes.GET, "new", nil), codes.Content); string(got.Payload) != body {
		t.Errorf("got %d bytes of %d", len(got.Payload), len(body))
	}
	if e.Stats().Retransmissions == 0 {
		t.Error("nothing was lost")
	}
}
