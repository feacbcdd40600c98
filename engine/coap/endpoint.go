package coap

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
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
	// MaxPeers bounds the peers remembered at a time; 100,000. New ones are then answered 5.03.
	MaxPeers int
}

func (c Config) withDefaults() Config {
	if c.MaxBlockSize == 0 {
		c.MaxBlockSize = 1024
	}
	if c.MaxBodySize == 0 {
		c.MaxBodySize = 4 << 20
	}
	if c.ExchangeLifetime == 0 {
		c.ExchangeLifetime = exchangeLifetime
	}
	if c.MaxPeers == 0 {
		c.MaxPeers = 100_000
	}
	return c
}

// Endpoint is one bound UDP address. Methods may be called from any goroutine.
type Endpoint struct {
	config        Config
	began         time.Time
	sockets       []*socket
	peers         peerTable
	timers        *timerQueue
	sweeper       timer
	swept         int
	tap           atomic.Pointer[func(*Datagram)]
	transferBytes atomic.Int64
	stats         counters
	readers       sync.WaitGroup
	closing       sync.Once
	closeErr      error
	stopContext   func() bool
}

// sweepInterval times peerShards is how often each peer is looked at for idleness.
const sweepInterval = 500 * time.Millisecond

// Listen binds host:port (port 0: a free one) and serves until Close is called or ctx ends. host may be a name, an
// address, or empty for all addresses of both families. The error of a taken port wraps the system's.
func Listen(ctx context.Context, hostport string, c Config) (*Endpoint, error) {
	conns, err := bind(hostport)
	if err != nil {
		return nil, err
	}
	e := &Endpoint{config: c.withDefaults(), began: time.Now(), timers: newTimerQueue()}
	for _, conn := range conns {
		e.sockets = append(e.sockets, newSocket(e, conn))
	}
	for _, s := range e.sockets {
		e.readers.Add(1)
		go func() {
			defer e.readers.Done()
			s.read()
		}()
	}
	e.sweeper.fire = e.sweep
	e.timers.set(&e.sweeper, e.began.Add(sweepInterval))
	e.stopContext = context.AfterFunc(ctx, func() { _ = e.Close() })
	return e, nil
}

// Addr is the bound address.
func (e *Endpoint) Addr() netip.AddrPort {
	return e.sockets[0].udp.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Close ends all relations, closes the sockets and waits for the endpoint's goroutines. It must not be called by a
// Handler.
func (e *Endpoint) Close() error {
	e.closing.Do(func() {
		for _, s := range e.sockets {
			if err := s.udp.Close(); err != nil && e.closeErr == nil {
				e.closeErr = fmt.Errorf("close listener: %w", err)
			}
		}
		e.readers.Wait()
		e.timers.close()
		for _, p := range e.peers.all() {
			for _, rel := range p.close() {
				rel.tell(EndClosed)
			}
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
	e.timers.set(&e.sweeper, now.Add(sweepInterval))
}

// now is nanoseconds since the endpoint began; time is the moment itself.
func (e *Endpoint) now() int64      { return int64(time.Since(e.began)) }
func (e *Endpoint) time() time.Time { return time.Now() }

// finish sends the answer in w, remembers it for duplicates, and gives w back.
func (e *Endpoint) finish(w *ResponseWriter, out *batch) {
	x := w.exchange
	p := x.peer
	e.cut(w)
	if e.config.FinalBlock1 && x.block1.size > 0 {
		w.AddUint(message.Block1, x.block1.value())
	}
	m := outgoing{code: w.code, messageID: x.messageID, token: x.token, options: w.options, payload: w.payload}
	switch {
	case x.typ == message.NonConfirmable:
		m.typ = message.NonConfirmable
		p.mu.Lock()
		if !w.reuseID {
			m.messageID = p.newMessageID()
		}
		p.pending--
		p.mu.Unlock()
		e.send(&p.route, p, &m, 0, out)
	case x.separate:
		p.mu.Lock()
		p.pending--
		m.messageID = p.newMessageID()
		if !p.gone {
			t := &transmission{message: m}
			p.separate = append(p.separate, t)
			p.transmit(t, out)
			t.message.options, t.message.payload = nil, nil // w is about to be reused
		}
		p.mu.Unlock()
	default:
		m.typ = message.Acknowledgement
		data := e.send(&p.route, p, &m, 0, out)
		p.mu.Lock()
		p.exchanges.answer(x.messageID, data)
		p.pending--
		p.mu.Unlock()
	}
	rel := w.relation
	w.release()
	if rel != nil {
		if out != nil {
			out.flush() // the answer goes before the first notification
		}
		rel.release()
	}
}

// send encodes and sends m. What it returns is valid until the batch is flushed.
func (e *Endpoint) send(rt *route, p *Peer, m *outgoing, note Note, out *batch) []byte {
	if out == nil {
		data := m.append(make([]byte, 0, headerSize+len(m.token)+64+len(m.payload)))
		e.sendRaw(rt, p, data, note, nil)
		return data
	}
	data := m.append(out.buffer())
	e.sendRaw(rt, p, data, note, out)
	return data
}

// sendRaw sends an encoded message.
func (e *Endpoint) sendRaw(rt *route, p *Peer, data []byte, note Note, out *batch) {
	e.stats.out.Add(1)
	e.stats.outBytes.Add(uint64(len(data)))
	if p != nil {
		p.out.Add(1)
	}
	if tap := e.tap.Load(); tap != nil {
		e.tell(*tap, rt, p, &Datagram{At: time.Now(), Outgoing: true, Note: note, Data: data})
	}
	if out != nil {
		if out.used == len(out.messages) {
			out.flush()
		}
		out.add(rt, data)
		return
	}
	rt.socket.write(rt, data)
}
