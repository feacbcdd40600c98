package gateway

import (
	"crypto/subtle"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/coap"
	"sluice/engine/secure"
)

// Bounds of one session.
const (
	maxPublished  = 8   // topics remembered as published to
	maxRemembered = 512 // bytes of a topic that is remembered
)

// Mode says how a client is known.
type Mode string

// Modes.
const (
	ModeConnection     Mode = "connection"     // created at /mqtt/connection, known by client ID and token
	ModeConnectionless Mode = "connectionless" // known by its address
	ModeQuery          Mode = "query"          // EMQX 4: client ID, username and password in every request
)

// identity is who a request speaks for.
type identity struct {
	clientID, username string
	proved             secure.Identity // in the handshake of the peer
}

// session is one client.
type session struct {
	handler  *handler
	position int         // in registry.all, plus one; belongs to the registry's lock
	created  atomic.Bool // mode is ModeConnection

	mu           sync.Mutex
	mode         Mode
	ended        bool
	id           string // as the client gave it; empty: it gave none
	username     string
	admission    admitted // how it was let in, unless it is connectionless
	connected    time.Time
	token        uint32         // connection mode
	tokenSent    netip.AddrPort // to where
	secret       digest         // query mode
	home         *peer          // where the client spoke from last; nil: nowhere any more
	others       []*peer        // of query mode, where several addresses share a session
	past         tally          // at addresses it left
	observations []*observation
	published    []publishedTopic // newest first
	idle         time.Duration    // sum of the consecutive checks that found no datagram
	checked      time.Time        // the last check
}

// publishedTopic is a topic a client published to, without and with its mountpoint.
type publishedTopic struct {
	topic, mounted string
}

// tokenIs reports whether text is the session's token, in the form it was given out.
func (s *session) tokenIs(text []byte) bool {
	s.mu.Lock()
	token := s.token
	s.mu.Unlock()
	var buf [10]byte
	return token != 0 && subtle.ConstantTimeCompare(strconv.AppendUint(buf[:0], uint64(token), 10), text) == 1
}

// tokenWasSentTo reports whether an address was sent the token, and so shows by giving it that it receives what is sent
// to it. From another address the token says who speaks, but not that they are there.
func (s *session) tokenWasSentTo(addr netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokenSent == addr
}

// who is the session's own identity.
func (s *session) who() identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return identity{s.name(), s.username, s.proved()}
}

// proved is what the client proved where it spoke last, be that connection closed. The session's lock is held.
func (s *session) proved() secure.Identity {
	if s.home == nil {
		return secure.Identity{}
	}
	return s.home.conn.Identity()
}

// name is the client ID or, for a client that gave none, its address. The session's lock is held.
func (s *session) name() string {
	if s.id == "" && s.home != nil {
		return s.home.address
	}
	return s.id
}

// remember returns the topic, and the topic under its mountpoint, as strings; those of topics the client published to
// lately without making new ones.
func (s *session) remember(topic []byte, mount string) (name, mounted string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.published {
		e := s.published[i]
		if e.topic != string(topic) || len(e.mounted) != len(mount)+len(topic) || !strings.HasPrefix(e.mounted, mount) {
			continue
		}
		if i > 0 {
			copy(s.published[1:i+1], s.published[:i])
			s.published[0] = e
		}
		return e.topic, e.mounted
	}
	name = string(topic)
	mounted = name
	if mount != "" {
		mounted = mount + name
	}
	if len(mounted) <= maxRemembered {
		if len(s.published) == maxPublished {
			s.published = s.published[:maxPublished-1]
		}
		s.published = slices.Insert(s.published, 0, publishedTopic{name, mounted})
	}
	return name, mounted
}

// observation returns the session's observation of a filter, with mountpoint, in the given form; at limits it to one peer
// unless nil.
func (s *session) observation(f form, mounted string, at *coap.Peer) *observation {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.observations {
		if o.form.sameUnsubscribe(f) && o.mounted() == mounted && (at == nil || o.peer() == at) {
			return o
		}
	}
	return nil
}

// room reports whether the session may begin another observation.
func (s *session) room() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.handler.gateway
	if len(s.observations) >= g.settings.Limits.MaxObserversPerSession {
		g.reached.observations.Note()
		return false
	}
	return !s.ended
}

// add makes o the session's; not if either has ended meanwhile.
func (s *session) add(o *observation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || o.ended.Load() {
		return false
	}
	o.session.Store(s)
	s.observations = append(s.observations, o)
	return true
}

func (s *session) remove(o *observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.observations, o); i >= 0 {
		s.observations = slices.Delete(s.observations, i, i+1)
		if len(s.observations) == 0 {
			s.observations = nil
		}
	}
}

// appendPeers appends all peers of the session, whose lock is held.
func (s *session) appendPeers(to []*peer) []*peer {
	if s.home != nil {
		to = append(to, s.home)
	}
	return append(to, s.others...)
}

// lastSeen is when one of the session's peers was last heard. The session's lock is held.
func (s *session) lastSeen() time.Time {
	last := s.connected
	if s.home != nil {
		last = latest(last, s.home.conn.LastSeen())
	}
	for _, p := range s.others {
		last = latest(last, p.conn.LastSeen())
	}
	return last
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
