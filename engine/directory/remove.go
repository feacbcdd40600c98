package directory

import (
	"strings"
	"time"

	"sluice/engine/mistakes"
)

// RemovedRegistration is what Restore needs.
type RemovedRegistration struct {
	Endpoint     Endpoint // as it was; empty where there was none to remove
	registration *registration
}

// Found reports whether there was a registration to remove.
func (r RemovedRegistration) Found() bool { return r.Endpoint.Location != "" }

// Remove removes the registration at a location, as /rd/abc, whoever made it, and returns when that is on disk. The event
// says why. The error is the store's.
func (d *Directory) Remove(location, why string) (RemovedRegistration, error) {
	stored := make(chan error, 1)
	removed := d.removeAt(location, why, func(err error) { stored <- err })
	if !removed.Found() {
		return removed, nil
	}
	if err := <-stored; err != nil {
		return removed, mistakes.Errorf("remove %s: %w", location, err)
	}
	return removed, nil
}

func (d *Directory) removeAt(location, why string, done func(error)) RemovedRegistration {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.byID[strings.TrimPrefix(location, PathRegister+"/")]
	if r == nil || d.closed {
		return RemovedRegistration{}
	}
	d.remove(r, done)
	d.note(Removed, r, why)
	d.changed(r)
	return RemovedRegistration{r.snapshot(time.Now()), r}
}

// What Restore cannot do.
var (
	ErrRegisteredAgain = mistakes.New("the endpoint has registered again")
	ErrLifetimeOver    = mistakes.New("its lifetime is over; the device has to register again")
)

// Restore brings back what Remove removed, at its location and with what is left of its lifetime, and returns when that is
// on disk. The event says why. The error is ErrRegisteredAgain, ErrLifetimeOver, that the directory is full, or the store's.
func (d *Directory) Restore(removed RemovedRegistration, why string) error {
	stored := make(chan error, 1)
	if err := d.restore(removed.registration, why, func(err error) { stored <- err }); err != nil {
		return err
	}
	if err := <-stored; err != nil {
		return mistakes.Errorf("restore %s: %w", removed.registration.location(), err)
	}
	return nil
}

func (d *Directory) restore(r *registration, why string, done func(error)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case r == nil:
		return mistakes.New("nothing was removed")
	case d.closed:
		return mistakes.New("the directory is closed")
	case d.byKey[r.key] != nil, d.byID[r.id] != nil:
		return ErrRegisteredAgain
	case !r.kept(time.Now()):
		return ErrLifetimeOver
	}
	if refused := d.put(r, nil, done); refused != nil {
		return mistakes.New(refused.reason)
	}
	d.note(Registered, r, why)
	return nil
}
