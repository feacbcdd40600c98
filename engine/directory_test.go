package engine

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/udp"

	"sluice/engine/settings"
	"sluice/engine/store"
)

// TestDirectoryIsKept: what the engine acknowledged is there after a restart, and only while the settings enable it.
func TestDirectoryIsKept(t *testing.T) {
	state, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = state.Close() }()
	s := settings.Default()
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0", Dialect: settings.DialectAuto}}
	e, err := New(Config{Settings: s, Store: state})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if e.Directory() != nil {
		t.Error("a directory while stopped")
	}
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	register(t, e.Status().Listeners[0].Addr)
	before := e.Directory().Snapshot()
	if len(before) != 1 || before[0].Name != "x" || before[0].Peer == nil || before[0].Peer.Addr() != before[0].Address {
		t.Fatalf("%+v", before)
	}
	found := false
	for _, l := range e.Limits() {
		found = found || l.Name == "directory.max_registrations" && l.InUse == 1
	}
	if !found {
		t.Error("its bounds are not among the limits")
	}

	if err := e.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	after, ok := e.Directory().Find("x")
	if !ok || after.Location != before[0].Location || after.Base != before[0].Base || after.Peer != nil ||
		after.Remaining > 50*time.Second || after.Remaining < 20*time.Second {
		t.Errorf("%+v %v", after, ok)
	}
	s = e.Settings()
	s.Gateway.Directory.Enable = false
	if err := e.SetSettings(s); err != nil {
		t.Fatal(err)
	}
	if e.Directory() != nil {
		t.Error("a directory that is not enabled")
	}
}

// register registers the endpoint x for 50 seconds.
func register(t *testing.T, addr string) {
	t.Helper()
	conn, err := udp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request, err := conn.NewPostRequest(ctx, "/rd", message.AppLinkFormat, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"ep=x", "lt=50"} {
		request.AddQuery(query)
	}
	answer, err := conn.Do(request)
	if err != nil || answer.Code() != codes.Created {
		t.Fatalf("%v %v", answer, err)
	}
}
