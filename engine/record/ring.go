package record

import (
	"net/netip"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Sizes of chunks. A ring has about 64 of them, so that dropping the oldest one forgets little at a time.
const (
	chunksPerRing = 64
	minChunkSize  = 4 << 10
	maxChunkSize  = 256 << 10
	// maxNames bounds the listener URLs and IPv6 zones that a ring remembers; further ones are kept as empty.
	maxNames = 1 << 10
)

// Ring keeps the latest frames in a bounded number of bytes. All methods may be called from any goroutine.
//
// Frames lie one after the other in few large chunks without pointers: to add one allocates nothing once the ring is
// full, and the garbage collector has nothing to follow. The oldest chunk is dropped as a whole.
type Ring struct {
	enabled atomic.Bool

	mu       sync.Mutex
	maxBytes int64
	bytes    int64    // of all chunks
	chunks   []*chunk // oldest first
	last     uint64   // sequence number of the newest frame ever added
	from     uint64   // the frames before it were cleared
	dropped  uint64
	names    names
}

// Stats describes a Ring now.
type Stats struct {
	Kept     int    // frames that can be read
	Dropped  uint64 // frames that made room for newer ones
	Bytes    int64  // of memory
	MaxBytes int64
}

// New returns an enabled ring that takes up to maxBytes bytes of memory, at least a few kilobytes.
func New(maxBytes int64) *Ring {
	r := &Ring{maxBytes: max(maxBytes, 4*minChunkSize)}
	r.enabled.Store(true)
	return r
}

// SetEnabled turns the ring on or off. What was kept stays.
func (r *Ring) SetEnabled(on bool) { r.enabled.Store(on) }

// Enabled reports whether Add keeps anything. It is one atomic load, for callers to ask before they build a Frame.
func (r *Ring) Enabled() bool { return r.enabled.Load() }

// Add copies f in and sets f.Seq. A message longer than a quarter of the ring is kept as its beginning and noted as
// Cut. On a ring that is not enabled it does nothing.
func (r *Ring) Add(f *Frame) {
	if !r.enabled.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()

	data, note := f.Data, f.Note
	if limit := int(r.maxBytes / 4); len(data) > limit {
		data, note = data[:limit], note|Cut
	}
	client := f.Client
	if len(client) > maxClient {
		client = client[:maxClient]
	}
	size := headSize + len(client) + len(data)
	conditioned := note&byConditions != 0 || f.Condition.Cause != ByChance
	if conditioned {
		size += conditionSize
	}
	c := r.room(size)
	r.last++
	f.Seq = r.last
	c.add(&head{
		at:          f.At.UnixNano(),
		addr:        f.Peer.Addr().As16(),
		is4:         f.Peer.Addr().Is4(),
		port:        f.Peer.Port(),
		zone:        r.names.number(f.Peer.Addr().Zone()),
		listener:    r.names.number(f.Listener),
		protocol:    f.Protocol,
		note:        note,
		outgoing:    f.Outgoing,
		conditioned: conditioned,
		preset:      r.names.number(f.Condition.Preset),
		cause:       f.Condition.Cause,
		delay:       uint32(min(max(f.Condition.Delay.Microseconds(), 0), 1<<32-1)),
	}, client, data)
}

// room returns the newest chunk, with room for size bytes more; it makes a new one, and drops old ones for it, when
// needed.
func (r *Ring) room(size int) *chunk {
	if n := len(r.chunks); n > 0 && r.chunks[n-1].fits(size) {
		return r.chunks[n-1]
	}
	capacity := max(size, int(min(max(r.maxBytes/chunksPerRing, minChunkSize), maxChunkSize)))
	need := chunkBytes(capacity)
	var reuse *chunk
	for len(r.chunks) > 0 && r.bytes+need > r.maxBytes {
		oldest := r.chunks[0]
		r.chunks = slices.Delete(r.chunks, 0, 1)
		r.bytes -= oldest.bytes()
		end := oldest.first + uint64(len(oldest.index))
		r.dropped += end - min(max(oldest.first, r.from), end)
		if cap(oldest.data) == capacity {
			reuse = oldest
		}
	}
	if reuse == nil {
		reuse = newChunk(capacity)
	}
	reuse.reset(r.last + 1)
	r.chunks = append(r.chunks, reuse)
	r.bytes += reuse.bytes()
	return reuse
}

// Since returns up to max frames that came after the frame seq, oldest first; 0 means from the oldest one kept. The
// frames are copies.
func (r *Ring) Since(seq uint64, max int) []Frame {
	r.mu.Lock()
	defer r.mu.Unlock()

	from := seq + 1
	if first := r.first(); from < first {
		from = first
	}
	if from > r.last || max <= 0 {
		return nil
	}
	n := int(min(r.last-from+1, uint64(max)))
	frames := make([]Frame, 0, n)
	copies := newCopies()
	for at := r.chunkOf(from); len(frames) < n; at++ {
		c := r.chunks[at]
		for i := int(from - c.first); i < len(c.index) && len(frames) < n; i++ {
			frames = append(frames, r.frame(c, i, copies))
			from++
		}
	}
	return frames
}

// Get returns a copy of the frame seq, and whether it is still kept.
func (r *Ring) Get(seq uint64) (Frame, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seq < r.first() || seq > r.last {
		return Frame{}, false
	}
	c := r.chunks[r.chunkOf(seq)]
	return r.frame(c, int(seq-c.first), single{}), true
}

// First is the sequence number of the oldest frame kept; while none is kept, the one that the next frame will get.
func (r *Ring) First() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first()
}

