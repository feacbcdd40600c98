package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/engine/record"
	"sluice/engine/record/pcapng"
)

var ping = record.Frame{
	Peer: netip.MustParseAddrPort("127.0.0.1:40001"), Listener: "coap://127.0.0.1:5683", Data: []byte("\x40\x00\x00\x01"),
}

func TestCaptureHoldsAllThatPassed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture.pcapng")
	write(t, path, strings.Repeat("what was there before", 1000))
	ring := record.New(1 << 20)
	c, err := startCapture(path, ring, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		f := ping
		ring.Add(&f)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := pcapng.NewReader(file)
	for i := range 10 {
		if f, err := r.Next(); err != nil || !bytes.Equal(f.Data, ping.Data) || f.Peer != ping.Peer {
			t.Fatalf("message %d is %+v, %v", i+1, f, err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after the last message: %v", err)
	}
}

// A full disk is a line in the log, ends the capture and nothing else.
func TestCaptureOnAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	var log bytes.Buffer
	ring := record.New(1 << 20)
	c, err := startCapture("/dev/full", ring, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	f := ping
	ring.Add(&f)
	<-c.ended
	if !strings.Contains(log.String(), "the capture ends early, the gateway goes on") || !strings.Contains(log.String(), "no space left") {
		t.Errorf("the log says\n%s", &log)
	}
	if ring.Enabled() {
		t.Error("traffic is recorded for nobody")
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

func TestServeRefusesACaptureThatCannotBeCreated(t *testing.T) {
	config := write(t, filepath.Join(away(t), "sluice.toml"), freePorts)
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), []string{"serve", "--config", config, "--capture", filepath.Join(t.TempDir(), "no", "folder")}, &stdout, &stderr)
	if status != statusFailed || !strings.Contains(stderr.String(), "creating the capture: open ") {
		t.Errorf("status %d, stderr\n%s", status, &stderr)
	}
}
