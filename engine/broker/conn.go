package broker

import (
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/secure"
)

const (
	connectTimeout = 10 * time.Second // for a connection that has not sent CONNECT
	writeTimeout   = 10 * time.Second // a client that takes nothing for so long is gone
	endTimeout     = 250 * time.Millisecond
)

// conn stands between a client's stream and mochi. mochi reads from one goroutine and writes under one lock.
type conn struct {
	net.Conn
	broker    *Embedded
	listener  *Listener
	peer      netip.AddrPort
	addr      string
	identity  secure.Identity
	connected time.Time
	done      chan struct{} // closed when nothing of the connection is left

	frames  frames
	failed  error // what the frames refused
	version atomic.Uint32

	writeMu sync.Mutex // the notice of a malformed packet is ours, all else is mochi's
	ending  atomic.Bool

	client      atomic.Pointer[mqtt.Client] // set once it is authenticated
	username    string                      // set before client
	stays       func() bool                 // set before client; nil: always
	established atomic.Bool
	refused     atomic.Bool   // and told why
	keeping     chan struct{} // a slot for each retained QoS 0 message on its way to disk

	window     window
	deliveries deliveries
	existed    []bool       // which filters of the SUBSCRIBE at work were subscribed to before
	sequence   atomic.Int64 // of QoS 1 and 2 messages to the client

	lastSeen atomic.Int64 // nanoseconds since 1970
	in, out  atomic.Uint64
}

func (e *Embedded) newConn(stream net.Conn, l *Listener) *conn {
	now := time.Now()
	c := &conn{
		Conn:      stream,
		broker:    e,
		listener:  l,
		addr:      stream.RemoteAddr().String(),
		identity:  identityOf(stream),
		connected: now,
		done:      make(chan struct{}),
		keeping:   make(chan struct{}, retainedPending),
	}
	c.peer, _ = netip.ParseAddrPort(c.addr)
	c.frames.maximum = e.maxPacket
	c.frames.done = c.received
	c.deliveries.init()
	c.lastSeen.Store(now.UnixNano())
	return c
}

// serve runs one client until it is gone. A panic of mochi ends this client and nothing else.
func (e *Embedded) serve(stream net.Conn, l *Listener) {
	c := e.newConn(stream, l)
	if !e.track(c) {
		_ = stream.Close()
		return
	}
	defer e.untrack(c)
	defer close(c.done)
	defer e.release(c)
	defer c.deliveries.stop()
	defer func() {
		_ = stream.Close()
		if p := recover(); p != nil {
			e.log.Error("an MQTT client was ended by a panic", "client", c.clientID(), "peer", c.addr, "panic", p,
				"stack", string(debug.Stack()))
		}
	}()
	if c.revoked() {
		e.log.Info("an MQTT client was refused: its certificate is revoked", "identity", c.identity, "peer", c.addr)
		return
	}
	_ = stream.SetReadDeadline(time.Now().Add(connectTimeout))
	err := e.server.EstablishConnection(l.url, c)
	e.log.Debug("MQTT client disconnected", "client", c.clientID(), "peer", c.addr, "listener", l.url, "error", err)
}

// revoked reports whether the client has to go. It is asked once when DisconnectRevoked would already find the connection.
func (c *conn) revoked() bool {
	s := c.listener.security
	return s != nil && s.Revoked != nil && s.Revoked(c.identity)
}

// track notes a connection, unless the broker or its listener is closing.
func (e *Embedded) track(c *conn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() || c.listener.closed {
		return false
	}
	e.conns[c] = struct{}{}
	c.listener.clients.Add(1)
	e.running.Add(1)
	return true
}

func (e *Embedded) untrack(c *conn) {
	e.mu.Lock()
	delete(e.conns, c)
	e.mu.Unlock()
	c.listener.clients.Done()
	e.running.Done()
}

// endAll ends the connections that which selects and returns how many.
func (e *Embedded) endAll(reason packets.Code, which func(*conn) bool) int {
	return e.endEach(func(c *conn) packets.Code {
		if which(c) {
			return reason
		}
		return packets.Code{}
	})
}

// endEach ends the connections for which why has a reason, whose Code is not 0, and returns how many.
func (e *Embedded) endEach(why func(*conn) packets.Code) int {
	reasons := make(map[*conn]packets.Code)
	e.mu.Lock()
	for c := range e.conns {
		if reason := why(c); reason.Code != 0 {
			reasons[c] = reason
		}
	}
	e.mu.Unlock()
	var ended sync.WaitGroup
	for c, reason := range reasons { // side by side: each may wait for a client that does not read
		ended.Go(func() { c.end(reason) })
	}
	ended.Wait()
	return len(reasons)
}

// end tells an MQTT 5 client why and closes the connection. It waits at most endTimeout for the client to take that.
func (c *conn) end(reason packets.Code) {
	c.ending.Store(true)
	_ = c.Conn.SetWriteDeadline(time.Now().Add(endTimeout))
	if cl := c.client.Load(); cl != nil {
		_ = c.broker.server.DisconnectClient(cl, reason)
	}
	_ = c.Conn.Close()
}

