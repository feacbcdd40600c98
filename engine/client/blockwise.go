package client

import (
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
)

// send sends the request, its payload in blocks if it is longer than one (RFC 7959, section 2.5). All blocks have the token
// of the request, by which EMQX knows that they belong together. It returns the response to the last one.
func (x *exchange) send() (packet, error) {
	r := x.request
	options := x.options
	_, own2 := find(options, message.Block2)
	if r.EarlyNegotiation && !own2 {
		options = with(options, message.Block2, block{size: r.blockSize()}.value())
	}
	_, own1 := find(options, message.Block1)
	size := r.blockSize()
	whole, err := x.inOne(options)
	if err != nil {
		return packet{}, err
	}
	if r.WithoutBlocks || own1 || len(r.Payload) <= whole {
		response, err := x.roundTrip(options, r.Payload)
		if err != nil || r.WithoutBlocks || own1 {
			return response, err
		}
		b, named := x.conn.block(response.options, message.Block1)
		if response.code != codes.RequestEntityTooLarge || !named || b.size >= len(r.Payload) {
			return response, nil
		}
		size = b.size // RFC 7959, section 2.9.3: in smaller blocks it would be taken
	}
	for restarts := 0; ; restarts++ {
		response, smaller, err := x.upload(options, size)
		if err != nil || smaller == 0 || restarts == maxRestarts {
			return response, err
		}
		size = smaller
	}
}

// upload sends the payload in blocks. It returns the size to begin anew with if the server wants smaller blocks.
func (x *exchange) upload(options message.Options, size int) (response packet, smaller int, err error) {
	payload := x.request.Payload
	for sent := 0; ; {
		b := block{num: uint32(sent / size), size: size}
		end := min(sent+size, len(payload))
		b.more = end < len(payload)
		with1 := with(options, message.Block1, b.value())
		if _, own := find(options, message.Size1); sent == 0 && !own {
			with1 = with(with1, message.Size1, uintValue(uint32(len(payload))))
		}
		x.result.Blocks++
		if response, err = x.roundTrip(with1, payload[sent:end]); err != nil {
			return response, 0, err
		}
		answered, named := x.conn.block(response.options, message.Block1)
		switch {
		case response.code == codes.RequestEntityTooLarge && named && answered.size < size:
			return response, answered.size, nil
		case !b.more && response.code != codes.Continue, response.code>>5 != 2:
			return response, 0, nil
		case !b.more || !named || answered.num != b.num:
			// A server that ignores Block1, as EMQX did before 6.1.1, takes each block for the whole.
			return response, 0, mistakes.Errorf("%w: block %d was answered %v as if it were all", ErrBlocks, b.num, response.code)
		}
		sent = end
		if answered.size < size {
			size = answered.size // for the rest; what was sent is a multiple of it
		}
		x.progress(sent, 0, 0)
	}
}

// fetch returns the response with the blocks that are not in it (RFC 7959, section 2.4).
func (x *exchange) fetch(first packet) (packet, error) {
	if x.request.WithoutBlocks {
		return first, x.checkSize(len(first.payload))
	}
	for restarts := 0; ; restarts++ {
		whole, changed, err := x.download(first)
		if err != nil || !changed {
			return whole, err
		}
		if code := x.request.Code; restarts == maxRestarts || code != codes.GET && code != codeFETCH {
			return packet{}, ErrChanged
		}
		if first, err = x.send(); err != nil {
			return packet{}, err
		}
	}
}

// codeFETCH is that of RFC 8132.
const codeFETCH codes.Code = 0x05

// download fetches the blocks after the first. It reports whether the representation changed meanwhile.
func (x *exchange) download(first packet) (whole packet, changed bool, err error) {
	b, named := x.conn.block(first.options, message.Block2)
	if !named || !b.more || b.num != 0 {
		return first, false, x.checkSize(len(first.payload))
	}
	x.result.Blocks++
	etag, _ := find(first.options, message.ETag)
	announced, _ := findUint(first.options, message.Size2)
	body := append([]byte(nil), first.payload...)
	for b.more {
		if len(body)%b.size != 0 || len(body) == 0 {
			return packet{}, false, mistakes.Errorf("%w: %d bytes come before one of %d", ErrBlocks, len(body), b.size)
		}
		if err := x.checkSize(max(len(body), int(announced))); err != nil {
			return packet{}, false, err
		}
		x.progress(len(x.request.Payload), len(body), int(announced))
		options := without(x.options, message.Observe, message.Block1, message.Block2, message.Size1)
		options = with(options, message.Block2, block{num: uint32(len(body) / b.size), size: b.size, bert: b.bert}.value())
		x.result.Blocks++
		next, err := x.roundTrip(options, nil)
		if err != nil {
			return packet{}, false, err
		}
		wanted := len(body) / b.size
		b, named = x.conn.block(next.options, message.Block2)
		now, _ := find(next.options, message.ETag)
		switch {
		case !named || next.code != first.code:
			return next, false, nil // it says what is wrong
		case string(now) != string(etag):
			return packet{}, true, nil
		case int(b.num) != wanted || b.more && !b.fits(len(next.payload)):
			return packet{}, false, mistakes.Errorf("%w: block %d came for block %d", ErrBlocks, b.num, wanted)
		}
		body = append(body, next.payload...)
	}
	x.progress(len(x.request.Payload), len(body), len(body))
	first.payload = body
	return first, false, x.checkSize(len(body))
}

// fits reports whether a message may have so many bytes of a body that goes on.
func (b block) fits(size int) bool {
	if b.bert {
		return size > 0 && size%b.size == 0
	}
	return size == b.size
}

func (x *exchange) checkSize(size int) error {
	limit := x.request.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	if size > limit {
		return ErrBodyTooLarge
	}
	return nil
}

func (x *exchange) progress(sent, received, toReceive int) {
	if x.request.Progress != nil {
		x.request.Progress(Progress{Sent: sent, ToSend: len(x.request.Payload), Received: received, ToReceive: toReceive})
	}
}
