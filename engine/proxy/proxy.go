package proxy

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// Exchange is how a request is answered, once: at once by Answer, or by what Later returned, from any goroutine.
type Exchange interface {
	Answer(fill func(w *coap.ResponseWriter))
	Later() (answer func(fill func(w *coap.ResponseWriter)))
	// Permission is of who asks, for as long as they observe.
	Permission() Permission
}

// Device is where a resource is that was registered in a resource directory.
type Device struct {
	// ID is of the registration: what is kept of one device is never given as another's.
	ID string
	// Target is the URI of the resource, without a query.
	Target string
	// Address is where the device registered from. A target at the same IP address is asked without further permission.
	Address netip.AddrPort
	// Peer is the device itself, if Target is at the address it spoke from last; nil: it is asked at Target.
	Peer *coap.Peer
}

// Directory knows the devices. Its methods may be called from any goroutine and must not block.
type Directory interface {
	// Resolve finds the resource that the device registered as ep has registered at a path, whose segments are not
	// encoded.
	Resolve(ep string, path []string) (Device, bool)
}

// Config configures a Proxy. Zero fields of Settings mean their defaults, but for the switches.
type Config struct {
	Settings settings.Proxy
	// NotifyType says whether observers get Confirmable notifications; qos and empty: if they asked with a Confirmable
	// request.
	NotifyType settings.NotifyType
	Directory  Directory    // nil: nobody is registered
	Log        *slog.Logger // nil: nothing is logged
	// LookUp resolves names; nil: as the system does.
	LookUp func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Proxy is a reverse and forward proxy. Its methods may be called from any goroutine.
type Proxy struct {
	settings   settings.Proxy
	notifyType settings.NotifyType
	directory  Directory
	log        *slog.Logger
	lookUp     func(ctx context.Context, host string) ([]netip.Addr, error)
	guard      guard
	client     *coap.Endpoint // of the forward proxy; nil if that is off
	secure     *connections   // to coaps servers

	ctx      context.Context
	stop     context.CancelFunc
	running  sync.WaitGroup
	resolves chan struct{} // one for each name being resolved

	counters      counters
	fullObservers coap.Reached
	lastObserver  atomic.Uint64 // id

	mu     sync.Mutex
	cache  *cache
	silent map[string]time.Time // servers that did not answer, and since when
	shared int                  // observers of all watches
}

// Bounds that are no settings.
const (
	maxWaiters   = 1024 // requests that wait for one response
	maxResolving = 64
	maxSilent    = 4096
)

// New returns a proxy. The error says what of the settings cannot be used.
func New(c Config) (*Proxy, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.LookUp == nil {
		c.LookUp = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	p := &Proxy{
		settings: c.Settings.WithDefaults(), notifyType: c.NotifyType, directory: c.Directory, log: c.Log, lookUp: c.LookUp,
		resolves: make(chan struct{}, maxResolving), silent: make(map[string]time.Time),
	}
	p.cache = newCache(p.settings.MaxCacheEntries, int64(p.settings.MaxCacheBytes))
	guard, err := newGuard(p.settings)
	if err != nil {
		return nil, mistakes.Errorf("proxy: %w", err)
	}
	p.guard = guard
	p.ctx, p.stop = context.WithCancel(context.Background())
	if p.settings.Forward {
		if err := p.listen(); err != nil {
			p.stop()
			return nil, mistakes.Errorf("proxy: %w", err)
		}
	}
	return p, nil
}

// listen opens what the forward proxy asks through.
func (p *Proxy) listen() (err error) {
	roots, err := readAuthority(p.settings.CA)
	if err != nil {
		return err
	}
	p.secure = newConnections(p.ctx, roots)
	p.client, err = coap.Listen(p.ctx, ":0", coap.Config{Handler: nobody{}})
	return err
}

// readAuthority reads the certificates that coaps servers are checked by; nil means those of the system.
func readAuthority(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, mistakes.Errorf("read the certificates of authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, mistakes.Errorf("read the certificates of authorities: %s has none in PEM form", file)
	}
	return pool, nil
}

// nobody answers what comes to the socket that the forward proxy asks through.
type nobody struct{}

func (nobody) ServeCoAP(w *coap.ResponseWriter, _ *coap.Request) { w.SetCode(codes.NotFound) }
func (nobody) PeerGone(*coap.Peer)                               {}

// Client is the endpoint that the forward proxy asks through, for its tap and counters; nil if that is off.
func (p *Proxy) Client() *coap.Endpoint { return p.client }

// Close ends what is under way. The endpoints whose requests it answers may be closed before or after.
func (p *Proxy) Close() error {
	p.mu.Lock()
	var cancels []func()
	for _, r := range p.cache.resources {
		if r.watch != nil {
			cancels = append(cancels, p.endWatch(r.watch))
		}
	}
	p.mu.Unlock()
	for _, cancel := range cancels {
		cancel()
	}
	p.stop()
	p.running.Wait()
	if p.client == nil {
		return nil
	}
	return errors.Join(p.client.Close(), p.secure.close())
}

// Stats describes a Proxy now. All but the first four count since it began.
type Stats struct {
	Entries  int // responses kept
	Bytes    int64
	Watches  int // observations at servers
	Observed int // observers that share them

	Hits, Misses uint64 // reads answered from what is kept, and others
	Revalidated  uint64 // 2.03 from a server
	Joined       uint64 // reads that waited for the response to another
	Stale        uint64 // reads answered from what is kept although it is not fresh
	Passed       uint64 // requests with other methods than GET and FETCH
	Failed       uint64 // answered 5.02, 5.04 or 5.08
	Forbidden    uint64 // targets that are not allowed
	Evicted      uint64 // responses that gave way
	Full         uint64 // requests refused, or answered without Observe, because a bound was reached
}

type counters struct {
	hits, misses, revalidated, joined, stale, passed, failed, forbidden, full atomic.Uint64
}

// Stats returns the counters.
func (p *Proxy) Stats() Stats {
	c := &p.counters
	s := Stats{
		Hits: c.hits.Load(), Misses: c.misses.Load(), Revalidated: c.revalidated.Load(), Joined: c.joined.Load(),
		Stale: c.stale.Load(), Passed: c.passed.Load(), Failed: c.failed.Load(), Forbidden: c.forbidden.Load(),
		Full: c.full.Load(),
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Entries, s.Bytes, s.Evicted = p.cache.entries, p.cache.bytes, p.cache.evicted
	s.Observed = p.shared
	for _, r := range p.cache.resources {
		if r.watch != nil {
			s.Watches++
		}
	}
	return s
}
