package broker

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

var schemes = []string{"mqtt", "ws"}

func TestListen(t *testing.T) {
	e := start(t, Options{})
	first := listen(t, e, "mqtt")
	for _, scheme := range schemes {
		if _, err := e.Listen(scheme, first.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("%s on a port that is taken: %v", scheme, err)
		}
	}
	if _, err := e.Listen("mqtts", "127.0.0.1:0"); err == nil {
		t.Error("an unknown scheme is taken")
	}

	c := dialTo(t, first, 5, "a")
	other := dial(t, e, 5, "b")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if last := c.expectEnd(); last.ReasonCode != packets.ErrServerShuttingDown.Code {
		t.Errorf("the client was told 0x%02x", last.ReasonCode)
	}
	other.raw([]byte{packets.Pingreq << 4, 0})
	other.expect(packets.Pingresp)
	again, err := e.Listen("mqtt", first.Addr().String())
	if err != nil {
		t.Fatalf("the port is not free after Close: %v", err)
	}
	dialTo(t, again, 4, "a")
	if err := first.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// What a settings file opens is what it names: 0.0.0.0 is no address of IPv6.
func TestListenKeepsToTheFamily(t *testing.T) {
	if probe, err := net.Listen("tcp6", "[::1]:0"); err != nil {
		t.Skip("this machine has no IPv6")
	} else {
		_ = probe.Close()
	}
	e := start(t, Options{})
	tests := []struct {
		host   string
		v4, v6 bool
	}{
		{"0.0.0.0", true, false},
		{"[::]", false, true},
		{"", true, true},
	}
	for _, scheme := range schemes {
		for _, test := range tests {
			t.Run(scheme+"://"+test.host, func(t *testing.T) {
				l, err := e.Listen(scheme, test.host+":0")
				if err != nil {
					t.Fatal(err)
				}
				_, port, err := net.SplitHostPort(l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				for host, want := range map[string]bool{"127.0.0.1": test.v4, "::1": test.v6} {
					c, err := net.Dial("tcp", net.JoinHostPort(host, port))
					if got := err == nil; got != want {
						t.Errorf("%s can be reached: %t, want %t", host, got, want)
					}
					if err == nil {
						_ = c.Close()
					}
				}
			})
		}
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	e, err := NewEmbedded(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var clients []*client
	for _, scheme := range schemes {
		l := listen(t, e, scheme)
		open(t, l, 4) // has not sent CONNECT
		for version := byte(4); version <= 5; version++ {
			c := dialTo(t, l, version, fmt.Sprint(scheme, version))
			c.subscribe("#", 1)
			clients = append(clients, c)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		last := c.expectEnd()
		if told := last.FixedHeader.Type == packets.Disconnect; told != (c.version == 5) {
			t.Errorf("version %d: the last packet is %s", c.version, packets.PacketNames[last.FixedHeader.Type])
		}
		_ = c.stream.Close()
	}
	eventually(t, "all goroutines ended", func() bool { return runtime.NumGoroutine() <= before })

	if err := e.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := e.Publish(&Message{Topic: "a"}); !errors.Is(err, ErrClosed) {
		t.Errorf("Publish: %v", err)
	}
	if _, err := e.Subscribe("a", func(*Message) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("Subscribe: %v", err)
	}
	if _, err := e.Listen("mqtt", "127.0.0.1:0"); !errors.Is(err, ErrClosed) {
		t.Errorf("Listen: %v", err)
	}
	e.PublishRetained(&Message{Topic: "a", Retain: true}, func(err error) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("PublishRetained: %v", err)
		}
	})
}

// The SUBSCRIBE that ends mochi 2.7.9 (issue 501), and others of its kind.
func TestMalformedPacketEndsOnlyItsClient(t *testing.T) {
	tests := []struct {
		name    string
		version byte
		bytes   string
	}{
		{"MQTT 5 SUBSCRIBE without options", 5, "\x82\x06\x00\x01\x00\x00\x01a"},
		{"MQTT 5 SUBSCRIBE, second filter without options", 5, "\x82\x0a\x00\x01\x00\x00\x01a\x00\x00\x01b"},
		{"3.1.1 SUBSCRIBE without options", 4, "\x82\x05\x00\x01\x00\x01a"},
		{"SUBSCRIBE with wrong flags", 5, "\x80\x06\x00\x01\x00\x00\x01a"},
		{"PUBLISH whose topic is longer than the packet", 5, "\x30\x04\x00\x09ab"},
		{"length of five bytes", 5, "\x30\x80\x80\x80\x80\x01"},
		{"packet over the maximum", 5, "\x30\xff\xff\xff\x7f"},
		{"unknown topic alias", 5, "\x30\x06\x00\x00\x03\x23\x00\x05"},
	}
	for _, scheme := range schemes {
		e := start(t, Options{})
		l := listen(t, e, scheme)
		bystander := dialTo(t, l, 5, "bystander")
		for _, test := range tests {
			c := dialTo(t, l, test.version, "attacker", will("gone", "by accident", 0, false))
			in := newInbox()
			unsubscribe, err := e.Subscribe("gone", in.put)
			if err != nil {
				t.Fatal(err)
			}
			c.raw([]byte(test.bytes))
			c.expectEnd()
			if m := in.take(t); string(m.Payload) != "by accident" || m.From != "attacker" {
				t.Errorf("%s, %s: will %+v", scheme, test.name, m)
			}
			unsubscribe()
			eventually(t, "the session is gone", func() bool {
				_, left := e.server.Clients.Get("attacker")
				return !left && e.Stats().Clients == 1 && e.Stats().Subscriptions == 0
			})
		}
		bystander.raw([]byte{packets.Pingreq << 4, 0})
		bystander.expect(packets.Pingresp)
	}
}

func TestMalformedSubscribeIsTold(t *testing.T) {
	c := dial(t, start(t, Options{}), 5, "a")
	c.raw([]byte("\x82\x06\x00\x01\x00\x00\x01a"))
	if pk := c.expect(packets.Disconnect); pk.ReasonCode != packets.ErrMalformedPacket.Code {
		t.Errorf("reason 0x%02x", pk.ReasonCode)
	}
}

func TestPanicEndsOnlyItsClient(t *testing.T) {
	for _, scheme := range schemes {
		e := start(t, Options{OnMessage: func(m *Message) {
			if m.Topic == "panic" {
				panic("on purpose")
			}
		}})
		l := listen(t, e, scheme)
		c := dialTo(t, l, 5, "victim", persistent)
		c.subscribe("a/#", 1)
		other := dialTo(t, l, 5, "other")
		c.publish("panic", "", 0, false)
		c.expectEnd()
		eventually(t, "the client is gone", func() bool { return e.Stats().Clients == 1 })
		other.raw([]byte{packets.Pingreq << 4, 0})
		other.expect(packets.Pingresp)

		clean := dialTo(t, l, 4, "clean")
		clean.subscribe("b/#", 1)
		clean.publish("panic", "", 0, false)
		clean.expectEnd()
		eventually(t, "its session is gone", func() bool {
			_, left := e.server.Clients.Get("clean")
			return !left && e.Stats().Subscriptions == 1 // that of victim, which asked for it to be kept
		})
	}
}

func TestNoConnectNoPatience(t *testing.T) {
	e := start(t, Options{})
	for _, scheme := range schemes {
		c := open(t, listen(t, e, scheme), 5)
		c.raw([]byte("\x82\x06\x00\x01\x00\x00\x01a"))
		c.expectEnd()
	}
	c := open(t, listen(t, e, "mqtt"), 5)
	c.raw([]byte("GET / HTTP/1.1\r\n\r\n"))
	c.expectEnd()
}

func TestTapSeesTheBytes(t *testing.T) {
	for _, scheme := range schemes {
		e := start(t, Options{})
		var mu sync.Mutex
		var seen []string
		e.SetTap(func(p *Packet) {
			mu.Lock()
			defer mu.Unlock()
			direction := "<"
			if p.Outgoing {
				direction = ">"
			}
			if p.At.IsZero() || !p.Peer.IsValid() || !strings.HasPrefix(p.Listener, scheme+"://127.0.0.1:") {
				t.Errorf("incomplete: %+v", p)
			}
			seen = append(seen, fmt.Sprintf("%s %s %x", direction, p.Client, p.Data))
		})
		c := dialTo(t, listen(t, e, scheme), 4, "c1")
		c.raw([]byte("\xc0\x00"))
		c.expect(packets.Pingresp)
		c.raw([]byte("\x30\x04\x00\x01ab\x82\x05\x00\x01\x00\x01a"))
		c.expectEnd()
		want := []string{
			"< c1 100e00044d5154540402003c00026331",
			"> c1 20020000",
			"< c1 c000",
			"> c1 d000",
			"< c1 300400016162",
			"< c1 82050001000161",
		}
		mu.Lock()
		if !slices.Equal(seen, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", scheme, strings.Join(seen, "\n"), strings.Join(want, "\n"))
		}
		mu.Unlock()
		e.SetTap(nil)
		before := len(seen)
		dialTo(t, listen(t, e, scheme), 4, "c2")
		if len(seen) != before {
			t.Errorf("%s: the tap still runs", scheme)
		}
	}
}

func TestTapSeesWhatCannotBeRead(t *testing.T) {
	tests := []struct {
		name  string
		bytes string
	}{
		{"unfinished", "\x30\x40\x00\x01a"},
		{"length of five bytes", "\x30\x80\x80\x80\x80\x01abc"},
	}
	for _, test := range tests {
		e := start(t, Options{})
		c := dial(t, e, 4, "c1")
		shown := make(chan []byte, 8)
		e.SetTap(func(p *Packet) { shown <- bytes.Clone(p.Data) })
		c.raw([]byte("\xc0\x00"))
		c.expect(packets.Pingresp)
		<-shown
		<-shown
		c.raw([]byte(test.bytes))
		if tcp, ok := c.stream.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		c.expectEnd()
		select {
		case got := <-shown:
			if string(got) != test.bytes {
				t.Errorf("%s: %x", test.name, got)
			}
		case <-time.After(patience):
			t.Errorf("%s: nothing was shown", test.name)
		}
	}
}

func TestClients(t *testing.T) {
	e := start(t, Options{})
	l := listen(t, e, "ws")
	v4 := dial(t, e, 4, "b")
	v5 := dialTo(t, l, 5, "a", login("anna", "secret"))
	v5.subscribe("x/#", 1)
	v5.subscribe("a", 0)
	v5.raw([]byte("\xc0\x00"))
	v5.expect(packets.Pingresp)
	if _, err := e.Subscribe("x/#", func(*Message) {}); err != nil {
		t.Fatal(err)
	}

	clients := e.Clients()
	if len(clients) != 2 || clients[0].ID != "a" || clients[1].ID != "b" {
		t.Fatalf("got %+v", clients)
	}
	a := clients[0]
	if a.Username != "anna" || a.Version != 5 || a.Listener != "ws://127.0.0.1:0" || a.KeepAlive != time.Minute ||
		a.In != 4 || a.Out != 4 || !slices.Equal(a.Filters, []string{"a", "x/#"}) ||
		a.Connected.IsZero() || a.LastSeen.Before(a.Connected) {
		t.Errorf("got %+v", a)
	}
	if b := clients[1]; b.Version != 4 || b.Username != "" || b.Addr != v4.stream.(net.Conn).LocalAddr().String() {
		t.Errorf("got %+v", b)
	}
	if s := e.Stats(); s.Clients != 2 || s.Subscriptions != 2 {
		t.Errorf("got %+v", s)
	}

	if e.Disconnect("nobody") {
		t.Error("Disconnect of an unknown client reports one")
	}
	if !e.Disconnect("a") || !e.Disconnect("b") {
		t.Error("Disconnect found no client")
	}
	if last := v5.expectEnd(); last.ReasonCode != packets.ErrAdministrativeAction.Code {
		t.Errorf("MQTT 5 was told 0x%02x", last.ReasonCode)
	}
	if last := v4.expectEnd(); last.FixedHeader.Type == packets.Disconnect {
		t.Error("MQTT 3.1.1 got a DISCONNECT")
	}
	eventually(t, "no client is left", func() bool { return len(e.Clients()) == 0 && e.Stats().Subscriptions == 0 })
}

func TestTakeOver(t *testing.T) {
	for _, version := range []byte{4, 5} {
		e := start(t, Options{})
		l := listen(t, e, "mqtt")
		first := dialTo(t, l, version, "same", will("will", "w", 0, false))
		first.subscribe("a", 1)
		second := dialTo(t, l, version, "same")
		if last := first.expectEnd(); version == 5 && last.ReasonCode != packets.ErrSessionTakenOver.Code {
			t.Errorf("the first was told 0x%02x", last.ReasonCode)
		}
		if reason := second.subscribe("a", 1); reason != 1 {
			t.Errorf("SUBACK 0x%02x", reason)
		}
		if err := e.Publish(&Message{Topic: "a", Payload: []byte("1")}); err != nil {
			t.Fatal(err)
		}
		if pk := second.expect(packets.Publish); string(pk.Payload) != "1" {
			t.Errorf("got %q", pk.Payload)
		}
		if n := len(e.Clients()); n != 1 {
			t.Errorf("%d clients", n)
		}
	}
}

// Many connections fight for one client ID; one is left, and it works.
func TestTakeOverStorm(t *testing.T) {
	e := start(t, Options{})
	l := listen(t, e, "mqtt")
	var fighters sync.WaitGroup
	for range 20 {
		fighters.Go(func() {
			stream, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = stream.Close() }()
			_, _ = stream.Write([]byte("\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04same"))
			_ = stream.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			_, _ = stream.Read(make([]byte, 64))
		})
	}
	fighters.Wait()
	last := dialTo(t, l, 4, "same")
	last.subscribe("a", 0)
	eventually(t, "one connection is left", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.conns) == 1
	})
	if err := e.Publish(&Message{Topic: "a", Payload: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	last.expect(packets.Publish)
}

func TestSessionIsKept(t *testing.T) {
	for _, version := range []byte{4, 5} {
		e := start(t, Options{})
		l := listen(t, e, "mqtt")
		c := dialTo(t, l, version, "sleeper", persistent)
		c.subscribe("a", 1)
		_ = c.stream.Close()
		eventually(t, "the client is offline", func() bool { return len(e.Clients()) == 0 })
		if err := e.Publish(&Message{Topic: "a", Payload: []byte("while away"), QoS: 1}); err != nil {
			t.Fatal(err)
		}
		c = open(t, l, version)
		if ack := c.connect("sleeper", persistent); !ack.SessionPresent {
			t.Error("no session is present")
		}
		if pk := c.expect(packets.Publish); string(pk.Payload) != "while away" || pk.FixedHeader.Qos != 1 {
			t.Errorf("got %+v", pk)
		}
	}
}

// A subscriber that does not read holds up neither publishers nor Disconnect.
func TestSlowSubscriber(t *testing.T) {
	e := start(t, Options{})
	c := dial(t, e, 5, "slow")
	c.subscribe("a", 0)
	payload := make([]byte, 4<<10)
	eventually(t, "messages are dropped", func() bool {
		for range 2000 {
			if err := e.Publish(&Message{Topic: "a", Payload: payload}); err != nil {
				t.Fatal(err)
			}
		}
		return e.Stats().Dropped > 0
	})
	began := time.Now()
	if !e.Disconnect("slow") {
		t.Error("no such client")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("Disconnect took %v", took)
	}
	eventually(t, "the client is gone", func() bool { return e.Stats().Clients == 0 })
}
