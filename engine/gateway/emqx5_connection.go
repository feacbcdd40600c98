package gateway

import (
	"crypto/rand"
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/access"
	"sluice/engine/coap"
)

// Texts that EMQX 5 answers.
const (
	textMissingToken  = "Missing token or clientid in connection mode"
	textInvalidToken  = "Invalid token or clientid in connection mode"
	textNoClientID    = "Login Failed: clientid is required"
	textBadClientID   = "Login Failed: client_identifier_not_valid"
	textLoginFailed   = "Login Failed: " // and the words of access.Result
	textServerBusy    = "Login Failed: server_busy"
	textQuotaExceeded = "Login Failed: quota_exceeded"
	textConnected     = "Bad Request: client has connected"
	textRegistered    = "Bad Request: channel has registered by: "
	textBadQueries    = "Bad Request: invalid queries"
)

// serveEMQX5 answers as EMQX 5 does.
func (h *handler) serveEMQX5(x *exchange) {
	connection := x.isConnection()
	switch {
	case connection && x.Code == codes.POST:
		h.create(x)
		return
	case h.gateway.settings.ConnectionRequired:
		if !x.checkToken(connection) {
			return
		}
	case connection || h.lenient():
		x.session = x.proved()
	}
	switch {
	case connection:
		h.connection(x)
	case x.root == rootPubSub:
		h.pubsubEMQX5(x)
	default:
		x.code(codes.BadRequest)
	}
}

// proved returns the session whose client ID and token the request gives, moved to the request's address, or nil.
func (x *exchange) proved() *session {
	return x.provedBy(x.query.get(fieldClientID), x.query.get(fieldToken))
}

// provedBy is proved for who knows what the request gives.
func (x *exchange) provedBy(id, token []byte) *session {
	if id == nil || token == nil {
		return nil
	}
	s := x.handler.gateway.registry.connection(id)
	if s == nil || !s.tokenIs(token) || !s.isOf(x.Peer) || !x.maySpeakFor(s) {
		return nil
	}
	if s.tokenWasSentTo(x.Peer.Addr()) {
		x.Peer.Verify()
	}
	x.handler.gateway.move(s, x.Peer)
	return s
}

// checkToken lets a request of connection mode pass, or answers it.
func (x *exchange) checkToken(connection bool) bool {
	id, token := x.query.get(fieldClientID), x.query.get(fieldToken)
	if id == nil || token == nil {
		x.text(codes.BadRequest, textMissingToken)
		return false
	}
	if x.session = x.proved(); x.session != nil {
		return true
	}
	g := x.handler.gateway
	if connection && x.Code == codes.DELETE && g.registry.connection(id) == nil && x.connected() == nil {
		x.code(codes.Deleted)
		return false
	}
	x.text(codes.Unauthorized, textInvalidToken)
	return false
}

// connected returns the connection mode session that lives at the request's address, or nil.
func (x *exchange) connected() *session {
	if s := x.local(); s != nil && s.modeIs(ModeConnection) {
		return s
	}
	return nil
}

// local returns the EMQX 5 session that lives at the request's address, or nil.
func (x *exchange) local() *session {
	if p := known(x.Peer); p != nil {
		return p.session.Load()
	}
	return nil
}

func (s *session) modeIs(m Mode) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mode == m
}

// connection answers heartbeat and close.
func (h *handler) connection(x *exchange) {
	switch x.Code {
	case codes.PUT:
		x.code(codes.Changed)
	case codes.DELETE:
		h.close(x)
		x.code(codes.Deleted)
	default:
		x.code(codes.MethodNotAllowed)
	}
}

// close ends the session that the token proves. In connectionless mode a client may also end what lives at its own
// address, but not, as EMQX has it, any session it can name.
func (h *handler) close(x *exchange) {
	if x.session != nil {
		h.gateway.end(x.session, reasonNormal)
		return
	}
	s := x.local()
	if s == nil {
		return
	}
	id := x.query.get(fieldClientID)
	if s.modeIs(ModeConnection) && (x.query.get(fieldToken) != nil || id != nil && s.who().clientID != string(id)) {
		return
	}
	h.gateway.end(s, reasonNormal)
}

