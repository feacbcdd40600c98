package coap

import (
	"slices"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// upload is a request body that comes in blocks (RFC 7959, section 2.5).
type upload struct {
	key     uint64
	size    int   // of its latest block
	format  int64 // Content-Format; -1: none
	body    []byte
	expires int64
}

// download is a response or notification that goes out in blocks.
type download struct {
	key     uint64
	code    codes.Code
	options message.Options // without Block2 and Observe
	observe []byte          // value of the Observe option; nil if there was none
	payload []byte
	last    bool // the last block was fetched
	expires int64
}

// transfers is what a peer transfers in blocks. It belongs to the peer's lock; nil is empty.
type transfers struct {
	uploads   []*upload
	downloads []*download
}

func (t *transfers) empty() bool { return t == nil || len(t.uploads) == 0 && len(t.downloads) == 0 }

func (t *transfers) expire(e *Endpoint, now int64) {
	if t == nil {
		return
	}
	t.uploads = slices.DeleteFunc(t.uploads, func(u *upload) bool {
		if now < u.expires {
			return false
		}
		e.uploadBytes.Add(-int64(len(u.body)))
		return true
	})
	t.discard(e, func(d *download) bool { return now >= d.expires })
}

// discard forgets the downloads for which drop returns true.
func (t *transfers) discard(e *Endpoint, drop func(d *download) bool) {
	if t == nil {
		return
	}
	t.downloads = slices.DeleteFunc(t.downloads, func(d *download) bool {
		if !drop(d) {
			return false
		}
		e.downloadBytes.Add(-int64(len(d.payload)))
		return true
	})
}

// drop forgets everything.
func (t *transfers) drop(e *Endpoint) { t.expire(e, int64(1<<63-1)) }

func (p *Peer) transfersNow(now int64) *transfers {
	if p.transfers == nil {
		p.transfers = &transfers{}
	}
	p.transfers.expire(p.endpoint, now)
	return p.transfers
}

// transferKey is computed when it is first needed, which must be while the request's options are valid.
func (x *exchange) transferKey() uint64 {
	if x.key == 0 {
		x.key = transferKey(x.method, x.options)
	}
	return x.key
}

// blockwise takes the Block options of a request. It returns the body to handle, or done when w holds the answer.
func (e *Endpoint) blockwise(w *ResponseWriter, payload []byte) (body []byte, done bool) {
	x := &w.exchange
	var block1 block
	var uploading, downloading bool
	for i := range x.options {
		switch o := &x.options[i]; o.ID {
		case message.Block1:
			block1, uploading = parseBlock(o.Value), true
		case message.Block2:
			x.block2, downloading = parseBlock(o.Value), true
		case message.Size2:
			x.wantsSize = !e.config.DisableExtensions
		}
	}
	if downloading && x.block2.num > 0 && !uploading {
		if e.resume(w) {
			return nil, true
		}
		if x.method != codes.GET && x.method != FETCH {
			// Without its body the request must not be carried out a second time.
			w.SetCode(codes.RequestEntityIncomplete)
			return nil, true
		}
		// Only a first block registers an observer (RFC 7959, section 3.4).
		x.options = slices.DeleteFunc(x.options, func(o message.Option) bool { return o.ID == message.Observe })
	}
	if !uploading {
		if int64(len(payload)) > e.config.MaxBodySize && !e.config.DisableExtensions {
			e.tooLarge(w)
			return nil, true
		}
		return payload, false
	}
	if (block1.more || block1.num > 0) && !e.admits(w) {
		return nil, true
	}
	return e.upload(w, block1, payload)
}

// admits asks the handler whether a block of a body may be kept.
func (e *Endpoint) admits(w *ResponseWriter) bool {
	if e.admitter == nil {
		return true
	}
	x := &w.exchange
	return e.admitter.Admit(w, &Request{
		Peer: x.peer, Type: x.typ, Code: x.method, MessageID: x.messageID, Token: x.token, Options: x.options,
		Received: e.time(),
	})
}
