package record

import "encoding/binary"

// head is what is kept of a frame beside its client ID and its bytes.
type head struct {
	at       int64 // Unix nanoseconds
	addr     [16]byte
	port     uint16
	zone     uint16 // a number of names
	listener uint16 // a number of names
	protocol Protocol
	note     Note
	outgoing bool
	is4      bool

	// The rest is kept of what conditions did something to.
	conditioned bool
	preset      uint16 // a number of names
	cause       Cause
	delay       uint32 // microseconds
}

// byConditions are the notes of conditions.
const byConditions = LostByConditions | DelayedByConditions | DuplicatedByConditions

const (
	// headSize is the size of a head as bytes: time, address, port, zone, listener, protocol, note, flags, length of
	// the client ID and of the data.
	headSize = 8 + 16 + 2 + 2 + 2 + 1 + 1 + 1 + 1 + 4
	// maxClient bounds what is kept of a client ID, in bytes.
	maxClient = 1<<8 - 1

	flagOutgoing = 1 << 0
	flagIs4      = 1 << 1
	// flagConditioned says that conditionSize bytes more follow the head: preset, cause and delay.
	flagConditioned = 1 << 2
	conditionSize   = 2 + 1 + 4

	indexSize = 4 // bytes of an index entry
)

var byteOrder = binary.LittleEndian

// chunk holds frames with consecutive numbers: for each a head, the client ID and the data.
type chunk struct {
	first uint64   // sequence number of the first frame
	index []uint32 // where each frame begins in data
	data  []byte
}

func newChunk(capacity int) *chunk {
	return &chunk{index: make([]uint32, 0, indexLength(capacity)), data: make([]byte, 0, capacity)}
}

// indexLength is how many frames a chunk of that many bytes can hold at most.
func indexLength(capacity int) int { return capacity/headSize + 1 }

func chunkBytes(capacity int) int64 { return int64(capacity) + int64(indexLength(capacity))*indexSize }

func (c *chunk) bytes() int64 { return int64(cap(c.data)) + int64(cap(c.index))*indexSize }

func (c *chunk) reset(first uint64) { c.first, c.index, c.data = first, c.index[:0], c.data[:0] }

func (c *chunk) fits(size int) bool { return len(c.data)+size <= cap(c.data) }

func (c *chunk) add(h *head, client string, data []byte) {
	c.index = append(c.index, uint32(len(c.data)))
	flags := byte(0)
	if h.outgoing {
		flags |= flagOutgoing
	}
	if h.is4 {
		flags |= flagIs4
	}
	if h.conditioned {
		flags |= flagConditioned
	}
	b := c.data
	b = byteOrder.AppendUint64(b, uint64(h.at))
	b = append(b, h.addr[:]...)
	b = byteOrder.AppendUint16(b, h.port)
	b = byteOrder.AppendUint16(b, h.zone)
	b = byteOrder.AppendUint16(b, h.listener)
	b = append(b, byte(h.protocol), byte(h.note), flags, byte(len(client)))
	b = byteOrder.AppendUint32(b, uint32(len(data)))
	if h.conditioned {
		b = byteOrder.AppendUint16(b, h.preset)
		b = append(b, byte(h.cause))
		b = byteOrder.AppendUint32(b, h.delay)
	}
	b = append(b, client...)
	c.data = append(b, data...)
}

// get returns the frame i; the slices are the chunk's own.
func (c *chunk) get(i int) (h head, client, data []byte) {
	b := c.data[c.index[i]:]
	h.at = int64(byteOrder.Uint64(b))
	copy(h.addr[:], b[8:])
	h.port = byteOrder.Uint16(b[24:])
	h.zone = byteOrder.Uint16(b[26:])
	h.listener = byteOrder.Uint16(b[28:])
	h.protocol, h.note = Protocol(b[30]), Note(b[31])
	h.outgoing, h.is4 = b[32]&flagOutgoing != 0, b[32]&flagIs4 != 0
	clientLength, dataLength := int(b[33]), int(byteOrder.Uint32(b[34:]))
	h.conditioned = b[32]&flagConditioned != 0
	b = b[headSize:]
	if h.conditioned {
		h.preset, h.cause, h.delay = byteOrder.Uint16(b), Cause(b[2]), byteOrder.Uint32(b[3:])
		b = b[conditionSize:]
	}
	return h, b[:clientLength], b[clientLength : clientLength+dataLength]
}
