package coap

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
)

// ListenTCP binds host:port (port 0: a free one) for CoAP over TCP (RFC 8323) and serves until Close is called or ctx
// ends. host may be a name, an address, or empty for all addresses of both families. The error of a taken port wraps the
// system's.
func ListenTCP(ctx context.Context, hostport string, c Config) (*Endpoint, error) {
	return listenStream(ctx, TCP, hostport, c)
}

// ListenWebSocket is ListenTCP for CoAP over WebSockets (RFC 8323, section 4), at the path /.well-known/coap.
func ListenWebSocket(ctx context.Context, hostport string, c Config) (*Endpoint, error) {
	return listenStream(ctx, WebSocket, hostport, c)
}

func listenStream(ctx context.Context, transport Transport, hostport string, c Config) (*Endpoint, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	bound, err := net.Listen(streamNetwork(hostport), hostport)
	if err != nil {
		return nil, mistakes.Errorf("bind %s: %w", hostport, err)
	}
	e := newEndpoint(c, nil)
	e.streams = &streamServer{endpoint: e, transport: transport, streams: make(map[*stream]struct{})}
	e.streams.listener = &streamListener{Listener: bound, server: e.streams}
	serve := e.streams.accept
	if transport == WebSocket {
		e.streams.http = e.streams.webSocketServer()
		serve = e.streams.serveHTTP
	}
	e.readers.Go(serve)
	e.closeAfter(ctx)
	return e, nil
}

// streamNetwork keeps a wildcard of one family from taking connections of the other, as net does when it may choose.
// Without a host both are meant.
func streamNetwork(hostport string) string {
	addr, err := netip.ParseAddrPort(hostport)
	switch {
	case err != nil:
		return "tcp"
	case addr.Addr().Is4():
		return "tcp4"
	}
	return "tcp6"
}

// streamServer holds the connections of an endpoint.
type streamServer struct {
	endpoint  *Endpoint
	transport Transport
	listener  *streamListener
	http      *http.Server // WebSocket only
	count     atomic.Int64 // of connections, those that are not streams yet included
	receiving atomic.Int64 // bytes kept of long messages that are not complete

	mu      sync.Mutex
	closed  bool
	streams map[*stream]struct{}
}

// accept serves TCP connections until the listener is closed.
func (v *streamServer) accept() {
	for {
		conn, err := v.listener.Accept()
		if err != nil {
			return
		}
		go v.serve(conn.(*streamConn), func(s *stream) framing {
			return &streamFraming{conn: s.conn, buffer: v.buffer(), longest: v.endpoint.config.Stream.MaxMessageSize}
		})
	}
}

func (v *streamServer) buffer() receiveBuffer {
	return receiveBuffer{all: &v.receiving, most: v.endpoint.config.Limits.TransferBytes}
}

// serve runs one connection until it ends.
func (v *streamServer) serve(conn *streamConn, framing func(*stream) framing) {
	s := newStream(v, conn)
	s.framing = framing(s)
	v.mu.Lock()
	if v.closed {
		v.mu.Unlock()
		_ = conn.Close()
		return
	}
	v.streams[s] = struct{}{}
	v.endpoint.readers.Add(1)
	v.mu.Unlock()
	s.serve()
}

func (v *streamServer) snapshot() []*stream {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Collect(maps.Keys(v.streams))
}

func (v *streamServer) forget(s *stream) {
	v.mu.Lock()
	delete(v.streams, s)
	v.mu.Unlock()
	v.endpoint.readers.Done()
}

// close stops listening and releases every connection; they end soon.
func (v *streamServer) close() error {
	err := v.listener.Close()
	if v.http != nil {
		_ = v.http.Close() // what has not become a WebSocket
	}
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	for _, s := range v.snapshot() {
		s.release()
		_ = s.conn.SetReadDeadline(time.Now().Add(lingerTimeout))
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return mistakes.Errorf("close listener: %w", err)
	}
	return nil
}

// streamListener counts connections and bounds them.
type streamListener struct {
	net.Listener
	server *streamServer
}

// Accept returns a *streamConn; the error is net.ErrClosed.
func (l *streamListener) Accept() (net.Conn, error) {
	const longest = time.Second
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, longest) {
		conn, err := l.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		if err != nil { // out of file descriptors, most likely: others will be given back
			time.Sleep(pause)
			continue
		}
		c := &streamConn{Conn: conn, server: l.server, closed: make(chan struct{})}
		c.read.Store(l.server.endpoint.now())
		c.patience.Store(int64(l.server.endpoint.config.Stream.WriteTimeout))
		l.server.count.Add(1)
		if l.admits(c) {
			return c, nil
		}
		_ = c.Close()
	}
}

// admits reports whether a connection is served; who may speak but cannot be served now is told why.
func (l *streamListener) admits(c *streamConn) bool {
	e := l.server.endpoint
	a := &e.config.Admission
	why := ""
	switch {
	case !e.admitsAddr(c.remote().Addr()):
		return false
	case l.server.count.Load() > int64(e.config.Stream.MaxConnections):
		e.reach(boundPeers)
		why = "there are too many connections"
	case a.MaxNewPeersPerSecond > 0 && e.newPeers.take(e.now(), a.MaxNewPeersPerSecond, time.Second) > 0:
		e.reach(boundNewPeers)
		why = "there are too many new connections"
	default:
		return true
	}
	e.stats.refused.Add(1)
	if l.server.transport == TCP {
		c.refuse(why)
	}
	return false
}

// streamConn is a connection whose client must take what is written, a piece at a time.
type streamConn struct {
	net.Conn
	server   *streamServer
	patience atomic.Int64 // nanoseconds that a piece may take
	read     atomic.Int64 // when bytes came last, nanoseconds since the endpoint began
	once     sync.Once
	closed   chan struct{}
}

// piece is how many bytes a client must take within the write timeout.
const piece = 64 << 10

func (c *streamConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.read.Store(c.server.endpoint.now())
	}
	return n, err
}

func (c *streamConn) Write(b []byte) (written int, err error) {
	for written < len(b) {
		if err := c.Conn.SetWriteDeadline(time.Now().Add(time.Duration(c.patience.Load()))); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(b[written:min(written+piece, len(b))])
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// hurry leaves the client no more than d for what is being written, and for each piece that follows.
func (c *streamConn) hurry(d time.Duration) {
	d = min(d, time.Duration(c.patience.Load()))
	c.patience.Store(int64(d))
	_ = c.Conn.SetWriteDeadline(time.Now().Add(d))
}

// refuse tells a client why it is not served, if the system takes that at once.
func (c *streamConn) refuse(why string) {
	csm := outgoing{code: codes.CSM}
	abort := outgoing{code: codes.Abort, payload: []byte(why)}
	c.hurry(time.Millisecond)
	_, _ = c.Conn.Write(append(csm.frame(false), abort.frame(false)...))
}

func (c *streamConn) closeWrite() {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

func (c *streamConn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// Close may be called more than once.
func (c *streamConn) Close() (err error) {
	c.once.Do(func() {
		close(c.closed)
		err = c.Conn.Close()
		c.server.count.Add(-1)
	})
	return err
}

func (c *streamConn) remote() netip.AddrPort { return tcpAddr(c.RemoteAddr()) }
func (c *streamConn) local() netip.Addr      { return tcpAddr(c.LocalAddr()).Addr() }

func tcpAddr(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return unmap(tcp.AddrPort())
	}
	return netip.AddrPort{}
}
