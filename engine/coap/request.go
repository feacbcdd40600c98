package coap

import (
	"hash/maphash"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// Handler answers requests.
type Handler interface {
	// ServeCoAP answers r by filling w. It runs on the goroutine that reads the socket, so it must not block. r, and
	// every byte slice in it, is valid until ServeCoAP returns; what is kept must be copied.
	ServeCoAP(w *ResponseWriter, r *Request)
	// PeerGone is called, on any goroutine, when a peer that was given Data is dropped because its connection or the
	// endpoint closes (see Endpoint.Closed), its relations having ended before, or because its Data yields to another peer.
	PeerGone(p *Peer)
}

// Admitter is a Handler that is asked before a block of a request's body is kept. Where it is, somebody who will be refused
// takes no memory.
type Admitter interface {
	// Admit reports whether the block may be kept; if not, it has filled w. It is called as ServeCoAP is, but must answer
	// at once. r has no payload. The request comes to ServeCoAP all the same when its body is whole.
	Admit(w *ResponseWriter, r *Request) bool
}

// Request is one request; a body that came in blocks is whole.
type Request struct {
	Peer      *Peer
	Type      message.Type // Confirmable or NonConfirmable; over a reliable transport Confirmable
	Code      codes.Code   // 0.01 to 0.07
	MessageID uint16       // 0 over a reliable transport
	Token     message.Token
	// Options are in order of number. Unknown elective ones, and those of a forbidden length, are left out.
	Options  message.Options
	Payload  []byte
	Received time.Time
	// Multicast says that the request was sent to a group (RFC 7252, section 8). It is answered later, as Non-confirmable,
	// and only if the answer is no error and not empty. Its Peer is not kept, and must not be given Data.
	Multicast bool
}

// PathSegments appends the values of the Uri-Path options to buf.
func (r *Request) PathSegments(buf []string) []string {
	return r.appendStrings(buf, message.URIPath)
}

// Queries appends the values of the Uri-Query options to buf.
func (r *Request) Queries(buf []string) []string {
	return r.appendStrings(buf, message.URIQuery)
}

func (r *Request) appendStrings(buf []string, id message.OptionID) []string {
	for i := range r.Options {
		if r.Options[i].ID == id {
			buf = append(buf, string(r.Options[i].Value))
		}
	}
	return buf
}

// Uint returns the first option id as a uint (RFC 7252, section 3.2), and whether it is there.
func (r *Request) Uint(id message.OptionID) (uint32, bool) {
	for i := range r.Options {
		if r.Options[i].ID == id {
			return uintValue(r.Options[i].Value), true
		}
	}
	return 0, false
}

// Has reports whether option id is there.
func (r *Request) Has(id message.OptionID) bool {
	_, ok := r.Uint(id)
	return ok
}

var keySeed = maphash.MakeSeed()

// transferKey identifies what a block-wise transfer is about: the method, the resource, and the Request-Tag (RFC 9175,
// section 3.3) for uploads. Tokens are left out, since some clients use a new one for every block.
func transferKey(code codes.Code, options message.Options) uint64 {
	var h maphash.Hash
	h.SetSeed(keySeed)
	_ = h.WriteByte(byte(code))
	for i := range options {
		switch o := &options[i]; o.ID {
		case message.URIHost, message.URIPort, message.URIPath, message.URIQuery, message.Accept, message.ProxyURI,
			message.ProxyScheme, requestTag:
			_, _ = h.Write([]byte{byte(o.ID >> 8), byte(o.ID), byte(len(o.Value) >> 8), byte(len(o.Value))})
			_, _ = h.Write(o.Value)
		}
	}
	return h.Sum64()
}
