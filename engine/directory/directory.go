package directory

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// Store keeps registrations on disk; store.Store is one. Changes of one location take effect in the order of the calls.
// done is called once, from any goroutine, when the change is on disk or cannot be; it may be nil.
type Store interface {
	PutRegistration(location string, value []byte, done func(error))
	DeleteRegistration(location string, done func(error))
	// Registrations calls fn for everything kept; value is valid during the call. An error of fn ends it and is returned.
	Registrations(fn func(location string, value []byte) error) error
}

// Config configures a Directory.
type Config struct {
	Limits Limits
	// Open lets every client change every registration, instead of the one that made it (RFC 9176, section 7.5).
	Open    bool
	Store   Store        // nil: nothing is kept on disk
	Fetcher Fetcher      // nil: the endpoint that hears a device asks it
	Log     *slog.Logger // nil: nothing is logged
}

// remembered is how long a registration can still be refreshed after its lifetime.
const remembered = 24 * time.Hour

// Directory is a resource directory. Its methods may be called from any goroutine.
type Directory struct {
	config   Config
	limits   Limits
	revision atomic.Uint64
	events   eventRing
	watchers watchers
	fetches  fetches
	refused  atomic.Uint64

	inquiries atomic.Int32  // lookups that are answered later
	turns     chan struct{} // of those that match
	reached   reached

	ctx    context.Context // of what runs for the directory; ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex // also makes the store see changes in their order
	closed  bool
	serial  uint64
	byID    map[string]*registration
	byKey   map[key]*registration
	timers  map[string]*time.Timer // by id: the end of the lifetime, and then of being remembered
	owners  map[string]int         // how many registrations are whose
	size    int
	links   int
	ordered []*registration // by serial; nil when it has to be made again
}

// New returns a directory with the registrations that are on disk. The error is the store's.
func New(c Config) (*Directory, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.withDefaults()
	if c.Fetcher == nil {
		c.Fetcher = asking{maxBody: int64(c.Limits.RegistrationSize)}
	}
	d := &Directory{
		config: c, limits: c.Limits,
		byID: make(map[string]*registration), byKey: make(map[key]*registration),
		timers: make(map[string]*time.Timer), owners: make(map[string]int),
		turns: make(chan struct{}, concurrentInquiries),
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	if err := d.load(); err != nil {
		return nil, fmt.Errorf("read the registrations: %w", err)
	}
	return d, nil
}

func (d *Directory) load() error {
	if d.config.Store == nil {
		return nil
	}
	var over []string
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.config.Store.Registrations(func(id string, value []byte) error {
		r, err := decode(id, value)
		switch {
		case err != nil:
			d.config.Log.Warn("a registration on disk cannot be read and is left out", "location", id, "error", err)
		case !r.kept(now), d.byKey[r.key] != nil && d.byKey[r.key].serial > r.serial:
			over = append(over, id)
		default:
			if older := d.byKey[r.key]; older != nil {
				over = append(over, older.id)
				d.drop(older)
			}
			d.place(r, now)
			d.serial = max(d.serial, r.serial)
		}
		return nil
	})
	for _, id := range over {
		d.config.Store.DeleteRegistration(id, nil)
	}
	return err
}

// kept reports whether the registration is to be remembered.
func (r *registration) kept(now time.Time) bool {
	return r.active(now) || !r.simple && now.Before(r.expires.Add(remembered))
}

// Close ends what runs and waits for it. Registrations stay on disk.
func (d *Directory) Close() error {
	d.mu.Lock()
	d.closed = true
	for _, t := range d.timers {
		t.Stop()
	}
	d.mu.Unlock()
	d.cancel()
	d.watchers.close()
	d.tasks.Wait()
	return nil
}

// run starts fn on a goroutine that Close waits for; not after Close.
func (d *Directory) run(fn func()) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.tasks.Go(fn)
	return true
}

// place puts r into the table and sets its timer. The lock is held.
func (d *Directory) place(r *registration, now time.Time) {
	d.byID[r.id], d.byKey[r.key] = r, r
	d.owners[r.owner]++
	d.size += r.size
	d.links += len(r.links)
	d.ordered = nil
	end := r.expires
	if !r.active(now) {
		end = end.Add(remembered)
	}
	d.timers[r.id] = time.AfterFunc(end.Sub(now), func() { d.timeout(r) })
}

