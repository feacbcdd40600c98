package coap

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config configures an Endpoint. A zero number means its default.
type Config struct {
	Handler Handler
	// DisableBlockwise makes Block options be ignored and payloads be sent whole.
	DisableBlockwise bool
	// MaxBlockSize is 16, 32, 64, 128, 256, 512 or 1024 (the default) bytes.
	MaxBlockSize int
	// MaxBodySize bounds a request body that comes in blocks, in bytes; 4 MiB.
	MaxBodySize int64
	// ExchangeLifetime is how long an unfinished block-wise transfer is kept; 247 s.
	ExchangeLifetime time.Duration
	// FinalBlock1 repeats the Block1 option in the answer to the last block (RFC 7959, section 2.3). EMQX does not.
	FinalBlock1 bool
	// ZeroAsByte writes uint options of value 0 as one zero byte, as EMQX does.
	ZeroAsByte bool
	// Multicast names the network interfaces on which the groups of All CoAP Nodes (RFC 7252, section 8) are joined:
	// 224.0.1.187, ff02::fd and ff05::fd, on the endpoint's port. "*" is all that are up and know multicast, but not
	// loopback. Streams have none.
	Multicast []string
	// Leisure is within which time a request that came by multicast is answered; 5 s.
	Leisure time.Duration
	// VerifyAddresses bounds what is sent to an address that may be forged.
	VerifyAddresses Verification
	// DisableExtensions leaves out what EMQX does not know: No-Response (RFC 7967), Size2, and of RFC 7959 that a body may
	// begin in larger blocks than MaxBlockSize and go on in smaller ones, that the Content-Format of its blocks agrees,
	// and that a body in one message is bounded too.
	DisableExtensions bool
	// EMQX4Errors refuses as EMQX 4 does: a Confirmable message that cannot be decoded, as one with an option that may not be
	// repeated, gets ACK 4.00 with a text; a method from 0.05 on is taken for an empty message; critical options that are not
	// known are ignored. Datagrams only.
	EMQX4Errors  bool
	Limits       Limits
	Transmission Transmission
	// Admission says who may speak to the endpoint.
	Admission Admission
	// ReadBuffer and WriteBuffer are what the system is asked for, in bytes; 4 MiB. It may grant less, and bursts then lose
	// datagrams earlier.
	ReadBuffer, WriteBuffer int
	// Stream is for ListenTCP and ListenWebSocket.
	Stream StreamConfig
	// DTLS is for ListenDTLS.
	DTLS DTLSConfig
}

func (c Config) withDefaults() (Config, error) {
	if c.MaxBlockSize == 0 {
		c.MaxBlockSize = 1024
	}
	if n := c.MaxBlockSize; n < 16 || n > 1024 || n&(n-1) != 0 {
		return c, fmt.Errorf("maximum block size %d: must be 16, 32, 64, 128, 256, 512 or 1024", n)
	}
	if c.MaxBodySize == 0 {
		c.MaxBodySize = 4 << 20
	}
	if c.MaxBodySize < 0 {
		return c, fmt.Errorf("maximum body size %d: must not be negative", c.MaxBodySize)
	}
	var err error
	if c.Transmission, err = c.Transmission.withDefaults(); err != nil {
		return c, err
	}
	if c.Limits, err = c.Limits.withDefaults(c.MaxBodySize); err != nil {
		return c, err
	}
	if c.ExchangeLifetime == 0 {
		c.ExchangeLifetime = c.Transmission.exchangeLifetime()
	}
	if c.Leisure == 0 {
		c.Leisure = 5 * time.Second
	}
	if c.Leisure < 0 {
		return c, fmt.Errorf("leisure %v: must not be negative", c.Leisure)
	}
	if c.ReadBuffer == 0 {
		c.ReadBuffer = socketBuffer
	}
	if c.WriteBuffer == 0 {
		c.WriteBuffer = socketBuffer
	}
	c.Stream, err = c.Stream.withDefaults(c.MaxBodySize)
	return c, err
}

// Endpoint is one bound address. Methods may be called from any goroutine.
type Endpoint struct {
	config         Config
	admitter       Admitter // the handler, if it is one
	began          time.Time
	sockets        []*socket     // of datagrams
	groups         []*socket     // bound to groups, beside sockets bound to an address
	streams        *streamServer // nil with sockets
	secured        *dtlsServer   // of DTLS, which has the sockets
	peers          peerTable
	newPeers       sharedRate // of Admission
	timers         *timerQueue
	sweeper        timer
	swept          int
	tap            atomic.Pointer[func(*Datagram)]
	answered       atomic.Pointer[answeredFunc]
	exchangeMemory exchangeMemory
	uploadBytes    atomic.Int64 // kept of request bodies that are not complete
	downloadBytes  atomic.Int64 // kept of bodies whose later blocks may be asked for
	queuedBytes    atomic.Int64 // of bodies that wait to be notified
	relations      atomic.Int64
	reached        reachings
	rate           sharedRate
	leisurely      atomic.Int64 // answers to multicast that have not gone yet
	stats          counters
	client         clientCounters
	readers        sync.WaitGroup
	closing        sync.Once
	closed         atomic.Bool
	closeErr       error
	stopContext    func() bool

	conditions      atomic.Pointer[conditioner] // nil: there are none
	makeConditioner sync.Once
	lastConditioner *conditioner
}

