package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// workbench opens the window, or serves where there can be none.
func workbench(ctx context.Context, o options, stdout, stderr io.Writer) error {
	log, err := o.logger(stderr)
	if err != nil {
		return err
	}
	switch {
	case !hasWindow:
		fmt.Fprintln(stderr, "This Sluice was built without a window, so it serves. Ctrl+C ends it.")
		return serve(ctx, &o, log, stdout)
	case displayMissing():
		fmt.Fprintln(stderr, "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so Sluice serves without a window. Ctrl+C ends it.")
		return serve(ctx, &o, log, stdout)
	}
	err = openWindow(ctx, &o, log)
	if err != nil && !cannotOpenWindow(err) {
		showError(err, &o)
	}
	return err
}

// openWindow shows the window until the user closes it. Listeners that fail do not keep it away: it says so itself.
func openWindow(ctx context.Context, o *options, log *slog.Logger) (err error) {
	i, err := o.open(log, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.close()) }()
	served, err := startProfile(o.profile, i.engine, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, served.close()) }()
	startErr := i.engine.Start(ctx)
	if startErr != nil {
		log.Error("not everything started", "error", startErr)
	}
	return errors.Join(runWindow(i, o, log, startErr), i.endWell())
}
