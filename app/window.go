//go:build !headless

package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"sluice/engine"
	"sluice/ui/language"
	"sluice/ui/window"
)

const hasWindow = true

// runWindow shows the workbench until the user closes it.
func runWindow(i *instance, o *options, log *slog.Logger, startErr error) error {
	// The toolkit does not make the folder that it makes its own in.
	if folder, err := os.UserCacheDir(); err == nil {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			log.Warn("there is no folder for caches", "error", err)
		}
	}
	var spoken *language.Choice
	if o.language != "" {
		c, err := language.Parse(o.language)
		if err != nil {
			return usageError{fmt.Errorf("reading --lang: %w", err)}
		}
		spoken = &c
	}
	return window.Run(window.Options{
		Engine:   windowEngine{Engine: i.engine, log: log, fresh: o.resetLayout},
		Version:  version,
		Build:    buildText(),
		StartErr: startErr,
		Language: spoken,

		SettingsFile: o.config,
		CrashReport:  i.crashReport,
		FirstStart:   i.firstStart,
	})
}

// cannotOpenWindow reports whether err says that no window can be opened here, not even one that shows it.
func cannotOpenWindow(err error) bool {
	var none *window.NoWindowError
	return errors.As(err, &none)
}

// windowEngine is the engine as the window wants it.
type windowEngine struct {
	*engine.Engine
	log *slog.Logger
	// fresh hides the layout that was remembered; the window then remembers its new one over it.
	fresh bool
}

func (e windowEngine) LayoutValue(key string) []byte {
	if e.fresh && key == window.LayoutKey {
		return nil
	}
	return e.Engine.LayoutValue(key)
}

// PutLayoutValue logs an error: a layout that is not kept is no reason to bother the user.
func (e windowEngine) PutLayoutValue(key string, value []byte) {
	if err := e.Engine.PutLayoutValue(key, value); err != nil {
		e.log.Warn("the window's layout is not kept", "error", err)
	}
}

// showError shows why the workbench cannot open, in the language that was asked for.
func showError(err error, o *options) {
	spoken, unknown := language.Parse(cmp.Or(o.language, "system"))
	if unknown != nil {
		spoken = language.System
	}
	window.ShowError(err, spoken)
}
