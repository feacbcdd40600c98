package gateway

import (
	"fmt"
	"sync"
	"time"

	"sluice/engine/broker"
	"sluice/engine/coap"
)

// hub shares one broker subscription among all observations of one filter.
type hub struct {
	broker broker.Broker
	mu     sync.Mutex
	feeds  map[string]*feed // by filter, with mountpoint
}

// feed is one filter that is observed.
type feed struct {
	filter      string
	gateway     *Gateway
	refs        int // belongs to the hub's lock
	unsubscribe func()

	mu        sync.Mutex
	observers []*observation
	resources int // how many of them observe an EMQX 4 resource
}

// value is what an observer was last told.
type value struct {
	topic   string // with mountpoint
	payload []byte
	at      time.Time
	format  int32 // Content-Format that it was declared in; noFormat: none
}

const noFormat = -1

// valueOf is the value that m brings an observer.
func valueOf(m *broker.Message, at time.Time) *value {
	v := &value{m.Topic, m.Payload, at, noFormat}
	if number, ok := m.Type.Number(); ok {
		v.format = int32(number)
	}
	return v
}

// join returns the feed of a filter, subscribing if nobody has. leave gives it back.
func (g *Gateway) join(filter string) (*feed, error) {
	h := &g.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.feeds[filter]
	if f == nil {
		f = &feed{filter: filter, gateway: g}
		unsubscribe, err := h.broker.Subscribe(filter, f.deliver)
		if err != nil {
			return nil, fmt.Errorf("subscribe to %q: %w", filter, err)
		}
		f.unsubscribe = unsubscribe
		h.feeds[filter] = f
	}
	f.refs++
	return f, nil
}

func (h *hub) leave(f *feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.refs--; f.refs == 0 {
		delete(h.feeds, f.filter)
		f.unsubscribe()
	}
}

// exact returns the feed whose filter is literally the given one, or nil.
func (h *hub) exact(filter string) *feed {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.feeds[filter]
}

// add attaches an observation; not if it has ended meanwhile.
func (f *feed) add(o *observation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o.ended.Load() {
		return
	}
	f.observers = append(f.observers, o)
	o.position = int32(len(f.observers))
	if o.form == formResource {
		f.resources++
	}
}

func (f *feed) remove(o *observation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o.position == 0 {
		return
	}
	last := len(f.observers) - 1
	moved := f.observers[last]
	f.observers[o.position-1] = moved
	moved.position = o.position
	f.observers[last] = nil
	f.observers = f.observers[:last]
	o.position = 0
	if o.form == formResource {
		f.resources--
	}
}

// observersPool holds the copies that deliver makes, so that no lock is held while notifications are sent.
var observersPool = sync.Pool{New: func() any { return new([]*observation) }}

// deliver hands m to every observer. It runs on the goroutine that publishes.
func (f *feed) deliver(m *broker.Message) {
	scratch := observersPool.Get().(*[]*observation)
	f.mu.Lock()
	observers := append((*scratch)[:0], f.observers...)
	resources := f.resources
	f.mu.Unlock()

	g := f.gateway
	now := time.Now()
	v := valueOf(m, now)
	if resources > 0 {
		g.resources.update(m.Topic, m.Payload, m.At)
	}
	g.tellNotified(observers, m)
	out := coap.NewFanout()
	for _, o := range observers {
		o.notify(out, m, v)
	}
	out.End()
	clear(observers)
	*scratch = observers[:0]
	observersPool.Put(scratch)
	g.touch()
}
