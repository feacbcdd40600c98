package coap

import (
	"slices"

	"github.com/plgd-dev/go-coap/v3/message"
)

// content is a notification without what differs from one relation to the other: header, token and Observe option.
type content struct {
	of       Notification // what is encoded
	previous message.OptionID
	before   []byte // the options before Observe, the last of which is previous
	behind   []byte // the options behind it and the payload
}

func encode(n *Notification) *content {
	c := &content{}
	c.encode(n)
	return c
}

// encode takes n in, unless it is there already. The buffers are used again.
func (c *content) encode(n *Notification) {
	c.of = *n
	c.previous = 0
	c.before, c.behind = c.before[:0], c.behind[:0]
	previous := message.Observe
	for _, o := range n.Options {
		if o.ID <= message.Observe {
			c.before = appendOption(c.before, c.previous, o)
			c.previous = o.ID
			continue
		}
		c.behind = appendOption(c.behind, previous, o)
		previous = o.ID
	}
	if len(n.Payload) > 0 {
		c.behind = append(append(c.behind, payloadMarker), n.Payload...)
	}
}

// holds reports whether c is of the same bytes as n: not merely of equal ones.
func (c *content) holds(n *Notification) bool {
	return c.of.Code == n.Code && same(c.of.Payload, n.Payload) && same(c.of.Options, n.Options)
}

// same reports whether a and b are one slice.
func same[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// size is how long the message may become.
func (c *content) size() int {
	return headerSize + maxTokenLength + len(c.before) + 1 + 3 + len(c.behind)
}

// append encodes the notification of one relation behind b.
func (c *content) append(b []byte, rel *Relation, typ message.Type, messageID uint16, observe uint32) []byte {
	b = append(b, 1<<6|byte(typ)<<4|rel.tokenLength, byte(c.of.Code), byte(messageID>>8), byte(messageID))
	b = append(b, rel.token()...)
	b = append(b, c.before...)
	header := len(b)
	b = appendUint(append(b, 0), observe, rel.peer.Load().endpoint.config.ZeroAsByte)
	b[header] = byte(message.Observe-c.previous)<<4 | byte(len(b)-header-1)
	return append(b, c.behind...)
}

// appendOption encodes an option behind b. One that cannot be encoded is left out.
func appendOption(b []byte, previous message.OptionID, o message.Option) []byte {
	b = slices.Grow(b, 5+len(o.Value))
	n, err := o.Marshal(b[len(b):cap(b)], previous)
	if err != nil {
		return b
	}
	return b[:len(b)+n]
}
