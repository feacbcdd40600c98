package coap

import (
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// maxTransfers bounds the transfers of one peer in each direction; the oldest gives way.
const maxTransfers = 8

// maxTransferBytes bounds the bodies kept by one endpoint.
const maxTransferBytes = 64 << 20

// upload is a request body that comes in blocks (RFC 7959, section 2.5).
type upload struct {
	key     uint64
	size    int // of its blocks
	next    uint32
	body    []byte
	expires int64
}

// download is a response or notification that goes out in blocks.
type download struct {
	key     uint64
	code    codes.Code
	options message.Options // without Block2 and Observe
	payload []byte
	last    bool // the last block was fetched
	expires int64
}

func (d *download) over(now int64) bool { return d.last || now >= d.expires }

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
		e.transferBytes.Add(-int64(len(u.body)))
		return true
	})
	t.downloads = slices.DeleteFunc(t.downloads, func(d *download) bool {
		if now < d.expires {
			return false
		}
		e.transferBytes.Add(-int64(len(d.payload)))
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
func (e *Endpoint) blockwise(x *exchange, w *ResponseWriter, payload []byte) (body []byte, done bool) {
	block1, uploading := blockOption(x.options, message.Block1)
	block2, downloading := blockOption(x.options, message.Block2)
	if downloading {
		x.block2 = block2
		if block2.num > 0 && !uploading && e.resume(x, w) {
			return nil, true
		}
	}
	if !uploading {
		return payload, false
	}
	return e.upload(x, w, block1, payload)
}

// upload takes one block of a request body; when it is the last, it returns the whole.
func (e *Endpoint) upload(x *exchange, w *ResponseWriter, b block, payload []byte) (body []byte, done bool) {
	p := x.peer
	key := x.transferKey()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := e.now()
	t := p.transfersNow(now)
	at := slices.IndexFunc(t.uploads, func(u *upload) bool { return u.key == key })
	var u *upload
	if at >= 0 {
		u = t.uploads[at]
		t.uploads = slices.Delete(t.uploads, at, at+1) // until it is known to go on
		e.transferBytes.Add(-int64(len(u.body)))
	}
	if code := e.checkUpload(x, b, u, payload); code != codes.Empty {
		w.SetCode(code)
		if code == codes.RequestEntityTooLarge {
			w.AddUint(message.Size1, uint32(min(e.config.MaxBodySize, 1<<32-1)))
		}
		return nil, true
	}
	if b.num == 0 {
		if !b.more {
			x.block1 = b
			return payload, false
		}
		u = &upload{key: key, size: b.size}
	}
	u.body = append(u.body, payload...)
	u.next = b.num + 1
	if !b.more {
		x.block1 = b
		return u.body, false
	}
	if e.transferBytes.Add(int64(len(u.body))) > maxTransferBytes {
		e.transferBytes.Add(-int64(len(u.body)))
		w.SetCode(codes.ServiceUnavailable)
		return nil, true
	}
	u.expires = now + int64(e.config.ExchangeLifetime)
	if len(t.uploads) >= maxTransfers {
		e.transferBytes.Add(-int64(len(t.uploads[0].body)))
		t.uploads = slices.Delete(t.uploads, 0, 1)
	}
	t.uploads = append(t.uploads, u)
	w.SetCode(codes.Continue)
	w.AddUint(message.Block1, b.value())
	return nil, true
}

// checkUpload returns why a block cannot be taken (RFC 7959, section 2.9), or codes.Empty.
func (e *Endpoint) checkUpload(x *exchange, b block, u *upload, payload []byte) codes.Code {
	var before int64
	if u != nil && b.num > 0 {
		before = int64(len(u.body))
	}
	announced, _ := uintOption(x.options, message.Size1)
	switch {
	case b.size > e.config.MaxBlockSize:
		return codes.BadOption
	case b.num > 0 && (u == nil || u.next != b.num || u.size != b.size):
		return codes.RequestEntityIncomplete
	case b.more && len(payload) != b.size:
		return codes.BadRequest
	case before+int64(len(payload)) > e.config.MaxBodySize, int64(announced) > e.config.MaxBodySize:
		return codes.RequestEntityTooLarge
	}
	return codes.Empty
}

func uintOption(options message.Options, id message.OptionID) (uint32, bool) {
	for i := range options {
		if options[i].ID == id {
			return uintValue(options[i].Value), true
		}
	}
	return 0, false
}

// resume answers the request for a later block from what is kept of the resource, under whatever token it comes.
func (e *Endpoint) resume(x *exchange, w *ResponseWriter) bool {
	p := x.peer
	key := x.transferKey()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := e.now()
	t := p.transfersNow(now)
	at := slices.IndexFunc(t.downloads, func(d *download) bool { return d.key == key })
	if at < 0 {
		return false
	}
	d := t.downloads[at]
	w.SetCode(d.code)
	for _, o := range d.options {
		w.AddOption(o.ID, o.Value)
	}
	w.SetPayload(d.payload)
	if end := x.block2.offset() + int64(x.block2.size); end >= int64(len(d.payload)) {
		d.last = true
		p.pump()
	}
	return true
}

// needsBlocks reports whether a payload is too long for one message.
func (e *Endpoint) needsBlocks(length int) bool {
	return !e.config.DisableBlockwise && length > e.config.MaxBlockSize
}

// cut reduces the answer to the block that was asked for (RFC 7959, section 2.4).
func (e *Endpoint) cut(w *ResponseWriter) {
	x := w.exchange
	size := e.config.MaxBlockSize
	if x.block2.size > 0 {
		size = min(size, x.block2.size)
	}
	if e.config.DisableBlockwise || len(w.payload) == 0 || (len(w.payload) <= size && x.block2.size == 0) {
		return
	}
	// A client that asked for larger blocks than there are gets the smaller one at the same place.
	offset := x.block2.offset()
	b := block{num: uint32(offset / int64(size)), size: size}
	if offset >= int64(len(w.payload)) {
		w.code = codes.BadOption
		w.options, w.payload = w.options[:0], nil
		return
	}
	whole := w.payload
	end := min(offset+int64(size), int64(len(whole)))
	b.more = end < int64(len(whole))
	if b.more && b.num == 0 {
		x.peer.keep(&download{key: x.transferKey(), code: w.code, options: keepOptions(w.options), payload: whole})
	}
	w.payload = whole[offset:end]
	w.AddUint(message.Block2, b.value())
}

// keepOptions copies the options that the later blocks repeat.
func keepOptions(options message.Options) message.Options {
	kept := make(message.Options, 0, len(options))
	for _, o := range options {
		if o.ID != message.Observe && o.ID != message.Block1 {
			kept = append(kept, message.Option{ID: o.ID, Value: slices.Clone(o.Value)})
		}
	}
	return kept
}

// keep remembers a body of which later blocks will be asked for.
func (p *Peer) keep(d *download) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keepLocked(d)
}

func (p *Peer) keepLocked(d *download) {
	e := p.endpoint
	now := e.now()
	t := p.transfersNow(now)
	t.downloads = slices.DeleteFunc(t.downloads, func(old *download) bool {
		if old.key == d.key {
			e.transferBytes.Add(-int64(len(old.payload)))
		}
		return old.key == d.key
	})
	for len(t.downloads) > 0 && (len(t.downloads) >= maxTransfers || e.transferBytes.Load() > maxTransferBytes) {
		e.transferBytes.Add(-int64(len(t.downloads[0].payload)))
		t.downloads = slices.Delete(t.downloads, 0, 1)
	}
	d.expires = now + int64(e.config.ExchangeLifetime)
	e.transferBytes.Add(int64(len(d.payload)))
	t.downloads = append(t.downloads, d)
}

// firstBlock reduces a notification to its first block; the client asks for the others with GET (RFC 7959, section 2.6).
// The peer's lock is held.
func (p *Peer) firstBlock(rel *Relation, n Notification) Notification {
	e := p.endpoint
	if !e.needsBlocks(len(n.Payload)) {
		return n
	}
	d := &download{key: rel.key, code: n.Code, options: keepOptions(n.Options), payload: n.Payload}
	p.keepLocked(d)
	rel.blocking = d
	// However silent the client, its next large notification waits no longer than the body is kept.
	rel.unblock.fire = rel.resumeQueue
	e.timers.set(&rel.unblock, e.time().Add(e.config.ExchangeLifetime))
	b := block{more: true, size: e.config.MaxBlockSize}
	n.Options = slices.Clone(n.Options)
	value := appendUint(nil, b.value(), e.config.ZeroAsByte)
	at := len(n.Options)
	for at > 0 && n.Options[at-1].ID > message.Block2 {
		at--
	}
	n.Options = slices.Insert(n.Options, at, message.Option{ID: message.Block2, Value: value})
	n.Payload = n.Payload[:b.size]
	return n
}

func (rel *Relation) resumeQueue(time.Time) {
	p := rel.lock()
	defer p.mu.Unlock()
	p.pump()
}
