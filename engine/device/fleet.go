package device

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/mistakes"
)

// Fleet is all simulated devices. Its methods may be called from any goroutine.
type Fleet struct {
	revision atomic.Uint64
	starts   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	devices []*device // in the order they were started
	named   map[string]*device
	numbers map[string]int // the last of each kind
	running []*Start
	past    Counters // of devices that were stopped
}

// NewFleet returns a fleet without devices.
func NewFleet() *Fleet {
	return &Fleet{named: map[string]*device{}, numbers: map[string]int{}}
}

// Revision changes when devices come or go. What a device counts does not change it.
func (f *Fleet) Revision() uint64 { return f.revision.Load() }

// ErrFull says that the fleet has as many devices as it may.
var ErrFull = mistakes.Errorf("no more than %d run at a time", MaxDevices)

var (
	errNone  = mistakes.New("there are none")
	errTaken = mistakes.New("another device has this name")
)

// Progress is how far a Start has come.
type Progress struct {
	Kind                   string // empty: devices of several
	Total, Started, Failed int
	// Why is the first reason that devices failed for; nil: none did.
	Why error
	// Done says that no more will be started: all are, or it was cancelled.
	Done, Cancelled bool
}

// Starting is devices that are being started: a Start, to who watches it.
type Starting interface {
	Progress() Progress
	Cancel()
	Done() <-chan struct{}
}

// Start is devices that are being started.
type Start struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex
	progress Progress
}

// Progress tells how far it has come.
func (s *Start) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress
}

// Cancel starts no more devices. Those that run go on; those that are connecting are stopped.
func (s *Start) Cancel() {
	s.mu.Lock()
	s.progress.Cancelled = s.progress.Cancelled || !s.progress.Done
	s.mu.Unlock()
	s.cancel()
}

// Done is closed when no more will be started.
func (s *Start) Done() <-chan struct{} { return s.done }

func (s *Start) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.progress.Started++
		return
	}
	s.progress.Failed++
	if s.progress.Why == nil {
		s.progress.Why = err
	}
}

// Start begins to start devices and returns at once. A device has started when the gateway has answered it, and what it
// observes is granted.
func (f *Fleet) Start(o Order) (*Start, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, mistakes.Errorf("start devices: %w", err)
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	return f.begin(Progress{Kind: o.Template.Kind, Total: o.Count}, o.AtOnce, func(ctx context.Context, _ int) (*device, error) {
		return f.add(ctx, func() (*device, error) {
			kind := o.Template.Kind
			f.numbers[kind]++
			index := f.numbers[kind]
			return newDevice(deviceName(kind, index), index, &o, time.Now()), nil
		})
	})
}

// begin begins to start as many devices as p says; next adds one after the other, nil when no more are wanted.
func (f *Fleet) begin(p Progress, together int, next func(ctx context.Context, i int) (*device, error)) (*Start, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	there := len(f.devices) + f.planned()
	switch {
	case f.closed:
		return nil, mistakes.New("start devices: the fleet is closed")
	case there+p.Total > MaxDevices:
		return nil, mistakes.Errorf("start %d devices beside %d: %w", p.Total, there, ErrFull)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Start{cancel: cancel, done: make(chan struct{}), progress: p}
	f.running = append(f.running, s)
	f.starts.Add(1)
	go f.start(ctx, s, together, next)
	return s, nil
}

// planned is how many devices will still come. The lock is held.
func (f *Fleet) planned() (n int) {
	for _, s := range f.running {
		p := s.Progress()
		n += p.Total - p.Started - p.Failed
	}
	return n
}

// start adds devices, as many at a time as may connect together.
func (f *Fleet) start(ctx context.Context, s *Start, together int, next func(ctx context.Context, i int) (*device, error)) {
	defer f.starts.Done()
	slots := make(chan struct{}, together)
	var waiting sync.WaitGroup
	for i := range s.Progress().Total {
		select {
		case <-ctx.Done():
		case slots <- struct{}{}:
		}
		d, err := next(ctx, i)
		if err != nil {
			s.note(err)
			<-slots
			continue
		}
		if d == nil {
			break
		}
		waiting.Go(func() {
			defer func() { <-slots }()
			select {
			case err := <-d.ready:
				s.note(err)
			case <-d.ended: // it was stopped
				select {
				case err := <-d.ready:
					s.note(err)
				default:
				}
			case <-ctx.Done():
				select {
				case err := <-d.ready:
					s.note(err)
				default:
					d.stop()
					<-d.ended
				}
			}
			f.revision.Add(1)
		})
	}
	waiting.Wait()
	s.cancel()
	s.mu.Lock()
	s.progress.Done = true
	s.mu.Unlock()
	f.mu.Lock()
	for i, other := range f.running {
		if other == s {
			f.running = append(f.running[:i:i], f.running[i+1:]...)
			break
		}
	}
	f.mu.Unlock()
	f.reap()
	f.revision.Add(1)
	close(s.done)
}

// deviceName is the client ID of a device.
func deviceName(kind string, index int) string { return fmt.Sprintf("%s-%04d", kind, index) }

// add starts the device that made gives, with the lock held; nil if no more are wanted.
func (f *Fleet) add(starting context.Context, made func() (*device, error)) (*device, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || starting.Err() != nil {
		return nil, nil
	}
	d, err := made()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.stop = cancel
	f.devices = append(f.devices, d)
	f.named[d.name] = d
	f.revision.Add(1)
	go d.run(ctx)
	return d, nil
}

// reap takes out devices that were stopped because their start was cancelled.
func (f *Fleet) reap() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep(func(d *device) bool {
		select {
		case <-d.ended:
			return d.now().State == Failed
		default:
			return true
		}
	})
}

