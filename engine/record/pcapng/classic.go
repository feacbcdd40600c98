package pcapng

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/gopacket/gopacket/layers"

	"sluice/engine/mistakes"
)

// The numbers that files of the older format, pcap, begin with: their times are in microseconds, or in nanoseconds.
const (
	classicMicro = 0xa1b2c3d4
	classicNano  = 0xa1b23c4d
)

const (
	classicHeader = 24
	classicRecord = 16
	linkTypeMask  = 0xffff // the rest tells how long a checksum behind each packet is
)

// classic reads packets from a file of the older format, pcap, which tcpdump writes.
type classic struct {
	file     *bufio.Reader
	order    binary.ByteOrder
	fraction time.Duration // of the parts of a second
	link     layers.LinkType
	at, next int64 // where this packet and the next one begin
}

// isClassic reports whether a file begins as one of the older format.
func isClassic(file *bufio.Reader) bool {
	magic, err := file.Peek(4)
	if err != nil {
		return false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if n := order.Uint32(magic); n == classicMicro || n == classicNano {
			return true
		}
	}
	return false
}

func newClassic(file *bufio.Reader) (*classic, error) {
	head := make([]byte, classicHeader)
	if _, err := io.ReadFull(file, head); err != nil {
		return nil, mistakes.Errorf("byte 0: %w", cutInPacket(err))
	}
	c := &classic{file: file, order: binary.LittleEndian, fraction: time.Microsecond, next: classicHeader}
	magic := c.order.Uint32(head)
	if magic != classicMicro && magic != classicNano {
		c.order = binary.BigEndian
		magic = c.order.Uint32(head)
	}
	if magic == classicNano {
		c.fraction = time.Nanosecond
	}
	if major := c.order.Uint16(head[4:]); major != 2 {
		return nil, mistakes.Errorf("byte 4: version %d of the pcap format is unknown, 2 is meant", major)
	}
	c.link = layers.LinkType(c.order.Uint32(head[20:]) & linkTypeMask)
	return c, nil
}

// packet returns the next packet and when it passed; the error is io.EOF at the end.
func (c *classic) packet() ([]byte, time.Time, error) {
	c.at = c.next
	head := make([]byte, classicRecord)
	if n, err := io.ReadFull(c.file, head); err != nil {
		if n == 0 && err == io.EOF {
			return nil, time.Time{}, io.EOF
		}
		return nil, time.Time{}, cutInPacket(err)
	}
	length := c.order.Uint32(head[8:])
	if length > maxBlock {
		return nil, time.Time{}, mistakes.Errorf("a packet of %d bytes; allowed are up to %d", length, maxBlock)
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(c.file, data); err != nil {
		return nil, time.Time{}, cutInPacket(err)
	}
	c.next += classicRecord + int64(length)
	passed := time.Duration(c.order.Uint32(head[4:])) * c.fraction
	return data, time.Unix(int64(c.order.Uint32(head)), 0).Add(passed), nil
}

// cutInPacket is for an end in the middle of a packet.
func cutInPacket(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return mistakes.New("the file ends inside a packet")
	}
	return err
}
