package coap

import (
	"net/netip"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

// dtlsSession is an established session of DTLS and the goroutine that reads it. Its messages are those of datagrams, with
// the message layer above them; what is peculiar to UDP, addresses that may be forged among that, they have not.
type dtlsSession struct {
	endpoint *Endpoint
	server   *dtlsServer
	conn     *dtls.Conn
	peer     *Peer
	reader   reader // its socket and batch are nil
}

func newDTLSSession(server *dtlsServer, conn *dtls.Conn) *dtlsSession {
	e := server.endpoint
	s := &dtlsSession{endpoint: e, server: server, conn: conn}
	s.peer = &Peer{endpoint: e, route: route{addr: conn.RemoteAddr(), local: conn.LocalAddr(), conn: s}}
	s.peer.lastSeen.Store(e.now())
	s.reader = reader{endpoint: e, m: incoming{options: make(message.Options, 0, 16)}}
	return s
}

func (s *dtlsSession) transport() Transport      { return DTLS }
func (s *dtlsSession) of() *Peer                 { return s.peer }
func (s *dtlsSession) remote() netip.AddrPort    { return s.conn.RemoteAddr() }
func (s *dtlsSession) identity() secure.Identity { return s.conn.Identity() }
func (s *dtlsSession) end()                      { _ = s.conn.Close() }
func (s *dtlsSession) roomy() bool               { return true }
func (s *dtlsSession) answered()                 {}
func (s *dtlsSession) takes() taken              { return taken{} }

// encode leaves out what no record holds (RFC 6347, section 4.1).
func (s *dtlsSession) encode(m *outgoing) []byte {
	b := m.append(make([]byte, 0, headerSize+len(m.token)+64+len(m.payload)))
	if len(b) >= dtls.MaxMessage {
		return nil
	}
	return b
}

// write sends one record. What the system does not take is lost as a datagram may be.
func (s *dtlsSession) write(data []byte) {
	if _, err := s.conn.Write(data); err != nil {
		s.endpoint.stats.dropped.Add(1)
	}
}

// serve reads the session until it ends.
func (s *dtlsSession) serve() {
	defer s.ended()
	buffer := make([]byte, dtls.MaxMessage)
	for {
		n, err := s.conn.Read(buffer)
		if err != nil {
			return
		}
		s.reader.now = time.Now()
		s.reader.arrived(&s.peer.route, buffer[:n])
	}
}

// ended gives everything back: the relations of the peer end, and the handler is told.
func (s *dtlsSession) ended() {
	_ = s.conn.Close()
	s.server.forget(s)
	s.peer.leave()
	s.endpoint.readers.Done()
}

// sweep forgets what is too old, and reports whether the session is to be closed: nothing is kept of it, and it has been
// silent for too long.
func (s *dtlsSession) sweep(now int64) (idle bool) {
	p, c := s.peer, &s.endpoint.config.DTLS
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exchanges.expire(&s.endpoint.exchangeMemory, now)
	p.transfers.expire(s.endpoint, now)
	timeout := c.IdleTimeout
	if p.in.Load() == 0 {
		timeout = c.UnusedTimeout
	}
	return now-p.lastSeen.Load() > int64(timeout) && p.data.Load() == nil && p.unoccupied()
}

// dispensable reports whether the session may give way to another one.
func (s *dtlsSession) dispensable() bool {
	s.peer.mu.Lock()
	defer s.peer.mu.Unlock()
	return s.peer.unoccupied() && s.peer.yields()
}
