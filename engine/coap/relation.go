package coap

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// RelationConfig describes a relation.
type RelationConfig struct {
	// Sequence says how the Observe values grow.
	Sequence SequenceKind
	// RefreshOnRetransmit gives a retransmitted notification a new Observe value, as EMQX 5 does.
	RefreshOnRetransmit bool
	// IgnoreReset keeps the relation when a notification is answered by RST or is never acknowledged.
	IgnoreReset bool
	// OnEnd is called once, on any goroutine, when the relation ends other than by Cancel. It may be nil.
	OnEnd func(rel *Relation, reason EndReason)
	// User is the handler's own.
	User any
}

// EndReason says why a relation ended.
type EndReason uint8

// Why a relation ended.
const (
	EndReset    EndReason = iota + 1 // the peer answered a notification with RST
	EndTimeout                       // no ACK came after the last retransmission
	EndReplaced                      // the peer used the token for a new relation
	EndClosed                        // the endpoint, or the peer's connection, closed
	EndTooLong                       // the first response is longer than the peer takes, or than may be sent before it is verified
)

// Notification is one notification. Its slices are kept until it is sent and acknowledged, and must not be modified.
type Notification struct {
	Confirmable bool
	Code        codes.Code      // zero means 2.05
	Options     message.Options // in order of number, without Observe and Block2
	Payload     []byte
}

// RelationStats describes a relation now.
type RelationStats struct {
	Since           time.Time
	Sequence        uint32 // the last Observe value sent
	Sent            uint64 // notifications, without retransmissions
	Acknowledged    uint64
	Dropped         uint64 // never sent, because too many waited
	Lost            uint64 // Confirmable, and not acknowledged after the last retransmission
	Queued          int    // waiting for their turn
	Retransmissions uint64
	LastSent        time.Time     // zero: none yet
	LastConfirmable bool          // of the last one sent
	RoundTrip       time.Duration // of the last acknowledged one
}

// Relation is one observe relation (RFC 7641). Methods may be called from any goroutine.
type Relation struct {
	peer   atomic.Pointer[Peer]
	config RelationConfig
	since  int64 // Unix time in nanoseconds

	// The fields below belong to the peer's lock.
	key             uint64        // of the resource, for the later blocks of a notification
	last            *Notification // with which it ends once held is over
	sequence        sequence
	unblock         *timer // when the blocks that a notification waits for are no longer kept; nil until one waits
	sent            uint64
	acknowledged    uint64
	dropped         uint32
	lost            uint32
	retransmissions uint64
	lastSent        int64 // Unix time in nanoseconds; zero: never
	roundTrip       time.Duration
	recent          recentIDs // of Non-confirmable notifications, to which a RST can still refer
	tokenBytes      [maxTokenLength]byte
	tokenLength     uint8
	requestType     message.Type
	held            bool // the response that begins it has not been sent, or not been acknowledged, yet
	ended           bool
	late            bool // it began after its peer was closed
	lastConfirmable bool
}

// newRelation is held until the response to its request is out.
func newRelation(x *exchange, c RelationConfig) *Relation {
	rel := &Relation{config: c, since: time.Now().UnixNano(), held: true}
	rel.peer.Store(x.peer)
	rel.adopt(x)
	return rel
}

func (rel *Relation) adopt(x *exchange) {
	rel.tokenLength = uint8(copy(rel.tokenBytes[:], x.token))
	rel.requestType = x.typ
	rel.key = x.transferKey()
}

// token is the relation's own: it changes when another request adopts the relation.
func (rel *Relation) token() message.Token { return rel.tokenBytes[:rel.tokenLength] }

// lock locks the peer the relation belongs to now.
func (rel *Relation) lock() *Peer {
	for {
		p := rel.peer.Load()
		p.mu.Lock()
		if rel.peer.Load() == p {
			return p
		}
		p.mu.Unlock()
	}
}

