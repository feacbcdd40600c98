package engine

import (
	"sluice/engine/directory"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// newDirectory builds the resource directory; nil if it is not enabled.
func (e *Engine) newDirectory(s settings.Directory) (*directory.Directory, error) {
	if !s.Enable {
		return nil, nil
	}
	config := directory.Config{
		Limits: directory.Limits{
			Registrations: s.MaxRegistrations, RegistrationsClient: s.MaxRegistrationsClient, Links: s.MaxLinks,
			RegistrationSize: int(s.MaxRegistrationSize), Size: int(s.MaxSize),
			Observers: s.MaxObservers, Fetches: s.MaxFetches,
		},
		Open: !s.FirstComeFirstRemembered,
		Log:  e.log,
	}
	if e.store != nil {
		config.Store = e.store
	}
	d, err := directory.New(config)
	if err != nil {
		return nil, mistakes.Errorf("start the resource directory: %w", err)
	}
	return d, nil
}

func closeDirectory(d *directory.Directory) error {
	if d == nil {
		return nil
	}
	return d.Close()
}

// Directory is the resource directory; nil while the engine is stopped, and when the settings do not enable it.
func (e *Engine) Directory() *directory.Directory {
	if r := e.current(); r != nil {
		return r.directory
	}
	return nil
}

// RemoveRegistration removes the registration at a location, whoever made it, and returns when that is on disk. The event
// says that it was removed from this side.
func (e *Engine) RemoveRegistration(location string) (directory.RemovedRegistration, error) {
	d := e.Directory()
	if d == nil {
		return directory.RemovedRegistration{}, ErrStopped
	}
	return d.Remove(location, "removed in the window")
}

// RestoreRegistration brings back what RemoveRegistration removed, with what is left of its lifetime.
func (e *Engine) RestoreRegistration(r directory.RemovedRegistration) error {
	d := e.Directory()
	if d == nil {
		return ErrStopped
	}
	return d.Restore(r, "restored in the window")
}

// ProxiesDevices reports whether /rd-proxy/EP/PATH reads what a registered device has.
func (e *Engine) ProxiesDevices() bool {
	r := e.current()
	return r != nil && r.gateway.Proxy().Reverses()
}
