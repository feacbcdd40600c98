package record

import (
	"net/netip"
	"time"
)

// Exchange is how a frame belongs to an earlier one.
type Exchange struct {
	// Took is the time since the message that this one is the first answer to; negative if there is none that is known.
	// A notification after the first has none.
	Took time.Duration
	// Request is the sequence number of the request or message that this one answers, notifications included; 0 if there
	// is none that is known.
	Request uint64
	// Repeats is the sequence number of the message that this one is sent or received again of; 0 if it is the first or
	// that is not known.
	Repeats uint64
}

// Tracker finds what each frame answers. It takes the frames one after the other and remembers a bounded number of
// requests. It is not safe for use by several goroutines.
//
// An ACK or RST belongs to its message by peer and message ID (RFC 7252, section 4.4), a separate response and a
// notification to its request by peer and token (section 5.3.2), an MQTT acknowledgement by connection and packet
// identifier (MQTT 5, section 2.2.1).
type Tracker struct {
	memory
	// observed are the requests that began an observation: notifications come long after other requests are forgotten.
	observed memory
}

// memory holds a bounded number of messages by what their answers have in common with them.
type memory struct {
	asked map[exchangeKey]request
	// order is the ring of keys as they were remembered; next is the place of the oldest once it is full.
	order []remembered
	next  int
	max   int
}

func newMemory(max int) memory { return memory{asked: map[exchangeKey]request{}, max: max} }

// exchangeKey is what a message and its answer have in common.
type exchangeKey struct {
	peer     netip.AddrPort
	listener string
	outgoing bool  // the direction of the message, not of the answer
	kind     uint8 // byToken, byMessageID, byPing, byTransfer, or the type of the MQTT packet that answers
	id       [coapMaxToken]byte
	length   uint8
}

const (
	byToken     = 0x20
	byMessageID = 0x21
	byPing      = 0x22 // RFC 8323, section 5.4
	byTransfer  = 0x23 // requests for the blocks of one body
)

type request struct {
	at       time.Time
	seq      uint64
	answered bool
	lost     bool // by conditions: when it comes again, it is not noted as a Duplicate
}

type remembered struct {
	key exchangeKey
	seq uint64
}

// NewTracker returns a tracker that remembers up to max messages.
func NewTracker(max int) *Tracker {
	return &Tracker{memory: newMemory(max), observed: newMemory(max)}
}

// Note takes the next frame and returns what it answers.
func (t *Tracker) Note(f *Frame) Exchange {
	none := Exchange{Took: -1}
	if f.Note&Malformed != 0 {
		t.malformed(f)
		return none
	}
	switch f.Protocol {
	case CoAP:
		return t.coap(f, none)
	case CoAPTCP, CoAPWebSocket:
		return t.coapStream(f, none)
	case MQTT:
		return t.mqtt(f, none)
	}
	return none
}

// malformed remembers a confirmable message that cannot be read for the RST that rejects it (RFC 7252, section 4.2).
func (t *Tracker) malformed(f *Frame) {
	if f.Protocol == CoAP && len(f.Data) >= coapHeaderSize && f.Data[0]>>6 == 1 && f.TypeName() == "CON" {
		t.remember(keyOf(f, f.Outgoing, byMessageID, f.Data[2:4]), f)
	}
}

func (t *Tracker) coap(f *Frame, none Exchange) Exchange {
	b := f.Data
	if len(b) < coapHeaderSize {
		return none
	}
	length := int(b[0] & 0x0f)
	if length > coapMaxToken || len(b) < coapHeaderSize+length {
		return none
	}
	mid := keyOf(f, f.Outgoing, byMessageID, b[2:4])
	token := keyOf(f, f.Outgoing, byToken, b[coapHeaderSize:coapHeaderSize+length])
	typ, isRequest, empty := coapTypes[b[0]>>4&3].short, b[1]>>5 == 0, b[1] == 0
	acknowledges := typ == "ACK" || typ == "RST"
	again := f.Note&(Duplicate|Retransmitted) != 0

	if isRequest && !empty {
		if again {
			none.Repeats = t.first(mid, token)
			return none
		}
		if none.Repeats = t.lost(mid, token, f); none.Repeats != 0 {
			return none
		}
		t.remember(token, f)
		t.remember(mid, f)
		t.observe(token, f)
		return none
	}
	if acknowledges {
		mid.outgoing = !f.Outgoing
		if e, found := t.answer(mid, f); found {
			if f.Note&LostByConditions == 0 {
				delete(t.asked, mid)
			}
			if !empty {
				token.outgoing = !f.Outgoing
				t.answer(token, f)
			}
			return e
		}
	} else if again {
		none.Repeats = t.first(mid)
	} else {
		t.remember(mid, f) // it is acknowledged in turn
	}
	if empty {
		return none
	}
	token.outgoing = !f.Outgoing
	return t.response(token, f, none)
}

