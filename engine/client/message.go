package client

import (
	"crypto/rand"
	"errors"
	"slices"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
)

const (
	headerSize     = 4
	maxTokenLength = 8
	maxOptions     = 512
	payloadMarker  = 0xff

	// optionEcho is that of RFC 9175, which go-coap does not name.
	optionEcho message.OptionID = 252
)

// packet is a CoAP message.
type packet struct {
	typ       message.Type
	code      codes.Code
	messageID uint16
	token     message.Token
	options   message.Options
	payload   []byte
}

var errFormat = mistakes.New("message format error")

// parse reads a datagram, to which the result points. On errFormat typ and messageID are valid if the header could be read.
func parse(b []byte) (packet, error) {
	if len(b) < headerSize || b[0]>>6 != 1 {
		return packet{typ: message.Acknowledgement}, errFormat
	}
	p := packet{typ: message.Type(b[0] >> 4 & 3), code: codes.Code(b[1]), messageID: uint16(b[2])<<8 | uint16(b[3])}
	tokenLength := int(b[0] & 0x0f)
	if tokenLength > maxTokenLength || len(b) < headerSize+tokenLength || p.code == codes.Empty && len(b) > headerSize {
		return p, errFormat
	}
	p.token = message.Token(b[headerSize : headerSize+tokenLength])
	return p, p.readOptions(b[headerSize+tokenLength:])
}

// readOptions reads options and payload.
func (p *packet) readOptions(rest []byte) error {
	p.options = make(message.Options, 0, 16)
	n, err := p.options.Unmarshal(rest, nil)
	for errors.Is(err, message.ErrOptionsTooSmall) && cap(p.options) < maxOptions {
		p.options = make(message.Options, 0, 2*cap(p.options))
		n, err = p.options.Unmarshal(rest, nil)
	}
	if err != nil {
		return errFormat
	}
	p.payload = rest[n:]
	return nil
}

// encode writes a message for UDP or DTLS; the options are in order.
func (p *packet) encode() ([]byte, error) {
	body, err := p.body()
	if err != nil {
		return nil, err
	}
	b := make([]byte, headerSize, headerSize+len(p.token)+len(body))
	b[0] = 1<<6 | byte(p.typ)<<4 | byte(len(p.token))
	b[1] = byte(p.code)
	b[2], b[3] = byte(p.messageID>>8), byte(p.messageID)
	return append(append(b, p.token...), body...), nil
}

// body is what follows the token: options and payload.
func (p *packet) body() ([]byte, error) {
	if len(p.token) > maxTokenLength {
		return nil, mistakes.Errorf("a token of %d bytes is longer than %d", len(p.token), maxTokenLength)
	}
	size, err := p.options.Marshal(nil)
	if err != nil && !errors.Is(err, message.ErrTooSmall) {
		return nil, mistakes.Errorf("encode the options: %w", err)
	}
	b := make([]byte, size, size+1+len(p.payload))
	if _, err := p.options.Marshal(b); err != nil {
		return nil, mistakes.Errorf("encode the options: %w", err)
	}
	if len(p.payload) > 0 {
		b = append(append(b, payloadMarker), p.payload...)
	}
	return b, nil
}

func newToken() message.Token {
	token := make(message.Token, 4)
	_, _ = rand.Read(token) // never fails (crypto/rand)
	return token
}

// find returns the value of the first option id, and whether it is there.
func find(options message.Options, id message.OptionID) ([]byte, bool) {
	for _, o := range options {
		if o.ID == id {
			return o.Value, true
		}
	}
	return nil, false
}

func findUint(options message.Options, id message.OptionID) (uint32, bool) {
	value, ok := find(options, id)
	v := uint32(0)
	for _, c := range value {
		v = v<<8 | uint32(c)
	}
	return v, ok
}

// with returns a copy of options with one more behind those of its number and below.
func with(options message.Options, id message.OptionID, value []byte) message.Options {
	at := len(options)
	for at > 0 && options[at-1].ID > id {
		at--
	}
	return slices.Insert(slices.Clone(options), at, message.Option{ID: id, Value: value})
}

// without returns a copy of options without those that which finds.
func without(options message.Options, which ...message.OptionID) message.Options {
	return slices.DeleteFunc(slices.Clone(options), func(o message.Option) bool { return slices.Contains(which, o.ID) })
}

// uintValue is a uint in as few bytes as hold it (RFC 7252, section 3.2).
func uintValue(v uint32) []byte {
	b := []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// inOrder returns options in the order of their numbers; those of the same number keep theirs.
func inOrder(options message.Options) message.Options {
	sorted := slices.Clone(options)
	slices.SortStableFunc(sorted, func(a, b message.Option) int { return int(a.ID) - int(b.ID) })
	return sorted
}

// block is the value of a Block1 or Block2 option (RFC 7959, section 2.2).
type block struct {
	num  uint32
	more bool
	size int
	bert bool // a message has several blocks of 1024 bytes (RFC 8323, section 6)
}

func (b block) value() []byte {
	v := b.num << 4
	if b.more {
		v |= 8
	}
	if b.bert {
		return uintValue(v | szxBERT)
	}
	for size := 16; size < b.size; size <<= 1 {
		v++
	}
	return uintValue(v)
}

// szxBERT is the size exponent of blocks that come several in a message; over UDP it is reserved.
const szxBERT = 7

// blockOf finds a Block option. One with the reserved size is none.
func blockOf(options message.Options, id message.OptionID) (block, bool) {
	b, ok := blockOrBERT(options, id)
	return b, ok && !b.bert
}

// blockOrBERT finds a Block option as it may be over a reliable transport.
func blockOrBERT(options message.Options, id message.OptionID) (block, bool) {
	v, ok := findUint(options, id)
	if v&7 == szxBERT {
		return block{num: v >> 4, more: v&8 != 0, size: largestBlock, bert: true}, ok
	}
	return block{num: v >> 4, more: v&8 != 0, size: 16 << (v & 7)}, ok
}

// block finds a Block option of a message of this connection.
func (c *Conn) block(options message.Options, id message.OptionID) (block, bool) {
	if c.reliable() {
		return blockOrBERT(options, id)
	}
	return blockOf(options, id)
}
