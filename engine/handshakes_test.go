package engine

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sluice/engine/secure"
)

// TestRefusedHandshakesAreLogged: with the reason at info, so many a minute and the rest at debug, and those that went well
// at debug.
func TestRefusedHandshakesAreLogged(t *testing.T) {
	log := &output{}
	e, err := New(Config{Settings: local(), Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	refused := secure.Handshake{
		At: at, Listener: "coaps://:5684", Peer: netip.MustParseAddrPort("192.0.2.7:5000"),
		Identity: secure.Identity{CommonName: "lamp-3"}, Outcome: secure.UnknownAuthority, Detail: "CN=Somebody else",
	}
	e.noteHandshake(secure.Handshake{At: at, Outcome: secure.Accepted})
	for range maxRefusalsLogged + 40 {
		e.noteHandshake(refused)
	}
	const line = `level=INFO msg=handshake listener=coaps://:5684 peer=192.0.2.7:5000 identity="CN=lamp-3" outcome="unknown authority" detail="CN=Somebody else"` + "\n"
	if got := log.String(); strings.Count(got, line) != maxRefusalsLogged || strings.Count(got, "\n") != maxRefusalsLogged {
		t.Errorf("logged\n%s", got)
	}
	refused.At = at.Add(refusalsInterval)
	e.noteHandshake(refused)
	e.noteHandshake(refused)
	if got := log.String(); strings.Count(got, " unlogged=40\n") != 1 || strings.Count(got, line) != maxRefusalsLogged+1 {
		t.Errorf("logged a minute later\n%s", got)
	}
	if kept := len(e.Keys().Handshakes()); kept != maxRefusalsLogged+43 {
		t.Errorf("%d are kept", kept)
	}
}
