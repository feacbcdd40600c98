package broker

import (
	"slices"
	"strings"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// sessions knows which connection has which client ID. mochi's own take-over lets the old connection's last steps run
// beside the new one's first, where they delete the new session; so a new connection waits here until nothing of the old
// one is left.
type sessions struct {
	mu   sync.Mutex
	byID map[string]*conn
}

// claim gives a client ID to c and returns who had it.
func (s *sessions) claim(id string, c *conn) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.byID[id]
	s.byID[id] = c
	return before
}

func (s *sessions) release(id string, c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[id] == c {
		delete(s.byID, id)
	}
}

// established returns the connections whose CONNECT was accepted.
func (s *sessions) established() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	conns := make([]*conn, 0, len(s.byID))
	for _, c := range s.byID {
		if c.established.Load() {
			conns = append(conns, c)
		}
	}
	return conns
}

func (s *sessions) len() int {
	return len(s.established())
}

// takeOver makes c the connection of its client ID and ends the one before (MQTT 5, section 3.1.4).
func (e *Embedded) takeOver(c *conn) {
	if before := e.sessions.claim(c.clientID(), c); before != nil && before != c {
		before.end(packets.ErrSessionTakenOver)
		<-before.done
	}
}

// release removes what mochi leaves behind: the session of a connection that ended in a panic or before its CONNACK was
// written.
func (e *Embedded) release(c *conn) {
	cl := c.client.Load()
	if cl == nil {
		return
	}
	c.established.Store(false)
	cl.Stop(nil)
	if held, ok := e.server.Clients.Get(cl.ID); ok && held == cl && endsWithConnection(cl) {
		cl.ClearInflights()
		e.server.UnsubscribeClient(cl)
		e.server.Clients.Delete(cl.ID)
	}
	e.sessions.release(cl.ID, c)
	e.routes.changed()
}

// endsWithConnection reports whether the client wants no session to be kept.
func endsWithConnection(cl *mqtt.Client) bool {
	if cl.Properties.ProtocolVersion >= 5 {
		return cl.Properties.Props.SessionExpiryInterval == 0
	}
	return cl.Properties.Clean
}

// Clients implements Broker: the connected clients, by ID.
func (e *Embedded) Clients() []Client {
	conns := e.sessions.established()
	clients := make([]Client, 0, len(conns))
	for _, c := range conns {
		cl := c.client.Load()
		var filters []string
		for filter := range cl.State.Subscriptions.GetAll() {
			filters = append(filters, filter)
		}
		slices.Sort(filters)
		clients = append(clients, Client{
			ID:        cl.ID,
			Username:  c.username,
			Addr:      c.addr,
			Listener:  c.listener.url,
			Identity:  c.identity,
			Version:   cl.Properties.ProtocolVersion,
			Connected: c.connected,
			LastSeen:  time.Unix(0, c.lastSeen.Load()),
			KeepAlive: time.Duration(cl.State.Keepalive) * time.Second,
			In:        c.in.Load(),
			Out:       c.out.Load(),
			Filters:   filters,
		})
	}
	slices.SortFunc(clients, func(a, b Client) int { return strings.Compare(a.ID, b.ID) })
	return clients
}

// Disconnect implements Broker. An MQTT 5 client is told "administrative action"; its will is sent.
func (e *Embedded) Disconnect(clientID string) bool {
	for _, c := range e.sessions.established() {
		if c.clientID() == clientID {
			c.end(packets.ErrAdministrativeAction)
			return true
		}
	}
	return false
}

// DisconnectRevoked ends all connections of whom TLSOptions.Revoked of their listener says so, at once, and returns how
// many there were. An MQTT 5 client is told "not authorized"; wills are sent.
func (e *Embedded) DisconnectRevoked() int {
	return e.endAll(packets.ErrNotAuthorized, (*conn).revoked)
}
