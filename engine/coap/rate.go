package coap

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// refusal is why a request is not taken, and in how many seconds it may be. Without a code it is taken.
type refusal struct {
	code   codes.Code
	maxAge uint32
}

// peersRetry is the Max-Age when there are too many peers: by then some have been idle long enough.
const peersRetry = 60

// takeToken takes a request out of a bucket that holds a second's and is described by the moment at which it is full
// again. room is how much of the second may be used up. wait is how long there will be no token; the bucket is as it was
// then.
func takeToken(full, now int64, rate int, room time.Duration) (next int64, wait time.Duration) {
	interval := int64(time.Second) / int64(rate)
	next = max(full, now) + interval
	if wait = time.Duration(next - now - max(int64(room), interval)); wait > 0 {
		return full, wait
	}
	return next, 0
}

// seconds rounds up, and to one at least.
func seconds(wait time.Duration) uint32 { return uint32(max(1, math.Ceil(wait.Seconds()))) }

// sharedRate is the bucket of all peers.
type sharedRate struct{ full atomic.Int64 }

func (s *sharedRate) take(now int64, rate int, room time.Duration) (wait time.Duration) {
	for {
		full := s.full.Load()
		next, wait := takeToken(full, now, rate, room)
		if wait > 0 || s.full.CompareAndSwap(full, next) {
			return wait
		}
	}
}

// newWork is what of a second's requests is for peers that neither observe nor have Data; the others use all of it.
const newWork = time.Second / 2

// watchesNewcomers reports whether peers that are not known are counted.
func (e *Endpoint) watchesNewcomers() bool {
	return e.config.Limits.Rate > 0 || e.config.Admission.MaxNewPeersPerSecond > 0
}

// admitNewcomer takes a peer that is not known out of the rate of new ones, and its request out of that of all, before
// anything is kept of it.
func (e *Endpoint) admitNewcomer(now int64) refusal {
	if limit := e.config.Admission.MaxNewPeersPerSecond; limit > 0 {
		if wait := e.newPeers.take(now, limit, time.Second); wait > 0 {
			e.reached.reach(boundNewPeers, now)
			return refusal{codes.ServiceUnavailable, seconds(wait)}
		}
	}
	if e.config.Limits.Rate == 0 {
		return refusal{}
	}
	if wait := e.rate.take(now, e.config.Limits.Rate, newWork); wait > 0 {
		e.reached.reach(boundRate, now)
		return refusal{codes.ServiceUnavailable, seconds(wait)}
	}
	return refusal{}
}

// admit takes a request out of the peer's rate and, unless that was done, out of that of all. The peer's lock is held.
func (p *Peer) admit(now int64, newcomer bool) refusal {
	e := p.endpoint
	l := &e.config.Limits
	if l.PeerRate > 0 {
		full, wait := takeToken(p.rate, now, l.PeerRate, time.Second)
		if wait > 0 {
			e.reached.reach(boundPeerRate, now)
			return refusal{codes.TooManyRequests, seconds(wait)}
		}
		p.rate = full
	}
	if l.Rate == 0 || newcomer {
		return refusal{}
	}
	room := newWork
	if p.observing != nil || p.data.Load() != nil {
		room = time.Second
	}
	if wait := e.rate.take(now, l.Rate, room); wait > 0 {
		e.reached.reach(boundRate, now)
		return refusal{codes.ServiceUnavailable, seconds(wait)}
	}
	return refusal{}
}

// shed refuses a request, of which nothing is kept.
func (r *reader) shed(rt *route, p *Peer, why refusal) {
	r.endpoint.stats.refused.Add(1)
	value := appendUint(make([]byte, 0, 4), why.maxAge, false)
	r.refuse(rt, p, answerType(r.m.typ), why.code, message.Option{ID: message.MaxAge, Value: value})
}
