package coap

import (
	"container/heap"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
)

// Bounds of the datagrams of an endpoint that are delayed.
const (
	maxLate      = 1 << 16
	maxLateBytes = 32 << 20
)

// late is a datagram on its way.
type late struct {
	at       time.Time
	order    uint64 // of two that arrive at a time, the one that left first comes first
	outgoing bool
	route    route
	data     []byte
	effect   effect
}

// lateQueue delivers delayed datagrams. Its goroutine lives while there are some.
type lateQueue struct {
	mu      sync.Mutex
	heap    lateHeap
	bytes   int
	next    uint64
	running bool
	closed  bool
	wake    chan struct{}
	done    sync.WaitGroup
	readers map[*socket]*reader // of the goroutine
}

// add takes a datagram unless there are too many.
func (q *lateQueue) add(c *conditioner, l late) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.heap) >= maxLate || q.bytes+len(l.data) > maxLateBytes {
		return false
	}
	l.order = q.next
	q.next++
	q.bytes += len(l.data)
	heap.Push(&q.heap, l)
	switch {
	case !q.running:
		q.running = true
		q.wake = make(chan struct{}, 1)
		q.done.Add(1)
		go q.run(c, q.wake)
	case q.heap[0].order == l.order:
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
	return true
}

func (q *lateQueue) waiting() (count, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.heap), q.bytes
}

// run delivers until nothing waits.
func (q *lateQueue) run(c *conditioner, wake chan struct{}) {
	defer q.done.Done()
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	for {
		l, wait, more := q.due()
		switch {
		case !more:
			return
		case wait <= 0:
			q.deliver(c, &l)
			continue
		}
		clock.Reset(wait)
		select {
		case <-clock.C:
		case <-wake:
		}
	}
}

// due takes the next datagram if its time has come, and else tells how long it takes. more is false when nothing waits.
func (q *lateQueue) due() (l late, wait time.Duration, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.heap) == 0 || q.closed {
		q.running = false
		q.heap, q.bytes = nil, 0
		return late{}, 0, false
	}
	if wait = time.Until(q.heap[0].at); wait > 0 {
		return late{}, wait, true
	}
	l = heap.Pop(&q.heap).(late)
	q.bytes -= len(l.data)
	return l, 0, true
}

// deliver hands a datagram on as if it had just been read, or sends it.
func (q *lateQueue) deliver(c *conditioner, l *late) {
	if l.outgoing {
		_ = c.endpoint.pass(&l.route, l.data, nil) // counted where it is lost
		return
	}
	r := q.reader(c.endpoint, l.route.socket)
	r.now, r.condition = time.Now(), l.effect
	r.datagram(&l.route, l.data)
	if r.out != nil {
		r.out.flush()
	}
}

// reader is one of the goroutine's own. Datagrams of a connection have no socket.
func (q *lateQueue) reader(e *Endpoint, s *socket) *reader {
	r := q.readers[s]
	if r != nil {
		return r
	}
	if q.readers == nil {
		q.readers = map[*socket]*reader{}
	}
	if s == nil {
		r = &reader{endpoint: e, m: incoming{options: make(message.Options, 0, 32)}}
	} else {
		r = newReader(s)
	}
	q.readers[s] = r
	return r
}

// close forgets what waits, and waits for the goroutine.
func (q *lateQueue) close() {
	q.mu.Lock()
	q.closed = true
	if q.running {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
	q.mu.Unlock()
	q.done.Wait()
}

type lateHeap []late

func (h lateHeap) Len() int { return len(h) }
func (h lateHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].order < h[j].order
	}
	return h[i].at.Before(h[j].at)
}
func (h lateHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *lateHeap) Push(x any)   { *h = append(*h, x.(late)) }

func (h *lateHeap) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	(*h)[last] = late{}
	*h = (*h)[:last]
	return l
}