// Peer is where notifications go.
func (rel *Relation) Peer() *Peer { return rel.peer.Load() }

// User is RelationConfig.User.
func (rel *Relation) User() any { return rel.config.User }

// Token is the token of notifications.
func (rel *Relation) Token() message.Token {
	p := rel.lock()
	defer p.mu.Unlock()
	return slices.Clone(rel.token())
}

// RequestType is the type of the request that began, or last renewed, the relation.
func (rel *Relation) RequestType() message.Type {
	p := rel.lock()
	defer p.mu.Unlock()
	return rel.requestType
}

// Stats describes the relation now.
func (rel *Relation) Stats() RelationStats {
	p := rel.lock()
	defer p.mu.Unlock()
	s := RelationStats{
		Since: time.Unix(0, rel.since), Sequence: rel.sequence.last, Sent: rel.sent, Acknowledged: rel.acknowledged,
		Dropped: uint64(rel.dropped), Lost: uint64(rel.lost), Queued: p.observing.waiting(rel),
		Retransmissions: rel.retransmissions, LastConfirmable: rel.lastConfirmable,
		RoundTrip: rel.roundTrip,
	}
	if rel.lastSent != 0 {
		s.LastSent = time.Unix(0, rel.lastSent)
	}
	return s
}

// Notify sends n, or queues it while a Confirmable notification to the same peer is outstanding; when too many wait, the
// oldest is dropped. It never blocks. After the end of the relation it does nothing. For many relations at a time there is
// Fanout.
func (rel *Relation) Notify(n Notification) {
	p := rel.lock()
	defer p.mu.Unlock()
	if rel.open() {
		p.notify(rel, n, nil)
	}
}

// open reports whether notifications may follow. The peer's lock is held.
func (rel *Relation) open() bool { return !rel.ended && rel.last == nil }

// Cancel ends the relation and drops what waits for it. OnEnd is not called.
func (rel *Relation) Cancel() {
	p := rel.lock()
	defer p.mu.Unlock()
	if rel.end() {
		p.pump()
	}
}

// release lets notifications out once the response has gone.
func (rel *Relation) release() {
	p := rel.lock()
	rel.held = false
	late := rel.late
	if rel.last != nil && !rel.ended {
		p.finish(rel, *rel.last)
	}
	p.pump()
	p.mu.Unlock()
	if late {
		rel.tell(EndClosed)
	}
}

// refused ends the relation because its peer did not take t, unless it is to stay or has moved on.
func (rel *Relation) refused(t *transmission, reason EndReason) {
	p := rel.lock()
	if t.first {
		rel.held = false
	}
	if p == t.peer {
		// Nobody fetches the blocks of what was refused.
		p.transfers.discard(p.endpoint, func(d *download) bool { return d.key == rel.key })
	}
	end := p == t.peer && !rel.config.IgnoreReset && rel.end()
	p.pump()
	p.mu.Unlock()
	if end {
		rel.tell(reason)
	}
}

// end takes the relation off its peer, whose lock is held. It reports whether it was still there.
func (rel *Relation) end() bool {
	if rel.ended {
		return false
	}
	rel.ended = true
	rel.peer.Load().forget(rel)
	return true
}

func (rel *Relation) tell(reason EndReason) {
	if rel.config.OnEnd != nil {
		rel.config.OnEnd(rel, reason)
	}
}

func (rel *Relation) nextSequence() uint32 { return rel.sequence.advance(rel.config.Sequence) }

// unblockAt lets out what waits for blocks at a moment, if they have not been fetched before.
func (rel *Relation) unblockAt(e *Endpoint, at time.Time) {
	if rel.unblock == nil {
		rel.unblock = &timer{fire: rel.resumeQueue}
	}
	e.timers.set(rel.unblock, at)
}

func (rel *Relation) stopUnblock(e *Endpoint) {
	if rel.unblock != nil {
		e.timers.stop(rel.unblock)
	}
}
