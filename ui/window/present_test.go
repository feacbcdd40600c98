package window

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/flow"
	"sluice/engine/secure"
	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// busy is an engine through which something flows, with whatever must not be presented.
func busy() *fakeEngine {
	e := newFakeEngine()
	e.status.Listeners[0].Addr = "192.0.2.1:5683"
	e.clients = []engine.Client{
		{Key: "a", ID: "sensor-17", Transport: "coaps", Addr: "192.0.2.17:49320", Username: "line1-user", Publishes: []string{"plant/temp"},
			Identity: secure.Identity{PSK: "identity-of-17"}},
		{Key: "b", ID: "192.0.2.18:40000", Transport: "coap", Addr: "192.0.2.18:40000"},
		{Key: "mqtt/d", ID: "dashboard", Transport: "mqtts", Mode: "MQTT 5", Addr: "192.0.2.19:40001", Subscribes: []string{"plant/#"},
			Identity: secure.Identity{Subject: "CN=subject-of-dashboard"}},
	}
	for topic, value := range map[string]string{"plant/temp": "23.4", "plant/wifi/password": "tell-nobody", "plant/state": `{"token":"tell-nobody"}`, "plant/token/tell-nobody": "1",
		"plant/swordfish": "1"} {
		e.table.Note(&broker.Message{Topic: topic, Payload: []byte(value), From: "sensor-17", At: time.Now()})
	}
	return e
}

func (b *bench) flowing() {
	for i := range 3 {
		b.now = b.now.Add(time.Second)
		for _, topic := range []string{"plant/temp", "plant/wifi/password", "plant/state", "plant/token/tell-nobody", "plant/swordfish"} {
			b.engine.flows.Note(flow.FromCoAP, "sensor-17", topic, b.now)
			b.engine.flows.Note(flow.ToMQTT, "dashboard", topic, b.now)
		}
		b.engine.change(func() { b.engine.status.Requests += uint64(i) })
		b.tick(b.now)
	}
}

func TestPresent(t *testing.T) {
	e := busy()
	e.settings.Listeners = []settings.Listener{{Bind: "mqtts://127.0.0.1:8883", SSLOptions: &settings.TLSOptions{Password: "swordfish"}}}
	b := newBench(t, e)
	windows := len(b.app.Driver().AllWindows())
	key := func(canvas fyne.Canvas, name fyne.KeyName) { canvas.OnTypedKey()(&fyne.KeyEvent{Name: name}) }
	key(b.window.window.Canvas(), fyne.KeyF11)
	if b.presented == nil || !b.presented.window.FullScreen() || len(b.app.Driver().AllWindows()) != windows+1 {
		t.Fatal("nothing is presented full screen")
	}
	shown := b.presented.window
	b.flowing()
	markup := test.RenderObjectToMarkup(shown.Content())
	for _, there := range []string{"sensor-17", "plant/temp", "23.4", "dashboard", "address hidden"} {
		if !strings.Contains(markup, there) {
			t.Errorf("%q is not presented", there)
		}
	}
	for _, secret := range []string{"192.0.2.", "line1-user", "identity-of-17", "subject-of-dashboard", "tell-nobody", "swordfish"} {
		if strings.Contains(markup, secret) {
			t.Errorf("%q is presented", secret)
		}
	}
	if before := b.window.window.Content().MinSize(); shown.Content().MinSize().Height <= before.Height/4 {
		t.Errorf("the presentation is %v small", shown.Content().MinSize())
	}
	b.setMode(theme.Light)
	b.flowing()
	key(shown.Canvas(), fyne.KeyEscape)
	if b.presented != nil || b.inView.Load().presented != nil || shown.FullScreen() {
		t.Error("Escape does not end it")
	}
	b.flowing()
	b.present()
	if b.presented.window != shown || !shown.FullScreen() {
		t.Error("it is made anew, and the toolkit keeps the fonts of each")
	}
	b.present()
	if b.presented != nil {
		t.Error("the second time does not end it")
	}
	b.present()
	b.quit()
	if b.presented != nil || len(b.app.Driver().AllWindows()) > windows {
		t.Error("it outlives the workbench")
	}
}

func TestPresentationsWithNothingInThem(t *testing.T) {
	e := newFakeEngine()
	e.status.Listeners[0].Addr = "192.0.2.1:5683"
	b := newBench(t, e)
	b.present()
	b.settle()
	if markup := test.RenderObjectToMarkup(b.presented.window.Content()); strings.Contains(markup, "192.0.2") || !strings.Contains(markup, "Nothing flows yet.") {
		t.Error("an address is presented, or nothing is said")
	}
}

func TestWhatOverviewShowsLeadsToItsPane(t *testing.T) {
	b := newBench(t, busy())
	b.flowing()
	b.host.Open(pane.Topics, "plant/temp")
	if b.current != pane.Topics {
		t.Errorf("current %q", b.current)
	}
	b.host.Open(pane.Topics, "")
	b.host.Open(pane.Clients, "")
	b.settle()
	if b.current != pane.Clients {
		t.Errorf("current %q", b.current)
	}
}

func TestFrameRateIsWritten(t *testing.T) {
	b := newBench(t, busy())
	path := filepath.Join(t.TempDir(), "frames")
	b.run(func() { b.countFrames(path, 20*time.Millisecond) })
	line := regexp.MustCompile(`^overview \d+\.\d\n`)
	for range 200 {
		if data, _ := os.ReadFile(path); line.Match(data) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("no frame rate was written")
}
