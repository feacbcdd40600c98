package coap

import (
	"slices"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// fetched is what has come of a response body that comes in blocks (RFC 7959, section 2.4).
type fetched struct {
	body    []byte // nil: nothing, or the response came whole
	size    int    // of its blocks
	code    codes.Code
	etag    []byte
	options message.Options // of the first block, without Block2
}

// prepare makes the next message: the request, a block of its body, or the request for a block of the response. The
// peer's lock is held.
func (c *Call) prepare() {
	r := &c.request
	options, payload := slices.Clone(r.Options), r.Payload
	limit := c.peer.endpoint.config.MaxBlockSize
	switch d := &c.download; {
	case d.body != nil:
		// RFC 7959, section 3.3: what asks for a later block has no body.
		payload = nil
		options = addUint(options, message.Block2, block{num: uint32(len(d.body) / d.size), size: d.size}.value())
	case c.blockSize > 0:
		b := block{num: uint32(c.uploaded / c.blockSize), size: c.blockSize}
		end := min(c.uploaded+c.blockSize, len(payload))
		b.more = end < len(payload)
		options = addUint(options, message.Block1, b.value())
		if c.uploaded == 0 {
			options = addUint(options, message.Size1, uint32(len(payload)))
		}
		payload = payload[c.uploaded:end]
	}
	if c.download.body == nil && limit < 1024 {
		options = addUint(options, message.Block2, block{size: limit}.value())
	}
	if c.observe != nil {
		options = options.Add(message.Option{ID: message.Observe, Value: c.observe})
	}
	if c.echo != nil {
		options = options.Add(message.Option{ID: echo, Value: c.echo})
	}
	c.message.code, c.message.options, c.message.payload = r.Code, options, payload
}

func addUint(options message.Options, id message.OptionID, v uint32) message.Options {
	return options.Add(message.Option{ID: id, Value: appendUint(nil, v, false)})
}

// sendMore takes the response to a block of the request's body. It reports whether another block is to be sent. The
// peer's lock is held.
func (c *Call) sendMore(m *incoming) (next bool, err error) {
	if c.download.body != nil {
		return false, nil
	}
	b, has := blockOption(m.options, message.Block1)
	if m.code == codes.RequestEntityTooLarge && has && c.smaller(b.size) {
		// The peer wants smaller blocks from the beginning (RFC 7959, section 2.9.3).
		c.blockSize, c.uploaded = b.size, 0
		return true, nil
	}
	if m.code != codes.Continue {
		return false, nil
	}
	sent := len(c.message.payload)
	if c.blockSize == 0 || !has || c.uploaded+sent >= len(c.request.Payload) || int(b.num) != c.uploaded/c.blockSize {
		return false, ErrBlocks
	}
	c.uploaded += sent
	if b.size < c.blockSize {
		c.blockSize = b.size // for the rest; what was sent is a multiple of it
	}
	return true, nil
}

// smaller reports whether the body can be sent in blocks of a size that is smaller than what was tried.
func (c *Call) smaller(size int) bool {
	tried := c.blockSize
	if tried == 0 {
		tried = len(c.request.Payload)
	}
	return size < tried
}

// fetchMore takes a block of the response. It reports whether another block is to be fetched. The peer's lock is held.
func (c *Call) fetchMore(m *incoming) (next bool, err error) {
	d := &c.download
	b, has := blockOption(m.options, message.Block2)
	if d.body == nil && (!has || !b.more && b.num == 0) {
		return false, c.checkSize(int64(len(m.payload)))
	}
	if d.body != nil && (!has || m.code != d.code) {
		return false, nil // the response to the request for a block says what is wrong
	}
	etag, _ := bytesOption(m.options, message.ETag)
	switch {
	case b.offset() != int64(len(d.body)), b.more && len(m.payload) != b.size:
		return false, ErrBlocks
	case d.body != nil && string(etag) != string(d.etag):
		return c.fetchAnew()
	}
	announced, _ := uintOption(m.options, message.Size2)
	if err := c.checkSize(max(int64(announced), int64(len(d.body)+len(m.payload)))); err != nil {
		return false, err
	}
	if !b.more {
		return false, nil
	}
	return true, c.keepBlock(m, b, etag)
}

// fetchAnew begins the request again, because the representation is not the one of which there are blocks already.
func (c *Call) fetchAnew() (next bool, err error) {
	if c.restarts++; c.restarts > maxRestarts || c.request.Code != codes.GET && c.request.Code != FETCH {
		return false, ErrChanged
	}
	c.beginAnew()
	return true, nil
}

// keepBlock appends a block of the response to what has come before.
func (c *Call) keepBlock(m *incoming, b block, etag []byte) error {
	d, client := &c.download, &c.peer.endpoint.client
	if client.bodyBytes.Add(int64(len(m.payload))) > c.peer.endpoint.config.Limits.TransferBytes {
		c.peer.endpoint.reach(boundTransferBytes)
		client.bodyBytes.Add(-int64(len(m.payload)))
		return ErrBusy
	}
	if d.body == nil {
		d.code, d.etag = m.code, slices.Clone(etag)
		d.options = keepOptions(m.options)
		d.options = slices.DeleteFunc(d.options, func(o message.Option) bool { return o.ID == message.Block2 })
	}
	d.size = b.size
	d.body = append(d.body, m.payload...)
	return nil
}

// checkSize enforces the bound of a response's body.
func (c *Call) checkSize(size int64) error {
	limit := c.request.MaxBody
	if limit == 0 {
		limit = c.peer.endpoint.config.MaxBodySize
	}
	if size > limit {
		return ErrBodyTooLarge
	}
	return nil
}

// forgetBody gives back what is kept of the response.
func (c *Call) forgetBody() {
	c.peer.endpoint.client.bodyBytes.Add(-int64(len(c.download.body)))
	c.download = fetched{}
}
