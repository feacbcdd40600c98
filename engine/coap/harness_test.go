package coap

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"golang.org/x/net/ipv4"
)

// wire is an endpoint whose datagrams are handed to its reader by the test and whose own are gathered, so that tests of
// time can run under the clock of testing/synctest, where a goroutine must not wait for a socket.
type wire struct {
	t        testing.TB
	endpoint *Endpoint
	reader   *reader
	sink     netip.AddrPort
	sent     chan sentDatagram
}

// sentDatagram is one that left the endpoint.
type sentDatagram struct {
	at   time.Time
	to   netip.AddrPort
	note Note
	incoming
}

// usual are the limits that an endpoint has by default.
var usual = func() Limits {
	c, err := Config{}.withDefaults()
	if err != nil {
		panic(err)
	}
	return c.Limits
}()

// handlerFunc is a Handler that does not care for peers that go.
type handlerFunc func(w *ResponseWriter, r *Request)

func (f handlerFunc) ServeCoAP(w *ResponseWriter, r *Request) { f(w, r) }
func (f handlerFunc) PeerGone(*Peer)                          {}

func newWire(t testing.TB, c Config) *wire {
	t.Helper()
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if c, err = c.withDefaults(); err != nil {
		t.Fatal(err)
	}
	e := newEndpoint(c, []*net.UDPConn{conn})
	t.Cleanup(func() { _ = e.Close() })
	return &wire{
		t: t, endpoint: e, reader: newReader(e.sockets[0]),
		sink: sink.LocalAddr().(*net.UDPAddr).AddrPort(), sent: make(chan sentDatagram, 4096),
	}
}

// gather begins to collect what the endpoint sends.
func (w *wire) gather() *wire {
	w.endpoint.SetTap(func(d *Datagram) {
		if !d.Outgoing {
			return
		}
		s := sentDatagram{at: d.At, to: d.Peer, note: d.Note, incoming: incoming{options: make(message.Options, 0, 16)}}
		if err := s.parse(append([]byte(nil), d.Data...)); err != nil {
			w.t.Errorf("the endpoint sent % x: %v", d.Data, err)
		}
		w.sent <- s
	})
	return w
}

// peerAddr is the address of the n-th peer.
func (w *wire) peerAddr(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(n >> 16), byte(n >> 8), byte(n) + 1}), w.sink.Port())
}

func (w *wire) route(peer int) route {
	return route{socket: w.endpoint.sockets[0], addr: w.peerAddr(peer)}
}

// receive hands a datagram from a peer to the endpoint.
func (w *wire) receive(peer int, data []byte) {
	rt := w.route(peer)
	w.reader.now = time.Now()
	w.reader.datagram(&rt, data)
	w.reader.out.flush()
}

// request hands a request from peer 0 to the endpoint.
func (w *wire) request(m outgoing) { w.requestFrom(0, m) }

func (w *wire) requestFrom(peer int, m outgoing) { w.receive(peer, m.append(nil)) }

// answer hands an empty ACK or RST to the endpoint.
func (w *wire) answer(peer int, typ message.Type, messageID uint16) {
	w.receive(peer, (&outgoing{typ: typ, messageID: messageID}).append(nil))
}

// next is the next datagram that was, or by the clock of the bubble will be, sent.
func (w *wire) next() sentDatagram {
	w.t.Helper()
	select {
	case s := <-w.sent:
		return s
	case <-time.After(time.Hour):
		w.t.Fatal("nothing was sent within an hour")
		return sentDatagram{}
	}
}

// quiet asserts that nothing has been sent.
func (w *wire) quiet() {
	w.t.Helper()
	select {
	case s := <-w.sent:
		w.t.Fatalf("unexpected %v %v MID %d %q to %v", s.typ, s.code, s.messageID, s.payload, s.to)
	default:
	}
}

// get is a GET of a path.
func get(typ message.Type, messageID uint16, token, path string, more ...message.Option) outgoing {
	options := message.Options{{ID: message.URIPath, Value: []byte(path)}}
	for _, o := range more {
		options = options.Add(o)
	}
	return outgoing{typ: typ, code: codes.GET, messageID: messageID, token: message.Token(token), options: options}
}

// observe is the Observe option that registers.
var observe = message.Option{ID: message.Observe}

// noPackets takes what is sent and does nothing with it.
type noPackets struct{}

func (noPackets) ReadBatch([]ipv4.Message, int) (int, error)      { return 0, net.ErrClosed }
func (noPackets) WriteBatch(m []ipv4.Message, _ int) (int, error) { return len(m), nil }
