package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"sluice/engine/record"
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
func startCapture(path string, ring *record.Ring, log *slog.Logger) (*capture, error) {
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
		missed, err := w.Follow(ctx, ring, last)
		if err != nil {
			log.Error("the capture ends early, the gateway goes on", "file", path, "error", err)
			ring.SetEnabled(false)
		}
		if missed > 0 {
			log.Warn("more passed than could be written to the capture", "file", path, "missed", missed)
		}
	}()
	log.Info("the traffic is captured", "file", path)
	return c, nil
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
