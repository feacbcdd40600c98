package coap

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Limits bounds what an endpoint keeps and does. Zero means the default; of the two rates, no limit. What happens at a
// bound is said with it; Endpoint.Bounds tells how often that was.
type Limits struct {
	// Peers are remembered at a time; 100,000. Beyond it a peer of which nothing is kept but its latest message IDs gives
	// way to a new one; if none is found, the new one is answered 5.03.
	Peers int
	// PeerExchanges are remembered of one peer to recognise duplicates; 4,096. The oldest gives way. A peer that fills it
	// within a lifetime sends so fast that its oldest retransmissions are long over.
	PeerExchanges int
	// Exchanges are remembered of all peers; 2,097,152. Beyond it a peer keeps as many as it has, and its latest.
	Exchanges int
	// PeerReplyBytes are kept of one peer to answer duplicates; 256 KiB. The oldest give way.
	PeerReplyBytes int
	// ReplyBytes are kept of all peers; 128 MiB. The oldest of the peer that asks give way.
	ReplyBytes int64
	// PeerTransfers go on in blocks with one peer, in each direction; 8. The oldest gives way.
	PeerTransfers int
	// PeerTransferBytes are kept of the bodies of one peer, in each direction, and of those that wait to be notified;
	// 16 MiB, or twice MaxBodySize if that is more. The oldest give way.
	PeerTransferBytes int64
	// TransferBytes are kept of all bodies, in each direction, and of those that wait to be notified; 64 MiB. Beyond it a
	// block is answered 5.03, the handler is asked for each block of a body that goes out, and of the bodies that wait for
	// a peer the oldest are dropped.
	TransferBytes int64
	// PeerRelations are the observe relations of one peer; 1,024. Beyond it a request is answered without Observe.
	PeerRelations int
	// Relations are those of all peers; 200,000. Beyond it a request is answered without Observe.
	Relations int
	// PeerNotifications wait for one peer; 100, as in EMQX. The oldest is dropped.
	PeerNotifications int
	// PeerCalls are our requests to one peer, and our observations there, that are not done; 64. Beyond it ErrBusy.
	PeerCalls int
	// Calls are those to all peers; 16,384. Beyond it ErrBusy.
	Calls int
	// MulticastAnswers wait for their leisure; 1,000. Beyond it there is no answer.
	MulticastAnswers int
	// PeerRate is how many requests a second are taken from one peer. Beyond it they are answered 4.29 (RFC 8516).
	PeerRate int
	// Rate is how many requests a second are taken from all peers. Beyond it they are answered 5.03; half of a second's
	// is kept for peers that observe or have Data.
	Rate int
}

func (l Limits) withDefaults(maxBodySize int64) (Limits, error) {
	for _, limit := range []struct {
		name  string
		value *int
		usual int
	}{
		{"peers", &l.Peers, 100_000},
		{"exchanges of a peer", &l.PeerExchanges, 4096},
		{"exchanges", &l.Exchanges, 2 << 20},
		{"reply bytes of a peer", &l.PeerReplyBytes, 256 << 10},
		{"transfers of a peer", &l.PeerTransfers, 8},
		{"relations of a peer", &l.PeerRelations, 1024},
		{"relations", &l.Relations, 200_000},
		{"notifications of a peer", &l.PeerNotifications, 100},
		{"requests of ours to a peer", &l.PeerCalls, 64},
		{"requests of ours", &l.Calls, 16_384},
		{"answers to multicast", &l.MulticastAnswers, 1000},
		{"requests a second of a peer", &l.PeerRate, 0},
		{"requests a second", &l.Rate, 0},
	} {
		if *limit.value == 0 {
			*limit.value = limit.usual
		}
		if *limit.value < 0 {
			return l, fmt.Errorf("maximum of %s %d: must not be negative", limit.name, *limit.value)
		}
	}
	for _, limit := range []struct {
		name  string
		value *int64
		usual int64
	}{
		{"reply bytes", &l.ReplyBytes, 128 << 20},
		{"transfer bytes of a peer", &l.PeerTransferBytes, max(16<<20, 2*maxBodySize)},
		{"transfer bytes", &l.TransferBytes, 64 << 20},
	} {
		if *limit.value == 0 {
			*limit.value = limit.usual
		}
		if *limit.value < 0 {
			return l, fmt.Errorf("maximum of %s %d: must not be negative", limit.name, *limit.value)
		}
	}
	return l, nil
}

