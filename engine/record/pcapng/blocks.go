package pcapng

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"sluice/engine/mistakes"
)

// Types of blocks that are read; all others are passed over.
const (
	sectionHeader        = 0x0a0d0d0a
	interfaceDescription = 1
	obsoletePacket       = 2
	simplePacket         = 3
	enhancedPacket       = 6
)

const (
	byteOrderMagic = 0x1a2b3c4d
	minBlock       = 12
	// maxBlock bounds the length of a block, in bytes. Wireshark's packets have up to 256 kB.
	maxBlock = 1 << 20
	// maxInterfaces bounds the interfaces of a file.
	maxInterfaces = 1 << 12
)

// sectionBegin is how a pcapng file begins in either byte order.
var sectionBegin = []byte{0x0a, 0x0d, 0x0d, 0x0a}

var errNoCapture = mistakes.New("this is neither a pcapng nor a pcap file")

// blocks reads a pcapng file block by block: it hands on those with packets and what describes them, each in reads of
// their own, and refuses what is out of bounds before anybody allocates for it.
type blocks struct {
	file       *bufio.Reader
	order      binary.ByteOrder // of the section, nil before the first
	head       []byte           // of the block, what is still to be handed on
	left       int              // bytes of the block behind head
	at, next   int64            // where this block and the next one begin
	interfaces int
}

func newBlocks(r io.Reader) *blocks { return &blocks{file: bufio.NewReader(r)} }

// Read never reads past the end of a block.
func (b *blocks) Read(p []byte) (int, error) {
	for len(b.head) == 0 && b.left == 0 {
		if err := b.begin(); err != nil {
			return 0, err
		}
	}
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	n, err := b.file.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, cutShort(err)
}

// begin reads the head of the next block and passes over blocks without packets.
func (b *blocks) begin() error {
	b.at = b.next
	head := make([]byte, 8, minBlock)
	if n, err := io.ReadFull(b.file, head); err != nil {
		if n == 0 && err == io.EOF && b.order != nil {
			return io.EOF
		}
		if b.order == nil && n > 0 && !bytes.HasPrefix(sectionBegin, head[:min(n, len(sectionBegin))]) {
			return errNoCapture
		}
		return mistakes.Errorf("byte %d: %w", b.at, cutShort(err))
	}
	isSection := binary.BigEndian.Uint32(head) == sectionHeader
	if isSection {
		head = head[:minBlock]
		if _, err := io.ReadFull(b.file, head[8:]); err != nil {
			return mistakes.Errorf("byte %d: %w", b.at, cutShort(err))
		}
		switch {
		case binary.LittleEndian.Uint32(head[8:]) == byteOrderMagic:
			b.order = binary.LittleEndian
		case binary.BigEndian.Uint32(head[8:]) == byteOrderMagic:
			b.order = binary.BigEndian
		default:
			return mistakes.Errorf("byte %d: a section of neither byte order", b.at)
		}
	}
	if b.order == nil {
		return errNoCapture
	}
	length := b.order.Uint32(head[4:])
	if length < minBlock || length%4 != 0 || length > maxBlock {
		return mistakes.Errorf("byte %d: a block of %d bytes; allowed are multiples of 4 from %d to %d", b.at, length, minBlock, maxBlock)
	}
	b.next = b.at + int64(length)
	left := int(length) - len(head)
	switch typ := b.order.Uint32(head); {
	case isSection:
		b.interfaces = 0
	case typ == interfaceDescription:
		if b.interfaces++; b.interfaces > maxInterfaces {
			return mistakes.Errorf("byte %d: more than %d interfaces", b.at, maxInterfaces)
		}
	case typ == obsoletePacket, typ == simplePacket, typ == enhancedPacket:
	default:
		if _, err := b.file.Discard(left); err != nil {
			return mistakes.Errorf("byte %d: %w", b.at, cutShort(err))
		}
		return nil
	}
	b.head, b.left = head, left
	return nil
}

// cutShort is for an end in the middle of a block.
func cutShort(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return mistakes.New("the file ends inside a block")
	}
	return err
}