// sweepInterval times peerShards is how often each peer is looked at for idleness.
const sweepInterval = 500 * time.Millisecond

// Listen binds host:port (port 0: a free one) and serves until Close is called or ctx ends. host may be a name, an
// address, or empty for all addresses of both families. The error of a taken port wraps the system's.
func Listen(ctx context.Context, hostport string, c Config) (*Endpoint, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	conns, err := bind(hostport)
	if err != nil {
		return nil, err
	}
	for _, conn := range conns {
		_ = conn.SetReadBuffer(c.ReadBuffer)
		_ = conn.SetWriteBuffer(c.WriteBuffer)
	}
	e := newEndpoint(c, conns)
	if err := e.joinGroups(); err != nil {
		_ = e.Close()
		return nil, err
	}
	e.start()
	e.closeAfter(ctx)
	return e, nil
}

// closeAfter closes the endpoint when ctx ends.
func (e *Endpoint) closeAfter(ctx context.Context) {
	started := make(chan struct{})
	e.stopContext = context.AfterFunc(ctx, func() {
		<-started // Close uses stopContext
		_ = e.Close()
	})
	close(started)
}

// start begins to read.
func (e *Endpoint) start() {
	for _, s := range slices.Concat(e.sockets, e.groups) {
		e.readers.Go(s.read)
	}
}

// newEndpoint makes an endpoint that does not read yet.
func newEndpoint(c Config, conns []*net.UDPConn) *Endpoint {
	e := &Endpoint{config: c, began: time.Now(), timers: newTimerQueue()}
	e.admitter, _ = c.Handler.(Admitter)
	e.exchangeMemory.init(&e.config, &e.reached)
	for _, conn := range conns {
		e.sockets = append(e.sockets, newSocket(e, conn))
	}
	e.sweeper.fire = e.sweep
	e.timers.set(&e.sweeper, e.began.Add(sweepInterval))
	return e
}

// Addr is the bound address.
func (e *Endpoint) Addr() netip.AddrPort {
	switch {
	case e.streams != nil:
		return e.streams.listener.Addr().(*net.TCPAddr).AddrPort()
	case e.secured != nil:
		return e.secured.listener.Addr().(*net.UDPAddr).AddrPort()
	}
	return e.sockets[0].udp.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Closed reports whether Close has been called.
func (e *Endpoint) Closed() bool { return e.closed.Load() }

// EndPeers closes the connections of the peers that which selects, at once, and returns how many there were. It is for TCP,
// WebSocket and DTLS; other peers have no connection. which is called with no lock held.
func (e *Endpoint) EndPeers(which func(*Peer) bool) int {
	ended := 0
	for _, c := range e.connections() {
		if which(c.of()) {
			c.end()
			ended++
		}
	}
	return ended
}

// connections are those of all peers that have one.
func (e *Endpoint) connections() []connection {
	var all []connection
	switch {
	case e.streams != nil:
		for _, s := range e.streams.snapshot() {
			all = append(all, s)
		}
	case e.secured != nil:
		for _, s := range e.secured.snapshot() {
			all = append(all, s)
		}
	}
	return all
}

// Close ends all relations, asks the clients of streams to close (RFC 8323, section 5.5), closes the sockets and waits
// for the endpoint's goroutines. It must not be called by a Handler.
func (e *Endpoint) Close() error {
	e.closing.Do(func() {
		e.closed.Store(true)
		if e.streams != nil {
			e.closeErr = e.streams.close()
		}
		if e.secured != nil {
			e.closeErr = e.secured.close()
		}
		for _, s := range slices.Concat(e.sockets, e.groups) {
			if err := s.udp.Close(); err != nil && e.closeErr == nil {
				e.closeErr = fmt.Errorf("close listener: %w", err)
			}
		}
		e.readers.Wait()
		e.conditioner().late.close()
		e.timers.close()
		for _, p := range e.peers.removeAll() {
			for _, rel := range p.close() {
				rel.tell(EndClosed)
			}
			p.abandonCalls(ErrClosed)
			if p.Data() != nil {
				e.config.Handler.PeerGone(p)
			}
		}
		if e.stopContext != nil {
			e.stopContext()
		}
	})
	return e.closeErr
}

func (e *Endpoint) sweep(now time.Time) {
	e.peers.sweep(e.swept, int64(now.Sub(e.began)))
	e.swept++
	if c := e.conditions.Load(); c != nil {
		c.sweep(now)
	}
	e.timers.set(&e.sweeper, now.Add(sweepInterval))
}

// now is nanoseconds since the endpoint began; time is the moment itself.
func (e *Endpoint) now() int64      { return int64(time.Since(e.began)) }
func (e *Endpoint) time() time.Time { return time.Now() }
