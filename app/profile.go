package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"time"

	"sluice/engine"
)

// headerTimeout is how long a request to the profiles may take to come.
const headerTimeout = 10 * time.Second

// profile serves how the program runs: Go's profiles under /debug/pprof/, and counters as JSON at /counters.
type profile struct{ server http.Server }

// counters is what /counters answers. Sizes are in bytes.
type counters struct {
	In           uint64 `json:"in"`
	Out          uint64 `json:"out"`
	Dropped      uint64 `json:"dropped"`
	Clients      int    `json:"clients"`
	Observers    int    `json:"observers"`
	Topics       int    `json:"topics"`
	Traffic      int    `json:"traffic"`
	TrafficBytes int64  `json:"traffic_bytes"`
	TrafficLimit int64  `json:"traffic_limit"`
	Heap         uint64 `json:"heap"`
	HeapHeld     uint64 `json:"heap_held"` // from the system, and not given back
	Goroutines   int    `json:"goroutines"`
}

// startProfile serves at address, which must be of this machine, until close. An empty one serves nothing.
func startProfile(address string, e *engine.Engine, log *slog.Logger) (*profile, error) {
	if address == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usageError{fmt.Errorf("--profile %s: %w", address, err)}
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, usageError{fmt.Errorf("--profile %s: must be an address of this machine only, as 127.0.0.1:6060", address)}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serving profiles: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/counters", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(count(e))
	})
	p := &profile{http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}}
	go func() {
		if err := p.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("profiles are not served any more", "error", err)
		}
	}()
	log.Info("profiles are served", "url", "http://"+l.Addr().String()+"/debug/pprof/")
	return p, nil
}

func (p *profile) close() error {
	if p == nil {
		return nil
	}
	if err := p.server.Close(); err != nil {
		return fmt.Errorf("closing the profiles: %w", err)
	}
	return nil
}

func count(e *engine.Engine) counters {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, ring := e.Status(), e.Record().Stats()
	return counters{
		In: status.In, Out: status.Out, Dropped: status.Dropped,
		Clients: len(e.Clients()), Observers: len(e.Observers()),
		Topics: e.Topics().Len(), Traffic: ring.Kept, TrafficBytes: ring.Bytes, TrafficLimit: ring.MaxBytes,
		Heap: m.HeapAlloc, HeapHeld: m.HeapSys - m.HeapReleased, Goroutines: runtime.NumGoroutine(),
	}
}
