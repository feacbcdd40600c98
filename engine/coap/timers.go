package coap

import (
	"container/heap"
	"sync"
	"time"
)

// timer is embedded in what waits for a moment. Its fields belong to the timerQueue.
type timer struct {
	at    time.Time
	index int // position in the heap plus one; zero: not queued
	fire  func(now time.Time)
}

// timerQueue runs the timers of one endpoint on one goroutine, so that ten thousand outstanding messages cost a heap and
// not ten thousand runtime timers.
type timerQueue struct {
	mu     sync.Mutex
	heap   timerHeap
	wake   chan struct{}
	closed chan struct{}
	done   chan struct{}
}

func newTimerQueue() *timerQueue {
	q := &timerQueue{wake: make(chan struct{}, 1), closed: make(chan struct{}), done: make(chan struct{})}
	go q.run()
	return q
}

// set makes t fire at a moment, instead of when it was set for before.
func (q *timerQueue) set(t *timer, at time.Time) {
	q.mu.Lock()
	t.at = at
	if t.index > 0 {
		heap.Fix(&q.heap, t.index-1)
	} else {
		heap.Push(&q.heap, t)
	}
	first := t.index == 1
	q.mu.Unlock()
	if first {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
}

// soon calls fn on the queue's goroutine.
func (q *timerQueue) soon(fn func()) { q.set(&timer{fire: func(time.Time) { fn() }}, time.Now()) }

// stop takes t out. It may be about to fire all the same: what fires checks whether it is still wanted.
func (q *timerQueue) stop(t *timer) {
	q.mu.Lock()
	if t.index > 0 {
		heap.Remove(&q.heap, t.index-1)
	}
	q.mu.Unlock()
}

func (q *timerQueue) close() {
	close(q.closed)
	<-q.done
}

func (q *timerQueue) run() {
	defer close(q.done)
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	for {
		wait := time.Hour
		q.mu.Lock()
		for len(q.heap) > 0 {
			t, now := q.heap[0], time.Now() // what fired before may have taken long
			if wait = t.at.Sub(now); wait > 0 {
				break
			}
			heap.Pop(&q.heap)
			q.mu.Unlock()
			t.fire(now)
			q.mu.Lock()
			wait = time.Hour
		}
		q.mu.Unlock()
		clock.Reset(wait)
		select {
		case <-clock.C:
		case <-q.wake:
		case <-q.closed:
			return
		}
	}
}

type timerHeap []*timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}

func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	*h = append(*h, t)
	t.index = len(*h)
}

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = 0
	return t
}
