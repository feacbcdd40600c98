package coap

import (
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// Deferred is an answer that is still to be given. A Confirmable request that waits longer than
// Transmission.ProcessingDelay is acknowledged with an empty ACK, and its response is then a Confirmable message of its
// own (RFC 7252, section 5.2.2); over a reliable transport the response is all there is.
type Deferred struct {
	timer
	endpoint *Endpoint
	mu       sync.Mutex
	exchange exchange
	answered bool
}

func newDeferred(e *Endpoint, x *exchange) *Deferred {
	d := &Deferred{endpoint: e, exchange: *x}
	d.exchange.keep()
	if x.typ == message.Confirmable && !x.peer.reliable() {
		d.fire = d.acknowledge
		e.timers.set(&d.timer, time.Now().Add(e.config.Transmission.ProcessingDelay))
	}
	return d
}

// acknowledge tells the client to wait.
func (d *Deferred) acknowledge(time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.answered {
		return
	}
	x := &d.exchange
	x.separate = true
	ack := outgoing{typ: message.Acknowledgement, code: codes.Empty, messageID: x.messageID}
	data := ack.append(nil)
	x.peer.mu.Lock()
	x.peer.exchanges.answer(&d.endpoint.exchangeMemory, x.messageID, data)
	x.peer.mu.Unlock()
	d.endpoint.sendRaw(&x.peer.route, x.peer, data, 0, nil)
}

// Reply sends the answer that fill writes. It is called once, from any goroutine; further calls do nothing.
func (d *Deferred) Reply(fill func(w *ResponseWriter)) {
	d.mu.Lock()
	again := d.answered
	d.answered = true // from now on nobody else touches the exchange
	d.mu.Unlock()
	if again {
		return
	}
	d.endpoint.timers.stop(&d.timer)
	w := newWriter(d.endpoint, d.exchange)
	fill(w)
	d.endpoint.finish(w, nil)
}
