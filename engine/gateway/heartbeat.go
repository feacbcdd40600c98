package gateway

import (
	"sync"
	"time"
)

const (
	// queryCheck is how often EMQX 4 looks whether a session still subscribes to something.
	queryCheck = 20 * time.Second
	// visitorIdle is how long a query mode session remembers an address that neither speaks nor observes.
	visitorIdle = time.Minute

	wheelTick  = 250 * time.Millisecond
	wheelSlots = 128 // more than the longest time between two checks, in ticks
)

// heartbeat is the arithmetic of EMQX: a session is checked every period, and ends when the consecutive checks that
// found nothing add up to the limit.
type heartbeat struct {
	interval, period, limit time.Duration
}

func newHeartbeat(interval, idle time.Duration) heartbeat {
	b := heartbeat{interval, min(max(interval/2, time.Second), 30*time.Second), interval * 3 / 2}
	if interval <= 0 { // no heartbeat is asked for; addresses that do not come back are forgotten all the same
		b.interval = 0
		b.limit = max(idle, time.Second)
		b.period = min(max(b.limit/2, time.Second), 30*time.Second)
	}
	return b
}

// wheel holds all sessions by when they are to be checked next.
type wheel struct {
	mu    sync.Mutex
	slots [wheelSlots][]*session
	now   int
}

// add makes s due after at least d: the tick under way does not count.
func (w *wheel) add(s *session, d time.Duration) { w.place(s, ticks(d)+1) }

// again makes s, which turn has just returned, due d later.
func (w *wheel) again(s *session, d time.Duration) { w.place(s, ticks(d)) }

func ticks(d time.Duration) int { return int((d + wheelTick - 1) / wheelTick) }

func (w *wheel) place(s *session, ticks int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	slot := (w.now + min(max(ticks, 1), wheelSlots-1)) % wheelSlots
	w.slots[slot] = append(w.slots[slot], s)
}

// turn moves on by one tick and returns who is due.
func (w *wheel) turn() []*session {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = (w.now + 1) % wheelSlots
	due := w.slots[w.now]
	w.slots[w.now] = nil
	return due
}

// watch checks sessions, and writes resources that changed, until the gateway closes.
func (g *Gateway) watch() {
	defer g.running.Done()
	ticker := time.NewTicker(wheelTick)
	defer ticker.Stop()
	for ticks := 1; ; ticks++ {
		select {
		case <-g.closing:
			return
		case now := <-ticker.C:
			for _, s := range g.wheel.turn() {
				g.check(s, now)
			}
			g.topics.turn(now)
			if ticks%int(resourceFlush/wheelTick) == 0 {
				g.resources.flush()
				g.topics.flush()
			}
		}
	}
}

// check ends s if it is time, or looks again later.
func (g *Gateway) check(s *session, now time.Time) {
	s.mu.Lock()
	mode, ended := s.mode, s.ended
	s.mu.Unlock()
	switch {
	case ended:
	case mode == ModeQuery:
		if g.endIf(s, reasonNormal, func() bool { return s.unused(now) }) {
			return
		}
		g.prune(s, now)
		g.wheel.again(s, queryCheck)
	default:
		if !g.endIf(s, reasonKeepalive, func() bool { return g.silent(s, now) }) {
			g.wheel.again(s, g.heartbeat.period)
		}
	}
}

// silent counts one check of an EMQX 5 session, whose lock is held, and reports whether it has been silent for too long.
func (g *Gateway) silent(s *session, now time.Time) bool {
	if s.lastSeen().After(s.checked) {
		s.idle = 0
	} else {
		s.idle += g.heartbeat.period
		g.touch() // it may be late now
	}
	s.checked = now
	if s.idle < g.heartbeat.limit {
		return false
	}
	if s.mode == ModeConnection {
		return g.heartbeat.interval > 0
	}
	// In auto and ietf a silent observer is asked, by a confirmable notification, and not dropped.
	return !s.handler.asksObservers() || len(s.observations) == 0
}

// unused reports whether a query mode session, whose lock is held, is to end: it observes nothing. In auto one that was
// heard since the last check stays, so that a device which publishes all the time is one client and not a new one every
// 20 s.
func (s *session) unused(now time.Time) bool {
	return len(s.observations) == 0 && (!s.handler.lenient() || now.Sub(s.lastSeen()) >= queryCheck)
}

// prune forgets the addresses of a query mode session that went away.
func (g *Gateway) prune(s *session, now time.Time) {
	s.mu.Lock()
	var idle []*peer
	for _, p := range s.others {
		if now.Sub(p.conn.LastSeen()) > visitorIdle {
			idle = append(idle, p)
		}
	}
	observed := make(map[*peer]bool, len(s.observations))
	for _, o := range s.observations {
		if conn := o.peer(); conn != nil {
			observed[known(conn)] = true
		}
	}
	s.mu.Unlock()
	for _, p := range idle {
		if !observed[p] {
			s.leave(p)
			p.drop(s)
		}
	}
}

// endIf ends s when the condition, evaluated under its lock, holds.
func (g *Gateway) endIf(s *session, why reason, condition func() bool) bool {
	s.mu.Lock()
	if s.ended || !condition() {
		s.mu.Unlock()
		return false
	}
	s.ended = true
	observations, peers, id, mode := s.observations, s.appendPeers(nil), s.id, s.mode
	var event clientEvent
	if mode.announces() {
		event = s.disconnected(why)
	}
	s.observations, s.home, s.others = nil, nil, nil
	s.mu.Unlock()

	g.registry.remove(s, id)
	for _, o := range observations {
		g.stop(o)
	}
	for _, p := range peers {
		p.drop(s)
	}
	if mode == ModeConnection {
		g.log.Debug("client gone", "client", id, "listener", s.handler.listener)
	}
	g.announce(mode, "disconnected", &event)
	g.touch()
	return true
}

// end ends s with all its observations; nothing is sent to the client.
func (g *Gateway) end(s *session, why reason) bool {
	return g.endIf(s, why, func() bool { return true })
}
