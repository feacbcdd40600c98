package directory

import (
	"fmt"
	"strings"
)

// Remove removes the registration at a location, as /rd/abc, whoever made it, and returns when that is on disk. The event
// says why. It reports whether there was one; the error is the store's.
func (d *Directory) Remove(location, why string) (bool, error) {
	stored := make(chan error, 1)
	if !d.removeAt(location, why, func(err error) { stored <- err }) {
		return false, nil
	}
	if err := <-stored; err != nil {
		return true, fmt.Errorf("remove %s: %w", location, err)
	}
	return true, nil
}

func (d *Directory) removeAt(location, why string, done func(error)) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.byID[strings.TrimPrefix(location, PathRegister+"/")]
	if r == nil || d.closed {
		return false
	}
	d.remove(r, done)
	d.note(Removed, r, why)
	d.changed(r)
	return true
}
