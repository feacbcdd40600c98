package certificates

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/pion/dtls/v3"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/settings"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// workbench is the pane on an engine that runs.
type workbench struct {
	*Pane
	engine *engine.Engine
	window fyne.Window
	now    time.Time
}

func newWorkbench(t *testing.T) *workbench {
	t.Helper()
	s := settings.Default()
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0"}}
	e, err := engine.New(engine.Config{Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	w := &workbench{engine: e, window: test.NewTempWindow(t, nil), now: time.Now()}
	w.Pane = New(e, &pane.Host{
		Window: w.window, Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Notify: func(role theme.Role, text, _ string, _ func()) {
			if role == theme.RoleBad {
				t.Error(text)
			}
		},
		Gateway: func() command.Gateway { return command.Gateway{} }, Open: func(string, string) {},
	})
	w.Pane.files = &chosen{path: t.TempDir()}
	w.window.SetContent(w.Content())
	w.window.Resize(fyne.NewSize(1196, 868))
	return w
}

func (w *workbench) tick() {
	w.now = w.now.Add(time.Second)
	if update := w.Gather(w.now); update != nil {
		update()
	}
}

// until ticks until the pane shows something.
func (w *workbench) until(t *testing.T, what string, shown func() bool) {
	t.Helper()
	for range 200 {
		w.tick()
		if shown() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the pane does not show %s", what)
}

// connect makes a handshake with the files that the pane saved for a device.
func connect(t *testing.T, folder, device, address string) (*dtls.Conn, error) {
	t.Helper()
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, device+".pem"), filepath.Join(folder, device+".key"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if ca := readFile(t, filepath.Join(folder, "ca.pem")); !roots.AppendCertsFromPEM(ca) {
		t.Fatal("ca.pem holds no certificate")
	}
	to, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dtls.ClientWithOptions(udp, to, dtls.WithCertificates(own), dtls.WithRootCAs(roots), dtls.WithServerName("localhost"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), udp.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return conn, conn.HandshakeContext(ctx)
}

// A device gets onto coaps with what the pane saves for it, is seen, and is kept out once it is revoked.
func TestADeviceOnCoAPS(t *testing.T) {
	w := newWorkbench(t)
	w.tick()
	if !w.start.Visible() {
		t.Fatal("the pane does not begin with the one button")
	}
	dialog := w.host.NewDialog("", "", nil)
	dialog.Open(w.filter, 100, nil)
	w.setUpFor(dialog, "sensor-17", "coaps://127.0.0.1:0")
	w.until(t, "the device", func() bool { return w.detail.shown != nil && w.detail.name.Text() == "sensor-17" })
	address := ""
	for _, l := range w.engine.Status().Listeners {
		if l.Scheme == "coaps" {
			address = l.Addr
		}
	}
	if line := w.detail.export.code.Text(); !strings.Contains(line, "coap-client-openssl") || !strings.Contains(line, "coaps://"+address+"/") {
		t.Errorf("the line for %s is\n%s", address, line)
	}
	folder := w.Pane.files.(*chosen).path
	w.detail.export.choose(pki.PEM)
	w.detail.export.saveFiles()

	conn, err := connect(t, folder, "sensor-17", address)
	if err != nil {
		t.Fatal(err)
	}
	w.until(t, "the handshake", func() bool {
		return w.handshakes.Rows() == 1 && w.state.handshakes[0].Identity.CommonName == "sensor-17"
	})
	// Confirmable PUT of 1 to /ps/temp.
	if _, err := conn.Write([]byte("\x40\x03\x12\x34\xb2ps\x04temp\xff1")); err != nil {
		t.Fatal(err)
	}
	w.until(t, "who is connected", func() bool { return len(w.detail.shown.users) == 1 })

	w.revoke(w.detail.shown.entry.Entry, w.detail.shown.users)
	test.Tap(findButton(w.window.Canvas().Overlays().Top(), "Revoke"))
	w.until(t, "that nobody is connected any more", func() bool { return len(w.detail.shown.users) == 0 && w.detail.shown.entry.expires == "revoked" })
	if _, err := connect(t, folder, "sensor-17", address); err == nil {
		t.Error("a device that was revoked gets in")
	}
	w.until(t, "the refusal", func() bool { return strings.HasPrefix(outcomeWords(w.state.handshakes[0]), "certificate revoked") })
	w.choose(selection{part: handshakePart, handshake: keyOf(w.state.handshakes[0])})
	w.until(t, "what the refusal means", func() bool { return says(w.detail.object, "was revoked here.") })
	test.Tap(findButton(w.detail.object, "Show the certificate"))
	w.until(t, "the certificate", func() bool { return w.detail.name.Text() == "sensor-17" })
	test.Tap(findButton(w.detail.object, "Restore"))
	w.tick()
	if _, err := connect(t, folder, "sensor-17", address); err != nil {
		t.Errorf("a device that was restored does not get in: %v", err)
	}
}
