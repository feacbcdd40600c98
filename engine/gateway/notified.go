package gateway

import (
	"time"

	"sluice/engine/broker"
)

// Notified is told who gets which message as a notification, while it wants to know. Its methods are called by the
// goroutine that publishes; they must not block.
type Notified interface {
	Watched() bool
	Note(client, topic string, at time.Time)
}

// tellNotified tells of the notifications that m is about to become. It is called while no peer is locked: the name of a
// client is behind the lock of its session.
func (g *Gateway) tellNotified(observers []*observation, m *broker.Message) {
	if g.notified == nil || !g.notified.Watched() {
		return
	}
	now := time.Now()
	for _, o := range observers {
		s := o.session.Load()
		if s == nil || o.ended.Load() || o.relation.Load() == nil {
			continue
		}
		s.mu.Lock()
		client := s.name()
		s.mu.Unlock()
		g.notified.Note(client, m.Topic, now)
	}
}
