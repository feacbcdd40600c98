package gateway

import (
	"errors"
	"math"
	"net/netip"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// Client is one session now.
type Client struct {
	Key             string // unique among the clients, and stable
	ID              string // the address when the client gave none
	Username        string
	Addr            netip.AddrPort // where it was heard last
	Identity        secure.Identity
	Listener        string // URL
	Mode            Mode
	Connected       time.Time
	LastSeen        time.Time
	Heartbeat       time.Duration // 0: none is expected
	Late            bool          // silent for longer than its heartbeat
	In, Out         uint64        // datagrams
	Retransmissions uint64
	RoundTrip       time.Duration // smoothed; 0: not known
	Observes        int
	Publishes       []string // topics it published to, newest first, at most 8
}

// Observer is one observation now.
type Observer struct {
	ID        uint64
	Client    string // Client.ID
	ClientKey string // Client.Key
	Addr      netip.AddrPort
	Listener  string
	Filter    string // without mountpoint
	Token     []byte
	Dialect   settings.Dialect // of the request: emqx5, emqx4 or ietf
	coap.RelationStats
	Value      []byte // payload of the last notification, not to be modified; nil: none yet
	ValueTopic string // without mountpoint
	ValueAt    time.Time
	// ValueFormat is the Content-Format that the value was declared in, whether the observer was told or not; -1: none.
	ValueFormat int
}

// Resource is one entry of the table that emqx4 keeps.
type Resource struct {
	Topic         string // with mountpoint
	Payload       []byte // not to be modified
	ContentFormat uint16 // 0: none was told, or text/plain
	MaxAge        time.Duration
	At            time.Time
	Expired       bool // readers get an empty payload
}

// Clients returns all sessions, in no order.
func (g *Gateway) Clients() []Client {
	sessions := g.registry.snapshot()
	now := time.Now()
	clients := make([]Client, 0, len(sessions))
	for _, s := range sessions {
		if c, ok := s.client(now); ok {
			clients = append(clients, c)
		}
	}
	return clients
}

// client describes a session, unless it has ended.
func (s *session) client(now time.Time) (Client, bool) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return Client{}, false
	}
	c := Client{
		Key: s.key(), ID: s.name(), Username: s.username, Listener: s.handler.listener, Mode: s.mode,
		Connected: s.connected, LastSeen: s.lastSeen(), Observes: len(s.observations),
		Publishes: make([]string, len(s.published)),
	}
	for i := range s.published {
		c.Publishes[i] = s.published[i].topic
	}
	var few [1]*peer
	peers := s.appendPeers(few[:0])
	total := s.past
	s.mu.Unlock()

	if c.Mode != ModeQuery {
		c.Heartbeat = s.handler.gateway.heartbeat.interval
		c.Late = c.Heartbeat > 0 && now.Sub(c.LastSeen) > c.Heartbeat
	}
	for _, p := range peers {
		if !c.Addr.IsValid() || p.conn.LastSeen().Equal(c.LastSeen) {
			c.Addr, c.Identity = p.conn.Addr(), p.conn.Identity()
		}
		stats := p.conn.Stats()
		total.add(p.tally(stats))
		if c.RoundTrip == 0 {
			c.RoundTrip = stats.RoundTrip
		}
	}
	c.In, c.Out, c.Retransmissions = total.in, total.out, total.retransmissions
	return c, true
}

// key names a session. Its lock is held.
func (s *session) key() string {
	switch s.mode {
	case ModeConnection:
		return "connection/" + s.id
	case ModeQuery:
		return "query/" + s.id
	}
	address := ""
	if s.home != nil {
		address = s.home.address
	}
	return "address/" + s.handler.listener + "/" + address
}

// Observers returns all observations, in no order.
func (g *Gateway) Observers() []Observer {
	var observers []Observer
	for _, s := range g.registry.snapshot() {
		s.mu.Lock()
		if len(s.observations) == 0 {
			s.mu.Unlock()
			continue
		}
		observations := append([]*observation(nil), s.observations...)
		id, key := s.name(), s.key()
		s.mu.Unlock()
		for _, o := range observations {
			observers = append(observers, o.describe(id, key))
		}
	}
	return observers
}

