package broker

import (
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/mistakes"
)

// ErrClosed is returned by everything that is asked of a closed broker.
var ErrClosed = mistakes.New("broker is closed")

// ErrRetainedFull is what PublishRetained says when there is no room for one more retained message.
var ErrRetainedFull = mistakes.New("no room for one more retained message")

const (
	defaultMaxPacketSize = 4<<20 + 128<<10 // a 4 MiB payload, the longest topic and some properties

	// writesPending bounds the packets that wait for one slow subscriber; what comes beyond is dropped and counted.
	// The slots are allocated with the connection, 8 bytes each.
	writesPending = 4096

	// queuedMessages bounds the QoS 1 and 2 messages that one client has not acknowledged, and so those that are kept for
	// it while it is offline; what comes beyond is dropped and counted.
	queuedMessages = 8192

	// sessionExpiry bounds how long the session of a client that is gone is kept, in seconds. It lives in memory.
	sessionExpiry = 24 * 60 * 60

	// topicAliases bounds the aliases one MQTT 5 client may define. Each holds a topic of up to 64 KiB.
	topicAliases = 64

	// The retained messages of all topics together. mochi goes through a copy of them every second, which costs a few
	// microseconds for each.
	defaultMaxRetained      = 50_000
	defaultMaxRetainedBytes = 256 << 20

	// sysInterval is the time between two updates of the $SYS topics, in seconds.
	sysInterval = 60
)

// Options are what NewEmbedded needs. The zero value is a broker that lets everybody in and keeps nothing.
type Options struct {
	// Access may be nil: everything is allowed.
	Access Access
	// Retained keeps retained messages on disk; nil keeps them in memory only.
	Retained RetainedStore
	// OnMessage is called once for every message of either side before the subscribers get it, by the goroutine that
	// publishes. It must not block; the Message and its Payload are borrowed. $SYS topics are not shown to it. nil: nobody.
	OnMessage func(*Message)
	// Log may be nil.
	Log *slog.Logger
	// MaxPacketSize bounds an MQTT packet from a client in bytes; zero means 4 MiB of payload and room for headers.
	MaxPacketSize uint32
	// MaxRetained bounds the topics with a retained message, MaxRetainedBytes their names and payloads together; zero
	// means 50,000 and 256 MiB. What was kept before is loaded all the same.
	MaxRetained, MaxRetainedBytes int
}

// Packet is one MQTT control packet on the wire, as a tap sees it.
type Packet struct {
	At       time.Time
	Outgoing bool // sent by the broker
	Peer     netip.AddrPort
	Client   string // client ID, empty while it is not known
	Listener string // the listener's URL
	// Data is the whole packet as it passed, a password in CONNECT included. A malformed or unfinished packet is shown
	// as far as it came. It is borrowed and valid during the call only.
	Data []byte
}

// Embedded is an MQTT 3.1.1 and 5 broker in this process (mochi-mqtt/server). It implements Broker. All its methods may
// be called from any goroutine, Close and Listener.Close not from inside a function that the broker calls.
type Embedded struct {
	server    *mqtt.Server
	publisher *mqtt.Client // stands for everybody who publishes in this process
	access    Access
	onMessage func(*Message)
	log       *slog.Logger
	maxPacket int

	routes   routes
	retained *retained
	sessions sessions
	tap      atomic.Pointer[func(*Packet)]

	in, out, dropped atomic.Uint64 // PUBLISH packets

	closed    atomic.Bool
	closeOnce sync.Once
	closeErr  error
	running   sync.WaitGroup // connections and accept loops
	mu        sync.Mutex     // guards listeners and conns, and closed against new ones
	listeners map[*Listener]struct{}
	conns     map[*conn]struct{}
}

var _ Broker = (*Embedded)(nil)

