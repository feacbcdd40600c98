package coap

import "sync"

// maxUnsent is how many bytes may wait for a connection until it is read no further and notifications wait in their
// queue; what a single request is answered may exceed it.
const maxUnsent = 64 << 10

// maxSpare is the longest list of messages that is kept for the next ones.
const maxSpare = 128

// outbox is what waits to be written to a connection. Its lock comes after the peer's.
type outbox struct {
	deliver func(messages [][]byte) error // one call at a time, no lock is held
	drained func()                        // there is room for the notifications that found none; no lock is held
	ended   func()                        // the last message is out, or cannot be; no lock is held

	mu      sync.Mutex
	changed sync.Cond
	queue   [][]byte
	spare   [][]byte
	unsent  int  // bytes of queue and of what is being written
	writing bool // some goroutine does
	corked  bool // the goroutine that reads will write all it has gathered at once
	starved bool // roomy said no
	last    bool // nothing follows what is queued
	closed  bool
}

func (o *outbox) init() { o.changed.L = &o.mu }

// put queues a message and sees to it that somebody writes it. After the last one nothing is taken.
func (o *outbox) put(data []byte, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.last {
		return
	}
	o.queue = append(o.queue, data)
	o.unsent += len(data)
	o.last = last
	if !o.writing && !o.corked {
		o.writing = true
		go o.write(false)
	}
}

func (o *outbox) roomy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unsent < maxUnsent {
		return true
	}
	o.starved = true
	return false
}

// cork makes what is put wait for flush.
func (o *outbox) cork() {
	o.mu.Lock()
	o.corked = true
	o.mu.Unlock()
}

// full reports whether flush is due.
func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.unsent >= maxUnsent
}

// flush writes what was gathered, or waits for who is writing until there is room.
func (o *outbox) flush() {
	o.mu.Lock()
	o.corked = false
	if !o.writing && len(o.queue) > 0 && !o.closed {
		o.writing = true
		o.mu.Unlock()
		o.write(true)
		o.mu.Lock()
	}
	for o.unsent >= maxUnsent && !o.closed {
		o.changed.Wait()
	}
	o.mu.Unlock()
}

// empty writes all that is left, and returns when it is out or cannot be.
func (o *outbox) empty() {
	o.flush()
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.writing && !o.closed {
		o.changed.Wait()
	}
}

// write writes until nothing is left; once only if another goroutine is to go on.
func (o *outbox) write(once bool) {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 || o.closed {
			o.writing = false
			ended := o.last && !o.closed
			o.changed.Broadcast()
			o.mu.Unlock()
			if ended {
				o.ended()
			}
			return
		}
		batch := o.queue
		o.queue, o.spare = o.spare[:0], nil
		o.mu.Unlock()

		err := o.deliver(batch)

		o.mu.Lock()
		for i, m := range batch {
			o.unsent -= len(m)
			batch[i] = nil
		}
		if cap(batch) <= maxSpare {
			o.spare = batch[:0]
		}
		room := o.starved && o.unsent < maxUnsent
		if room {
			o.starved = false
		}
		if err != nil {
			o.closed = true
		}
		handOver := once && len(o.queue) > 0
		o.changed.Broadcast()
		o.mu.Unlock()
		if room {
			o.drained()
		}
		if handOver {
			go o.write(false)
			return
		}
	}
}

// close drops what waits and returns when nobody writes any more; the connection is closed already.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.queue = nil
	o.changed.Broadcast()
	for o.writing {
		o.changed.Wait()
	}
}
