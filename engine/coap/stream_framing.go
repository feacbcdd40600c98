package coap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/tcp/coder"
)

const (
	// firstRead is what a connection keeps to read into; a longer message makes it grow as its bytes arrive.
	firstRead = 2 << 10
	// coalesced is how many bytes of short messages are written at once.
	coalesced = 16 << 10
	// longestHeader is of a message: length, extended length, code (RFC 8323, section 3.2).
	longestHeader = 1 + 4 + 1
)

// framing tells the messages of a connection apart. One goroutine reads, one at a time writes.
type framing interface {
	// next returns the next message, valid until it is called again. An *abortion is the peer's mistake.
	next() ([]byte, error)
	// more reports whether next has something to return without waiting.
	more() bool
	write(messages [][]byte) error
	// goodbye says that nothing more will be written.
	goodbye()
	// release gives back what was kept to read into.
	release()
}

// frameLength is how long the message is that b begins with; 0 if that cannot be told yet. The codec would accept the
// reserved token lengths, and counts long messages modulo 2^32.
func frameLength(b []byte, longest int) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	tokenLength := int(b[0] & 0x0f)
	if tokenLength > maxTokenLength {
		return 0, &abortion{diagnostic: fmt.Sprintf("token length %d is reserved", tokenLength)}
	}
	extended, length := 0, int64(b[0]>>4)
	switch {
	case length == 13 && len(b) > 1:
		extended, length = 1, coder.MessageLength13Base+int64(b[1])
	case length == 14 && len(b) > 2:
		extended, length = 2, coder.MessageLength14Base+int64(binary.BigEndian.Uint16(b[1:]))
	case length == 15 && len(b) > 4:
		extended, length = 4, coder.MessageLength15Base+int64(binary.BigEndian.Uint32(b[1:]))
	case length >= 13:
		return 0, nil
	}
	if length += int64(1 + extended + 1 + tokenLength); length > int64(longest) {
		return 0, tooLong(longest)
	}
	return int(length), nil
}

func tooLong(longest int) error {
	return &abortion{diagnostic: fmt.Sprintf("a message is longer than the Max-Message-Size of %d bytes", longest)}
}

// parseFrame reads one message in the form of RFC 8323: that of a stream, or, with Len zero, that of a WebSocket.
func (m *incoming) parseFrame(b []byte) error {
	m.typ, m.messageID, m.token, m.payload = message.Confirmable, 0, nil, nil
	m.options = m.options[:0]
	var h coder.MessageHeader
	n, err := coder.DefaultCoder.DecodeHeader(b, &h)
	if err != nil {
		return errFormat
	}
	m.code, m.token = h.Code, h.Token
	if class := m.code >> 5; class == 1 || class == 3 || class == 6 {
		return errFormat
	}
	return m.parseOptions(b[n:])
}

// longestFrame is at most how long a message with these options is, without its payload.
func longestFrame(token message.Token, options message.Options) int {
	n := longestHeader + len(token) + 1 // the marker
	for i := range options {
		n += 5 + len(options[i].Value)
	}
	return n
}

// frame writes m in the form of a stream, or that of a WebSocket; nil if it has options that cannot be written.
func (m *outgoing) frame(webSocket bool) []byte {
	full := message.Message{Code: m.code, Token: m.token, Options: m.options, Payload: m.payload}
	b := make([]byte, longestFrame(m.token, m.options)+len(m.payload))
	n, err := coder.DefaultCoder.Encode(full, b)
	if err != nil {
		return nil
	}
	b = b[:n]
	if webSocket {
		// The length is that of the WebSocket message, and Len is zero (RFC 8323, section 4.3).
		b = b[extendedLength(b[0]):]
		b[0] = byte(len(m.token))
	}
	return b
}

// extendedLength is how many bytes of length follow the first byte.
func extendedLength(first byte) int {
	switch first >> 4 {
	case 13:
		return 1
	case 14:
		return 2
	case 15:
		return 4
	}
	return 0
}

// receiveBuffer gathers the bytes of messages that are not complete. What goes beyond its first size is counted in all,
// where there is no more than most.
type receiveBuffer struct {
	data []byte
	all  *atomic.Int64
	most int64
}

var errReceiveMemory = &abortion{diagnostic: "too many long messages are being received, try later"}

// grow doubles the buffer, up to limit bytes.
func (r *receiveBuffer) grow(limit int) error {
	size := min(max(2*len(r.data), firstRead), limit)
	if len(r.data) > 0 && r.all.Add(int64(size-len(r.data))) > r.most {
		r.all.Add(-int64(size - len(r.data)))
		return errReceiveMemory
	}
	larger := make([]byte, size)
	copy(larger, r.data)
	r.data = larger
	return nil
}

// shrink gives back what the last long message took.
func (r *receiveBuffer) shrink() {
	if len(r.data) > firstRead {
		r.release()
		r.data = make([]byte, firstRead)
	}
}

func (r *receiveBuffer) release() {
	r.all.Add(-int64(max(len(r.data)-firstRead, 0)))
	r.data = nil
}

// streamFraming is that of TCP (RFC 8323, section 3.2).
type streamFraming struct {
	conn     io.ReadWriter
	buffer   receiveBuffer
	from, to int // what was read and not yet returned
	longest  int
}

func (f *streamFraming) next() ([]byte, error) {
	for {
		n, err := frameLength(f.buffer.data[f.from:f.to], f.longest)
		if err != nil {
			return nil, err
		}
		if n > 0 && f.to-f.from >= n {
			message := f.buffer.data[f.from : f.from+n : f.from+n]
			f.from += n
			return message, nil
		}
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
}

func (f *streamFraming) more() bool {
	n, err := frameLength(f.buffer.data[f.from:f.to], f.longest)
	return err != nil || n > 0 && f.to-f.from >= n
}

// fill reads what there is.
func (f *streamFraming) fill() error {
	if f.from == f.to {
		f.from, f.to = 0, 0
		f.buffer.shrink()
	}
	if f.to == len(f.buffer.data) {
		if f.from > 0 {
			f.to = copy(f.buffer.data, f.buffer.data[f.from:f.to])
			f.from = 0
		} else if err := f.buffer.grow(f.longest); err != nil {
			return err
		}
	}
	n, err := f.conn.Read(f.buffer.data[f.to:])
	f.to += n
	if n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	if errors.Is(err, io.EOF) && f.to > f.from {
		return io.ErrUnexpectedEOF
	}
	return err
}

var coalescePool = sync.Pool{New: func() any { b := make([]byte, 0, coalesced); return &b }}

func (f *streamFraming) write(messages [][]byte) error {
	if len(messages) == 1 {
		_, err := f.conn.Write(messages[0])
		return err
	}
	joined := coalescePool.Get().(*[]byte)
	defer coalescePool.Put(joined)
	b := (*joined)[:0]
	for _, m := range messages {
		if len(b)+len(m) > coalesced && len(b) > 0 {
			if _, err := f.conn.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
		if len(m) > coalesced {
			if _, err := f.conn.Write(m); err != nil {
				return err
			}
			continue
		}
		b = append(b, m...)
	}
	if len(b) == 0 {
		return nil
	}
	_, err := f.conn.Write(b)
	return err
}

func (*streamFraming) goodbye() {}

func (f *streamFraming) release() {
	f.buffer.release()
	f.from, f.to = 0, 0
}