// lost is the sequence number of the message that f is sent again of because conditions lost it; 0 if it is none. Message
// ID and token agree.
func (t *Tracker) lost(mid, token exchangeKey, f *Frame) uint64 {
	r, found := t.asked[mid]
	if !found || !r.lost || t.asked[token].seq != r.seq {
		return 0
	}
	if r.lost = f.Note&LostByConditions != 0; !r.lost {
		t.asked[mid] = r
	}
	return r.seq
}

// first is the sequence number of the first of some messages that is remembered.
func (t *Tracker) first(keys ...exchangeKey) uint64 {
	for _, key := range keys {
		if r, found := t.asked[key]; found {
			return r.seq
		}
	}
	return 0
}

// observe remembers a request with Observe 0 (RFC 7641, section 2).
func (t *Tracker) observe(token exchangeKey, f *Frame) {
	for w := f.WalkOptions(); ; {
		number, value, ok := w.Next()
		if !ok || number > optionObserve {
			return
		}
		if number == optionObserve {
			if v, ok := uintValue(value); ok && v == 0 {
				t.observed.remember(token, f)
			}
			return
		}
	}
}

// response finds the request of a response or notification by its token.
func (t *Tracker) response(token exchangeKey, f *Frame, none Exchange) Exchange {
	e, found := t.answer(token, f)
	if !found {
		if r, observed := t.observed.asked[token]; observed {
			e = Exchange{Took: -1, Request: r.seq}
			found = true
		}
	}
	if !found {
		return none
	}
	e.Repeats = none.Repeats
	return e
}

// mqttAnswers tells which packet answers which.
var mqttAnswers = map[int]int{
	mqttConnect: mqttConnack, mqttPubrel: mqttPubcomp, mqttSubscribe: mqttSuback, mqttUnsubscribe: mqttUnsuback,
	mqttPingreq: mqttPingresp,
}

func (t *Tracker) mqtt(f *Frame, none Exchange) Exchange {
	if len(f.Data) == 0 {
		return none
	}
	r := reader{data: f.Data, at: 1}
	if _, ok := r.varint(); !ok {
		return none
	}
	typ := int(f.Data[0] >> 4)
	answer := mqttAnswers[typ]
	if typ == mqttPublish {
		switch f.Data[0] >> 1 & 3 {
		case 0:
			return none
		case 1:
			answer = mqttPuback
		default:
			answer = mqttPubrec
		}
		topic, _ := r.uint16()
		r.bytes(topic)
	}
	var id []byte
	switch typ {
	case mqttConnect, mqttConnack, mqttPingreq, mqttPingresp:
	default:
		id, _ = r.bytes(2)
	}
	if answer != 0 {
		t.remember(keyOf(f, f.Outgoing, uint8(answer), id), f)
		return none
	}
	key := keyOf(f, !f.Outgoing, uint8(typ), id)
	e, found := t.answer(key, f)
	if !found {
		return none
	}
	delete(t.asked, key)
	return e
}

func keyOf(f *Frame, outgoing bool, kind uint8, id []byte) exchangeKey {
	k := exchangeKey{peer: f.Peer, listener: f.Listener, outgoing: outgoing, kind: kind, length: uint8(len(id))}
	copy(k.id[:], id)
	return k
}

// answer returns how long ago the message under key was, for its first answer.
func (t *Tracker) answer(key exchangeKey, f *Frame) (Exchange, bool) {
	r, found := t.asked[key]
	if !found {
		return Exchange{}, false
	}
	e := Exchange{Took: -1, Request: r.seq}
	if !r.answered && f.Note&LostByConditions == 0 {
		e.Took = max(f.At.Sub(r.at), 0)
		r.answered = true
		t.asked[key] = r
	}
	return e, true
}

// remember notes f under key; the oldest one makes room when there are too many.
func (m *memory) remember(key exchangeKey, f *Frame) {
	if m.max <= 0 {
		return
	}
	m.asked[key] = request{at: f.At, seq: f.Seq, lost: f.Note&LostByConditions != 0}
	r := remembered{key: key, seq: f.Seq}
	if len(m.order) < m.max {
		m.order = append(m.order, r)
		return
	}
	oldest := &m.order[m.next]
	if a, found := m.asked[oldest.key]; found && a.seq == oldest.seq {
		delete(m.asked, oldest.key)
	}
	*oldest = r
	m.next = (m.next + 1) % m.max
}
