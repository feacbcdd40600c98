package record

import (
	"slices"
	"time"
)

// Odd tells what is odd about a message.
type Odd uint8

const (
	OddRetransmitted Odd = 1 << iota // sent or received again
	OddUnanswered                    // no answer, or no acknowledgement, came in time
	OddRefused                       // 4.xx, 5.xx, or an MQTT reason code of failure
	OddMalformed                     // could not be parsed
	OddSlow                          // an answer that took long
)

// OddNames are the words for what is odd, in the order of the bits.
var OddNames = [...]string{"retransmitted", "unanswered", "refused", "malformed", "slow"}

// OddCounts counts messages by OddNames.
type OddCounts [len(OddNames)]int

const (
	// SlowAfter is how long an answer takes that is called slow.
	SlowAfter = time.Second
	// UnansweredAfter is how long an answer is waited for before its message is called unanswered.
	UnansweredAfter = 5 * time.Second
	// indexTracked bounds the messages that wait for their answer in an Index.
	indexTracked = 1 << 15
	// indexTransfers bounds the block-wise transfers that an Index follows at once.
	indexTransfers = 1 << 12
)

// Known is what an Index knows of a frame.
type Known struct {
	Exchange
	// Root is the sequence number of the first message of the exchange: of the request whose answers, notifications,
	// repetitions and further blocks belong to it. It is the frame's own where nothing came before.
	Root uint64
	Odd  Odd
}

// Index tells of each frame of a ring what it belongs to and what is odd about it, in 16 bytes each. It takes the frames
// in their order. It is not safe for use by several goroutines.
type Index struct {
	tracker   *Tracker
	transfers memory
	first     uint64 // of entries
	entries   []entry
	waiting   []waits // messages without an answer, oldest first; some have one meanwhile
	counts    OddCounts
	changed   []uint64
}

// entry is what is kept of a frame; 0 frames before means none.
type entry struct {
	request, root uint32 // how many frames before
	took          uint32 // microseconds and one; 0: none
	odd           Odd
	asks          bool // a request
	answered      bool
}

// waits is a message that an answer is expected for.
type waits struct {
	seq uint64
	at  time.Time
}

// NewIndex returns an empty index.
func NewIndex() *Index {
	return &Index{tracker: NewTracker(indexTracked), transfers: newMemory(indexTransfers)}
}

// Last is the sequence number of the last frame that was added, 0 before the first.
func (x *Index) Last() uint64 {
	if x.first == 0 {
		return 0
	}
	return x.first + uint64(len(x.entries)) - 1
}

// Add takes the next frame. After a gap, where a ring dropped frames that were not added, it begins again.
func (x *Index) Add(f *Frame) {
	if x.first == 0 || f.Seq != x.Last()+1 {
		x.first, x.entries, x.waiting, x.counts = f.Seq, x.entries[:0], x.waiting[:0], OddCounts{}
	}
	e := x.tracker.Note(f)
	known := entry{request: before(f.Seq, e.Request), odd: oddOf(f), asks: f.IsRequest()}
	if e.Took >= 0 {
		known.took = uint32(min(e.Took.Microseconds(), 1<<31)) + 1
		if e.Took >= SlowAfter {
			known.odd |= OddSlow
		}
	}
	root := f.Seq
	switch {
	case e.Repeats != 0:
		known.odd |= OddRetransmitted
		root = x.Of(e.Repeats).Root
	case e.Request != 0:
		root = x.Of(e.Request).Root
		x.answer(e.Request, f)
	case known.asks:
		root = x.transferOf(f)
	}
	known.root = before(f.Seq, root)
	x.entries = append(x.entries, known)
	x.count(known.odd, 1)
	if e.Repeats == 0 && f.Note&(Duplicate|Retransmitted) == 0 && expectsAnswer(f) {
		x.waiting = append(x.waiting, waits{f.Seq, f.At})
	}
}

// before is how many frames before seq another one is, 0 for none.
func before(seq, earlier uint64) uint32 {
	if earlier == 0 || earlier >= seq || seq-earlier > 1<<31 {
		return 0
	}
	return uint32(seq - earlier)
}

func (x *Index) count(odd Odd, by int) {
	for i := range x.counts {
		if odd&(1<<i) != 0 {
			x.counts[i] += by
		}
	}
}

// answer notes that a message has its answer. An empty acknowledgement is none to a request.
func (x *Index) answer(seq uint64, f *Frame) {
	if seq < x.first || seq > x.Last() {
		return
	}
	e := &x.entries[seq-x.first]
	if f.Note&LostByConditions != 0 {
		return
	}
	if code, ok := f.Code(); e.asks && ok && code == 0 && f.TypeName() == "ACK" {
		return
	}
	e.answered = true
	if e.odd&OddUnanswered != 0 {
		e.odd &^= OddUnanswered
		x.note(seq)
		x.counts[slices.Index(OddNames[:], "unanswered")]--
	}
}