func (r *Ring) first() uint64 {
	if len(r.chunks) == 0 {
		return r.last + 1
	}
	return max(r.chunks[0].first, r.from)
}

// Last is the sequence number of the newest frame ever added, 0 before the first.
func (r *Ring) Last() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// Clear takes all frames out of sight. Sequence numbers go on. The frames stay in the memory of the ring until newer ones
// need it, and Restore brings back what is left of them; it wants what Clear returns.
func (r *Ring) Clear() (from uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from, r.from = r.from, r.last+1
	return from
}

// Restore brings back what Clear took out of sight; first tells the oldest frame that is there again.
func (r *Ring) Restore(from uint64) (first uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = min(r.from, from)
	return r.first()
}

// Cleared is the number of the first frame that Clear has left in sight; it changes with Clear and Restore.
func (r *Ring) Cleared() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from
}

// Stats returns counts.
func (r *Ring) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Stats{Kept: int(r.last + 1 - r.first()), Dropped: r.dropped, Bytes: r.bytes, MaxBytes: r.maxBytes}
}

// chunkOf returns the place of the chunk that holds the frame seq, which must be kept.
func (r *Ring) chunkOf(seq uint64) int {
	return sort.Search(len(r.chunks), func(i int) bool { return r.chunks[i].first > seq }) - 1
}

func (r *Ring) frame(c *chunk, i int, copies copier) Frame {
	h, client, data := c.get(i)
	return Frame{
		Seq:       c.first + uint64(i),
		At:        time.Unix(0, h.at),
		Protocol:  h.protocol,
		Outgoing:  h.outgoing,
		Peer:      r.names.peer(&h),
		Listener:  r.names.name(h.listener),
		Client:    copies.text(client),
		Note:      h.note,
		Condition: r.names.condition(&h),
		Data:      copies.bytes(data),
	}
}

// names gives strings that come again and again a number; 0 is the empty one.
type names struct{ known []string }

func (n *names) number(s string) uint16 {
	if s == "" {
		return 0
	}
	for i, known := range n.known {
		if known == s {
			return uint16(i + 1)
		}
	}
	if len(n.known) >= maxNames {
		return 0
	}
	n.known = append(n.known, s)
	return uint16(len(n.known))
}

// peer is the address in a head, the zero one where none was given.
func (n *names) peer(h *head) netip.AddrPort {
	if h.addr == [16]byte{} && !h.is4 && h.port == 0 {
		return netip.AddrPort{}
	}
	addr := netip.AddrFrom16(h.addr)
	if h.is4 {
		addr = addr.Unmap()
	} else if zone := n.name(h.zone); zone != "" {
		addr = addr.WithZone(zone)
	}
	return netip.AddrPortFrom(addr, h.port)
}

// condition is what conditions did to the message of a head.
func (n *names) condition(h *head) Condition {
	return Condition{Preset: n.name(h.preset), Cause: h.cause, Delay: time.Duration(h.delay) * time.Microsecond}
}

func (n *names) name(number uint16) string {
	if number == 0 {
		return ""
	}
	return n.known[number-1]
}

// copier copies what a frame refers to.
type copier interface {
	bytes(b []byte) []byte
	text(b []byte) string
}

// single copies for one frame alone.
type single struct{}

func (single) bytes(b []byte) []byte { return append([]byte(nil), b...) }
func (single) text(b []byte) string  { return string(b) }

// copies hands out copies of bytes, many from one allocation, and of strings, equal ones once.
type copies struct {
	block []byte
	texts map[string]string
}

const copyBlock = 16 << 10

func newCopies() *copies { return &copies{texts: map[string]string{}} }

func (c *copies) bytes(b []byte) []byte {
	if len(b) > copyBlock/4 {
		return append([]byte(nil), b...)
	}
	if len(c.block)+len(b) > cap(c.block) {
		c.block = make([]byte, 0, max(copyBlock, len(b)))
	}
	start := len(c.block)
	c.block = append(c.block, b...)
	return c.block[start:len(c.block):len(c.block)]
}

func (c *copies) text(b []byte) string {
	if s, ok := c.texts[string(b)]; ok {
		return s
	}
	s := string(b)
	c.texts[s] = s
	return s
}
