package gateway

import (
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/settings"
)

// form is how an observation was asked for, and so what its notifications look like.
type form uint8

const (
	formEMQX5     form = iota // GET /ps/<filter>, EMQX 5
	formMQTT                  // GET /mqtt/<filter>, EMQX 4
	formResource              // GET /ps/<topic>, EMQX 4
	formTopicData             // GET of topic-data, ietf
)

func (f form) emqx4() bool { return f == formMQTT || f == formResource }

// sameUnsubscribe reports whether a cancelling request of one form means an observation of the other.
func (f form) sameUnsubscribe(other form) bool {
	return f != formTopicData && other != formTopicData && f.emqx4() == other.emqx4()
}

// octetStream is the Content-Format of all EMQX 4 notifications.
var octetStream = message.Options{{ID: message.ContentFormat, Value: []byte{formatOctetStream}}}

// observation is one observe relation and the subscription it stands for.
type observation struct {
	id      uint64
	handler *handler
	feed    *feed             // nil for topic-data
	data    *topicObservation // for topic-data

	entitlement atomic.Pointer[entitlement]
	session     atomic.Pointer[session]
	relation    atomic.Pointer[coap.Relation]
	last        atomic.Pointer[value]
	position    int32  // in feed.observers, plus one; belongs to the feed's lock
	mount       uint16 // length of the mountpoint
	form        form
	ended       atomic.Bool
	confirmable atomic.Bool // type of the request that asked for it
}

// filter is without mountpoint.
func (o *observation) filter() string {
	if o.data != nil {
		return o.data.topic.name
	}
	return o.feed.filter[o.mount:]
}

// mounted is the filter with mountpoint.
func (o *observation) mounted() string {
	if o.data != nil {
		return o.data.topic.mounted
	}
	return o.feed.filter
}

// peer is where notifications go.
func (o *observation) peer() *coap.Peer {
	if rel := o.relation.Load(); rel != nil {
		return rel.Peer()
	}
	return nil
}

// notify sends one message to the observer, as part of out.
func (o *observation) notify(out *coap.Fanout, m *broker.Message, v *value) {
	rel := o.relation.Load()
	if rel == nil || o.ended.Load() {
		return
	}
	n := coap.Notification{Payload: v.payload, Confirmable: o.wantsConfirmable(m)}
	if o.form.emqx4() {
		n.Options = octetStream
	}
	if !n.Confirmable && o.doubtful(rel, v.at) {
		n.Confirmable = true
	}
	o.last.Store(v)
	out.Notify(rel, n)
}

func (o *observation) wantsConfirmable(m *broker.Message) bool {
	if o.form.emqx4() {
		return o.confirmable.Load()
	}
	switch o.handler.gateway.settings.NotifyType {
	case settings.NotifyCon:
		return true
	case settings.NotifyNon:
		return false
	}
	return m.QoS > 0
}

// doubtful reports whether the observer has been silent for so long that auto wants to know whether it is still there
// (RFC 7641, section 4.5).
func (o *observation) doubtful(rel *coap.Relation, now time.Time) bool {
	return o.handler.lenient() && now.Sub(rel.Peer().LastSeen()) > o.handler.gateway.heartbeat.limit
}

// observe begins an observation for a session on behalf of who, or gives the one it has of the filter the newest token. It fills the
// answer with 2.05 and Observe. A nil observation means that the answer is an error already.
func (x *exchange) observe(w *coap.ResponseWriter, s *session, who identity, f form, filter, mount string) (o *observation, fresh bool) {
	g := x.handler.gateway
	var at *coap.Peer
	if f.emqx4() {
		at = x.Peer // an EMQX 4 session has many addresses, each with its own observations
	}
	if o = s.observation(f, mount+filter, at); o != nil {
		o.confirmable.Store(x.Type == message.Confirmable)
		o.entitlement.Store(x.entitlement(s, who))
		w.Reobserve(o.relation.Load())
		g.reconsider(o)
		w.SetCode(codes.Content)
		g.touch()
		return o, false
	}
	if !s.room() {
		w.SetCode(codes.ServiceUnavailable)
		return nil, false
	}
	feed, err := g.join(mount + filter)
	if err != nil {
		g.log.Debug("observe refused", "filter", filter, "error", err)
		w.SetCode(codes.BadRequest)
		return nil, false
	}
	o = &observation{
		id: g.serial.Add(1), handler: x.handler, form: f, mount: uint16(len(mount)), feed: feed,
	}
	o.confirmable.Store(x.Type == message.Confirmable)
	o.entitlement.Store(x.entitlement(s, who))
	rel := w.Observe(coap.RelationConfig{
		Sequence:            x.handler.sequence(f),
		RefreshOnRetransmit: !f.emqx4() && x.handler.sequence(f) == coap.SequenceClock,
		IgnoreReset:         !f.emqx4() && !g.settings.ResetEndsObserve,
		OnEnd:               observationEnded,
		User:                o,
	})
	if rel == nil {
		g.stop(o)
		w.SetCode(codes.ServiceUnavailable)
		return nil, false
	}
	o.relation.Store(rel)
	w.SetCode(codes.Content)
	if !s.add(o) {
		g.stop(o)
		return o, false
	}
	feed.add(o)
	g.reconsider(o) // rules may have changed before it was listed
	g.touch()
	return o, true
}

// unobserve ends the session's observation of a filter as who asks for it, if there is one; at limits it to one peer unless
// nil.
func (x *exchange) unobserve(s *session, who identity, f form, filter string, at *coap.Peer) {
	mount, ok := x.mountOf(who)
	if !ok {
		return
	}
	if o := s.observation(f, mount+filter, at); o != nil {
		x.handler.gateway.stop(o)
	}
}

// sequence is how Observe values grow.
func (h *handler) sequence(f form) coap.SequenceKind {
	switch {
	case f.emqx4() && h.lenient():
		// EMQX 4 begins again after 4095, which RFC 7641 takes for an old notification.
		return coap.SequenceCounter
	case f.emqx4():
		return coap.SequenceEMQX4
	case h.gateway.settings.ObserveSequence == settings.SequenceCounter:
		return coap.SequenceCounter
	}
	return coap.SequenceClock
}

// observationEnded is told by the endpoint that a relation is over.
func observationEnded(rel *coap.Relation, reason coap.EndReason) {
	o := rel.User().(*observation)
	g := o.handler.gateway
	if g.forget(o) {
		g.log.Debug("observation ended", "filter", o.filter(), "peer", rel.Peer().Addr(), "reason", reason)
	}
}

// stop ends an observation from our side.
func (g *Gateway) stop(o *observation) {
	if g.forget(o) {
		if rel := o.relation.Load(); rel != nil {
			rel.Cancel()
		}
	}
}

// forget takes an observation off its session and feed; false if that has happened already.
func (g *Gateway) forget(o *observation) bool {
	if !o.ended.CompareAndSwap(false, true) {
		return false
	}
	if s := o.session.Load(); s != nil {
		s.remove(o)
	}
	if o.data != nil {
		o.data.topic.leave(o)
	} else {
		o.feed.remove(o)
		g.hub.leave(o.feed)
	}
	g.touch()
	return true
}
