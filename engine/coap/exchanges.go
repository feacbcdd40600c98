package coap

import (
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
)

// Lifetimes of RFC 7252, section 4.8.2.
const (
	exchangeLifetime = 247 * time.Second
	nonLifetime      = 145 * time.Second
)

const (
	// maxExchanges bounds the exchanges remembered for one peer. A peer that fills it within a lifetime sends so fast
	// that its oldest retransmissions are long over.
	maxExchanges = 4096
	// scanExchanges is up to how many are searched one by one; beyond, an index is kept.
	scanExchanges = 16
)

// seen is one message received from a peer.
type seen struct {
	at        int64  // nanoseconds since the endpoint began
	reply     []byte // what answered a Confirmable message; nil until then
	digest    uint32 // of the datagram
	messageID uint16
	con       bool
}

func (s *seen) lifetime() time.Duration {
	if s.con {
		return exchangeLifetime
	}
	return nonLifetime
}

// exchanges is what a peer sent lately, oldest first, to recognise duplicates (RFC 7252, section 4.5). It is bounded by
// number and time and costs next to nothing for a peer that sends little.
type exchanges struct {
	ring  []seen // length is zero or a power of two
	index map[uint16]uint32
	first uint32 // sequence number of the oldest
	next  uint32 // sequence number of the one to come
}

func (x *exchanges) len() int { return int(x.next - x.first) }

func (x *exchanges) slot(sequence uint32) *seen { return &x.ring[sequence&uint32(len(x.ring)-1)] }

// find returns the exchange of a message ID, or nil.
func (x *exchanges) find(messageID uint16) *seen {
	if x.index != nil {
		if sequence, ok := x.index[messageID]; ok {
			return x.slot(sequence)
		}
		return nil
	}
	for sequence := x.next; sequence != x.first; sequence-- {
		if s := x.slot(sequence - 1); s.messageID == messageID {
			return s
		}
	}
	return nil
}

// begin remembers a message that find does not know. now is nanoseconds since the endpoint began.
func (x *exchanges) begin(messageID uint16, typ message.Type, digest uint32, now int64) {
	x.expire(now)
	if x.len() == len(x.ring) {
		if len(x.ring) < maxExchanges {
			x.grow()
		} else {
			x.drop()
		}
	}
	*x.slot(x.next) = seen{at: now, digest: digest, messageID: messageID, con: typ == message.Confirmable}
	if x.index != nil {
		x.index[messageID] = x.next
	}
	x.next++
}

// answer keeps what answered a Confirmable message. reply is copied.
func (x *exchanges) answer(messageID uint16, reply []byte) {
	if s := x.find(messageID); s != nil {
		s.reply = append(make([]byte, 0, len(reply)), reply...)
	}
}

// expire forgets what is too old to come again.
func (x *exchanges) expire(now int64) {
	for x.first != x.next {
		if s := x.slot(x.first); now-s.at < int64(s.lifetime()) {
			return
		}
		x.drop()
	}
}

func (x *exchanges) drop() {
	s := x.slot(x.first)
	if x.index != nil {
		delete(x.index, s.messageID)
	}
	*s = seen{}
	x.first++
}

func (x *exchanges) grow() {
	old := *x
	x.ring = make([]seen, max(1, 2*len(old.ring)))
	for sequence := x.first; sequence != x.next; sequence++ {
		*x.slot(sequence) = *old.slot(sequence)
	}
	if len(x.ring) > scanExchanges && x.index == nil {
		x.index = make(map[uint16]uint32, len(x.ring))
		for sequence := x.first; sequence != x.next; sequence++ {
			x.index[x.slot(sequence).messageID] = sequence
		}
	}
}
