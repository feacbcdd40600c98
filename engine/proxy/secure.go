package proxy

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	piondtls "github.com/pion/dtls/v3"
	"github.com/plgd-dev/go-coap/v3/dtls"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/udp/client"

	"sluice/engine/coap"
)

const (
	maxConnections   = 64
	maxSecureCalls   = 256
	handshakeTimeout = 10 * time.Second
	// unused is how long a connection is kept that carries nothing.
	unused = 5 * time.Minute
)

// connections are those to coaps servers, shared by all requests to a server.
type connections struct {
	ctx   context.Context
	roots *x509.CertPool // nil: those of the system
	slots chan struct{}  // one for each request and observation
	wait  sync.WaitGroup

	mu    sync.Mutex
	known map[connectionKey]*connection
}

type connectionKey struct {
	to   netip.AddrPort
	host string
}

// connection is one of them, or the attempt to open it.
type connection struct {
	ready chan struct{} // closed when conn or err is set
	conn  *client.Conn
	err   error
}

func newConnections(ctx context.Context, roots *x509.CertPool) *connections {
	return &connections{
		ctx: ctx, roots: roots, slots: make(chan struct{}, maxSecureCalls), known: make(map[connectionKey]*connection),
	}
}

// close ends all connections; the context has ended before.
func (cs *connections) close() error {
	cs.wait.Wait()
	cs.mu.Lock()
	known := slices.Collect(maps.Values(cs.known))
	cs.mu.Unlock()
	var errs []error
	for _, c := range known { // each takes itself out
		if c.conn != nil {
			errs = append(errs, c.conn.Close())
			<-c.conn.Done()
		}
	}
	return errors.Join(errs...)
}

// get returns the connection to a server, opening it if there is none.
func (cs *connections) get(ctx context.Context, key connectionKey) (*client.Conn, error) {
	cs.mu.Lock()
	c := cs.known[key]
	if c == nil {
		if len(cs.known) >= maxConnections {
			cs.mu.Unlock()
			return nil, fmt.Errorf("%w: %d servers are connected", coap.ErrBusy, maxConnections)
		}
		c = &connection{ready: make(chan struct{})}
		cs.known[key] = c
		cs.wait.Go(func() { cs.open(c, key) })
	}
	cs.mu.Unlock()
	select {
	case <-c.ready:
		return c.conn, c.err
	case <-ctx.Done():
		return nil, timeout(ctx)
	}
}

func (cs *connections) open(c *connection, key connectionKey) {
	defer close(c.ready)
	forget := func() {
		cs.mu.Lock()
		defer cs.mu.Unlock()
		if cs.known[key] == c {
			delete(cs.known, key)
		}
	}
	conn, err := cs.dial(key)
	if err != nil {
		c.err = fmt.Errorf("%w: %w", coap.ErrUnreachable, err)
		forget()
		return
	}
	conn.AddOnClose(forget)
	c.conn = conn
}

