package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"sluice/engine"
	"sluice/engine/settings"
)

func TestProfileIsServedToThisMachineOnly(t *testing.T) {
	e, err := engine.New(engine.Config{Settings: settings.Default(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, address := range []string{"6060", "0.0.0.0:0", ":0", "192.0.2.1:0", "localhost:0"} {
		if _, err := startProfile(address, e, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "--profile "+address) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if p, err := startProfile("", e, slog.New(slog.DiscardHandler)); p != nil || err != nil || p.close() != nil {
		t.Errorf("nothing was asked for, and there is %v, %v", p, err)
	}
}

func TestProfileCounts(t *testing.T) {
	e, err := engine.New(engine.Config{Settings: settings.Default(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var log strings.Builder
	p, err := startProfile("127.0.0.1:0", e, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}()
	_, url, _ := strings.Cut(log.String(), "url=")
	url = strings.TrimSuffix(strings.TrimSpace(url), "/debug/pprof/")
	resp, err := http.Get(url + "/counters")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var c counters
	if err := json.NewDecoder(resp.Body).Decode(&c); err != nil || c.Heap == 0 || c.Goroutines == 0 || c.TrafficLimit == 0 {
		t.Errorf("counted %+v, %v", c, err)
	}
	heap, err := http.Get(url + "/debug/pprof/heap?debug=1")
	if err != nil {
		t.Fatal(err)
	}
	defer heap.Body.Close()
	if text, err := io.ReadAll(heap.Body); err != nil || !strings.Contains(string(text), "heap profile") {
		t.Errorf("the profile of the heap: %.80q, %v", text, err)
	}
}
