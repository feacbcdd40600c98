package proxy

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// inquiry is a request on its way through the proxy. It is used by one goroutine at a time.
type inquiry struct {
	exchange Exchange
	denied   Permission
	later    func(fill func(w *coap.ResponseWriter)) // not nil once the answer is put off
	local    string                                  // the address that was asked, which names the proxy

	peer    *coap.Peer
	token   string
	asked   string // by an observer: the path here, or the URI elsewhere
	observe int    // value of the Observe option; -1: none
	hops    int    // that remain for it on its way out
	etags   [][]byte

	method  codes.Code
	options message.Options // for the server
	payload []byte
	server  origin
	// find gives the server again, which may speak from another address by now; false: it is gone. nil: it is fixed.
	find        func() (origin, bool)
	target, key string
}

// newInquiry takes from a request what is independent of the server. It keeps nothing of the datagram.
func newInquiry(r *coap.Request, x Exchange) *inquiry {
	q := &inquiry{
		exchange: x, denied: x.Permission(), local: r.Peer.Endpoint().Addr().String(),
		peer: r.Peer, token: string(r.Token), observe: -1, etags: etagsOf(r),
		method: r.Code, options: endToEnd(r), payload: slices.Clone(r.Payload),
	}
	if v, ok := r.Uint(message.Observe); ok && isRead(r.Code) && v <= 1 {
		q.observe = int(v)
	}
	return q
}

// aim says which server is asked for what.
func (q *inquiry) aim(server origin, uri message.Options) {
	q.server = server
	for _, o := range uri {
		q.options = q.options.Add(o)
	}
	q.target, q.key = keyOf(server.id(), q.method, q.options, q.payload)
}

func (q *inquiry) request(timeout time.Duration) *coap.ClientRequest {
	return &coap.ClientRequest{
		Code: q.method, Options: q.options, Payload: q.payload, Timeout: timeout, Forwarded: true,
	}
}

// putOff makes the answer come later. It is called on the goroutine that serves the request.
func (q *inquiry) putOff() {
	if q.later == nil {
		q.later = q.exchange.Later()
	}
}

func (q *inquiry) answer(fill func(w *coap.ResponseWriter)) {
	if q.later != nil {
		q.later(fill)
		return
	}
	q.exchange.Answer(fill)
}

// refuse answers with a code and a diagnostic payload (RFC 7252, section 5.5.2).
func (q *inquiry) refuse(code codes.Code, diagnostic string) {
	q.answer(func(w *coap.ResponseWriter) {
		w.SetCode(code)
		w.SetString(diagnostic)
	})
}

// busy answers that a bound was reached.
func (p *Proxy) busy(q *inquiry) {
	p.counters.full.Add(1)
	q.answer(func(w *coap.ResponseWriter) {
		w.SetCode(codes.ServiceUnavailable)
		w.AddUint(message.MaxAge, 5)
	})
}

// has reports whether the client has the representation with an ETag.
func (q *inquiry) has(etag []byte) bool {
	return etag != nil && slices.ContainsFunc(q.etags, func(e []byte) bool { return bytes.Equal(e, etag) })
}

// serve answers a request whose server is known.
func (p *Proxy) serve(q *inquiry) {
	switch {
	case !isRead(q.method):
		p.change(q)
	case q.observe == 0:
		p.observe(q)
	case q.observe == 1:
		p.leave(q)
		p.read(q)
	default:
		p.read(q)
	}
}

// change passes a request through and forgets what is kept of its target.
func (p *Proxy) change(q *inquiry) {
	p.counters.passed.Add(1)
	q.putOff()
	p.forget(q.target)
	err := q.server.request(q.request(p.settings.Timeout.Std()), func(r *coap.ClientResponse, err error) {
		p.forget(q.target) // and what was fetched before the change took effect
		p.noteSilence(q.server, err)
		if err != nil {
			p.fail(q, err)
			return
		}
		q.answer(func(w *coap.ResponseWriter) { p.pass(w, q, r) })
	})
	if err != nil {
		p.fail(q, err)
	}
}

// pass gives a response as the server gave it.
func (p *Proxy) pass(w *coap.ResponseWriter, q *inquiry, r *coap.ClientResponse) {
	if !understood(r.Options) {
		p.counters.failed.Add(1)
		w.SetCode(codes.BadGateway)
		w.SetString("the response has an option that is not safe to forward")
		return
	}
	w.SetCode(r.Code)
	for _, o := range r.Options {
		w.AddOption(o.ID, o.Value)
	}
	w.SetPayload(p.diagnostic(q, r.Code, r.Payload))
}

// fail answers that the server could not be asked, or gave no answer that can be used.
func (p *Proxy) fail(q *inquiry, err error) {
	p.counters.failed.Add(1)
	code, text := failure(err)
	q.refuse(code, text)
}

func failure(err error) (codes.Code, string) {
	switch {
	case errors.Is(err, coap.ErrTimeout):
		return codes.GatewayTimeout, "the server does not answer"
	case errors.Is(err, coap.ErrUnreachable):
		return codes.BadGateway, "the server cannot be reached"
	case errors.Is(err, coap.ErrBusy):
		return codes.ServiceUnavailable, "too many requests wait for the server"
	case errors.Is(err, coap.ErrBodyTooLarge):
		return codes.BadGateway, "the response is too large"
	}
	return codes.BadGateway, "the response cannot be used"
}
