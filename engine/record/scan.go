package record

import "time"

// Scanner reads the frames of a ring one after the other without a copy of each. It holds up those who add to the ring
// only while it copies a chunk. It is not safe for use by several goroutines.
type Scanner struct {
	ring   *Ring
	index  []uint32
	data   []byte
	names  names
	copies *copies
}

// maxScanTexts bounds the client IDs that a Scanner keeps.
const maxScanTexts = 1 << 14

// NewScanner returns a scanner of r.
func NewScanner(r *Ring) *Scanner { return &Scanner{ring: r, copies: newCopies()} }

// Scan calls visit for up to max frames from the frame seq on, oldest first, and stops when it returns false. Frames that
// the ring has dropped are passed over. The frame and its Data are valid until visit returns.
func (s *Scanner) Scan(seq uint64, max int, visit func(f *Frame) bool) {
	for end := seq + uint64(max); seq < end; {
		first, ok := s.load(seq, int(end-seq))
		if !ok || first >= end {
			return
		}
		c := chunk{first: first, index: s.index, data: s.data}
		for i := range s.index {
			f := s.frame(&c, i)
			if f.Seq >= end || !visit(&f) {
				return
			}
		}
		seq = first + uint64(len(s.index))
	}
}

// load copies up to most frames from the frame seq on, or from the oldest one kept, as far as they are in one chunk.
func (s *Scanner) load(seq uint64, most int) (first uint64, ok bool) {
	r := s.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	seq = max(seq, r.first())
	if seq > r.last {
		return 0, false
	}
	c := r.chunks[r.chunkOf(seq)]
	from := int(seq - c.first)
	to := min(len(c.index), from+most)
	begin, end := c.index[from], uint32(len(c.data))
	if to < len(c.index) {
		end = c.index[to]
	}
	s.data = append(s.data[:0], c.data[begin:end]...)
	s.index = append(s.index[:0], c.index[from:to]...)
	for i := range s.index {
		s.index[i] -= begin
	}
	s.names = r.names
	return seq, true
}

func (s *Scanner) frame(c *chunk, i int) Frame {
	h, client, data := c.get(i)
	if len(s.copies.texts) > maxScanTexts {
		clear(s.copies.texts)
	}
	return Frame{
		Seq: c.first + uint64(i), At: time.Unix(0, h.at), Protocol: h.protocol, Outgoing: h.outgoing, Peer: s.names.peer(&h),
		Listener: s.names.name(h.listener), Client: s.copies.text(client), Note: h.note, Condition: s.names.condition(&h), Data: data,
	}
}
