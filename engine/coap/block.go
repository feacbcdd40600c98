package coap

// block is the value of a Block1 or Block2 option (RFC 7959, section 2.2).
type block struct {
	num  uint32
	more bool
	size int
}

const reservedSZX = 7

func badSZX(value []byte) bool {
	return len(value) > 0 && value[len(value)-1]&7 == reservedSZX
}

func parseBlock(value []byte) block {
	v := uintValue(value)
	return block{num: v >> 4, more: v&8 != 0, size: 16 << (v & 7)}
}

func (b block) value() uint32 {
	v := b.num << 4
	if b.more {
		v |= 8
	}
	for size := 16; size < b.size; size <<= 1 {
		v++
	}
	return v
}

// offset is where the block begins in the body; it may be far behind its end.
func (b block) offset() int64 { return int64(b.num) * int64(b.size) }