func (c *conn) clientID() string {
	if cl := c.client.Load(); cl != nil {
		return cl.ID
	}
	return ""
}

// Read passes on what the client sends. It is called by one goroutine.
func (c *conn) Read(p []byte) (int, error) {
	if c.failed != nil {
		return 0, c.failed
	}
	tapped := c.broker.tap.Load() != nil
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.lastSeen.Store(time.Now().UnixNano())
		pass, refused := c.frames.feed(p[:n], tapped)
		if refused != nil {
			if tapped && c.frames.have > 0 { // not shown as a whole packet
				c.show(p[pass:n], false, c.clientID())
			}
			c.refuse(refused)
			if pass == 0 {
				return 0, refused
			}
			return pass, nil
		}
	}
	if err != nil && tapped {
		if rest := c.frames.rest(); len(rest) > 0 {
			c.show(rest, false, c.clientID())
		}
	}
	return n, err
}

// refuse ends what can be read of a client that sent a malformed packet.
func (c *conn) refuse(reason error) {
	c.failed = reason
	c.broker.log.Info("an MQTT client sent a malformed packet", "client", c.clientID(), "peer", c.addr, "error", reason)
	c.tell(packets.ErrMalformedPacket)
}

// tell sends an MQTT 5 client a DISCONNECT (section 4.13.1). Other than mochi's own way to end a client it leaves it to
// the next read to find the connection closed, so that the will is sent.
func (c *conn) tell(reason packets.Code) {
	if c.version.Load() >= 5 && c.client.Load() != nil {
		_, _ = c.Write([]byte{packets.Disconnect << 4, 2, reason.Code, 0})
	}
}

// received is called by frames for each packet; only a whole one is shown.
func (c *conn) received(packet []byte, whole bool) {
	c.in.Add(1)
	id := c.clientID()
	switch packet[0] >> 4 {
	case packets.Publish:
		c.broker.in.Add(1)
	case packets.Connect:
		if _, n, err := variableByteInteger(packet[1:]); whole && err == nil && c.version.Load() == 0 {
			c.version.Store(uint32(connectVersion(packet[1+n:])))
		}
	}
	defer c.release(packet)
	if c.broker.tap.Load() == nil {
		return
	}
	if id == "" && whole && packet[0]>>4 == packets.Connect {
		id = connectClientID(packet)
	}
	c.show(packet, false, id)
}

// release sends what was held back until the client acknowledged something. It is called by the reader.
func (c *conn) release(packet []byte) {
	c.frames.acks = c.window.maximum > 0
	_, n, err := variableByteInteger(packet[1:])
	if err != nil {
		return
	}
	if next := c.window.acknowledged(packet, 1+n); next != nil {
		c.sending(next)
		_, _ = c.write(next) // the next read finds out if it failed
	}
}

func (c *conn) show(packet []byte, outgoing bool, id string) {
	if fn := c.broker.tap.Load(); fn != nil {
		(*fn)(&Packet{
			At: time.Now(), Outgoing: outgoing, Peer: c.peer, Client: id, Listener: c.listener.url, Data: packet,
		})
	}
}

// Write passes on what mochi sends: one or more whole packets. They are counted and shown before they are on the wire,
// or the client's answer could be seen first.
func (c *conn) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0]>>4 == packets.Disconnect && c.version.Load() < 5 {
		return len(p), nil // MQTT 3.1.1 has no DISCONNECT from the server; closing is all there is
	}
	if len(p) > 0 && p[0]>>4 == packets.Connack && c.refused.Load() {
		return len(p), nil
	}
	pass := c.window.filter(p)
	if len(pass) == 0 {
		return len(p), nil
	}
	c.sending(pass)
	if n, err := c.write(pass); err != nil {
		return n, err
	}
	return len(p), nil
}

// sending counts and shows packets.
func (c *conn) sending(p []byte) {
	eachPacket(p, func(packet []byte, header int) {
		c.out.Add(1)
		switch packet[0] >> 4 {
		case packets.Publish:
			if !publishesSys(packet[header:]) {
				c.broker.out.Add(1)
			}
		case packets.Suback:
			c.sendRetained()
		}
		if c.broker.tap.Load() != nil {
			c.show(packet, true, c.clientID())
		}
	})
}

func (c *conn) write(p []byte) (int, error) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	timeout := writeTimeout
	if c.ending.Load() {
		timeout = endTimeout
	}
	if err := c.Conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if err != nil {
		_ = c.Conn.Close() // in the middle of a packet, perhaps; the next read finds it closed, so that the will is sent
	}
	return n, err
}

// SetDeadline is how mochi sets the keep alive. It concerns what is read: a client without keep alive must not be able
// to hold a writer for ever.
func (c *conn) SetDeadline(t time.Time) error {
	return c.Conn.SetReadDeadline(t)
}

func publishesSys(body []byte) bool {
	return len(body) >= 6 && isSys(string(body[2:6]))
}