// drop takes r out of the table. The lock is held.
func (d *Directory) drop(r *registration) {
	d.timers[r.id].Stop()
	delete(d.timers, r.id)
	delete(d.byID, r.id)
	delete(d.byKey, r.key)
	if d.owners[r.owner]--; d.owners[r.owner] == 0 {
		delete(d.owners, r.owner)
	}
	d.size -= r.size
	d.links -= len(r.links)
	d.ordered = nil
}

// timeout is called when a lifetime ends, or the time after it in which the registration is remembered.
func (d *Directory) timeout(r *registration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.byID[r.id] != r {
		return
	}
	now := time.Now()
	switch {
	case r.active(now): // the clock was set back
		d.timers[r.id].Reset(r.expires.Sub(now))
		return
	case r.kept(now):
		d.timers[r.id].Reset(r.expires.Add(remembered).Sub(now))
		d.note(Expired, r, "")
	default:
		d.remove(r, nil)
		if r.simple {
			d.note(Expired, r, "")
		}
	}
	d.changed(r)
}

// remove takes r out of the table and off the disk. The lock is held.
func (d *Directory) remove(r *registration, done func(error)) {
	d.drop(r)
	if d.config.Store == nil {
		if done != nil {
			done(nil)
		}
		return
	}
	d.config.Store.DeleteRegistration(r.id, done)
}

// put puts r, which is complete, in the place of before, which may be nil, and calls done when that is on disk. The lock
// is held.
func (d *Directory) put(r, before *registration, done func(error)) *refusal {
	value, err := r.encode()
	if err != nil {
		return &refusal{code: codes.InternalServerError, reason: err.Error()}
	}
	if refused := d.makeRoom(r, before); refused != nil {
		return refused
	}
	if before != nil {
		d.drop(before)
	}
	d.place(r, time.Now())
	d.changed(r, before)
	if d.config.Store == nil {
		done(nil)
		return nil
	}
	d.config.Store.PutRegistration(r.id, value, done)
	return nil
}

// makeRoom lets expired registrations go until r can take the place of before. The lock is held.
func (d *Directory) makeRoom(r, before *registration) *refusal {
	count, size, owned := len(d.byID)+1, d.size+r.size, d.owners[r.owner]+1
	leave := func(old *registration) {
		count, size = count-1, size-old.size
		if old.owner == r.owner {
			owned--
		}
	}
	if before != nil {
		leave(before)
	}
	exceeded := func() (bound, bool) {
		switch {
		case count > d.limits.Registrations:
			return boundRegistrations, true
		case size > d.limits.Size:
			return boundSize, true
		case owned > d.limits.RegistrationsClient:
			return boundRegistrationsClient, true
		}
		return 0, false
	}
	full, isFull := exceeded()
	if !isFull {
		return nil
	}
	for _, old := range d.inOrder() {
		if old == before || old.active(r.updated) {
			continue
		}
		d.remove(old, nil)
		leave(old)
		if full, isFull = exceeded(); !isFull {
			return nil
		}
	}
	d.reached.note(full)
	return &refusal{codes.ServiceUnavailable, "the directory is full", 60}
}

// inOrder returns the registrations by serial, those that have expired included. The lock is held; what is returned does
// not change.
func (d *Directory) inOrder() []*registration {
	if d.ordered == nil {
		d.ordered = make([]*registration, 0, len(d.byID))
		for _, r := range d.byID {
			d.ordered = append(d.ordered, r)
		}
		slices.SortFunc(d.ordered, func(a, b *registration) int { return cmp.Compare(a.serial, b.serial) })
	}
	return d.ordered
}

// list is inOrder for who does not hold the lock, with the revision that it belongs to.
func (d *Directory) list() ([]*registration, uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inOrder(), d.revision.Load()
}

// newID returns an unused last segment of a location. The lock is held.
func (d *Directory) newID() string {
	for {
		if id := strings.ToLower(rand.Text()[:8]); d.byID[id] == nil {
			return id
		}
	}
}

// changed tells who observes that registrations, some of which may be nil, came or went. The lock is held.
func (d *Directory) changed(registrations ...*registration) {
	d.revision.Add(1)
	d.watchers.wake(d, registrations...)
}

// linkCount is the number of all links.
func (d *Directory) linkCount() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.links
}

// Revision changes whenever Snapshot or Events would, but for what only time changes.
func (d *Directory) Revision() uint64 { return d.revision.Load() }
