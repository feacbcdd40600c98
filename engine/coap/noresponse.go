package coap

import (
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// uninterested is the value of a No-Response option (RFC 7967, section 2): the classes of response codes that the client
// does not want to hear of. Bit 1 is 2.xx, bit 3 4.xx and bit 4 5.xx; none is set if it wants them all.
type uninterested uint8

// in reports whether a response is to be kept back.
func (u uninterested) in(code codes.Code) bool {
	class := code >> 5
	return class > 0 && u>>(class-1)&1 == 1
}

// noResponse reads the No-Response option of a request. It is behind nearly every other, which makes looking for it cheap.
func noResponse(options message.Options) uninterested {
	var value []byte
	for i := len(options) - 1; i >= 0 && options[i].ID >= message.NoResponse; i-- {
		if options[i].ID == message.NoResponse {
			value = options[i].Value // of several the first counts, as checkOptions has it
		}
	}
	if len(value) != 1 {
		return 0
	}
	return uninterested(value[0])
}

// keepBack ends the exchange of a request whose response the client does not want: a Confirmable one is
// acknowledged.
func (e *Endpoint) keepBack(w *ResponseWriter, out *batch) {
	x := &w.exchange
	p := x.peer
	if p.reliable() {
		p.answered()
		return
	}
	if x.typ == message.Confirmable && !x.separate {
		e.acknowledge(w, &outgoing{code: codes.Empty, messageID: x.messageID}, out)
		return
	}
	p.mu.Lock()
	p.pending--
	p.mu.Unlock()
}
