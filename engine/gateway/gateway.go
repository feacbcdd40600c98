package gateway

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/access"
	"sluice/engine/broker"
	"sluice/engine/directory"
	"sluice/engine/mistakes"
	"sluice/engine/proxy"
	"sluice/engine/secure"
	"sluice/engine/settings"
	"sluice/engine/topics"
)

// Authorizer says who may do what; access.Control is one. Its methods may be called from any goroutine.
type Authorizer interface {
	// AuthenticateFast answers without hashing; known is false if it cannot.
	AuthenticateFast(access.Login) (v access.Verdict, known bool)
	// Authenticate may take tens of milliseconds.
	Authenticate(access.Login) access.Verdict
	// Proof says what good credentials prove; StillGood reports later whether they are still good.
	Proof(username string) access.Proof
	StillGood(username string, proof access.Proof) bool
	// MayConnect reports whether a client may have its client ID; JudgesConnect whether it is to be asked of who proved that.
	MayConnect(access.Who) bool
	JudgesConnect(secure.Identity) bool
	// DemandedClientID is the only client ID that who proved an identity may have; empty: none is demanded.
	DemandedClientID(secure.Identity) string
	// HasUser reports whether a user is defined: credentials of any other name prove nothing.
	HasUser(username string) bool
	// Allowed reports whether a client may publish to a topic, or subscribe to a filter, without mountpoint.
	Allowed(who access.Who, action settings.Action, topic string) bool
	// Attribute returns a client attribute of a user, and whether it has it.
	Attribute(username, name string) (value string, ok bool)
}

// LastValues knows the last message of every topic; topics.Table is one.
type LastValues interface {
	Topic(name string) (topics.Topic, bool)
	// Names returns about max topics, those that spoke last, in order of their names.
	Names(max int) []string
	Remove(name string) bool
}

// ResourceStore keeps the resources of emqx4 on disk; store.Store is one. Changes of one topic take effect in the order
// of the calls. done is called once, from any goroutine, when the change is on disk or cannot be; it may be nil.
type ResourceStore interface {
	PutResource(topic string, value []byte, done func(error))
	DeleteResource(topic string, done func(error))
	// Resources calls fn for everything kept; value is valid during the call. An error of fn ends it and is returned.
	Resources(fn func(topic string, value []byte) error) error
}

// Config configures a Gateway. Broker and Access are needed.
type Config struct {
	Settings  settings.Gateway
	Broker    broker.Broker
	Access    Authorizer
	Topics    LastValues           // for reading without Observe and discovery in auto; may be nil
	Resources ResourceStore        // nil: resources are not kept on disk
	PubSub    TopicStore           // nil: topics of ietf are not kept on disk
	Directory *directory.Directory // nil: there is none
	Notified  Notified             // nil: nobody is told of notifications
	Log       *slog.Logger         // nil: nothing is logged
}

// Gateway joins the CoAP listeners to a broker. Its methods may be called from any goroutine.
type Gateway struct {
	settings  settings.Gateway
	broker    broker.Broker
	access    Authorizer
	values    LastValues
	notified  Notified
	log       *slog.Logger
	heartbeat heartbeat
	digester  *digester

	registry  *registry
	hub       hub
	resources *resources
	directory *directory.Directory // may be nil
	proxy     *proxy.Proxy
	topics    *topicTable
	wheel     wheel
	logins    chan *peer   // with jobs, each once, unless a worker has it
	waiting   atomic.Int32 // peers with jobs, at most Limits.MaxLogins
	moving    sync.Mutex   // serialises move
	reached   bounded
	serial    atomic.Uint64
	revision  atomic.Uint64

	closing chan struct{}
	closed  sync.Once
	running sync.WaitGroup
}

// New returns a gateway with the resources that are on disk. The error is the store's.
func New(c Config) (*Gateway, error) {
	if c.Broker == nil || c.Access == nil {
		return nil, mistakes.New("gateway: a broker and an authorizer are needed")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{
		settings: c.Settings, broker: c.Broker, access: c.Access, values: c.Topics, notified: c.Notified, log: c.Log,
		heartbeat: newHeartbeat(c.Settings.Heartbeat.Std(), c.Settings.IdleTimeout.Std()),
		digester:  newDigester(),
		hub:       hub{broker: c.Broker, feeds: make(map[string]*feed)},
		directory: c.Directory,
		logins:    make(chan *peer, c.Settings.Limits.MaxLogins),
		closing:   make(chan struct{}),
	}
	g.registry = newRegistry(c.Settings.Limits.MaxSessions, &g.reached.sessions)
	g.resources = newResources(c.Resources, c.Settings.Limits, &g.reached, c.Log)
	if err := g.resources.load(); err != nil {
		return nil, mistakes.Errorf("read the resources: %w", err)
	}
	g.topics = newTopicTable(c.PubSub, g)
	if err := g.topics.load(time.Now()); err != nil {
		return nil, mistakes.Errorf("read the topics: %w", err)
	}
	var err error
	if g.proxy, err = newProxy(&c); err != nil {
		return nil, mistakes.Errorf("start the proxy: %w", err)
	}
	g.running.Add(1)
	go g.watch()
	for range loginWorkers() {
		g.running.Add(1)
		go g.work()
	}
	return g, nil
}

// Close ends all sessions and waits for the gateway's goroutines. Endpoints that use its handlers are closed first.
func (g *Gateway) Close() (err error) {
	g.closed.Do(func() {
		err = g.proxy.Close()
		close(g.closing)
		g.running.Wait()
		g.abandon()
		for _, s := range g.registry.snapshot() {
			g.end(s, reasonShutdown)
		}
		g.resources.flush()
		g.topics.close()
	})
	return err
}

// Revision changes whenever Clients, Observers or Resources would.
func (g *Gateway) Revision() uint64 { return g.revision.Load() }

func (g *Gateway) touch() { g.revision.Add(1) }

func (who identity) access() access.Who {
	return access.Who{ClientID: who.clientID, Username: who.username, Identity: who.proved}
}
