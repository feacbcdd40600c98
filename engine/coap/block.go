package coap

import "github.com/plgd-dev/go-coap/v3/message"

// block is the value of a Block1 or Block2 option (RFC 7959, section 2.2).
type block struct {
	num  uint32
	more bool
	size int
	bert bool // the payload may be several blocks (RFC 8323, section 6)
}

// reservedSZX is that of BERT over a reliable transport.
const reservedSZX = 7

// bertSize is the size of the blocks of BERT.
const bertSize = 1024

func badSZX(value []byte) bool {
	return len(value) > 0 && value[len(value)-1]&7 == reservedSZX
}

func parseBlock(value []byte) block {
	v := uintValue(value)
	if v&7 == reservedSZX {
		return block{num: v >> 4, more: v&8 != 0, size: bertSize, bert: true}
	}
	return block{num: v >> 4, more: v&8 != 0, size: 16 << (v & 7)}
}

func (b block) value() uint32 {
	v := b.num << 4
	if b.more {
		v |= 8
	}
	if b.bert {
		return v | reservedSZX
	}
	for size := 16; size < b.size; size <<= 1 {
		v++
	}
	return v
}

// offset is where the block begins in the body; it may be far behind its end.
func (b block) offset() int64 { return int64(b.num) * int64(b.size) }

// blockOption finds a Block option.
func blockOption(options message.Options, id message.OptionID) (block, bool) {
	for i := range options {
		if options[i].ID == id {
			return parseBlock(options[i].Value), true
		}
	}
	return block{}, false
}
