package coap

import (
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
)

// scanExchanges is up to how many exchanges of a peer are searched one by one; beyond, an index is kept.
const scanExchanges = 16

// exchangeMemory is what the exchanges of all peers of an endpoint take, and may take.
type exchangeMemory struct {
	slots, replies                atomic.Int64
	limits                        *Limits
	reached                       *reachings
	exchangeLifetime, nonLifetime time.Duration
}

func (m *exchangeMemory) init(c *Config, reached *reachings) {
	m.limits, m.reached = &c.Limits, reached
	m.exchangeLifetime, m.nonLifetime = c.Transmission.exchangeLifetime(), c.Transmission.nonLifetime()
}

// seen is one message received from a peer.
type seen struct {
	at        int64  // nanoseconds since the endpoint began
	reply     []byte // what answered a Confirmable message; nil until then
	digest    uint32 // of the datagram
	messageID uint16
	con       bool
}

func (s *seen) expired(m *exchangeMemory, now int64) bool {
	if s.con {
		return now-s.at >= int64(m.exchangeLifetime)
	}
	return now-s.at >= int64(m.nonLifetime)
}

// exchanges is what a peer sent lately, oldest first, to recognise duplicates (RFC 7252, section 4.5). It is bounded by
// number, bytes and time and costs next to nothing for a peer that sends little.
type exchanges struct {
	ring    []seen // length is zero or a power of two
	index   map[uint16]uint32
	first   uint32 // sequence number of the oldest
	next    uint32 // sequence number of the one to come
	replies int    // bytes
	full    bool   // it has given way to newer ones since it was small
}

func (x *exchanges) len() int { return int(x.next - x.first) }

func (x *exchanges) slot(sequence uint32) *seen { return &x.ring[sequence&uint32(len(x.ring)-1)] }

// find returns the latest exchange of a message ID, or nil.
func (x *exchanges) find(messageID uint16) *seen {
	if x.next != x.first { // most are asked for while they are the latest
		if s := x.slot(x.next - 1); s.messageID == messageID {
			return s
		}
	}
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

// begin remembers a message that has not come before. now is nanoseconds since the endpoint began.
func (x *exchanges) begin(m *exchangeMemory, messageID uint16, typ message.Type, digest uint32, now int64) {
	if n := x.len(); n == len(x.ring) || n >= m.limits.PeerExchanges {
		x.makeRoom(m, now)
	}
	*x.slot(x.next) = seen{at: now, digest: digest, messageID: messageID, con: typ == message.Confirmable}
	if x.index != nil {
		x.index[messageID] = x.next
	}
	x.next++
}

// makeRoom grows, or drops the oldest.
func (x *exchanges) makeRoom(m *exchangeMemory, now int64) {
	n := len(x.ring)
	reached := boundExchanges
	switch {
	case x.len() >= m.limits.PeerExchanges:
		reached = boundPeerExchanges
	case n == 0 || m.slots.Load() < int64(m.limits.Exchanges):
		x.resize(m, max(1, 2*n))
		return
	}
	x.drop(m)
	if !x.full { // a peer that stays at the bound reaches it once
		x.full = true
		m.reached.reach(reached, now)
	}
}

// answer keeps what answered a Confirmable message. reply is copied.
func (x *exchanges) answer(m *exchangeMemory, messageID uint16, reply []byte) {
	s := x.find(messageID)
	if s == nil {
		return
	}
	s.reply = append(make([]byte, 0, len(reply)), reply...)
	x.replies += len(reply)
	all := m.replies.Add(int64(len(reply)))
	for x.len() > 1 {
		switch {
		case x.replies > m.limits.PeerReplyBytes:
			m.reached.reach(boundPeerReplyBytes, s.at)
		case all > m.limits.ReplyBytes:
			m.reached.reach(boundReplyBytes, s.at)
		default:
			return
		}
		x.drop(m)
		all = m.replies.Load()
	}
}

// expire forgets what is too old to come again.
func (x *exchanges) expire(m *exchangeMemory, now int64) {
	before := x.first
	for x.first != x.next && x.slot(x.first).expired(m, now) {
		x.drop(m)
	}
	if n := len(x.ring); x.first != before && n > scanExchanges && x.len() <= n/8 {
		x.resize(m, n/4) // the burst is over
		x.full = false
	}
}

// clear forgets everything.
func (x *exchanges) clear(m *exchangeMemory) {
	m.slots.Add(-int64(len(x.ring)))
	m.replies.Add(-int64(x.replies))
	*x = exchanges{}
}

func (x *exchanges) drop(m *exchangeMemory) {
	s := x.slot(x.first)
	if x.index != nil && (len(x.index) == x.len() || x.index[s.messageID] == x.first) {
		delete(x.index, s.messageID) // unless the message ID has been used again
	}
	if n := len(s.reply); n > 0 {
		x.replies -= n
		m.replies.Add(-int64(n))
	}
	*s = seen{}
	x.first++
}

func (x *exchanges) resize(m *exchangeMemory, size int) {
	old := *x
	m.slots.Add(int64(size - len(old.ring)))
	x.ring, x.index = make([]seen, size), nil
	if size > scanExchanges {
		x.index = make(map[uint16]uint32, size)
	}
	for sequence := x.first; sequence != x.next; sequence++ {
		s := old.slot(sequence)
		*x.slot(sequence) = *s
		if x.index != nil {
			x.index[s.messageID] = sequence
		}
	}
}
