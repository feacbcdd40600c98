package client

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
	"sluice/engine/record"
)

const (
	// maxFrame is the Max-Message-Size of this client (RFC 8323, section 5.3.1). A longer response comes in blocks.
	maxFrame = 1 << 20
	// writeLimit is how long a server may take nothing of what is sent to it.
	writeLimit = 30 * time.Second
)

// The least values of Len with an extended length (RFC 8323, section 3.2).
const (
	length13 = 13
	length14 = 269
	length15 = 65_805
)

// framed is a connection with a reliable transport (RFC 8323): its messages have neither a type nor a message ID.
type framed interface {
	// next reads one message.
	next() ([]byte, error)
	// write sends one; several goroutines may.
	write(data []byte) error
	protocol() record.Protocol
	net() net.Conn
}

// overTCP are messages on a stream (RFC 8323, section 3.2).
type overTCP struct {
	conn   net.Conn
	reader *bufio.Reader
}

func (t *overTCP) protocol() record.Protocol { return record.CoAPTCP }
func (t *overTCP) net() net.Conn             { return t.conn }

func (t *overTCP) write(data []byte) error {
	if err := t.conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	_, err := t.conn.Write(data)
	return err
}

func (t *overTCP) next() ([]byte, error) {
	first, err := t.reader.ReadByte()
	if err != nil {
		return nil, err
	}
	head := []byte{first}
	extended, base := record.ExtendedLength(first)
	head = append(head, make([]byte, extended)...)
	if _, err := io.ReadFull(t.reader, head[1:]); err != nil {
		return nil, err
	}
	tokenLength := int(first & 0x0f)
	if tokenLength > maxTokenLength {
		return nil, mistakes.Errorf("%w: a token of %d bytes", errFormat, tokenLength)
	}
	var more int64
	for _, b := range head[1:] {
		more = more<<8 | int64(b)
	}
	rest := 1 + int64(tokenLength) + int64(base) + more // Len is of options and payload alone
	if rest > maxFrame {
		return nil, mistakes.Errorf("%w: a message of %d bytes is longer than the Max-Message-Size %d", errFormat, rest, maxFrame)
	}
	data := append(head, make([]byte, rest)...)
	_, err = io.ReadFull(t.reader, data[len(head):])
	return data, err
}

// overWebSocket are messages of WebSockets (RFC 8323, section 4.3).
type overWebSocket struct {
	ws      *websocket.Conn
	writing sync.Mutex
}

func (w *overWebSocket) protocol() record.Protocol { return record.CoAPWebSocket }
func (w *overWebSocket) net() net.Conn             { return w.ws.NetConn() }

func (w *overWebSocket) write(data []byte) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	if err := w.ws.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	return w.ws.WriteMessage(websocket.BinaryMessage, data)
}

func (w *overWebSocket) next() ([]byte, error) {
	kind, data, err := w.ws.ReadMessage()
	switch {
	case err != nil:
		return nil, err
	case kind != websocket.BinaryMessage:
		return nil, mistakes.Errorf("%w: a text message", errFormat)
	case len(data) < 2 || data[0]>>4 != 0:
		return nil, mistakes.Errorf("%w: its Len is not zero", errFormat)
	}
	return data, nil
}

// parseFrame reads a message of a reliable transport, to which the result points.
func parseFrame(b []byte) (packet, error) {
	p := packet{typ: message.Unset}
	if len(b) == 0 {
		return p, errFormat
	}
	extended, _ := record.ExtendedLength(b[0])
	codeAt := 1 + extended
	tokenLength := int(b[0] & 0x0f)
	if tokenLength > maxTokenLength || len(b) < codeAt+1+tokenLength {
		return p, errFormat
	}
	p.code = codes.Code(b[codeAt])
	p.token = message.Token(b[codeAt+1 : codeAt+1+tokenLength])
	return p, p.readOptions(b[codeAt+1+tokenLength:])
}

// frame writes a message for a reliable transport; the options are in order.
func (p *packet) frame(protocol record.Protocol) ([]byte, error) {
	body, err := p.body()
	if err != nil {
		return nil, err
	}
	head := []byte{byte(len(p.token))}
	if protocol == record.CoAPTCP {
		switch n := len(body); {
		case n < length13:
			head[0] |= byte(n) << 4
		case n < length14:
			head = []byte{head[0] | 13<<4, byte(n - length13)}
		case n < length15:
			head = binary.BigEndian.AppendUint16([]byte{head[0] | 14<<4}, uint16(n-length14))
		default:
			head = binary.BigEndian.AppendUint32([]byte{head[0] | 15<<4}, uint32(n-length15))
		}
	}
	return slices.Concat(head, []byte{byte(p.code)}, p.token, body), nil
}

// readFrames takes in messages until the connection is closed.
func (c *Conn) readFrames() {
	defer c.ended.Done()
	for {
		data, err := c.framed.next()
		at := time.Now()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = mistakes.New("by the server")
			}
			c.end(mistakes.Errorf("%w: %w", ErrClosed, err))
			return
		}
		p, err := parseFrame(data)
		d := Datagram{At: at, Protocol: c.framed.protocol(), Data: data}
		switch {
		case err != nil:
			d.Note, d.Stray = record.Malformed, true
			c.tap(d, c.underWay()...)
			c.end(mistakes.Errorf("%w: a message of the server: %w", ErrClosed, err))
			return
		case p.code>>5 == signalClass:
			c.signal(p, d)
		default:
			c.accept(p, d)
		}
	}
}