// transferOf is the request that a request for a further block continues, its own number for any other one.
func (x *Index) transferOf(f *Frame) uint64 {
	// FNV-1a of what blocks of a body have in common: method, path and query.
	const offset, prime = 14695981039346656037, 1099511628211
	code, _ := f.Code()
	hash := (offset ^ uint64(code)) * prime
	further := false
	for w := f.WalkOptions(); ; {
		number, value, ok := w.Next()
		if !ok {
			break
		}
		switch number {
		case optionURIPath, optionURIQuery:
			hash = (hash ^ uint64(number)) * prime
			for _, b := range value {
				hash = (hash ^ uint64(b)) * prime
			}
		case optionBlock1, optionBlock2, optionQBlock1, optionQBlock2:
			if v, ok := uintValue(value); ok && v>>4 > 0 {
				further = true
			}
		}
	}
	var id [8]byte
	byteOrder.PutUint64(id[:], hash)
	key := keyOf(f, f.Outgoing, byTransfer, id[:])
	if further {
		if r, found := x.transfers.asked[key]; found {
			return r.seq
		}
		return f.Seq
	}
	x.transfers.remember(key, f)
	return f.Seq
}

// maxChanged bounds the frames that TakeChanged returns.
const maxChanged = 1 << 12

func (x *Index) note(seq uint64) {
	if len(x.changed) < maxChanged {
		x.changed = append(x.changed, seq)
	}
}

// TakeChanged returns frames of which more is known than when they were added, each once or several times, and forgets
// that they are.
func (x *Index) TakeChanged() []uint64 {
	changed := x.changed
	x.changed = nil
	return changed
}

// Settle calls unanswered what has waited too long at a time.
func (x *Index) Settle(now time.Time) {
	done := 0
	for _, w := range x.waiting {
		if now.Sub(w.at) < UnansweredAfter {
			break
		}
		done++
		if w.seq < x.first || x.entries[w.seq-x.first].answered {
			continue
		}
		x.entries[w.seq-x.first].odd |= OddUnanswered
		x.count(OddUnanswered, 1)
		x.note(w.seq)
	}
	x.waiting = slices.Delete(x.waiting, 0, done)
}

// Forget drops what is known of frames before the frame first, as the ring does.
func (x *Index) Forget(first uint64) {
	if first <= x.first || x.first == 0 {
		return
	}
	n := int(min(first-x.first, uint64(len(x.entries))))
	for _, e := range x.entries[:n] {
		x.count(e.odd, -1)
	}
	x.first += uint64(n)
	x.entries = x.entries[n:]
}

// Of is what is known of the frame seq.
func (x *Index) Of(seq uint64) Known {
	if x.first == 0 || seq < x.first || seq > x.Last() {
		return Known{Exchange: Exchange{Took: -1}, Root: seq}
	}
	e := x.entries[seq-x.first]
	k := Known{Exchange: Exchange{Took: -1}, Root: seq - uint64(e.root), Odd: e.odd}
	if e.took > 0 {
		k.Took = time.Duration(e.took-1) * time.Microsecond
	}
	if e.request > 0 {
		k.Request = seq - uint64(e.request)
	}
	return k
}

// Counts are how many of the frames are odd, and how.
func (x *Index) Counts() OddCounts { return x.counts }

// Members are the frames of the exchange that begins with the frame root, in their order: its first one and the latest,
// up to most.
func (x *Index) Members(root uint64, most int) []uint64 {
	var found []uint64
	for seq := max(root, x.first); x.first > 0 && seq <= x.Last(); seq++ {
		if seq-uint64(x.entries[seq-x.first].root) != root {
			continue
		}
		if len(found) >= max(most, 2) {
			found = slices.Delete(found, 1, 2+len(found)/4)
		}
		found = append(found, seq)
	}
	return found
}

// oddOf is what is odd about a frame by itself.
func oddOf(f *Frame) Odd {
	var odd Odd
	if f.Note&(Retransmitted|Duplicate) != 0 {
		odd |= OddRetransmitted
	}
	if f.Note&Malformed != 0 {
		return odd | OddMalformed
	}
	if code, ok := f.Code(); ok && (code>>5 == 4 || code>>5 == 5) || f.Protocol == MQTT && mqttRefuses(f) {
		odd |= OddRefused
	}
	return odd
}

// mqttRefuses reports whether a packet says that something failed (MQTT 5, section 2.4; MQTT 3.1.1, sections 3.2.2.3 and
// 3.9.3).
func mqttRefuses(f *Frame) bool {
	r, typ, ok := f.mqttBody()
	if !ok {
		return false
	}
	switch typ {
	case mqttConnack:
		r.byte()
		code, ok := r.byte()
		return ok && code != 0
	case mqttPuback, mqttPubrec, mqttPubrel, mqttPubcomp:
		r.uint16()
		code, ok := r.byte()
		return ok && code >= 0x80
	case mqttSuback, mqttUnsuback:
		return r.left() > 2 && f.Data[len(f.Data)-1] >= 0x80
	}
	return false
}

// expectsAnswer reports whether a message is unfinished business until another one answers it.
func expectsAnswer(f *Frame) bool {
	if f.Note&Malformed != 0 {
		return false
	}
	if f.Protocol == MQTT {
		_, typ, ok := f.mqttBody()
		return ok && (mqttAnswers[typ] != 0 || typ == mqttPublish && f.Data[0]>>1&3 != 0)
	}
	code, ok := f.Code()
	switch {
	case !ok:
		return false
	case f.IsRequest():
		return f.TypeName() == "CON" || !wantsSilence(f)
	case f.Protocol == CoAP:
		return f.TypeName() == "CON"
	}
	return code == codePing
}

// wantsSilence reports whether a request asks for no response of success (RFC 7967, section 2.1).
func wantsSilence(f *Frame) bool {
	for w := f.WalkOptions(); ; {
		number, value, ok := w.Next()
		if !ok || number > optionNoResponse {
			return false
		}
		if number == optionNoResponse {
			v, ok := uintValue(value)
			return ok && v&2 != 0
		}
	}
}
