package coap

import (
	"slices"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// upload takes one block of a request body; when it is the last, it returns the whole.
func (e *Endpoint) upload(w *ResponseWriter, b block, payload []byte) (body []byte, done bool) {
	x := &w.exchange
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
		e.uploadBytes.Add(-int64(len(u.body)))
	}
	if code := e.checkUpload(x, b, u, payload); code != codes.Empty {
		w.SetCode(code)
		if code == codes.RequestEntityTooLarge {
			e.tooLarge(w)
		}
		return nil, true
	}
	if b.num == 0 {
		if !b.more {
			x.block1 = b
			return payload, false
		}
		u = &upload{key: key, format: contentFormat(x.options)}
	}
	u.body = append(u.body, payload...)
	u.size = b.size
	if !b.more {
		x.block1 = b
		return u.body, false
	}
	if !e.keepUpload(t, u) {
		w.SetCode(codes.ServiceUnavailable)
		return nil, true
	}
	u.expires = now + int64(e.config.ExchangeLifetime)
	w.SetCode(codes.Continue)
	if b.num == 0 && !b.bert {
		b.size = min(b.size, e.config.MaxBlockSize) // the client is to go on with smaller blocks (RFC 7959, section 2.3)
	}
	w.AddUint(message.Block1, b.value())
	return nil, true
}

// tooLarge answers 4.13 with the size that would not be (RFC 7959, section 2.9.3).
func (e *Endpoint) tooLarge(w *ResponseWriter) {
	e.reach(boundBodySize)
	w.SetCode(codes.RequestEntityTooLarge)
	w.AddUint(message.Size1, uint32(min(e.config.MaxBodySize, 1<<32-1)))
}

// keepUpload keeps u if there is room for what has come of it; older ones of the peer give way. The peer's lock is held.
func (e *Endpoint) keepUpload(t *transfers, u *upload) bool {
	l, length := &e.config.Limits, int64(len(u.body))
	kept := length
	for _, other := range t.uploads {
		kept += int64(len(other.body))
	}
	for len(t.uploads) > 0 && (len(t.uploads) >= l.PeerTransfers || kept > l.PeerTransferBytes) {
		if kept > l.PeerTransferBytes {
			e.reach(boundPeerTransferBytes)
		} else {
			e.reach(boundPeerTransfers)
		}
		oldest := int64(len(t.uploads[0].body))
		e.uploadBytes.Add(-oldest)
		kept -= oldest
		t.uploads = slices.Delete(t.uploads, 0, 1)
	}
	if kept > l.PeerTransferBytes {
		e.reach(boundPeerTransferBytes)
		return false
	}
	if e.uploadBytes.Add(length) > l.TransferBytes {
		e.uploadBytes.Add(-length)
		e.reach(boundTransferBytes)
		return false
	}
	t.uploads = append(t.uploads, u)
	return true
}

// checkUpload returns why a block cannot be taken (RFC 7959, section 2.9), or codes.Empty.
func (e *Endpoint) checkUpload(x *exchange, b block, u *upload, payload []byte) codes.Code {
	var before int64
	if u != nil && b.num > 0 {
		before = int64(len(u.body))
	}
	announced, _ := uintOption(x.options, message.Size1)
	switch {
	case b.size > e.config.MaxBlockSize && !b.bert && e.config.DisableExtensions:
		return codes.BadOption
	case b.num > 0 && !e.continues(x, b, u):
		return codes.RequestEntityIncomplete
	case b.more && !b.filled(len(payload)):
		return codes.BadRequest
	case before+int64(len(payload)) > e.config.MaxBodySize, int64(announced) > e.config.MaxBodySize:
		return codes.RequestEntityTooLarge
	}
	return codes.Empty
}

// continues reports whether a block is the next of u. Its size may have become smaller.
func (e *Endpoint) continues(x *exchange, b block, u *upload) bool {
	switch {
	case u == nil || b.offset() != int64(len(u.body)):
		return false
	case e.config.DisableExtensions:
		return b.size == u.size
	}
	format := contentFormat(x.options)
	return b.size <= u.size && (format == u.format || format < 0)
}

// contentFormat is the Content-Format of a request, or -1.
func contentFormat(options message.Options) int64 {
	if format, ok := uintOption(options, message.ContentFormat); ok {
		return int64(format)
	}
	return -1
}

func uintOption(options message.Options, id message.OptionID) (uint32, bool) {
	for i := range options {
		if options[i].ID == id {
			return uintValue(options[i].Value), true
		}
	}
	return 0, false
}
