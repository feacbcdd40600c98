// Package demonstration fills a gateway with life, for who sees it for the first time: simulated devices that are real
// CoAP clients over loopback, and a dashboard and a controller that are real MQTT clients. Nothing of it is kept: what it
// made is gone when it ends.
package demonstration

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"sluice/engine"
	"sluice/engine/device"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
	"sluice/engine/topics"
)

// Engine is what a demonstration needs of the engine. It may be called from any goroutine.
type Engine interface {
	Status() engine.Status
	Settings() settings.Settings
	Anonymous() bool
	PutUser(username string, password *string, attrs map[string]string) error
	DeleteUser(username string) (engine.DeletedUser, error)
	Users() []engine.User
	StartDevices(device.Order) (device.Starting, error)
	StopDevices(names ...string) *device.Stopped
	SimulatedDevices() []device.Snapshot
	Clients() []engine.Client
	Disconnect(key string) bool
	Observers() []engine.Observer
	ObserveTopic(filter string) (uint64, error)
	EndObservation(id uint64) bool
	Topics() *topics.Table
	DeleteTopic(name string) (engine.DeletedTopic, error)
}

const (
	// Prefix begins the names of all devices and clients of a demonstration.
	Prefix = "demo-"
	// Username is the user that a demonstration makes where nobody is let in without one.
	Username = "demo-of-sluice"
	// root is the first level of its topics.
	root = "demo"
)

// Demonstration is one that runs. Its methods may be called from any goroutine.
type Demonstration struct {
	engine   Engine
	cancel   context.CancelFunc
	working  sync.WaitGroup
	password string // of Username; empty: anonymous clients are let in
	below    string // begins the filters of its topics

	mu          sync.Mutex
	starting    []device.Starting
	dashboard   bool
	observation uint64 // of the window, in place of the dashboard; 0: none
	contact     string // what the door said last

	once   sync.Once
	failed error // of End
}

// Start begins a demonstration and returns before its devices are connected. The error wraps engine.ErrStopped, or
// engine.ErrNoListener where no listener is open that the devices could speak to: one of the scheme coap with the dialect
// auto, emqx5 or emqx4.
func Start(e Engine) (*Demonstration, error) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &Demonstration{engine: e, cancel: cancel, below: topicsBelow(mountpointOf(e.Settings()))}
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(mistakes.Errorf("start the demonstration: %w", err), d.End())
	}
	return d, nil
}

func (d *Demonstration) start(ctx context.Context) error {
	if d.engine.Status().State == engine.Stopped {
		return engine.ErrStopped
	}
	if !d.engine.Anonymous() {
		d.password = rand.Text()
		if err := d.engine.PutUser(Username, &d.password, nil); err != nil {
			d.password = ""
			return err
		}
	}
	thermometers, err := d.order(part{"thermometer", 3, device.EMQX5})
	if err != nil {
		return err
	}
	for _, p := range []part{{"meter", 1, device.EMQX4}, {"door", 1, device.EMQX5}, {"lamp", 1, device.EMQX5}} {
		if _, err := d.order(p); err != nil {
			return err
		}
	}
	d.working.Go(func() { d.display(ctx, thermometers) })
	d.listen(ctx)
	return nil
}

// part is devices of one kind, with the dialect that they speak if there is a listener for it.
type part struct {
	template string
	count    int
	dialect  device.Dialect
}

// order starts devices, in the other of EMQX's dialects where no listener answers the one.
func (d *Demonstration) order(p part) (device.Starting, error) {
	return d.orderWith(p, func(source string) string { return source })
}

func (d *Demonstration) orderWith(p part, edit func(source string) string) (device.Starting, error) {
	t, err := template(p.template, edit)
	if err != nil {
		return nil, err
	}
	o := device.Order{Template: t, Count: p.count, Dialect: p.dialect}
	if d.password != "" {
		o.Username, o.Password = Username, d.password
	}
	starting, err := d.engine.StartDevices(o)
	if errors.Is(err, engine.ErrNoListener) {
		o.Dialect = map[device.Dialect]device.Dialect{device.EMQX5: device.EMQX4, device.EMQX4: device.EMQX5}[p.dialect]
		starting, err = d.engine.StartDevices(o)
	}
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.starting = append(d.starting, starting)
	d.mu.Unlock()
	return starting, nil
}