// keep takes out devices. The lock is held.
func (f *Fleet) keep(wanted func(*device) bool) (gone []*device) {
	kept := f.devices[:0]
	for _, d := range f.devices {
		if wanted(d) {
			kept = append(kept, d)
			continue
		}
		gone = append(gone, d)
		delete(f.named, d.name)
	}
	clear(f.devices[len(kept):])
	f.devices = kept
	if len(kept) == 0 {
		f.devices, f.numbers = nil, map[string]int{} // names begin anew
	}
	return gone
}

// Stop stops devices by name and takes them out; names that are not known are ignored. It returns when their sockets are
// closed, which takes less than a second. Again starts what was stopped.
func (f *Fleet) Stop(names ...string) *Stopped {
	chosen := make(map[string]bool, len(names))
	for _, name := range names {
		chosen[name] = true
	}
	return f.stop(func(d *device) bool { return chosen[d.name] })
}

// StopAll stops all devices, and those that are being started.
func (f *Fleet) StopAll() *Stopped {
	f.mu.Lock()
	starts := append([]*Start(nil), f.running...)
	f.mu.Unlock()
	for _, s := range starts {
		s.Cancel()
	}
	all := f.stop(func(*device) bool { return true })
	for _, s := range starts {
		<-s.done
	}
	late := f.stop(func(*device) bool { return true }) // what was added meanwhile
	all.devices = append(all.devices, late.devices...)
	return all
}

func (f *Fleet) stop(which func(*device) bool) *Stopped {
	f.mu.Lock()
	gone := f.keep(func(d *device) bool { return !which(d) })
	f.mu.Unlock()
	for _, d := range gone {
		d.stop()
	}
	for _, d := range gone {
		<-d.ended
	}
	f.mu.Lock()
	for _, d := range gone {
		s := d.now()
		f.past.add(&s.Counters)
	}
	f.mu.Unlock()
	f.revision.Add(1)
	return &Stopped{gone}
}

// Close stops all devices; none can be started afterwards.
func (f *Fleet) Close() error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.StopAll()
	f.starts.Wait()
	return nil
}

// Devices are all devices in the order they were started.
func (f *Fleet) Devices() []Snapshot {
	f.mu.Lock()
	devices := append([]*device(nil), f.devices...)
	f.mu.Unlock()
	all := make([]Snapshot, len(devices))
	for i, d := range devices {
		all[i] = d.now()
	}
	return all
}

// Device is the device of that name.
func (f *Fleet) Device(name string) (Snapshot, bool) {
	f.mu.Lock()
	d := f.named[name]
	f.mu.Unlock()
	if d == nil {
		return Snapshot{}, false
	}
	return d.now(), true
}

// Len is how many devices there are.
func (f *Fleet) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.devices)
}

// Summary is what all devices have done, those that were stopped included.
type Summary struct {
	Devices      int
	States       [Failed + 1]int // by State
	Observations int
	Counters
}

// Summary counts over all devices. RTT is the mean of the last ones of all that have one.
func (f *Fleet) Summary() Summary {
	f.mu.Lock()
	s := Summary{Counters: f.past}
	f.mu.Unlock()
	var total time.Duration
	timed := 0
	for _, d := range f.Devices() {
		s.Devices++
		s.States[d.State]++
		s.Observations += d.Observations
		s.add(&d.Counters)
		if d.RTT > 0 {
			total += d.RTT
			timed++
		}
	}
	if timed > 0 {
		s.RTT = total / time.Duration(timed)
	}
	return s
}
