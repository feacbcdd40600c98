package coap

import "slices"

// queued is a notification that waits.
type queued struct {
	relation     *Relation
	notification Notification
}

// bodyBytes is how much of a body q keeps. What fits into one block is none: the number of notifications bounds it.
func (q *queued) bodyBytes(e *Endpoint) int64 {
	if length := len(q.notification.Payload); length > e.config.MaxBlockSize {
		return int64(length)
	}
	return 0
}

// insert lets q wait behind at others.
func (o *observing) insert(e *Endpoint, at int, q queued) {
	bytes := q.bodyBytes(e)
	o.queuedBytes += bytes
	e.queuedBytes.Add(bytes)
	o.queue = slices.Insert(o.queue, at, q)
}

// dequeue takes the notification that waits behind at others.
func (o *observing) dequeue(e *Endpoint, at int) queued {
	q := o.queue[at]
	bytes := q.bodyBytes(e)
	o.queuedBytes -= bytes
	e.queuedBytes.Add(-bytes)
	o.queue = slices.Delete(o.queue, at, at+1)
	return q
}

// dequeueOf forgets what waits for a relation; nil: for all.
func (o *observing) dequeueOf(e *Endpoint, rel *Relation) {
	for i := len(o.queue) - 1; i >= 0; i-- {
		if rel == nil || o.queue[i].relation == rel {
			o.dequeue(e, i)
		}
	}
}

// waiting counts what waits for a relation. A nil o has nothing.
func (o *observing) waiting(rel *Relation) int {
	n := 0
	if o != nil {
		for i := range o.queue {
			if o.queue[i].relation == rel {
				n++
			}
		}
	}
	return n
}

// enqueue lets q wait for its turn. Where that is too much the oldest are dropped, or q itself if that is not enough. The
// peer's lock is held.
func (o *observing) enqueue(e *Endpoint, q queued) {
	for {
		reached, at := o.full(e, &q)
		if at < 0 {
			o.insert(e, len(o.queue), q)
			return
		}
		e.reach(reached)
		e.stats.dropped.Add(1)
		if at == len(o.queue) {
			q.relation.dropped++
			return
		}
		oldest := o.dequeue(e, at)
		oldest.relation.dropped++
	}
}

// full reports which of those that wait gives way to q, and which bound says so; the one behind all is q itself, -1 is
// none.
func (o *observing) full(e *Endpoint, q *queued) (reached bound, at int) {
	l, bytes := &e.config.Limits, q.bodyBytes(e)
	switch {
	case len(o.queue) >= l.PeerNotifications:
		return boundPeerNotifications, 0
	case bytes == 0:
		return 0, -1
	case o.queuedBytes+bytes > l.PeerTransferBytes:
		reached = boundPeerTransferBytes
	case e.queuedBytes.Load()+bytes > l.TransferBytes:
		reached = boundTransferBytes
	default:
		return 0, -1
	}
	if at = slices.IndexFunc(o.queue, func(other queued) bool { return other.bodyBytes(e) > 0 }); at < 0 {
		at = len(o.queue)
	}
	return reached, at
}