// display starts the display once there is a thermometer for it.
func (d *Demonstration) display(ctx context.Context, thermometers device.Starting) {
	select {
	case <-ctx.Done():
		return
	case <-thermometers.Done():
	}
	for _, s := range d.devices() {
		if s.Kind != Prefix+"thermometer" {
			continue
		}
		// A demonstration without a display goes on.
		_, _ = d.orderWith(part{"display", 1, device.EMQX5}, func(source string) string { return strings.ReplaceAll(source, "THERMOMETER", s.Name) })
		return
	}
}

// devices are those of a demonstration.
func (d *Demonstration) devices() []device.Snapshot {
	return slices.DeleteFunc(slices.Clone(d.engine.SimulatedDevices()), func(s device.Snapshot) bool { return !strings.HasPrefix(s.Kind, Prefix) })
}

// Failure is why devices did not start, nil if all did so far.
func (d *Demonstration) Failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.starting {
		if p := s.Progress(); p.Why != nil {
			return p.Why
		}
	}
	return nil
}

// Stopped reports whether all its devices were stopped, by somebody who stopped those of his own with them.
func (d *Demonstration) Stopped() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.starting {
		select {
		case <-s.Done():
		default:
			return false
		}
	}
	return len(d.devices()) == 0
}

// Dashboard reports whether there is a listener for the dashboard and the controller. Where there is none the engine itself
// observes the topics.
func (d *Demonstration) Dashboard() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dashboard
}

// End ends the demonstration and takes away what it made: devices, clients, topics with what is retained there, and its
// user. It takes up to a second or two; whoever calls it again waits for the first.
func (d *Demonstration) End() error {
	d.once.Do(func() { d.failed = d.end() })
	return d.failed
}

func (d *Demonstration) end() error {
	d.cancel()
	d.working.Wait()
	d.mu.Lock()
	starting, observation := d.starting, d.observation
	d.mu.Unlock()
	for _, s := range starting {
		s.Cancel()
	}
	for _, s := range starting {
		<-s.Done()
	}
	var names []string
	for _, s := range d.devices() {
		names = append(names, s.Name)
	}
	d.engine.StopDevices(names...)
	if observation != 0 {
		d.engine.EndObservation(observation)
	}
	time.Sleep(inFlight)
	d.disconnect()
	failed := []error{d.removeTopics()}
	if d.password != "" {
		_, err := d.engine.DeleteUser(Username)
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return mistakes.Errorf("end the demonstration: %w", err)
	}
	return nil
}

// inFlight is how long what a device sent last may be on its way to the gateway.
const inFlight = 100 * time.Millisecond

// named are the names of devices of a demonstration.
var named = regexp.MustCompile(`^` + Prefix + `(thermometer|meter|door|lamp|display)-[0-9]{4,}$`)

// disconnect ends the sessions that the devices leave.
func (d *Demonstration) disconnect() {
	for _, c := range d.engine.Clients() {
		if named.MatchString(c.ID) {
			d.engine.Disconnect(c.Key)
		}
	}
}

// removeTopics removes the topics that have the name of a device as a level.
func (d *Demonstration) removeTopics() error {
	var failed []error
	for _, topic := range d.engine.Topics().Below("") {
		if !slices.ContainsFunc(strings.Split(topic, "/"), named.MatchString) {
			continue
		}
		if _, err := d.engine.DeleteTopic(topic); errors.Is(err, engine.ErrStopped) {
			d.engine.Topics().Remove(topic)
		} else {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// Sweep removes the user of a demonstration that a crash kept from ending. It is called before one starts.
func Sweep(e Engine) error {
	if !slices.ContainsFunc(e.Users(), func(u engine.User) bool { return u.Username == Username }) {
		return nil
	}
	if _, err := e.DeleteUser(Username); err != nil {
		return mistakes.Errorf("remove the user of a demonstration: %w", err)
	}
	return nil
}