// Transmission are the transmission parameters of RFC 7252, section 4.8. Zero means the default.
type Transmission struct {
	// ACKTimeout is how long an ACK is awaited at least before the first retransmission; 2 s.
	ACKTimeout time.Duration
	// ACKRandomFactor is how many times longer it may be awaited at most; 1.5.
	ACKRandomFactor float64
	// MaxRetransmit is how often a Confirmable message is sent again; 4.
	MaxRetransmit int
	// ProcessingDelay is how long an answer may take before an empty ACK goes and it becomes a separate response; 1 s.
	ProcessingDelay time.Duration
	// NStart is how many requests of ours to one peer await their ACK or response at a time; 1.
	NStart int
}

// maxLatency is MAX_LATENCY of RFC 7252, section 4.8.2.
const maxLatency = 100 * time.Second

func (t Transmission) withDefaults() (Transmission, error) {
	if t.ACKTimeout == 0 {
		t.ACKTimeout = 2 * time.Second
	}
	if t.ACKRandomFactor == 0 {
		t.ACKRandomFactor = 1.5
	}
	if t.MaxRetransmit == 0 {
		t.MaxRetransmit = 4
	}
	if t.ProcessingDelay == 0 {
		t.ProcessingDelay = time.Second
	}
	if t.NStart == 0 {
		t.NStart = 1
	}
	switch {
	case t.ACKTimeout < 0 || t.ACKTimeout > time.Hour:
		return t, fmt.Errorf("ACK timeout %v: must be within an hour", t.ACKTimeout)
	case !(t.ACKRandomFactor >= 1 && t.ACKRandomFactor <= 10):
		return t, fmt.Errorf("ACK random factor %v: must be from 1 to 10", t.ACKRandomFactor)
	case t.MaxRetransmit < 0 || t.MaxRetransmit > 10:
		return t, fmt.Errorf("maximum of retransmissions %d: must be from 1 to 10", t.MaxRetransmit)
	case t.ProcessingDelay < 0:
		return t, errors.New("processing delay: must not be negative")
	case t.NStart < 0:
		return t, errors.New("number of simultaneous requests: must not be negative")
	}
	return t, nil
}

// firstInterval is the random time to the first retransmission.
func (t *Transmission) firstInterval() time.Duration {
	return t.ACKTimeout + rand.N(time.Duration(float64(t.ACKTimeout)*(t.ACKRandomFactor-1))+1)
}

// span is MAX_TRANSMIT_SPAN: from the first transmission of a Confirmable message to its last.
func (t *Transmission) span() time.Duration {
	return time.Duration(float64(t.ACKTimeout*(1<<t.MaxRetransmit-1)) * t.ACKRandomFactor)
}

// wait is MAX_TRANSMIT_WAIT: how long a response may take after the request was acknowledged, or sent as
// Non-confirmable; 93 s.
func (t *Transmission) wait() time.Duration {
	return time.Duration(float64(t.ACKTimeout*(2<<t.MaxRetransmit-1)) * t.ACKRandomFactor)
}

// exchangeLifetime is EXCHANGE_LIFETIME: as long a message ID of a Confirmable message may come again; 247 s.
func (t *Transmission) exchangeLifetime() time.Duration {
	return t.span() + 2*maxLatency + t.ACKTimeout
}

// nonLifetime is NON_LIFETIME, the same of a Non-confirmable message; 145 s.
func (t *Transmission) nonLifetime() time.Duration { return t.span() + maxLatency }
