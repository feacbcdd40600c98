package gateway

import (
	"sync"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/access"
	"sluice/engine/coap"
)

// root is the first segment of a path.
type root uint8

const (
	rootOther root = iota
	rootMQTT
	rootPubSub
	rootWellKnown
	rootDirectory
)

// exchange is one request and how it is answered: at once through the writer, or later through a Deferred. It is used
// by one goroutine and must not be kept after the request has been served; later is for that.
type exchange struct {
	*coap.Request
	handler  *handler
	writer   *coap.ResponseWriter
	deferred *coap.Deferred // not nil once the answer is put off
	blocking bool           // runs where passwords may be hashed

	path  message.Options
	root  root
	query query
	ietf  ietfTarget
	// session is the one that a token has proved.
	session *session
	refusal access.Verdict // why a login failed
	// admission is how a login succeeded.
	admission admitted
}

var exchangePool = sync.Pool{New: func() any { return new(exchange) }}

func (x *exchange) parse() {
	x.path = path(x.Options)
	x.query.parse(x.Options)
	if len(x.path) == 0 {
		return
	}
	switch string(x.path[0].Value) {
	case "mqtt":
		x.root = rootMQTT
	case "ps":
		x.root = rootPubSub
	case ".well-known":
		x.root = rootWellKnown
	case "rd", "rd-lookup":
		x.root = rootDirectory
	}
}

// who is the session's identity, but for what is proved: several peers may share a session.
func (x *exchange) who(s *session) identity {
	who := s.who()
	who.proved = x.Peer.Identity()
	return who
}

// answer lets fill write the response.
func (x *exchange) answer(fill func(w *coap.ResponseWriter)) {
	if x.deferred != nil {
		later{x.handler, x.deferred}.answer(fill)
		return
	}
	x.handler.prepare(x.writer)
	fill(x.writer)
}

// code answers with a code and no payload.
func (x *exchange) code(c codes.Code) { x.text(c, "") }

// text answers with a code and a payload.
func (x *exchange) text(c codes.Code, payload string) {
	if x.deferred != nil {
		later{x.handler, x.deferred}.answer(func(w *coap.ResponseWriter) { setText(w, c, payload) })
		return
	}
	x.handler.prepare(x.writer)
	setText(x.writer, c, payload)
}

func setText(w *coap.ResponseWriter, c codes.Code, payload string) {
	w.SetCode(c)
	if payload != "" {
		w.SetString(payload)
	}
}

// later puts the answer off.
func (x *exchange) later() later {
	if x.deferred == nil {
		x.deferred = x.writer.Defer()
	}
	return later{x.handler, x.deferred}
}

// later answers a request from any goroutine, once.
type later struct {
	handler  *handler
	deferred *coap.Deferred
}

func (l later) answer(fill func(w *coap.ResponseWriter)) {
	l.deferred.Reply(func(w *coap.ResponseWriter) {
		l.handler.prepare(w)
		fill(w)
	})
}

func (l later) code(c codes.Code) {
	l.answer(func(w *coap.ResponseWriter) { w.SetCode(c) })
}

// kept makes x independent of the datagram it came from; its answer is put off.
func (x *exchange) kept() *exchange {
	r := *x.Request
	size := len(r.Payload) + len(r.Token)
	for i := range r.Options {
		size += len(r.Options[i].Value)
	}
	arena := make([]byte, 0, size)
	keep := func(b []byte) []byte {
		from := len(arena)
		arena = append(arena, b...)
		return arena[from:len(arena):len(arena)]
	}
	r.Token, r.Payload = keep(r.Token), keep(r.Payload)
	options := make(message.Options, len(r.Options))
	for i, o := range r.Options {
		options[i] = message.Option{ID: o.ID, Value: keep(o.Value)}
	}
	r.Options = options
	k := &exchange{Request: &r, handler: x.handler, deferred: x.later().deferred}
	k.parse()
	return k
}
