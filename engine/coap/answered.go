package coap

import (
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// answeredFunc is told of an answer; see SetAnswered.
type answeredFunc func(code codes.Code, received time.Time)

// SetAnswered sets who is told of every answer when it is ready to leave, with its code and when its request came, or
// nobody. Answers to a group are left out: they wait on purpose (RFC 7252, section 8.2). fn is called on the goroutine that
// answers and must not block.
func (e *Endpoint) SetAnswered(fn func(code codes.Code, received time.Time)) {
	if fn == nil {
		e.answered.Store(nil)
		return
	}
	told := answeredFunc(fn)
	e.answered.Store(&told)
}

func (e *Endpoint) tellAnswered(w *ResponseWriter) {
	if fn := e.answered.Load(); fn != nil && !w.exchange.received.IsZero() {
		(*fn)(w.code, w.exchange.received)
	}
}