// NewEmbedded starts a broker without listeners, with the retained messages that o.Retained holds. The error is the
// store's, wrapped.
func NewEmbedded(o Options) (*Embedded, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxPacketSize == 0 {
		o.MaxPacketSize = defaultMaxPacketSize
	}
	if o.MaxRetained == 0 {
		o.MaxRetained = defaultMaxRetained
	}
	if o.MaxRetainedBytes == 0 {
		o.MaxRetainedBytes = defaultMaxRetainedBytes
	}

	server := mqtt.New(&mqtt.Options{
		Capabilities: capabilities(o.MaxPacketSize),
		// mochi writes whole packets to its log, CONNECT with its password among them. What ends a connection reaches
		// our own log as the error of EstablishConnection.
		Logger:                 slog.New(slog.DiscardHandler),
		SysTopicResendInterval: sysInterval,
	})
	e := &Embedded{
		server:    server,
		access:    o.Access,
		onMessage: o.OnMessage,
		log:       o.Log,
		maxPacket: int(o.MaxPacketSize),
		retained:  newRetained(server, &o),
		sessions:  sessions{byID: make(map[string]*conn)},
		listeners: make(map[*Listener]struct{}),
		conns:     make(map[*conn]struct{}),
	}
	e.routes.init(server)
	e.publisher = server.NewClient(nil, mqtt.LocalListener, "", true)
	e.publisher.Properties.ProtocolVersion = 5 // or mochi would not look at the expiry of what it publishes

	if err := e.retained.load(time.Now()); err != nil {
		return nil, mistakes.Errorf("load retained messages: %w", err)
	}
	if err := server.AddHook(&hook{broker: e}, nil); err != nil {
		return nil, mistakes.Errorf("attach to the MQTT server: %w", err)
	}
	if err := server.Serve(); err != nil {
		return nil, mistakes.Errorf("start the MQTT server: %w", err)
	}
	return e, nil
}

func capabilities(maxPacket uint32) *mqtt.Capabilities {
	c := mqtt.NewDefaultServerCapabilities()
	c.MaximumPacketSize = maxPacket
	c.MaximumClientWritesPending = writesPending
	c.MaximumInflight = queuedMessages
	c.MaximumSessionExpiryInterval = sessionExpiry
	c.TopicAliasMaximum = topicAliases
	c.MaximumMessageExpiryInterval = 0 // else mochi forgets every retained message after that time
	c.Compatibilities.NoInheritedPropertiesOnAck = true
	return c
}

// SetTap has fn called with every MQTT control packet that passes in either direction, by the goroutine that reads or
// writes it; fn must not block. nil ends it. Without a tap a read or write costs one atomic load.
func (e *Embedded) SetTap(fn func(*Packet)) {
	if fn == nil {
		e.tap.Store(nil)
		return
	}
	e.tap.Store(&fn)
}

// Stats returns counters since start. In and Out are the PUBLISH packets of MQTT clients, $SYS excluded; Dropped are
// those that a slow subscriber could not take, or that were too many to be kept for one offline; Subscriptions are those of MQTT clients.
func (e *Embedded) Stats() Stats {
	return Stats{
		Clients:       e.sessions.len(),
		Subscriptions: int(atomic.LoadInt64(&e.server.Info.Subscriptions)),
		Retained:      e.retained.len(),
		In:            e.in.Load(),
		Out:           e.out.Load(),
		Dropped:       e.dropped.Load() + uint64(atomic.LoadInt64(&e.server.Info.InflightDropped)),
	}
}

// Close ends the listeners and the clients (MQTT 5 clients are told "server shutting down", wills are sent) and waits
// for them. Retained messages on their way to the store are the store's to finish.
func (e *Embedded) Close() error {
	e.closeOnce.Do(func() {
		e.mu.Lock()
		e.closed.Store(true)
		var listeners []*Listener
		for l := range e.listeners {
			listeners = append(listeners, l)
		}
		e.mu.Unlock()

		for _, l := range listeners {
			e.closeErr = errors.Join(e.closeErr, l.stop())
		}
		e.endAll(packets.ErrServerShuttingDown, func(*conn) bool { return true })
		e.running.Wait()
		if err := e.server.Close(); err != nil {
			e.closeErr = errors.Join(e.closeErr, mistakes.Errorf("stop the MQTT server: %w", err))
		}
	})
	return e.closeErr
}
