package device

import (
	"slices"
	"time"

	"sluice/engine/client"
	"sluice/engine/mistakes"
)

// Dialect is how a device speaks to the gateway.
type Dialect string

// Dialects.
const (
	// EMQX5 makes a connection, shows its token with each request and keeps it with heartbeats.
	EMQX5 Dialect = "emqx5"
	// EMQX5Connectionless names itself in the query of each request of EMQX 5; the gateway knows it by its address.
	EMQX5Connectionless Dialect = "emqx5-connectionless"
	// EMQX4 names itself in the query of each request.
	EMQX4 Dialect = "emqx4"
	// IETF finds or creates the topics of draft-ietf-core-coap-pubsub-21 and uses their topic-data.
	IETF Dialect = "ietf"
)

// Dialects are all there are.
func Dialects() []Dialect { return []Dialect{EMQX5, EMQX5Connectionless, EMQX4, IETF} }

// Gateway is the dialect of the listener that answers it.
func (d Dialect) Gateway() string {
	if d == EMQX5Connectionless {
		d = EMQX5
	}
	return string(d)
}

// Credentials secure the connections of devices.
type Credentials interface {
	// SecurityOf is what a device shows and trusts. It is called for each connection, from any goroutine.
	SecurityOf(name string) (*client.Security, error)
}

// SharedSecurity is Credentials where all devices show the same.
type SharedSecurity struct{ Security client.Security }

// SecurityOf implements Credentials.
func (s SharedSecurity) SecurityOf(string) (*client.Security, error) { return &s.Security, nil }

const (
	atOnce = 64
	// A gateway lets one address have a part of its handshakes only.
	handshakesAtOnce = 32
)

// Order says which devices to start. A zero time or text means its default.
type Order struct {
	Template *Template
	Count    int // 1 to MaxDevices
	// Interval is that of the template by default. Jitter is the template's if Interval is.
	Interval, Jitter time.Duration
	Dialect          Dialect // EMQX5
	// Scheme is coap or coaps, Address HOST:PORT.
	Scheme, Address string
	// Credentials must be there for coaps.
	Credentials Credentials
	Collection  string // path of the topic collection of dialect IETF; empty: it is discovered
	// Username and Password are shown by the dialects of EMQX; empty: none.
	Username, Password string
	// Heartbeat is the longest silence of a device that has a connection or observes; 20 s.
	Heartbeat time.Duration
	// Renewal is how often an observation is registered anew (RFC 7641, section 3.3.1); 2 min.
	Renewal time.Duration
	// Transmission is nil for that of RFC 7252.
	Transmission *client.Transmission
	// Seed makes what is random the same each time; 0: it is not.
	Seed uint64
	// AtOnce is how many devices connect at a time; 64, and 32 with handshakes.
	AtOnce int
}

func (o Order) withDefaults() (Order, error) {
	if o.Template == nil {
		return o, mistakes.New("there is no template")
	}
	if o.Count < 1 || o.Count > MaxDevices {
		return o, mistakes.Errorf("%d devices: must be from 1 to %d", o.Count, MaxDevices)
	}
	if o.Interval == 0 {
		o.Interval, o.Jitter = o.Template.Interval, o.Template.Jitter
	}
	if o.Interval < MinInterval || o.Interval > MaxInterval {
		return o, mistakes.Errorf("interval %v: must be from %v to %v", o.Interval, MinInterval, MaxInterval)
	}
	if o.Jitter < 0 || o.Jitter > o.Interval {
		return o, mistakes.Errorf("jitter %v: must be from 0 to the interval, %v", o.Jitter, o.Interval)
	}
	if o.Dialect == "" {
		o.Dialect = EMQX5
	}
	if !slices.Contains(Dialects(), o.Dialect) {
		return o, mistakes.Errorf("dialect %q: must be one of %v", o.Dialect, Dialects())
	}
	switch {
	case o.Scheme == "":
		o.Scheme = "coap"
	case o.Scheme != "coap" && o.Scheme != "coaps":
		return o, mistakes.Errorf("scheme %q: must be coap or coaps", o.Scheme)
	}
	if o.Scheme == "coaps" && o.Credentials == nil {
		return o, mistakes.New("coaps needs a pre-shared key or a certificate")
	}
	if o.Address == "" {
		return o, mistakes.New("there is no gateway to speak to")
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 20 * time.Second
	}
	if o.Renewal <= 0 {
		o.Renewal = 2 * time.Minute
	}
	if o.AtOnce <= 0 {
		o.AtOnce = atOnce
		if o.Scheme == "coaps" {
			o.AtOnce = handshakesAtOnce
		}
	}
	return o, nil
}
