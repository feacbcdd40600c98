package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sluice/engine/secure"
)

// maxRefusalsLogged and refusalsInterval bound how many refused handshakes are logged: who floods a listener is not to
// fill the disk as well.
const (
	maxRefusalsLogged = 60
	refusalsInterval  = time.Minute
)

// noteHandshake keeps how a handshake ended, for the pane of certificates. Why one was refused is in the log, too: without
// a window nobody would learn it.
func (e *Engine) noteHandshake(h secure.Handshake) {
	e.keys.NoteHandshake(h)
	level, unlogged := slog.LevelDebug, 0
	if h.Outcome != secure.Accepted {
		level, unlogged = e.refusals.level(h.At)
	}
	attributes := []slog.Attr{
		slog.String("listener", h.Listener), slog.Any("peer", h.Peer), slog.String("identity", h.Identity.String()),
		slog.String("outcome", h.Outcome.String()), slog.String("detail", h.Detail),
	}
	if unlogged > 0 {
		attributes = append(attributes, slog.Int("unlogged", unlogged))
	}
	e.log.LogAttrs(context.Background(), level, "handshake", attributes...)
}

// refusals counts refused handshakes for the log.
type refusals struct {
	mu       sync.Mutex
	since    time.Time // when the interval began
	logged   int       // in it
	unlogged int       // since one was logged
}

// level is that of the next refusal, and how many before it were only logged at debug.
func (r *refusals) level(now time.Time) (level slog.Level, unlogged int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.since) >= refusalsInterval {
		r.since, r.logged = now, 0
	}
	if r.logged >= maxRefusalsLogged {
		r.unlogged++
		return slog.LevelDebug, 0
	}
	r.logged++
	unlogged, r.unlogged = r.unlogged, 0
	return slog.LevelInfo, unlogged
}