// create opens a connection.
func (h *handler) create(x *exchange) {
	id := x.query.get(fieldClientID)
	if s := x.connected(); s != nil {
		x.text(codes.BadRequest, alreadyConnected(s, id))
		return
	}
	switch {
	case len(id) == 0:
		x.text(codes.BadRequest, textNoClientID)
		return
	case !utf8.Valid(id):
		x.text(codes.BadRequest, textBadClientID)
		return
	case !x.mayReplace(h.gateway.registry.connection(id)):
		x.text(codes.BadRequest, textConnected)
		return
	}
	username, password := x.query.get(fieldUsername), x.query.get(fieldPassword)
	switch x.login(id, username, password) {
	case postponed:
	case busy:
		x.text(codes.BadRequest, textServerBusy)
	case refused:
		x.refuse(codes.BadRequest, textLoginFailed+x.refusal.String())
	default:
		if _, ok := h.mountOf(identity{string(id), string(username), x.Peer.Identity()}); !ok {
			x.text(codes.BadRequest, textBadClientID)
			return
		}
		if old := h.gateway.registry.connection(id); old != nil && x.mayReplace(old) {
			h.gateway.end(old, reasonDiscarded)
		}
		h.open(x, string(id), string(username))
	}
}

// isOf reports whether a peer may speak for the session: it proved to be the one that the session is of. Whoever proved
// nothing is told by the token alone.
func (s *session) isOf(conn *coap.Peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proved().SamePrincipal(conn.Identity())
}

// mayReplace reports whether a request may open a connection in place of one that lives under its client ID: over DTLS,
// as in EMQX, since a device that makes a handshake has lost what it knew of its session.
func (x *exchange) mayReplace(s *session) bool {
	return s == nil || x.Peer.Transport() == coap.DTLS && s.isOf(x.Peer)
}

// alreadyConnected says why an address with a session cannot open another one.
func alreadyConnected(s *session, id []byte) string {
	switch {
	case id == nil:
		return textBadQueries
	case s.who().clientID == string(id):
		return textConnected
	}
	return textRegistered + string(id)
}

// open makes the session of a client that was let in. A connectionless session at its address becomes this one, with
// what it observes.
func (h *handler) open(x *exchange, id, username string) {
	g := h.gateway
	s := x.local()
	if s == nil {
		s = h.newSession(ModeConnectionless, x.Received)
	}
	taken, full := g.registry.claim(s, id)
	switch {
	case taken:
		x.text(codes.BadRequest, textConnected)
		return
	case full:
		x.text(codes.BadRequest, textQuotaExceeded)
		return
	}
	token := newToken()
	s.mu.Lock()
	before := s.id
	s.mode, s.id, s.username, s.token, s.connected = ModeConnection, id, username, token, x.Received
	s.tokenSent, s.admission = x.Peer.Addr(), x.admission
	s.created.Store(true)
	ended, begun := s.ended, s.home != nil
	s.mu.Unlock()
	if ended { // its heartbeat ran out this very moment
		g.registry.remove(s, id)
		x.code(codes.ServiceUnavailable)
		return
	}
	if !begun {
		settle(x.Peer, s)
		g.wheel.add(s, g.heartbeat.period)
	}
	if !g.admits(s) { // something changed before it was listed
		g.end(s, reasonKicked)
		x.text(codes.BadRequest, textLoginFailed+access.NotAuthorized.String())
		return
	}
	g.log.Debug("client connected", "client", id, "was", before, "address", x.Peer.Addr(), "listener", h.listener)
	g.announceConnected(s, x.Peer.Addr())
	x.answer(func(w *coap.ResponseWriter) {
		w.SetCode(codes.Created)
		w.SetPayload(strconv.AppendUint(nil, uint64(token), 10))
	})
}

func (h *handler) newSession(mode Mode, at time.Time) *session {
	return &session{handler: h, mode: mode, connected: at, checked: at}
}

// newToken returns a random integer from 1 to 4294967295, as EMQX gives out.
func newToken() uint32 {
	for {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		if token := binary.BigEndian.Uint32(b[:]); token != 0 {
			return token
		}
	}
}

// move lets a session's client speak from another address: its observations go on there.
func (g *Gateway) move(s *session, to *coap.Peer) {
	s.mu.Lock()
	same := s.home != nil && s.home.conn == to
	s.mu.Unlock()
	if same {
		return
	}
	g.moving.Lock()
	defer g.moving.Unlock()
	s.mu.Lock()
	from, observes := s.home, len(s.observations) > 0
	s.mu.Unlock()
	if from == nil || from.conn == to {
		return
	}
	s.carry(from)
	before := settle(to, s)
	from.drop(s)
	if observes {
		from.conn.MoveTo(to)
	}
	if before != nil && before != s {
		g.absorb(s, before)
	}
	g.touch()
}

// absorb makes s the one session at an address where another one lived: a connectionless one hands on what it observes,
// a created one ends, as in EMQX.
func (g *Gateway) absorb(s, other *session) {
	if other.modeIs(ModeConnectionless) {
		other.mu.Lock()
		observations := other.observations
		other.observations = nil
		other.mu.Unlock()
		for _, o := range observations {
			if s.observation(o.form, o.mounted(), nil) != nil || !s.add(o) {
				g.stop(o)
			}
		}
	}
	g.end(other, reasonDiscarded)
}
