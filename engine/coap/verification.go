package coap

import (
	"net/netip"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// Verification says which addresses must show that they receive what is sent to them (RFC 9175, section 2.3) before they
// are sent more than three times the bytes that came from them, so that nobody who forges a sender's address can have
// somebody else flooded. An address is verified when it sends back a fresh Echo option, acknowledges a Confirmable
// message of ours, or Peer.Verify is called.
type Verification uint8

// Which addresses are verified.
const (
	VerifyRemote Verification = iota // all but loopback
	VerifyNever
	VerifyAlways
)

// amplification is how many bytes an unverified address is sent for one that came from it.
const amplification = 3

func (v Verification) demands(addr netip.Addr) bool {
	return v == VerifyAlways || v == VerifyRemote && !addr.IsLoopback()
}

// Verify says that the peer's address is known to receive what is sent to it.
func (p *Peer) Verify() {
	if p.unverified.Load() {
		p.unverified.Store(false)
	}
}

// Verified reports whether the peer's address is known to receive what is sent to it, or need not show it.
func (p *Peer) Verified() bool { return !p.unverified.Load() }

// earn lets the peer be sent more for a datagram that came from it.
func (p *Peer) earn(b []byte) {
	if p.unverified.Load() {
		p.credit.Add(amplification * int64(len(b)))
	}
}

// spend reports whether a datagram may be sent, and takes it off the credit. A request of ours answers nobody and goes in
// any case, but to a peer that spoke first, and may have been made to by somebody else (RFC 9176, section 5.1), it is sent
// again only within the credit.
func (p *Peer) spend(b []byte, note Note) bool {
	if !p.unverified.Load() {
		return true
	}
	ours := b[1] != byte(codes.Empty) && b[1]>>5 == 0
	if ours && p.in.Load() == 0 {
		return true
	}
	return p.takeCredit(int64(len(b))) || ours && note&Retransmitted == 0
}

// takeCredit takes bytes off the credit, if there are as many.
func (p *Peer) takeCredit(bytes int64) bool {
	for {
		credit := p.credit.Load()
		left := credit - bytes
		if left < 0 {
			return false
		}
		if p.credit.CompareAndSwap(credit, left) {
			return true
		}
	}
}

// What options take in a message, at most.
const (
	sizeOptionSize = 2 + 4
	echoOptionSize = 3 + echoLength
)

// fit makes an answer to an unverified address no longer than its credit. The body is cut into smaller blocks; where
// that is not enough, a safe request is answered 4.01, for the client to repeat it with Echo, and what was carried out
// is answered without a body.
func (e *Endpoint) fit(w *ResponseWriter) {
	x := &w.exchange
	if !x.peer.unverified.Load() || x.fitted {
		return
	}
	x.fitted = true
	room := int(x.peer.credit.Load()) - headerSize - len(x.token) - optionsLength(w.options)
	if x.block1.size > 0 {
		room -= blockOptionSize
	}
	if x.wantsSize {
		room -= sizeOptionSize
	}
	body := len(w.payload)
	plan := e.plan(x, w.options)
	if plan.size > 0 && (body > plan.whole || x.block2.size > 0) {
		body = min(body, plan.size) + blockOptionSize
	}
	if room >= body+1 || body == 0 && room >= 0 {
		return
	}
	if w.code>>5 == 2 && len(w.payload) > minBlockSize && !e.config.DisableBlockwise {
		block := room - blockOptionSize - 1
		if x.maxBlock = largestBlock(block - echoOptionSize); x.maxBlock > 0 {
			w.echo = true
			return
		}
		if x.maxBlock = largestBlock(block); x.maxBlock > 0 {
			return
		}
	}
	w.payload = nil
	switch {
	case w.code>>5 == 2 && (x.method == codes.GET || x.method == FETCH):
		e.askForEcho(w)
	case room < 0:
		w.options = w.options[:0]
	}
}

// askForEcho answers a safe request 4.01, for the client to repeat it with Echo (RFC 9175, section 2.3).
func (e *Endpoint) askForEcho(w *ResponseWriter) {
	w.code, w.options, w.echo = codes.Unauthorized, w.options[:0], true
	w.endRelation()
}

const minBlockSize = 16

// largestBlock is the largest size of a block that is not longer than room, or 0.
func largestBlock(room int) int {
	if room < minBlockSize {
		return 0
	}
	size := minBlockSize
	for size<<1 <= min(room, 1024) {
		size <<= 1
	}
	return size
}

// notificationBlock is the size of the first block of a notification: the endpoint's, or what the credit of an
// unverified address allows beside overhead bytes.
func (p *Peer) notificationBlock(overhead int) int {
	size := p.endpoint.config.MaxBlockSize
	if p.unverified.Load() {
		size = min(size, max(minBlockSize, largestBlock(int(p.credit.Load())-overhead-blockOptionSize-1)))
	}
	return size
}

// optionsLength is how many bytes options take.
func optionsLength(options message.Options) (length int) {
	var previous message.OptionID
	for i := range options {
		o := &options[i]
		length += 1 + extension(int(o.ID-previous)) + extension(len(o.Value)) + len(o.Value)
		previous = o.ID
	}
	return length
}

// extension is how many bytes an option's delta or length takes beyond its four bits (RFC 7252, section 3.1).
func extension(v int) int {
	switch {
	case v < 13:
		return 0
	case v < 13+256:
		return 1
	}
	return 2
}
