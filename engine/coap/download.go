package coap

import (
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// resume answers the request for a later block from what is kept of the resource, under whatever token it comes.
func (e *Endpoint) resume(w *ResponseWriter) bool {
	x := &w.exchange
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
	d.expires = now + int64(e.config.ExchangeLifetime)
	w.SetCode(d.code)
	for _, o := range d.options {
		w.AddOption(o.ID, o.Value)
	}
	if d.observe != nil && slices.ContainsFunc(x.options, isObserve) {
		// RFC 7959, section 3.4, asks for later blocks without Observe. A client that sends it all the same (node-coap)
		// takes an answer without it for an old one.
		w.AddOption(message.Observe, d.observe)
	}
	w.SetPayload(d.payload)
	e.fit(w)
	if x.block2.offset()+int64(e.plan(x, w.options).length) >= int64(len(d.payload)) {
		d.last, w.freed = true, true
	}
	return true
}

// shape gives the answer the form that goes into one message.
func (e *Endpoint) shape(w *ResponseWriter) {
	length := len(w.payload)
	e.fit(w)
	e.cut(w)
	if x := &w.exchange; x.wantsSize && x.block2.num == 0 && len(w.payload) > 0 && w.code>>5 == 2 {
		w.AddUint(message.Size2, uint32(length))
	}
}

// cut reduces the answer to the block that was asked for (RFC 7959, section 2.4).
func (e *Endpoint) cut(w *ResponseWriter) {
	x := &w.exchange
	if len(w.payload) == 0 {
		return
	}
	plan := e.plan(x, w.options)
	if len(w.payload) <= plan.whole && x.block2.size == 0 {
		return
	}
	if plan.size == 0 {
		if len(w.payload) > plan.whole {
			w.tooLong()
		}
		return
	}
	size := plan.size
	if w.code>>5 != 2 {
		x.block2.num = 0 // an error is no later block of what the client fetches
	}
	// A client that asked for larger blocks than there are gets the smaller one at the same place.
	offset := x.block2.offset()
	b := block{num: uint32(offset / int64(size)), size: size, bert: plan.bert}
	if offset >= int64(len(w.payload)) {
		w.code = codes.BadOption
		w.options, w.payload = w.options[:0], nil
		return
	}
	whole := w.payload
	end := min(offset+int64(plan.length), int64(len(whole)))
	b.more = end < int64(len(whole))
	if b.more && b.num == 0 && !x.multicast {
		x.peer.keepResponse(w)
	}
	w.payload = whole[offset:end]
	w.AddUint(message.Block2, b.value())
}

// keepResponse remembers a response of which later blocks will be asked for.
func (p *Peer) keepResponse(w *ResponseWriter) {
	d := &download{key: w.exchange.transferKey(), code: w.code, options: keepOptions(w.options), payload: w.payload}
	if at := slices.IndexFunc(w.options, isObserve); at >= 0 {
		d.observe = slices.Clone(w.options[at].Value)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keep(d)
	w.freed = true
}

func isObserve(o message.Option) bool { return o.ID == message.Observe }

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

// keep remembers a body of which later blocks will be asked for, in place of what is kept of the same resource. If there
// is no room, the handler is asked for each later block instead. The peer's lock is held.
func (p *Peer) keep(d *download) {
	if p.gone {
		return
	}
	e := p.endpoint
	now := e.now()
	t := p.transfersNow(now)
	t.discard(e, func(old *download) bool { return old.key == d.key })
	for reached, full := t.full(e, d); full; reached, full = t.full(e, d) {
		e.reach(reached)
		if len(t.downloads) == 0 {
			return
		}
		oldest := t.downloads[0]
		t.discard(e, func(old *download) bool { return old == oldest })
	}
	d.expires = now + int64(e.config.ExchangeLifetime)
	e.downloadBytes.Add(int64(len(d.payload)))
	t.downloads = append(t.downloads, d)
}

// full reports whether there is no room for d, and which bound says so.
func (t *transfers) full(e *Endpoint, d *download) (reached bound, full bool) {
	l, length := &e.config.Limits, int64(len(d.payload))
	kept := length
	for _, other := range t.downloads {
		kept += int64(len(other.payload))
	}
	switch {
	case len(t.downloads) >= l.PeerTransfers:
		return boundPeerTransfers, true
	case kept > l.PeerTransferBytes:
		return boundPeerTransferBytes, true
	case e.downloadBytes.Load()+length > l.TransferBytes:
		return boundTransferBytes, true
	}
	return 0, false
}

// fetching returns the body whose later blocks the peer still has to fetch of a resource, or nil. The peer's lock is held.
func (p *Peer) fetching(key uint64) *download {
	if p.transfers == nil {
		return nil
	}
	now := p.endpoint.now()
	for _, d := range p.transfers.downloads {
		if d.key == key && !d.last && now < d.expires {
			return d
		}
	}
	return nil
}

// resumeQueue lets out what has waited for blocks to be fetched.
func (rel *Relation) resumeQueue(time.Time) {
	p := rel.lock()
	defer p.mu.Unlock()
	p.pump()
}

// firstBlock reduces a notification to its first block; the client asks for the others with GET (RFC 7959, section 2.6).
// The peer's lock is held.
func (p *Peer) firstBlock(rel *Relation, n Notification, observe uint32) Notification {
	e := p.endpoint
	plan := p.notificationPlan(rel, &n)
	if len(n.Payload) <= plan.whole || plan.size == 0 {
		return n
	}
	p.keep(&download{
		key: rel.key, code: n.Code, options: keepOptions(n.Options), payload: n.Payload,
		observe: appendUint([]byte{}, observe, e.config.ZeroAsByte),
	})
	b := block{more: true, size: plan.size, bert: plan.bert}
	n.Options = withOption(n.Options, message.Block2, appendUint(nil, b.value(), e.config.ZeroAsByte))
	n.Payload = n.Payload[:plan.length]
	return n
}
