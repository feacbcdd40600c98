package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// instance is an engine with the state file it works on.
type instance struct {
	engine *engine.Engine
	store  *store.Store
	keys   *pki.Keeper

	firstStart  bool        // nobody has set anything yet: no settings are kept, and no file was given
	crash       *crashWatch // nil: none could be begun
	crashReport string      // how the program ended the last time, empty where it ended well
}

// open opens the state file, lays the settings file over its settings, and makes an engine that is not started. With
// watch the engine keeps what a window shows.
func (o *options) open(log *slog.Logger, watch bool) (*instance, error) {
	path := o.state
	if path == "" {
		var err error
		if path, err = defaultState(); err != nil {
			return nil, fmt.Errorf("there is no folder for the state file, name one with --state: %w", err)
		}
	}
	kept, err := store.Open(path)
	if err != nil {
		return nil, err
	}
	s, first, err := o.settings(kept)
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	keys, err := o.sealing.openKeeper(kept, log, !watch)
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	e, err := engine.New(engine.Config{Settings: s, Store: kept, Keys: keys, Log: log, Watch: watch, Record: o.capture != ""})
	if err == nil {
		err = e.SetKeyLog(o.keyLog)
	}
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	i := &instance{engine: e, store: kept, keys: keys, firstStart: first}
	if i.crash, i.crashReport, err = watchCrashes(kept.Path(), buildText(), time.Now()); err != nil {
		log.Warn("a crash will leave no report", "error", err)
	}
	if i.crashReport != "" {
		log.Warn("the program crashed the last time; its report can be deleted", "report", i.crashReport)
	}
	return i, nil
}

// settings are the defaults, or what the state file keeps instead, with the settings file laid over; first says that there
// is neither.
func (o *options) settings(kept *store.Store) (s settings.Settings, first bool, err error) {
	s, found, err := kept.Settings()
	if err != nil {
		return settings.Settings{}, false, fmt.Errorf("reading the settings of %s: %w", kept.Path(), err)
	}
	if !found {
		s = settings.Default()
	}
	if o.config == "" {
		return s, !found, nil
	}
	data, err := os.ReadFile(o.config)
	if err != nil {
		return settings.Settings{}, false, fmt.Errorf("reading the settings file: %w", err)
	}
	s, err = settings.Decode(o.config, data, s)
	if err != nil {
		return settings.Settings{}, false, fmt.Errorf("the settings file cannot be used:\n%w", err)
	}
	return s, false, nil
}

// endWell says that the program ends as it should: no report of a crash is left.
func (i *instance) endWell() error {
	if i.crash == nil {
		return nil
	}
	return i.crash.end()
}

// close ends the engine, then the state file, with everything on disk.
func (i *instance) close() error {
	var errs []error
	if err := i.engine.Close(); err != nil {
		errs = append(errs, fmt.Errorf("closing the engine: %w", err))
	}
	if err := i.store.Close(); err != nil {
		errs = append(errs, fmt.Errorf("closing the state file: %w", err))
	}
	return errors.Join(errs...)
}

// defaultState is where the state file is unless --state says otherwise.
func defaultState() (string, error) {
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "sluice", "sluice.db"), nil
}
