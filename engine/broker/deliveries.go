package broker

import (
	"container/list"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// retainedUnacknowledged bounds the retained messages of QoS 1 and 2 that a client was sent and has not acknowledged. It
// leaves most of queuedMessages to what is published meanwhile.
const retainedUnacknowledged = 256

// delivery is what a subscription still gets of the retained messages: those whose topics come after one.
type delivery struct {
	subscription packets.Subscription
	after        string // used by the sender; and by nobody else before it ended
}

// deliveries are the retained messages that a client is still to get. mochi would put them all at once into the queue of
// the client and drop what does not fit; here one goroutine per client sends them as the client takes them: it waits for
// the stream, and for acknowledgements. There is one delivery at most for each filter, so what waits is bounded by the
// client's subscriptions.
type deliveries struct {
	acknowledged chan struct{} // something was; there may be room
	ended        chan struct{} // closed by stop
	sender       sync.WaitGroup

	mu             sync.Mutex // guards what follows
	queue          *list.List // of *delivery; the first is at work
	byFilter       map[string]*list.Element
	unacknowledged map[uint16]struct{} // packet identifiers
	running        bool
	stopped        bool
}

func (d *deliveries) init() {
	d.acknowledged = make(chan struct{}, 1)
	d.ended = make(chan struct{})
	d.queue = list.New()
	d.byFilter = make(map[string]*list.Element)
	d.unacknowledged = make(map[uint16]struct{})
}

// add has a subscription get the retained messages, from the first one if it was already getting them.
func (d *deliveries) add(s packets.Subscription) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(s.Filter)
	d.byFilter[s.Filter] = d.queue.PushBack(&delivery{subscription: s})
}

// remove ends what a subscription still gets.
func (d *deliveries) remove(filter string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(filter)
}

// drop is remove; mu is held.
func (d *deliveries) drop(filter string) {
	if e := d.byFilter[filter]; e != nil {
		d.queue.Remove(e)
		delete(d.byFilter, filter)
	}
}

// inherit takes over what the connection before, which is gone, left of a session that goes on.
func (d *deliveries) inherit(before *deliveries) {
	before.mu.Lock()
	defer before.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue, before.queue = before.queue, d.queue
	d.byFilter, before.byFilter = before.byFilter, d.byFilter
}

// start runs send in a goroutine if something is to be sent and nobody does.
func (d *deliveries) start(send func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running || d.stopped || d.queue.Len() == 0 {
		return
	}
	d.running = true
	d.sender.Go(send)
}

// stop ends the sender and waits for it. The stream must be closed, or the sender may be waiting for the client.
func (d *deliveries) stop() {
	d.mu.Lock()
	if !d.stopped {
		d.stopped = true
		close(d.ended)
	}
	d.mu.Unlock()
	d.sender.Wait()
}

// next returns what is to be sent next; nil: nothing is, and the sender has to end.
func (d *deliveries) next() *delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	first := d.queue.Front()
	if d.stopped || first == nil {
		d.running = false
		return nil
	}
	return first.Value.(*delivery)
}

// finish takes out a delivery that is complete.
func (d *deliveries) finish(done *delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.is(done) {
		d.drop(done.subscription.Filter)
	}
}

// current reports whether a delivery is to go on.
func (d *deliveries) current(at *delivery) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.stopped && d.is(at)
}

func (d *deliveries) is(at *delivery) bool {
	e := d.byFilter[at.subscription.Filter]
	return e != nil && e.Value == at
}

// room reports whether the client may be sent one more message that it has to acknowledge.
func (d *deliveries) room(cl *mqtt.Client) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.unacknowledged) < retainedUnacknowledged && cl.State.Inflight.Len() < queuedMessages
}

// wait returns when something was acknowledged, or the connection ended.
func (d *deliveries) wait() {
	select {
	case <-d.acknowledged:
	case <-d.ended:
	}
}

// sent notes a message that the client has to acknowledge.
func (d *deliveries) sent(id uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unacknowledged[id] = struct{}{}
}

// completed is told of each message that the client acknowledged, or that is not waited for any more.
func (d *deliveries) completed(id uint16) {
	d.mu.Lock()
	delete(d.unacknowledged, id)
	running := d.running
	d.mu.Unlock()
	if !running {
		return
	}
	select {
	case d.acknowledged <- struct{}{}:
	default:
	}
}
