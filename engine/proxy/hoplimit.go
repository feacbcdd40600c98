package proxy

import (
	"slices"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// hopLimitReached is 5.08 (RFC 8768, section 6).
const hopLimitReached = codes.Code(5<<5 | 8)

const (
	defaultHopLimit = 16
	// maxHops bounds the diagnostic payload of 5.08 in bytes.
	maxHops = 1024
)

// hop takes one off the Hop-Limit of a request and puts what remains into the options for the server (RFC 8768, section
// 3). It reports whether the request may go on; if not, it has been answered.
func (p *Proxy) hop(q *inquiry, r *coap.Request) bool {
	limit := uint32(defaultHopLimit)
	if v, ok := r.Uint(optionHopLimit); ok {
		if v == 0 || v > 255 {
			q.refuse(codes.BadRequest, "Hop-Limit is not from 1 to 255")
			return false
		}
		limit = v - 1
	}
	if limit == 0 {
		p.counters.failed.Add(1)
		q.refuse(hopLimitReached, q.local)
		return false
	}
	q.hops = int(limit)
	q.options = q.options.Add(message.Option{ID: optionHopLimit, Value: []byte{byte(limit)}})
	return true
}

// diagnostic is the payload of a response; to 5.08 each proxy on the way back adds its name (RFC 8768, section 4).
func (p *Proxy) diagnostic(q *inquiry, code codes.Code, payload []byte) []byte {
	if code != hopLimitReached || len(payload)+len(q.local) >= maxHops {
		return payload
	}
	if slices.Contains(strings.Fields(string(payload)), q.local) {
		return payload
	}
	return append([]byte(q.local+" "), payload...)
}
