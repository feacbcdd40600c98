package coap

import (
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// textUndecodable is what EMQX4Errors answers to a datagram that is not CoAP.
const textUndecodable = "format error"

// refusedByEMQX4 answers a request that EMQX 4 does not decode as one, and takes away the critical options that it
// ignores.
func (r *reader) refusedByEMQX4(rt *route, b []byte) bool {
	if r.m.code > codes.DELETE { // decoded as an empty message
		p := r.malformed(rt, b)
		if r.m.typ == message.Confirmable {
			r.refuse(rt, p, message.Reset, codes.Empty)
		}
		return true
	}
	kept := r.m.options[:0]
	for i, o := range r.m.options {
		rule, known := knownOptions[o.ID]
		if known && !rule.repeatable && i > 0 && r.m.options[i-1].ID == o.ID {
			r.undecodable(rt, b, o.ID.String()+" is not repeatable")
			return true
		}
		if known || !critical(o.ID) {
			kept = append(kept, o)
		}
	}
	r.m.options = kept
	return false
}

// undecodable answers ACK 4.00 with a text to a Confirmable message, and nothing to another. An address that may be forged
// gets no text: that would be more than it sent three times over.
func (r *reader) undecodable(rt *route, b []byte, text string) {
	p := r.malformed(rt, b)
	if r.m.typ != message.Confirmable {
		return
	}
	m := outgoing{typ: message.Acknowledgement, code: codes.BadRequest, messageID: r.m.messageID}
	if rt.conn != nil || !r.endpoint.config.VerifyAddresses.demands(rt.addr.Addr()) {
		m.payload = []byte(text)
	}
	r.endpoint.send(rt, p, &m, 0, r.out)
}