func (o *observation) describe(client, key string) Observer {
	d := Observer{
		ID: o.id, Client: client, ClientKey: key, Listener: o.handler.listener, Filter: o.filter(),
		Dialect: settings.DialectEMQX5, ValueFormat: noFormat,
	}
	switch {
	case o.form.emqx4():
		d.Dialect = settings.DialectEMQX4
	case o.form == formTopicData:
		d.Dialect = settings.DialectIETF
	}
	if rel := o.relation.Load(); rel != nil {
		d.Addr, d.Token, d.RelationStats = rel.Peer().Addr(), rel.Token(), rel.Stats()
	}
	if v := o.last.Load(); v != nil {
		d.Value, d.ValueAt, d.ValueTopic, d.ValueFormat = v.payload, v.at, v.topic, int(v.format)
		if int(o.mount) <= len(v.topic) {
			d.ValueTopic = v.topic[o.mount:]
		}
	}
	return d
}

// Resources returns all resources by topic.
func (g *Gateway) Resources() []Resource {
	now := time.Now()
	list := g.resources.snapshot()
	resources := make([]Resource, len(list))
	for i := range list {
		resources[i] = list[i].describe(now)
	}
	return resources
}

// Resource returns the resource of a topic.
func (g *Gateway) Resource(topic string) (Resource, bool) {
	r, ok := g.resources.get(topic)
	return r.describe(time.Now()), ok
}

func (r *resource) describe(now time.Time) Resource {
	_, fresh := r.remaining(now)
	return Resource{
		Topic: r.topic, Payload: r.payload, ContentFormat: r.format, MaxAge: time.Duration(r.maxAge) * time.Second,
		At: r.at, Expired: !fresh,
	}
}

// errResourcesFull says that a bound of the table of resources was reached.
var errResourcesFull = errors.New("the table of resources is full")

// PutResource makes or replaces a resource; it returns when that is on disk. Nothing is published. Payload is kept.
func (g *Gateway) PutResource(r Resource) error {
	done := make(chan error, 1)
	kept := resource{
		topic: r.Topic, payload: r.Payload, format: r.ContentFormat, at: r.At,
		maxAge: uint32(min(r.MaxAge/time.Second, math.MaxUint32)),
	}
	if g.resources.put(kept, func(err error) { done <- err }) {
		return errResourcesFull
	}
	g.touch()
	return <-done
}

// DeleteResource deletes one resource, from disk in the background. It reports whether there was one.
func (g *Gateway) DeleteResource(topic string) bool {
	removed := g.resources.remove(topic, false, func(err error) {
		if err != nil {
			g.log.Error("a resource cannot be deleted", "topic", topic, "error", err)
		}
	})
	g.touch()
	return len(removed) > 0
}

// Disconnect ends the session with that Client.Key, and its connections over DTLS, TCP and WebSocket. Nothing else is told
// to the client. It reports whether there was one.
func (g *Gateway) Disconnect(key string) bool {
	for _, s := range g.registry.snapshot() {
		s.mu.Lock()
		same, peers := s.key() == key, s.appendPeers(nil)
		s.mu.Unlock()
		if !same || !g.end(s, reasonKicked) {
			continue
		}
		for _, p := range peers {
			p.conn.End()
		}
		return true
	}
	return false
}

// EndConnections ends the created connections that live at the peers that which selects, whether or not those have been
// closed, and returns how many there were. Nothing is sent to the clients.
func (g *Gateway) EndConnections(which func(*coap.Peer) bool) int {
	ended := 0
	for _, s := range g.registry.snapshot() {
		s.mu.Lock()
		home, created := s.home, s.mode == ModeConnection
		s.mu.Unlock()
		if created && home != nil && which(home.conn) && g.end(s, reasonKicked) {
			ended++
		}
	}
	return ended
}

// EndObservation ends the observation with that Observer.ID. Its observer gets a last notification, 5.03 (RFC 7641, section
// 4.2): it may ask again. It reports whether there was one.
func (g *Gateway) EndObservation(id uint64) bool {
	for _, s := range g.registry.snapshot() {
		s.mu.Lock()
		var found *observation
		for _, o := range s.observations {
			if o.id == id {
				found = o
			}
		}
		s.mu.Unlock()
		if found != nil {
			found.finish(codes.ServiceUnavailable)
			return true
		}
	}
	return false
}

// ClientID returns the ID of the client that speaks from a peer, given the peer's Data; empty if none is known.
func (g *Gateway) ClientID(peerData any) string {
	p, ok := peerData.(*peer)
	if !ok {
		return ""
	}
	for _, s := range [...]*session{p.session.Load(), p.query.Load()} {
		if s != nil {
			return s.who().clientID
		}
	}
	return ""
}
