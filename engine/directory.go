package engine

import (
	"fmt"

	"sluice/engine/directory"
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
		return nil, fmt.Errorf("start the resource directory: %w", err)
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
