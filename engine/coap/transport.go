package coap

import (
	"net/netip"

	"sluice/engine/secure"
)

// Transport says what carries the messages of a peer.
type Transport uint8

// Transports.
const (
	UDP       Transport = iota // RFC 7252
	TCP                        // RFC 8323, section 3
	WebSocket                  // RFC 8323, section 4
	DTLS                       // RFC 7252, section 9
)

// Reliable reports whether the transport delivers all messages, each once and in order, so that there is no message
// layer: no types, message IDs, acknowledgements, resets, retransmissions or duplicates. Requests over such a transport
// read as Confirmable.
func (t Transport) Reliable() bool { return t == TCP || t == WebSocket }

// String is the scheme of listeners with that transport.
func (t Transport) String() string {
	switch t {
	case TCP:
		return "coap+tcp"
	case WebSocket:
		return "coap+ws"
	case DTLS:
		return "coaps"
	}
	return "coap"
}

// connection carries the messages of one peer that does not share a socket with others, and lives as long as the peer.
// What its Transport says decides whether there is a message layer above it. Its methods may be called from any
// goroutine, with the peer's lock held.
type connection interface {
	transport() Transport
	// of is whose connection it is.
	of() *Peer
	// remote is the peer's address now; it may change (RFC 9146).
	remote() netip.AddrPort
	// identity is what the peer proved.
	identity() secure.Identity
	// end closes the connection; its peer is gone soon.
	end()
	// encode writes a message in the form of the transport. It returns nil if the peer does not take one so long.
	encode(m *outgoing) []byte
	// write sends an encoded message; over a reliable transport it is then the connection's. It does not block.
	write(data []byte)
	// roomy reports whether notifications may be written. If not, the connection pumps the peer's queue once they may.
	roomy() bool
	// answered is called when a request has been answered.
	answered()
	// takes is what the peer has said of messages to it.
	takes() taken
}

// taken is what a peer takes over a reliable transport (RFC 8323, section 5.3).
type taken struct {
	messageSize int
	blockwise   bool
}

// bert reports whether the peer takes several blocks in one message (RFC 8323, section 5.3.2).
func (t taken) bert() bool { return t.blockwise && t.messageSize > baseMessageSize }

// transport of a route.
func (rt *route) transport() Transport {
	if rt.conn == nil {
		return UDP
	}
	return rt.conn.transport()
}

// reliable reports whether there is no message layer between the peer and the endpoint.
func (rt *route) reliable() bool { return rt.conn != nil && rt.conn.transport().Reliable() }

// roomy reports whether the way to the peer takes notifications now.
func (rt *route) roomy() bool { return rt.conn == nil || rt.conn.roomy() }

// remote is the address that messages of the peer come from.
func (rt *route) remote() netip.AddrPort {
	if rt.conn == nil {
		return rt.addr
	}
	return rt.conn.remote()
}

// Transport is what carries the peer's messages.
func (p *Peer) Transport() Transport { return p.transport() }

// End closes the connection of a peer that has one, at once.
func (p *Peer) End() {
	if p.conn != nil {
		p.conn.end()
	}
}

// Identity is what the peer proved in its handshake; the zero value without one.
func (p *Peer) Identity() secure.Identity {
	if p.conn == nil {
		return secure.Identity{}
	}
	return p.conn.identity()
}
