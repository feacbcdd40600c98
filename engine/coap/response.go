package coap

import (
	"slices"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// exchange is what must be known of a request to answer it.
type exchange struct {
	peer      *Peer
	typ       message.Type
	method    codes.Code
	messageID uint16
	token     message.Token
	options   message.Options // of the request
	key       uint64          // see transferKey; zero until it is needed
	block2    block           // what the client asked for; size 0: nothing
	block1    block           // the last block of the request's body; size 0: it came whole
	separate  bool            // an empty ACK has gone out, the response is a message of its own
	unwanted  uninterested
	wantsSize bool      // of the response's body (RFC 7959, section 4)
	multicast bool      // it came to a group
	fitted    bool      // see Endpoint.fit
	received  time.Time // zero: it came to a group, and its answer waits on purpose
	maxBlock  int       // of what the credit of an unverified address allows; 0: no bound
}

// keep makes x independent of the datagram it came from.
func (x *exchange) keep() {
	x.transferKey()
	x.token, x.options = slices.Clone(x.token), nil
}

// ResponseWriter collects the answer to one request. Without SetCode the answer is 5.00. It is used by one goroutine.
type ResponseWriter struct {
	endpoint *Endpoint
	exchange exchange
	options  message.Options
	values   []byte // arena of option values
	code     codes.Code
	payload  []byte
	relation *Relation
	freed    bool // a body was fetched to its end or gave way: notifications that waited for it may go
	deferred bool
	echo     bool // the client is to send back an Echo option
	reuseID  bool
}

var writerPool = sync.Pool{New: func() any {
	return &ResponseWriter{options: make(message.Options, 0, 16), values: make([]byte, 0, 128)}
}}

// newWriter takes a writer from the pool; release gives it back.
func newWriter(e *Endpoint, x exchange) *ResponseWriter {
	w := writerPool.Get().(*ResponseWriter)
	w.endpoint, w.exchange, w.code = e, x, codes.InternalServerError
	return w
}

func (w *ResponseWriter) release() {
	clear(w.options)
	*w = ResponseWriter{options: w.options[:0], values: w.values[:0]}
	writerPool.Put(w)
}

// SetCode sets the response code.
func (w *ResponseWriter) SetCode(code codes.Code) { w.code = code }

// SetPayload sets the payload. The endpoint may keep b for block-wise transfer: it must not be modified afterwards, so
// bytes of the request must be copied first.
func (w *ResponseWriter) SetPayload(b []byte) { w.payload = b }

// SetString sets the payload.
func (w *ResponseWriter) SetString(s string) { w.payload = []byte(s) }

// AddOption adds an option; options may be added in any order. value is copied.
func (w *ResponseWriter) AddOption(id message.OptionID, value []byte) {
	start := len(w.values)
	w.values = append(w.values, value...)
	w.insert(id, start)
}

// AddString adds an option.
func (w *ResponseWriter) AddString(id message.OptionID, value string) {
	start := len(w.values)
	w.values = append(w.values, value...)
	w.insert(id, start)
}

// AddUint adds a uint option in the fewest bytes (RFC 7252, section 3.2); see Config.ZeroAsByte for 0.
func (w *ResponseWriter) AddUint(id message.OptionID, v uint32) {
	start := len(w.values)
	w.values = appendUint(w.values, v, w.endpoint.config.ZeroAsByte)
	w.insert(id, start)
}

func (w *ResponseWriter) insert(id message.OptionID, start int) {
	at := len(w.options)
	for at > 0 && w.options[at-1].ID > id {
		at--
	}
	// The value's capacity ends with it: later values that outgrow the arena move it and leave this one where it was.
	value := w.values[start:len(w.values):len(w.values)]
	w.options = slices.Insert(w.options, at, message.Option{ID: id, Value: value})
}

// ReuseMessageID makes the answer to a Non-confirmable request carry the request's message ID, as EMQX 5 does.
func (w *ResponseWriter) ReuseMessageID() { w.reuseID = true }

// Observe starts a relation (RFC 7641, section 3.1) of the request's peer and token, and adds the Observe option with
// its first value. A relation of the same peer and token ends with EndReplaced. It returns nil, and adds no option, if
// there are too many relations, or the request came by multicast: the answer may stand without it (RFC 7641, section
// 4.1).
func (w *ResponseWriter) Observe(c RelationConfig) *Relation {
	if w.exchange.multicast {
		return nil
	}
	rel := newRelation(&w.exchange, c)
	first, ok := w.exchange.peer.addRelation(rel)
	if !ok {
		return nil
	}
	w.relation = rel
	w.AddUint(message.Observe, first)
	return rel
}

// Reobserve makes rel go on under the request's peer, token and type, and adds the Observe option with its next value.
// If rel has ended meanwhile the option is left out, which tells the client so (RFC 7641, section 3.1).
func (w *ResponseWriter) Reobserve(rel *Relation) {
	if w.exchange.multicast {
		return
	}
	if value, ok := rel.renew(&w.exchange); ok {
		w.relation = rel
		w.AddUint(message.Observe, value)
	}
}

// Defer tells the endpoint that the answer comes later. It is the only call on w: what else the answer needs, Observe
// included, is done in Reply.
func (w *ResponseWriter) Defer() *Deferred {
	w.deferred = true
	return newDeferred(w.endpoint, &w.exchange)
}
