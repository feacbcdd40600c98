package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"sluice/engine/record"
	"sluice/engine/record/filter"
	"sluice/engine/record/pcapng"
)

// capture writes the traffic into a file as it passes. A file that cannot be written any more, as on a full disk, ends
// the capture and nothing else.
type capture struct {
	file  *os.File
	stop  context.CancelFunc
	ended chan struct{}
}

// startCapture creates the file, or empties it, and writes to it what comes into the ring until close.
// wanted says which messages are meant.
func startCapture(path string, wanted filter.Filter, ring *record.Ring, log *slog.Logger) (*capture, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("creating the capture: %w", err)
	}
	w, err := pcapng.NewWriter(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	last := ring.Last()
	ctx, stop := context.WithCancel(context.Background())
	c := &capture{file: file, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		missed, err := w.Follow(ctx, ring, last, matching(wanted, ring))
		if err != nil {
			log.Error("the capture ends early, the gateway goes on", "file", path, "error", err)
			ring.SetEnabled(false)
		}
		if missed > 0 {
			log.Warn("more passed than could be written to the capture", "file", path, "missed", missed)
		}
	}()
	log.Info("the traffic is captured", "file", path, "filter", wanted.String())
	return c, nil
}

// matching reports of the messages of a ring, asked in their order, whether a filter means them; nil for all.
func matching(wanted filter.Filter, ring *record.Ring) func(*record.Frame) bool {
	if wanted.Empty() {
		return nil
	}
	index, message := record.NewIndex(), filter.Message{Get: ring.Get}
	return func(f *record.Frame) bool {
		index.Forget(ring.First())
		index.Add(f)
		index.TakeChanged()
		message.Set(f, index.Of(f.Seq))
		return wanted.Match(&message)
	}
}

// captureFilter reads --capture-filter.
func (o *options) captureFilter() (filter.Filter, error) {
	if o.captured != "" && o.capture == "" {
		return filter.Filter{}, usageError{errors.New("--capture-filter takes --capture FILE beside it")}
	}
	wanted, err := filter.Parse(o.captured)
	if err != nil {
		return wanted, usageError{fmt.Errorf("--capture-filter: %w", err)}
	}
	return wanted, nil
}

// close writes what has passed and is not written yet.
func (c *capture) close() error {
	c.stop()
	<-c.ended
	if err := c.file.Close(); err != nil {
		return fmt.Errorf("closing the capture: %w", err)
	}
	return nil
}
