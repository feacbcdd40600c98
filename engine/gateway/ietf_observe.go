package gateway

import (
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
)

// topicObservation is what an observation of topic-data has in addition.
type topicObservation struct {
	topic *topicResource
	// format is the Content-Format of the first response.
	format    uint16
	formatted bool
	// confirmed is when the observer was last asked whether it is there, in Unix nanoseconds; belongs to telling.
	confirmed int64
}

// asked is when the observer last had to show that it is there. telling is held.
func (o *observation) asked() time.Time { return time.Unix(0, o.data.confirmed) }

// wantsConfirmed reports whether the observer is to acknowledge data that came with m. telling is held.
func (o *observation) wantsConfirmed(m *broker.Message, gap time.Duration, now time.Time) bool {
	if o.wantsConfirmable(m) || now.Sub(o.asked()) >= gap {
		return true
	}
	rel := o.relation.Load()
	return rel != nil && o.doubtful(rel, now)
}

// tell sends a representation as part of out. telling is held.
func (o *observation) tell(out *coap.Fanout, n coap.Notification, v *value) {
	rel := o.relation.Load()
	if rel == nil || o.ended.Load() {
		return
	}
	if n.Confirmable {
		o.data.confirmed = v.at.UnixNano()
	}
	o.last.Store(v)
	out.Notify(rel, n)
}

// finish ends an observation with a last notification that says why.
func (o *observation) finish(why codes.Code) {
	if o.handler.gateway.forget(o) {
		o.sendLast(why)
	}
}

func (o *observation) sendLast(why codes.Code) {
	if rel := o.relation.Load(); rel != nil {
		rel.Finish(coap.Notification{Code: why, Confirmable: true})
	}
}

// enter makes o one of the topic's observers, unless it has as many as it may or no data.
func (t *topicResource) enter(o *observation) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone || !t.full || t.config.Has(topicconfig.MaxSubscribers) && len(t.subscribers) >= int(t.config.MaxSubscribers) {
		return false
	}
	t.subscribers = append(t.subscribers, o)
	return true
}

func (t *topicResource) leave(o *observation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.subscribers, o); i >= 0 {
		t.subscribers = slices.Delete(t.subscribers, i, i+1)
	}
	if len(t.subscribers) == 0 {
		t.subscribers = nil
	}
}

// dropSurplus ends the newest observations of a topic that has more than it may.
func (t *topicResource) dropSurplus() {
	t.mu.Lock()
	var surplus []*observation
	if t.config.Has(topicconfig.MaxSubscribers) {
		if limit := int(t.config.MaxSubscribers); len(t.subscribers) > limit {
			surplus = t.subscribers[limit:]
			t.subscribers = slices.Clone(t.subscribers[:limit])
		}
	}
	t.mu.Unlock()
	for _, o := range slices.Backward(surplus) {
		o.finish(codes.NotFound)
	}
}

// dataObservation returns the session's observation of a topic's data that a request names by its address and token, or
// nil (RFC 7641, section 4.1).
func (x *exchange) dataObservation(s *session, t *topicResource) *observation {
	s.mu.Lock()
	observations := slices.Clone(s.observations)
	s.mu.Unlock()
	for _, o := range observations {
		if o.data == nil || o.data.topic != t {
			continue
		}
		if rel := o.relation.Load(); rel != nil && rel.Peer() == x.Peer && string(rel.Token()) == string(x.Token) {
			return o
		}
	}
	return nil
}

// observeData answers with the data and, unless there are too many observers, begins or renews an observation.
func (h *handler) observeData(x *exchange, s *session, t *topicResource, who identity) {
	x.answer(func(w *coap.ResponseWriter) {
		data, full := t.current()
		if !full {
			w.SetCode(codes.NotFound)
			return
		}
		o := x.dataObservation(s, t)
		if o != nil {
			o.entitlement.Store(x.entitlement(s, who))
			w.Reobserve(o.relation.Load())
			h.gateway.reconsider(o)
		} else {
			o = x.enter(w, s, t, who, data)
		}
		// What came before the relation began, or went on, is in the answer; what comes from now on waits for that.
		if now, full := t.current(); full {
			data = now
		}
		fillData(w, &data)
		if o != nil {
			o.last.Store(data.value(t, x.Received))
		}
		h.gateway.touch()
	})
}

// enter begins an observation; nil if there is no room.
func (x *exchange) enter(w *coap.ResponseWriter, s *session, t *topicResource, who identity, data representation) *observation {
	g := x.handler.gateway
	if !s.room() {
		return nil
	}
	o := &observation{
		id: g.serial.Add(1), handler: x.handler, form: formTopicData, mount: uint16(len(t.mount)),
		data: &topicObservation{topic: t, format: data.format, formatted: data.formatted, confirmed: x.Received.UnixNano()},
	}
	o.confirmable.Store(x.Type == message.Confirmable)
	o.entitlement.Store(x.entitlement(s, who))
	if !t.enter(o) {
		return nil
	}
	rel := w.Observe(coap.RelationConfig{Sequence: x.handler.sequence(formTopicData), OnEnd: observationEnded, User: o})
	if rel == nil { // too many in all, or at this peer
		g.stop(o)
		return nil
	}
	o.relation.Store(rel)
	if !s.add(o) && !o.ended.Load() { // the session has ended
		g.stop(o)
		return o
	}
	if o.ended.Load() { // the data was deleted, or fewer observers allowed, this very moment
		s.remove(o)
		o.sendLast(codes.NotFound)
		return o
	}
	g.reconsider(o) // rules may have changed before it was listed
	config := t.configuration()
	t.table.wake(x.Received.Add(config.Gap()))
	return o
}
