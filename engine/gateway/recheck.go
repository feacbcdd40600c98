package gateway

import (
	"slices"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/settings"
)

// entitlement is on what an observation rests: who asked for it, and how they were let in. What they proved is asked of the
// peer that the notifications go to.
type entitlement struct {
	clientID, username string
	admission          admitted
}

// entitlement of a request that its session lets in is the session's, any other's its own.
func (x *exchange) entitlement(s *session, who identity) *entitlement {
	e := entitlement{who.clientID, who.username, x.admission}
	if x.session == s || s.modeIs(ModeQuery) {
		e.admission = s.admittedBy()
	}
	return s.latestEntitlement(e)
}

// latestEntitlement is that of the session's last observation if it is the same, for they seldom differ, else a new one.
func (s *session) latestEntitlement(e entitlement) *entitlement {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.observations); n > 0 {
		if latest := s.observations[n-1].entitlement.Load(); latest != nil && *latest == e {
			return latest
		}
	}
	begun := e // so that only a new one is allocated
	return &begun
}

func (s *session) admittedBy() admitted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admission
}

// maySpeakFor reports whether the peer that a request comes from may have the client ID of a session.
func (x *exchange) maySpeakFor(s *session) bool {
	auth := x.handler.gateway.access
	return !auth.JudgesConnect(x.Peer.Identity()) || auth.MayConnect(x.who(s).access())
}

// admits reports whether a session that was let in would be let in now. A connectionless one is judged request by request.
func (g *Gateway) admits(s *session) bool {
	return s.modeIs(ModeConnectionless) || s.admittedBy().holds(g.access, s.who())
}

// denied returns what a request for the observation would be answered now if it is not allowed any more, or 0.
func (o *observation) denied() codes.Code {
	e, conn := o.entitlement.Load(), o.peer()
	if e == nil || conn == nil {
		return 0
	}
	auth := o.handler.gateway.access
	who := identity{e.clientID, e.username, conn.Identity()}
	switch {
	case !e.admission.holds(auth, who):
		return o.loginFailure()
	case auth.Allowed(who.access(), settings.Subscribe, o.filter()):
		return 0
	case o.form == formEMQX5:
		return codes.Unauthorized
	}
	return codes.Forbidden
}

// loginFailure is what the dialect answers to who is not let in.
func (o *observation) loginFailure() codes.Code {
	if o.form.emqx4() {
		return o.handler.authenticationFailure()
	}
	return codes.Unauthorized
}

// reconsider ends an observation that is not allowed any more. Its observer gets a last notification, with the code that a
// new request would be answered (RFC 7641, section 4.2).
func (g *Gateway) reconsider(o *observation) {
	if code := o.denied(); code != 0 {
		o.finish(code)
	}
}

// Recheck judges all clients anew, after what decides has changed: sessions that would not be let in any more end, as if
// they were kicked, and so do observations that would be refused. When it returns none of those is told anything more.
// Requests under way that were allowed before look again once they are listed, so nobody slips through. It takes about a
// microsecond for each observation and holds no lock that others wait for.
func (g *Gateway) Recheck() {
	for _, s := range g.registry.snapshot() {
		s.mu.Lock()
		observations := slices.Clone(s.observations)
		s.mu.Unlock()
		admitted := g.admits(s)
		for _, o := range observations {
			if admitted {
				g.reconsider(o)
			} else {
				o.finish(o.loginFailure())
			}
		}
		if !admitted && g.end(s, reasonKicked) {
			g.log.Info("a client was ended: it would not be let in any more", "client", s.who().clientID, "listener", s.handler.listener)
		}
	}
	if g.directory != nil {
		g.directory.Recheck()
	}
	g.proxy.Recheck()
}
