package coap

import (
	"sync/atomic"
	"time"
)

// Reached counts how often a bound was reached that is not an endpoint's own: that of a handler. The zero value is ready
// for use, by any goroutine.
type Reached struct {
	count atomic.Uint64
	last  atomic.Int64 // Unix nanoseconds
}

// Note counts one time more.
func (r *Reached) Note() {
	r.count.Add(1)
	r.last.Store(time.Now().UnixNano())
}

// Bound describes a bound by the name of its setting. inUse is -1 where only a part of what is bounded has a number.
func (r *Reached) Bound(name string, limit, inUse int64) Bound {
	b := Bound{Name: name, Limit: limit, InUse: inUse, Reached: r.count.Load()}
	if b.Reached > 0 {
		b.Last = time.Unix(0, r.last.Load())
	}
	return b
}
