package device

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"sluice/engine/client"
	"sluice/engine/mistakes"
)

// State is where a device is in its life.
type State uint8

// States.
const (
	Waiting    State = iota // for its turn to connect
	Connecting              // to the gateway, or again
	Running
	Failed // it could not be started; it does not try again
)

var states = [...]string{"waiting", "connecting", "running", "failed"}

// String is a word for people.
func (s State) String() string { return states[s] }

// Snapshot is a device at a moment.
type Snapshot struct {
	Name, Kind string
	Dialect    Dialect
	Scheme     string // coap or coaps
	State      State
	Topic      string
	Interval   time.Duration
	Jitter     time.Duration
	Local      netip.AddrPort // the address that the gateway sees, if nothing is between
	Since      time.Time      // of the state
	Counters
	Observations int    // that the gateway has granted and not ended
	Observed     string // the first topic that it observes
	Last         string
	LastAt       time.Time
	Transfer     client.Progress // of the firmware image, while it is on its way
	Image        Image           // the last one that was downloaded
	Err          error           // the last one; nil: none
	ErrAt        time.Time
}

// Image is a firmware image that was downloaded.
type Image struct {
	Bytes, Blocks int // no bytes: there was none yet
	Took          time.Duration
}

// Counters count since the device was started.
type Counters struct {
	Sent          uint64 // requests, without retransmissions
	Acknowledged  uint64 // answered with success
	Refused       uint64 // answered 4.xx or 5.xx
	Lost          uint64 // not answered, all retransmissions included
	Retransmitted uint64 // messages
	Received      uint64 // notifications
	RTT           time.Duration
}

func (c *Counters) add(o *Counters) {
	c.Sent += o.Sent
	c.Acknowledged += o.Acknowledged
	c.Refused += o.Refused
	c.Lost += o.Lost
	c.Retransmitted += o.Retransmitted
	c.Received += o.Received
}

// device is one simulated device. Its goroutine runs it; the lock is for who looks at it.
type device struct {
	name   string
	index  int
	order  *Order
	topic  string
	stop   context.CancelFunc
	ended  chan struct{}
	ready  chan error // the outcome of the first attempt to start
	random *rand.Rand

	began     time.Time
	count     uint64
	variables map[string]any

	mu       sync.Mutex
	snapshot Snapshot
}

func newDevice(name string, index int, o *Order, now time.Time) *device {
	d := &device{
		name: name, index: index, order: o, ended: make(chan struct{}), ready: make(chan error, 1), began: now,
		random: rand.New(rand.NewPCG(o.Seed, uint64(index))),
	}
	d.topic = d.fill(o.Template.Topic())
	observed := ""
	if len(o.Template.observes) > 0 {
		observed = d.fill(o.Template.observes[0].topic)
	}
	d.snapshot = Snapshot{
		Name: name, Kind: o.Template.Kind, Dialect: o.Dialect, Scheme: o.Scheme, Topic: d.topic, Interval: o.Interval, Jitter: o.Jitter, Since: now,
		Observed: observed,
	}
	return d
}

// fill puts the device's own into a topic.
func (d *device) fill(topic string) string {
	if !strings.Contains(topic, "${") {
		return topic
	}
	return strings.NewReplacer("${name}", d.name, "${kind}", d.order.Template.Kind, "${index}", strconv.Itoa(d.index)).Replace(topic)
}

// look changes the snapshot.
func (d *device) look(change func(*Snapshot)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.snapshot)
}

func (d *device) enter(s State) {
	d.look(func(v *Snapshot) {
		if v.State != s {
			v.State, v.Since = s, time.Now()
		}
	})
}

func (d *device) failed(err error) {
	d.look(func(v *Snapshot) { v.Err, v.ErrAt = err, time.Now() })
}

// now is a copy of the snapshot.
func (d *device) now() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.snapshot
}

const (
	firstBackoff = time.Second
	maxBackoff   = time.Minute
)

// run lives until ctx ends, or until the first attempt to start failed.
func (d *device) run(ctx context.Context) {
	defer close(d.ended)
	if d.variables == nil { // it does not go on where it was stopped
		if err := d.begin(); err != nil {
			d.giveUp(err)
			return
		}
	}
	backoff := firstBackoff
	for started := false; ; {
		d.enter(Connecting)
		connected := time.Now()
		err := d.session(ctx, func() {
			d.enter(Running)
			if !started {
				started = true
				d.ready <- nil
			}
		})
		switch {
		case ctx.Err() != nil:
			return
		case !started:
			d.giveUp(err)
			return
		}
		d.failed(err)
		if time.Since(connected) > maxBackoff {
			backoff = firstBackoff
		}
		if !sleep(ctx, backoff/2+time.Duration(d.random.Int64N(int64(backoff)))) {
			return
		}
		backoff = min(2*backoff, maxBackoff)
	}
}

// giveUp ends a device that could not be started.
func (d *device) giveUp(err error) {
	d.failed(err)
	d.enter(Failed)
	d.ready <- err
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// scope is what expressions are evaluated with.
func (d *device) scope() *scope {
	now := time.Now()
	day := now.UTC()
	return &scope{
		name: d.name, index: d.index, count: d.count, uptime: now.Sub(d.began).Seconds(), random: d.random, variables: d.variables,
		clock: float64(now.UnixMilli()) / 1000, hour: float64(day.Hour()) + float64(day.Minute())/60 + float64(day.Second())/3600,
	}
}

// begin gives the variables their first values.
func (d *device) begin() error {
	s := d.scope()
	s.variables = nil
	d.variables = make(map[string]any, len(d.order.Template.names))
	for _, name := range d.order.Template.names {
		d.variables[name] = nil
	}
	return d.assign("start", d.order.Template.start, s)
}

// assign evaluates all with the values before, and then sets them.
func (d *device) assign(key string, all []assignment, s *scope) error {
	if len(all) == 0 {
		return nil
	}
	values := make([]any, len(all))
	for i, a := range all {
		value, err := a.value.run(s)
		if err == nil {
			value, err = kept(value)
		}
		if err != nil {
			return mistakes.Errorf("%s.%s: %w", key, a.variable, err)
		}
		values[i] = value
	}
	for i, a := range all {
		d.variables[a.variable] = values[i]
	}
	return nil
}

// errNoBool is of a condition that is none.
var errNoBool = mistakes.New("neither true nor false")

// payload evaluates what is to be published; ok is false if nothing is.
func (d *device) payload(i int, s *scope) (c content, ok bool, err error) {
	p := &d.order.Template.publishes[i]
	if p.when != nil {
		value, err := p.when.run(s)
		wanted, isBool := value.(bool)
		if err == nil && !isBool {
			err = errNoBool
		}
		if err != nil {
			return c, false, mistakes.Errorf("publish[%d].when: %w", i+1, err)
		}
		if !wanted {
			return c, false, nil
		}
	}
	value, err := p.payload.run(s)
	if err == nil {
		c, err = encode(value)
	}
	if err != nil {
		return c, false, mistakes.Errorf("publish[%d].payload: %w", i+1, err)
	}
	return c, true, nil
}
