package watch

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/pki"
)

const (
	// MaxWatches bounds a Set.
	MaxWatches = 100
	// Quiet is the least time between two notices of one watch.
	Quiet = 10 * time.Second
)

// ErrFull says that a Set has as many watches as it may.
var ErrFull = mistakes.Errorf("there are %d watches already", MaxWatches)

// Watch is one that a user asked for.
type Watch struct {
	ID int `json:"id"`
	Spec
	Off   bool   `json:"off,omitempty"`
	Fired uint64 `json:"fired,omitempty"`
	Last  Event  `json:"last,omitzero"` // what it fired for last; its At is zero when it never did
	// Told are the certificates of which was told, with how near their end was.
	Told map[string]pki.Step `json:"told,omitempty"`
}

// Event is what happened. It holds names and numbers, and no text of a payload.
type Event struct {
	At time.Time `json:"at"`
	Of string    `json:"of,omitempty"` // what it happened to
	// Value is the number that came; empty: no number.
	Value  string    `json:"value,omitempty"`
	Detail string    `json:"detail,omitempty"` // why a client was refused or a listener failed; the listener of a limit
	Until  time.Time `json:"until,omitzero"`   // when a certificate ends
}

// Notice is something to tell.
type Notice struct {
	Watch Watch
	Event Event
	More  int // how many events of this watch were left out since it was told last
}

// Set is all that a user asked to be told. Its methods may be called from any goroutine.
type Set struct {
	source Source

	mu       sync.Mutex
	last     int // ID
	watches  []*watching
	revision uint64
}

// watching is a watch with what it has seen.
type watching struct {
	Watch
	condition condition // nil: it has yet to begin
	waiting   int       // events to tell of
	told      time.Time
}

// New returns an empty set.
func New(s Source) *Set { return &Set{source: s} }

// Revision changes when watches come, go, are switched or fire.
func (s *Set) Revision() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revision
}

// Add adds a watch. One that is there already is switched on. The error is ErrFull, or says what is wrong with the spec.
func (s *Set) Add(spec Spec) (id int, err error) {
	if err := spec.Validate(); err != nil {
		return 0, mistakes.Errorf("watch: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	for _, w := range s.watches {
		if w.Spec == spec {
			w.set(false)
			return w.ID, nil
		}
	}
	if len(s.watches) >= MaxWatches {
		return 0, mistakes.Errorf("watch: %w", ErrFull)
	}
	s.last++
	s.watches = append(s.watches, &watching{Watch: Watch{ID: s.last, Spec: spec}})
	return s.last, nil
}

// set switches a watch; it begins anew when it is switched on.
func (w *watching) set(off bool) {
	if w.Off != off {
		w.Off, w.condition, w.waiting = off, nil, 0
	}
}

func (s *Set) find(id int) int {
	return slices.IndexFunc(s.watches, func(w *watching) bool { return w.ID == id })
}

// Remove takes a watch away. It reports whether there was one.
func (s *Set) Remove(id int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(id)
	if at < 0 {
		return false
	}
	s.watches = slices.Delete(s.watches, at, at+1)
	s.revision++
	return true
}

// Restore brings a watch back that was removed, with what it has told.
func (s *Set) Restore(w Watch) error {
	if err := w.Validate(); err != nil {
		return mistakes.Errorf("watch: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.watches) >= MaxWatches {
		return mistakes.Errorf("watch: %w", ErrFull)
	}
	if s.find(w.ID) < 0 {
		s.watches = append(s.watches, &watching{Watch: w})
		s.last = max(s.last, w.ID)
		s.revision++
	}
	return nil
}

// Switch switches a watch on or off. It reports whether there is one.
func (s *Set) Switch(id int, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(id)
	if at < 0 {
		return false
	}
	s.watches[at].set(!on)
	s.revision++
	return true
}

// All returns the watches in the order they were added.
func (s *Set) All() []Watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Watch, len(s.watches))
	for i, w := range s.watches {
		all[i] = w.Watch
	}
	return all
}

// Look asks the source and returns what is to be told now. It is meant to be called once a second. What there is when a
// watch begins is no event, nor is what a stopped gateway ends.
func (s *Set) Look(now time.Time) []Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	var notices []Notice
	v := newView(s.source, now)
	for _, w := range s.watches {
		if w.Off {
			continue
		}
		if !v.running() && w.Kind != CertificateExpires {
			w.condition = nil
			continue
		}
		if w.condition == nil {
			w.condition = newCondition(w)
		}
		if events := w.condition.look(v); len(events) > 0 {
			w.waiting += len(events)
			w.Fired += uint64(len(events))
			w.Last = events[len(events)-1]
			s.revision++
		}
		if w.waiting > 0 && (w.told.IsZero() || now.Sub(w.told) >= Quiet || now.Before(w.told)) {
			notices = append(notices, Notice{Watch: w.Watch, Event: w.Last, More: w.waiting - 1})
			w.waiting, w.told = 0, now
		}
	}
	return notices
}

// Save returns what Load takes back.
func (s *Set) Save() ([]byte, error) {
	data, err := json.Marshal(s.All())
	if err != nil {
		return nil, mistakes.Errorf("keep the watches: %w", err)
	}
	return data, nil
}

// Load adds the watches that Save kept; those that cannot be used are left out, and the error says why.
func (s *Set) Load(data []byte) error {
	var all []Watch
	if err := json.Unmarshal(data, &all); err != nil {
		return mistakes.Errorf("read the watches: %w", err)
	}
	var failed []error
	for _, w := range all {
		failed = append(failed, s.Restore(w))
	}
	return errors.Join(failed...)
}
