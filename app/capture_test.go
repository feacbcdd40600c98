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
	"sluice/engine/record/filter"
	"sluice/engine/record/pcapng"
)

var ping = record.Frame{
	Peer: netip.MustParseAddrPort("127.0.0.1:40001"), Listener: "coap://127.0.0.1:5683", Data: []byte("\x40\x00\x00\x01"),
}

func TestCaptureHoldsAllThatPassed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture.pcapng")
	write(t, path, strings.Repeat("what was there before", 1000))
	ring := record.New(1 << 20)
	c, err := startCapture(path, filter.Filter{}, ring, slog.New(slog.DiscardHandler))
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
	c, err := startCapture("/dev/full", filter.Filter{}, ring, slog.New(slog.NewTextHandler(&log, nil)))
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

func TestCaptureOfWhatAFilterMeans(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture.pcapng")
	wanted, err := filter.Parse("peer:lamp-3 -odd:retransmitted or code:MQTT or path:/ps/**")
	if err != nil {
		t.Fatal(err)
	}
	ring := record.New(1 << 20)
	c, err := startCapture(path, wanted, ring, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	get, answer := []byte("\x41\x01\x00\x01\xab\xb2ps\x01t"), []byte("\x61\x45\x00\x01\xab\xff1")
	for _, f := range []record.Frame{
		{Client: "lamp-3", Data: []byte("\x40\x00\x00\x07")}, {Client: "other", Data: []byte("\x40\x00\x00\x08")},
		{Client: "other", Data: get}, {Client: "other", Outgoing: true, Data: answer}, // an answer has the path of its request
	} {
		f.Peer, f.Listener = ping.Peer, ping.Listener
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
	for i, want := range [][]byte{[]byte("\x40\x00\x00\x07"), get, answer} {
		if f, err := r.Next(); err != nil || !bytes.Equal(f.Data, want) {
			t.Fatalf("message %d is %x, %v, want %x", i+1, f.Data, err, want)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after the last message: %v", err)
	}
}

func TestServeNamesTheMistakeInACaptureFilter(t *testing.T) {
	for _, c := range []struct {
		arguments []string
		want      string
	}{
		{[]string{"--capture", "x.pcapng", "--capture-filter", "peer:lamp-3 colour:red"}, `--capture-filter: column 13: "colour:red": there is no such word`},
		{[]string{"--capture-filter", "peer:lamp-3"}, "--capture-filter takes --capture FILE beside it"},
	} {
		away(t)
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append([]string{"serve"}, c.arguments...), &stdout, &stderr)
		if status != statusUsage || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%q: status %d, stderr\n%s", c.arguments, status, &stderr)
		}
		if _, err := os.Stat("x.pcapng"); err == nil {
			t.Error("the file is created all the same")
		}
	}
}