// dial connects to an address that was checked. The certificate must be of the host that was asked for.
func (cs *connections) dial(key connectionKey) (*client.Conn, error) {
	ctx, cancel := context.WithTimeout(cs.ctx, handshakeTimeout)
	defer cancel()
	config := []piondtls.ClientOption{
		piondtls.WithServerName(key.host),
		piondtls.WithExtendedMasterSecret(piondtls.RequireExtendedMasterSecret),
	}
	if cs.roots != nil {
		config = append(config, piondtls.WithRootCAs(cs.roots))
	}
	conn, err := dtls.Dial(key.to.String(), dtls.NewDTLSClientOptions(config...),
		options.WithContext(cs.ctx),
		options.WithLimitClientParallelRequest(0),
		options.WithErrors(func(error) {}), // who waits for a response is told
		options.WithInactivityMonitor(unused, func(c *client.Conn) { _ = c.Close() }),
	)
	if err != nil {
		return nil, err
	}
	if secured, ok := conn.NetConn().(*piondtls.Conn); ok {
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// secureOrigin is a coaps server.
type secureOrigin struct {
	name        string
	connections *connections
	to          netip.AddrPort
	host        string
}

func (o *secureOrigin) id() string       { return o.name }
func (o *secureOrigin) heard() time.Time { return time.Time{} }

// begin runs what blocks on a goroutine of its own, if there are not too many.
func (o *secureOrigin) begin(run func()) error {
	cs := o.connections
	select {
	case cs.slots <- struct{}{}:
	default:
		return coap.ErrBusy
	}
	cs.wait.Go(func() {
		defer func() { <-cs.slots }()
		run()
	})
	return nil
}

func (o *secureOrigin) request(r *coap.ClientRequest, done func(*coap.ClientResponse, error)) error {
	return o.begin(func() {
		ctx, cancel := context.WithTimeout(o.connections.ctx, r.Timeout)
		defer cancel()
		response, err := o.do(ctx, r)
		done(response, err)
	})
}

func (o *secureOrigin) do(ctx context.Context, r *coap.ClientRequest) (*coap.ClientResponse, error) {
	conn, err := o.connections.get(ctx, connectionKey{o.to, o.host})
	if err != nil {
		return nil, err
	}
	q, err := o.message(ctx, conn, r)
	if err != nil {
		return nil, err
	}
	defer conn.ReleaseMessage(q)
	m, err := conn.Do(q)
	if err != nil {
		return nil, failed(ctx, err)
	}
	defer conn.ReleaseMessage(m)
	return responseOf(m)
}

func (o *secureOrigin) message(ctx context.Context, conn *client.Conn, r *coap.ClientRequest) (*pool.Message, error) {
	token, err := message.GetToken()
	if err != nil {
		return nil, fmt.Errorf("make a token: %w", err)
	}
	m := conn.AcquireMessage(ctx)
	m.SetCode(r.Code)
	m.SetToken(token)
	m.SetType(message.Confirmable)
	m.ResetOptionsTo(r.Options)
	if len(r.Payload) > 0 {
		m.SetBody(bytes.NewReader(r.Payload))
	}
	return m, nil
}

// observe ends with the connection, or when it is cancelled.
func (o *secureOrigin) observe(r *coap.ClientRequest, notify func(*coap.ClientResponse, error)) (func(), error) {
	ctx, cancel := context.WithCancel(o.connections.ctx)
	err := o.begin(func() {
		defer cancel()
		if err := o.follow(ctx, r, notify); err != nil && ctx.Err() == nil {
			notify(nil, err)
		}
	})
	if err != nil {
		cancel()
		return nil, err
	}
	return cancel, nil
}

// follow hands notifications on until the observation ends.
func (o *secureOrigin) follow(ctx context.Context, r *coap.ClientRequest, notify func(*coap.ClientResponse, error)) error {
	first, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	conn, err := o.connections.get(first, connectionKey{o.to, o.host})
	if err != nil {
		return err
	}
	q, err := o.message(first, conn, r)
	if err != nil {
		return err
	}
	defer conn.ReleaseMessage(q)
	q.SetObserve(0)
	over := make(chan struct{}, 1)
	observation, err := conn.DoObserve(q, func(m *pool.Message) {
		response, err := responseOf(m)
		if err == nil {
			response.Observed = m.HasOption(message.Observe) && m.Code()>>5 == 2
		}
		notify(response, err)
		if err != nil || !response.Observed {
			select {
			case over <- struct{}{}:
			default:
			}
		}
	})
	if err != nil {
		return failed(first, err)
	}
	select {
	case <-over:
		return nil
	case <-conn.Done():
		return fmt.Errorf("%w: the connection has ended", coap.ErrUnreachable)
	case <-ctx.Done():
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		return observation.Cancel(last, slices.DeleteFunc(slices.Clone(r.Options), func(o message.Option) bool {
			return o.ID == message.URIPath // which Cancel puts there itself
		})...)
	}
}

// responseOf copies a message of go-coap, which goes back to its pool.
func responseOf(m *pool.Message) (*coap.ClientResponse, error) {
	body, err := m.ReadBody()
	if err != nil {
		return nil, fmt.Errorf("read the response: %w", err)
	}
	r := &coap.ClientResponse{Code: m.Code(), Payload: slices.Clone(body), Received: time.Now()}
	for _, o := range m.Options() {
		switch o.ID {
		case message.Observe, message.Block1, message.Block2:
		default:
			r.Options = append(r.Options, message.Option{ID: o.ID, Value: slices.Clone(o.Value)})
		}
	}
	return r, nil
}

func failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return timeout(ctx)
	}
	return fmt.Errorf("%w: %w", coap.ErrUnreachable, err)
}

func timeout(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return coap.ErrTimeout
	}
	return fmt.Errorf("%w: %w", coap.ErrUnreachable, context.Cause(ctx))
}
