package coap

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// mutator makes datagrams of valid ones, the same for the same seed.
type mutator struct {
	*rand.Rand
	valid     [][]byte
	messageID uint16
}

func newMutator(seed uint64, valid [][]byte) *mutator {
	return &mutator{Rand: rand.New(rand.NewPCG(seed, seed)), valid: valid}
}

// next returns a valid datagram that was changed in a few places, or bytes without any sense.
func (m *mutator) next() []byte {
	if m.IntN(10) == 0 {
		b := make([]byte, m.IntN(64))
		for i := range b {
			b[i] = byte(m.Uint32())
		}
		if len(b) > 0 && m.IntN(2) == 0 {
			b[0] = b[0]&0x3f | 0x40 // of the right version
		}
		return b
	}
	b := bytes.Clone(m.valid[m.IntN(len(m.valid))])
	if message.Type(b[0]>>4&3) <= non { // as a message that has not come before
		m.messageID++
		b[2], b[3] = byte(m.messageID>>8), byte(m.messageID)
	}
	for range 1 + m.IntN(3) {
		if len(b) == 0 {
			break
		}
		at := m.IntN(len(b))
		switch m.IntN(6) {
		case 0:
			b[at] ^= 1 << m.IntN(8)
		case 1:
			b[at] = byte(m.Uint32())
		case 2:
			b = b[:at]
		case 3:
			b = append(b[:at:at], append([]byte{byte(m.Uint32())}, b[at:]...)...)
		case 4:
			b = append(b[:at:at], b[min(len(b), at+1+m.IntN(4)):]...)
		case 5: // the head of one and the tail of another
			other := m.valid[m.IntN(len(m.valid))]
			b = append(b[:at:at], other[min(at, len(other)):]...)
		}
	}
	return b
}

// cancels reports whether a datagram is, by RFC 7641, a client's word that it no longer observes under token: a RST, or a
// request under it that has Observe.
func cancels(b []byte, token string) bool {
	m := incoming{options: make(message.Options, 0, 16)}
	if m.parse(b) != nil {
		return false
	}
	if m.typ == rst {
		return true
	}
	if m.code == codes.Empty || m.code > IPATCH || string(m.token) != token {
		return false
	}
	if checkOptions(&m.options, optionPolicy{proxies: true}) != codes.Empty {
		return false
	}
	_, observes := uintOption(m.options, message.Observe)
	return observes
}

// TestMutatedDatagramsEndNoObservation has an observer's own address send 3,000 datagrams that are nearly valid: requests,
// blocks, ACKs of notifications, and noise. None ends its observation or takes what the handler knows of it, but for
// those that are a cancellation, which are left out.
func TestMutatedDatagramsEndNoObservation(t *testing.T) {
	const token = "observer"
	for _, verify := range []Verification{VerifyNever, VerifyAlways} {
		var observer *Relation
		w := newWire(t, Config{VerifyAddresses: verify, MaxBlockSize: 64, MaxBodySize: 500, Handler: handlerFunc(
			func(w *ResponseWriter, r *Request) {
				w.SetCode(codes.Content)
				w.SetPayload(append([]byte("an answer that is of two blocks where blocks are as small as they may be "), r.Payload...))
				v, ok := r.Uint(message.Observe)
				if !ok || v > 1 {
					return
				}
				rel := w.Observe(RelationConfig{OnEnd: func(rel *Relation, reason EndReason) {
					if rel == observer && reason != EndClosed {
						t.Errorf("the observation ended: %d", reason)
					}
				}})
				if string(r.Token) == token {
					observer = rel
				} else if rel != nil && v == 1 {
					rel.Cancel()
				}
			})})
		w.endpoint.sockets[0].packets = noPackets{}
		begin := get(con, 1, token, "a", observe)
		w.request(begin)
		w.request(get(non, 2, "t", strings.Repeat("x", 200), without(26))) // earns the credit for a notification
		peer := observer.Peer()
		peer.SetData("session")
		w.gather()

		notify := func(text string) sentDatagram {
			observer.Notify(Notification{Confirmable: true, Payload: []byte(text)})
			for {
				if s := w.next(); string(s.token) == token && s.typ == con && string(s.payload) == text {
					return s
				}
			}
		}
		var valid [][]byte
		for _, m := range []outgoing{
			begin, get(con, 2, "other", "a", observe), get(non, 3, token, "a"), get(con, 4, "", "b"),
			get(con, 5, token, "a", message.Option{ID: message.Block2, Value: []byte{0x12}}),
			get(non, 6, "t", "c", without(26), echoing(make([]byte, echoLength))),
			block1(7, "a"), {typ: ack, messageID: 8}, {typ: con, messageID: 9}, {typ: non, code: codes.Content, token: message.Token(token)},
			{typ: ack, code: codes.Changed, messageID: 10, token: message.Token(token)}, {typ: con, code: 8, token: message.Token(token)},
		} {
			valid = append(valid, m.append(nil))
		}
		mutations := newMutator(9, valid)
		for i, sent := 0, 0; sent < 3000; i++ {
			if i%50 == 0 {
				n := notify(fmt.Sprint("notification ", i))
				acknowledgement := (&outgoing{typ: ack, messageID: n.messageID}).append(nil)
				mutations.valid = append(valid[:len(valid):len(valid)], acknowledgement)
				w.receive(0, acknowledgement)
			}
			b := mutations.next()
			if cancels(b, token) {
				continue
			}
			sent++
			w.receive(0, b)
			if t.Failed() {
				t.Fatalf("datagram %d: % x", sent, b)
			}
			for len(w.sent) > 0 {
				<-w.sent
			}
		}
		notify("the last")
		if observer.Peer() != peer || peer.Data() != "session" || w.endpoint.peers.lookup(&route{addr: w.peerAddr(0)}) != peer {
			t.Error("the observer is another peer now")
		}
		s := w.endpoint.Stats()
		t.Logf("%d requests, %d malformed, %d duplicates", s.Requests, s.Malformed, s.Duplicates)
	}
}
