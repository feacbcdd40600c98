package gateway

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
)

// topicResource is one topic of draft-ietf-core-coap-pubsub. Its topic-data is what was last published to the MQTT topic
// of its name, from whichever side. It is HALF CREATED until there is data, and FULLY CREATED from then on.
type topicResource struct {
	table   *topicTable
	id      string
	root    string // path of the collection that it was created in
	path    string // of topic-data, as Uri-Path segments joined by slashes
	name    string
	mount   string // mountpoint of who created it
	mounted string // mount and name: the MQTT topic
	created time.Time
	// elsewhere says that another server has the data: path is empty then, and the MQTT topic is nothing to this one.
	elsewhere bool

	unsubscribe func()      // nil: not subscribed
	listed      atomic.Bool // in the table

	// telling is held while a change of the data is made and told, so that what an observer is told last is what there is.
	telling sync.Mutex
	// saving is held while the store is called, so that it sees changes in their order.
	saving sync.Mutex
	dirty  atomic.Bool // data from MQTT is not written yet

	mu          sync.Mutex
	config      topicconfig.Properties
	encoded     []byte // config as it is on disk; nil: not encoded since it changed
	gone        bool
	full        bool // FULLY CREATED
	data        representation
	announced   []*announcement
	subscribers []*observation // oldest first
	nextPublish time.Time      // when the publish after all that were let in is due
}

// representation is the data of a topic. payload is never modified.
type representation struct {
	payload   []byte
	format    uint16
	formatted bool // format is known
	at        time.Time
}

// announcement is a publish over CoAP that is about to come back from the broker.
type announcement struct {
	at      time.Time
	refused bool // there was no room for the data
}

// value is the data of t as an observer is told it.
func (r *representation) value(t *topicResource, at time.Time) *value {
	v := &value{t.mounted, r.payload, at, noFormat}
	if r.formatted {
		v.format = int32(r.format)
	}
	return v
}

// notification is one without its type.
func (r *representation) notification() coap.Notification {
	n := coap.Notification{Payload: r.payload}
	if r.formatted {
		buf := make([]byte, 2)
		size, _ := message.EncodeUint32(buf, uint32(r.format)) // two bytes hold any format
		n.Options = message.Options{{ID: message.ContentFormat, Value: buf[:size]}}
	}
	return n
}

// strangeTo reports whether an observer would find another Content-Format in r than it began with, which must not be
// (RFC 7641, section 4.2).
func (r *representation) strangeTo(o *observation) bool {
	return o.data.formatted && r.formatted && o.data.format != r.format
}

// configuration returns the topic's properties.
func (t *topicResource) configuration() topicconfig.Properties {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.config
}

// current returns the data, if there is any.
func (t *topicResource) current() (representation, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.data, t.full
}

// announce prepares deliver for a message that is about to be published.
func (t *topicResource) announce(a *announcement) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.announced = append(t.announced, a)
}

// arrived takes back what was announced once it is published. It reports whether there was room for the data.
func (t *topicResource) arrived(a *announcement) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.announced, a); i >= 0 {
		t.announced = slices.Delete(t.announced, i, i+1)
	}
	return !a.refused
}

// announcementOf returns what was announced of m, or nil. The topic's lock is held.
func (t *topicResource) announcementOf(m *broker.Message) *announcement {
	for _, a := range t.announced {
		if m.Via.Side() == broker.ViaCoAP && a.at.Equal(m.At) {
			return a
		}
	}
	return nil
}

// deliver makes a message of the MQTT topic the data and tells the observers. It runs on the goroutine that publishes.
func (t *topicResource) deliver(m *broker.Message) {
	if m.Retain && len(m.Payload) == 0 {
		t.clear() // the retained message is deleted, and nobody will read it any more
		return
	}
	t.telling.Lock()
	defer t.telling.Unlock()
	scratch := observersPool.Get().(*[]*observation)
	data, observers, ok := t.accept(m, (*scratch)[:0])
	if ok {
		if len(observers) > 0 {
			t.tell(&data, observers, m)
		}
		t.table.changed(t)
		t.table.touch()
	}
	clear(observers)
	*scratch = observers[:0]
	observersPool.Put(scratch)
}

// tell sends new data, which came with m, to observers. Those who began with another Content-Format cannot go on.
// telling is held.
func (t *topicResource) tell(data *representation, observers []*observation, m *broker.Message) {
	now := time.Now()
	v := data.value(t, now)
	config := t.configuration()
	gap := config.Gap()
	n := data.notification()
	if len(observers) > 0 {
		observers[0].handler.gateway.tellNotified(observers, m)
	}
	out := coap.NewFanout()
	var strangers []*observation
	for _, o := range observers {
		if data.strangeTo(o) {
			strangers = append(strangers, o)
			continue
		}
		n.Confirmable = o.wantsConfirmed(m, gap, now)
		o.tell(out, n, v)
	}
	out.End()
	for _, o := range strangers {
		o.finish(codes.NotAcceptable)
	}
}

// accept makes m the data, unless there is no room for it, and appends the observers to buf. It is of the topic's
// Content-Format; without one, of what was declared, or else of that before.
func (t *topicResource) accept(m *broker.Message, buf []*observation) (representation, []*observation, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	announced := t.announcementOf(m)
	if t.gone || !t.table.grow(len(m.Payload)-len(t.data.payload)) {
		if announced != nil {
			announced.refused = true
		}
		return representation{}, buf, false
	}
	data := representation{payload: m.Payload, at: m.At, format: t.data.format, formatted: t.data.formatted}
	if t.config.Has(topicconfig.TopicContentFormat) {
		data.format, data.formatted = t.config.TopicContentFormat, true
	} else if number, ok := m.Type.Number(); ok {
		data.format, data.formatted = number, true
	}
	t.data, t.full = data, true
	return data, append(buf, t.subscribers...), true
}

// preset is the data that a new topic begins with.
func (t *topicResource) preset(data representation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.full && t.table.grow(len(data.payload)) {
		t.data, t.full = data, true
	}
}

// clear makes the topic HALF CREATED: the observers are told that there is nothing any more. It reports whether there
// was data.
func (t *topicResource) clear() (existed bool) {
	t.telling.Lock()
	defer t.telling.Unlock()
	t.mu.Lock()
	existed = t.full
	gone := t.gone
	t.table.grow(-len(t.data.payload))
	t.data, t.full = representation{}, false
	observers := t.subscribers
	t.subscribers = nil
	t.mu.Unlock()
	for _, o := range observers {
		o.finish(codes.NotFound)
	}
	t.table.touch()
	if existed && !gone {
		t.table.changed(t)
	}
	return existed
}

// admit lets a publish over CoAP pass, at most rate a second and as many at once, or says how long the publishers are to
// wait.
func (t *topicResource) admit(rate int, now time.Time) (wait time.Duration, ok bool) {
	if rate <= 0 {
		return 0, true
	}
	each := time.Second / time.Duration(rate)
	t.mu.Lock()
	defer t.mu.Unlock()
	next := latest(t.nextPublish, now)
	if early := next.Add(each - time.Second).Sub(now); early > 0 {
		return early, false
	}
	t.nextPublish = next.Add(each)
	return 0, true
}
