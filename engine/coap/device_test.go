package coap_test

import (
	"context"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/udp/coder"

	"sluice/engine/coap"
)

// patience is how long a datagram that must come may take.
const patience = 5 * time.Second

// handler is a coap.Handler made of a function.
type handler func(w *coap.ResponseWriter, r *coap.Request)

func (h handler) ServeCoAP(w *coap.ResponseWriter, r *coap.Request) { h(w, r) }
func (h handler) PeerGone(*coap.Peer)                               {}

// content answers every request 2.05 with a payload.
func content(payload string) handler {
	return func(w *coap.ResponseWriter, _ *coap.Request) {
		w.SetCode(codes.Content)
		w.SetString(payload)
	}
}

func listen(t testing.TB, hostport string, c coap.Config) *coap.Endpoint {
	t.Helper()
	e, err := coap.Listen(context.Background(), hostport, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// device is a socket that speaks raw datagrams to an endpoint.
type device struct {
	t      testing.TB
	conn   net.Conn
	buffer []byte
}

func newDevice(t testing.TB, server netip.AddrPort) *device {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &device{t, conn, make([]byte, 64<<10)}
}

// unhex reads hex with spaces.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (d *device) send(b []byte) {
	d.t.Helper()
	if _, err := d.conn.Write(b); err != nil {
		d.t.Fatal(err)
	}
}

// receiveRaw waits for a datagram.
func (d *device) receiveRaw() []byte {
	d.t.Helper()
	return d.receiveWithin(patience)
}

func (d *device) receiveWithin(limit time.Duration) []byte {
	d.t.Helper()
	_ = d.conn.SetReadDeadline(time.Now().Add(limit))
	n, err := d.conn.Read(d.buffer)
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.Clone(d.buffer[:n])
}

func (d *device) receive() message.Message {
	d.t.Helper()
	return decode(d.t, d.receiveRaw())
}

func decode(t testing.TB, b []byte) message.Message {
	t.Helper()
	m := message.Message{Options: make(message.Options, 0, 32)}
	if _, err := coder.DefaultCoder.Decode(b, &m); err != nil {
		t.Fatalf("the endpoint sent % x: %v", b, err)
	}
	return m
}

func encode(t testing.TB, m message.Message) []byte {
	t.Helper()
	b := make([]byte, 2048)
	n, err := coder.DefaultCoder.Encode(m, b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// ask sends a message and waits for the next datagram.
func (d *device) ask(m message.Message) message.Message {
	d.t.Helper()
	d.send(encode(d.t, m))
	return d.receive()
}

// silent asserts that nothing more has come: the endpoint answers in order, so the answer to a ping is next.
func (d *device) silent() {
	d.t.Helper()
	d.send([]byte{0x40, 0, 0xfe, 0xed})
	if got := hex.EncodeToString(d.receiveRaw()); got != "7000feed" {
		d.t.Fatalf("got %s, want nothing before the answer to the ping", got)
	}
}

// request is a request of type, with one path segment.
func request(typ message.Type, code codes.Code, messageID int32, token, path string, options ...message.Option) message.Message {
	all := message.Options{{ID: message.URIPath, Value: []byte(path)}}
	for _, o := range options {
		all = all.Add(o)
	}
	return message.Message{Type: typ, Code: code, MessageID: messageID, Token: message.Token(token), Options: all}
}

func option(id message.OptionID, value ...byte) message.Option {
	return message.Option{ID: id, Value: value}
}

func optionOf(m message.Message, id message.OptionID) (value []byte, ok bool) {
	value, err := m.Options.GetBytes(id)
	return value, err == nil
}

// eventually waits until condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// server is the address the device speaks to.
func (d *device) server() netip.AddrPort { return d.conn.RemoteAddr().(*net.UDPAddr).AddrPort() }
