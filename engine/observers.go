package engine

import (
	"slices"
	"sync"
	"time"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/gateway"
	"sluice/engine/linkformat"
	"sluice/engine/mistakes"
)

// Subject says what an observation is of.
type Subject uint8

// What can be observed.
const (
	OfTopic  Subject = iota
	OfLookup         // of the resource directory: Filter is its path and query
	OfDevice         // through the proxy: Filter is the path here, or the URI at another server
)

// Observer is one observation: of a device, or of the window itself.
type Observer struct {
	gateway.Observer
	Subject       Subject
	ContentFormat int       // of Value; -1: unknown
	Silent        time.Time // of OfDevice: since when it does not answer; zero: it does
	Reordered     uint64    // of OfDevice: its notifications that came after newer ones, and were left out
	Window        bool      // the window observes, in this process: there is no address, token or sequence of a relation
}

// These keep the observations of the window, of lookups and of the proxy apart from those of topics.
const (
	windowIDs = 1 << 63
	lookupIDs = 1 << 62
	deviceIDs = 1 << 61
)

// windowObservations are the observations of the window.
type windowObservations struct {
	mu   sync.Mutex
	last uint64
	all  map[uint64]*windowObservation
}

type windowObservation struct {
	id          uint64
	filter      string
	since       time.Time
	unsubscribe func()

	mu    sync.Mutex
	count uint64
	value broker.Message
}

// Observers returns the observations of devices, whatever they observe, and of the window, in no order.
func (e *Engine) Observers() []Observer {
	r := e.current()
	if r == nil {
		return nil
	}
	devices := r.gateway.Observers()
	observers := make([]Observer, 0, len(devices))
	for _, o := range devices {
		observers = append(observers, Observer{Observer: o, ContentFormat: o.ValueFormat})
	}
	observers = r.appendLookups(observers)
	observers = r.appendDevices(observers)
	return e.windows.appendTo(observers)
}

// appendLookups appends the observations of the resource directory.
func (r *running) appendLookups(observers []Observer) []Observer {
	if r.directory == nil {
		return observers
	}
	for _, o := range r.directory.Observers() {
		d := r.observer(lookupIDs+o.ID, o.Lookup, o.Peer, o.Token, o.RelationStats)
		d.Subject, d.ContentFormat = OfLookup, linkformat.ContentFormat
		d.Value, d.ValueAt = o.Document, o.At
		observers = append(observers, d)
	}
	return observers
}

// appendDevices appends the observations of what the proxy watches.
func (r *running) appendDevices(observers []Observer) []Observer {
	for _, o := range r.gateway.Proxy().Observers() {
		d := r.observer(deviceIDs+o.ID, o.Asked, o.Peer, o.Token, o.RelationStats)
		d.Subject, d.ContentFormat, d.Silent, d.Reordered = OfDevice, o.ContentFormat, o.Silent, o.Reordered
		d.Value, d.ValueAt = o.Value, o.At
		observers = append(observers, d)
	}
	return observers
}

// observer describes an observation of a peer.
func (r *running) observer(id uint64, of string, p *coap.Peer, token []byte, stats coap.RelationStats) Observer {
	o := Observer{}
	o.ID, o.Filter, o.Client, o.Addr, o.Token, o.RelationStats = id, of, r.gateway.ClientID(p.Data()), p.Addr(), token, stats
	for _, l := range r.listeners {
		if l.endpoint == p.Endpoint() {
			o.Listener, o.Dialect = l.settings.Bind, l.settings.Dialect
		}
	}
	return o
}

// ObserveTopic makes the window observe an MQTT filter until EndObservation or Stop. A retained message is its first
// value.
func (e *Engine) ObserveTopic(filter string) (id uint64, err error) {
	// Stop waits for this lock before it ends the observations of the window: none can be added after that.
	e.mu.RLock()
	defer e.mu.RUnlock()
	r := e.running
	if r == nil {
		return 0, ErrStopped
	}
	o := &windowObservation{filter: filter, since: time.Now()}
	if o.unsubscribe, err = r.broker.Subscribe(filter, func(m *broker.Message) {
		o.note(m)
		e.changes.Add(1)
	}); err != nil {
		return 0, mistakes.Errorf("observe %q: %w", filter, err)
	}
	for _, m := range r.broker.Retained(filter) {
		o.begin(m)
	}
	e.windows.add(o)
	e.changes.Add(1)
	return o.id, nil
}

// EndObservation ends an observation of either kind. It reports whether there was one.
func (e *Engine) EndObservation(id uint64) bool {
	defer e.changes.Add(1)
	r := e.current()
	switch {
	case id >= windowIDs:
		return e.windows.end(id)
	case r == nil:
		return false
	case id >= lookupIDs:
		return r.directory != nil && r.directory.EndObservation(id-lookupIDs)
	case id >= deviceIDs:
		return r.gateway.Proxy().EndObservation(id - deviceIDs)
	}
	return r.gateway.EndObservation(id)
}

// note takes a new message.
func (o *windowObservation) note(m *broker.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count++
	o.value = *m
}

// begin takes a retained message unless a newer one is there.
func (o *windowObservation) begin(m *broker.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m.At.After(o.value.At) {
		o.value = *m
	}
}

func (o *windowObservation) observer() Observer {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := Observer{Window: true, ContentFormat: -1}
	d.ID, d.Filter, d.Since, d.Sent = o.id, o.filter, o.since, o.count
	d.Value, d.ValueTopic, d.ValueAt, d.LastSent = o.value.Payload, o.value.Topic, o.value.At, o.value.At
	if number, ok := o.value.Type.Number(); ok {
		d.ContentFormat = int(number)
	}
	return d
}

func (w *windowObservations) add(o *windowObservation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	o.id = windowIDs + w.last
	if w.all == nil {
		w.all = make(map[uint64]*windowObservation)
	}
	w.all[o.id] = o
}

func (w *windowObservations) end(id uint64) bool {
	w.mu.Lock()
	o := w.all[id]
	delete(w.all, id)
	w.mu.Unlock()
	if o == nil {
		return false
	}
	o.unsubscribe()
	return true
}

func (w *windowObservations) endAll() {
	w.mu.Lock()
	all := w.all
	w.all = nil
	w.mu.Unlock()
	for _, o := range all {
		o.unsubscribe()
	}
}

func (w *windowObservations) appendTo(observers []Observer) []Observer {
	w.mu.Lock()
	defer w.mu.Unlock()
	observers = slices.Grow(observers, len(w.all))
	for _, o := range w.all {
		observers = append(observers, o.observer())
	}
	return observers
}
