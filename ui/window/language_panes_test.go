package window

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/pki"
	"sluice/engine/settings"
	"sluice/engine/store"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// Longer words neither squeeze a button nor make the window larger than a small screen; German has the longest. PICTURES
// names a folder for pictures of all languages, to look at.
func TestEveryPaneHasRoomForLongWords(t *testing.T) {
	if testing.Short() {
		t.Skip("runs an engine with devices")
	}
	if err := language.Load(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { language.Use(language.English) })
	e := busyEngine(t)
	app := test.NewTempApp(t)
	languages := []language.Choice{language.German}
	if os.Getenv("PICTURES") != "" {
		languages = language.Choices()[1:]
	}
	for _, c := range languages {
		w := newWindow(app, test.NewTempWindow(t, nil), Options{Engine: plainEngine{e}, Version: "0.1.0", Language: &c}, func(f func()) { f() })
		t.Cleanup(w.close)
		w.setMode(theme.Dark)
		w.window.Resize(fyne.NewSize(1440, 900))
		b := &bench{window: w, now: time.Now()}
		items := map[string]string{pane.Certificates: "lamp-3", pane.Access: "operator", pane.Settings: "gateway.heartbeat",
			pane.Clients: "thermometer-0001", pane.Topics: "lamp/lamp-0001/state", pane.Devices: "thermometer-0001"}
		for _, id := range paneOrder {
			item := items[id]
			t.Run(fmt.Sprintf("%s/%s", c, id), func(t *testing.T) {
				w.goTo(id)
				if item != "" {
					w.panes[id].Show(item)
				}
				b.now = b.now.Add(time.Second)
				b.settle()
				if least := w.window.Content().MinSize(); least.Width > 1280 || least.Height > 800 {
					t.Errorf("the window is at least %.0f by %.0f", least.Width, least.Height)
				}
				squeezed(w.window.Content(), func(what string, has, needs float32) { t.Errorf("%s has %.0f of %.0f", what, has, needs) })
				picture(t, w.window, fmt.Sprintf("%s-%s", id, c))
			})
		}
	}
}

// squeezed tells of the buttons and tabs below an object that are narrower than their words.
func squeezed(o fyne.CanvasObject, tell func(what string, has, needs float32)) {
	if !o.Visible() {
		return
	}
	const icon = 20 // a button this narrow is one, named for who cannot see it
	what := ""
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			squeezed(child, tell)
		}
		return
	case *widget.Button:
		what = "the button " + o.Label()
	case *widget.Tabs:
		what = "the tabs"
	case *widget.Rail:
		what = "the rail"
	}
	if has, needs := o.Size().Width, o.MinSize().Width; what != "" && has > icon && has+0.5 < needs {
		tell(what, has, needs)
	}
	if w, ok := o.(fyne.Widget); ok {
		for _, child := range test.WidgetRenderer(w).Objects() {
			squeezed(child, tell)
		}
	}
}

func picture(t *testing.T, w fyne.Window, name string) {
	t.Helper()
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	f, err := os.Create(filepath.Join(folder, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, software.RenderCanvas(w.Canvas(), fyne.CurrentApp().Settings().Theme())); err != nil {
		t.Fatal(err)
	}
}

// plainEngine keeps the layout without a word.
type plainEngine struct{ *engine.Engine }

func (e plainEngine) PutLayoutValue(key string, value []byte) {
	_ = e.Engine.PutLayoutValue(key, value)
}

// busyEngine has something to show in every pane.
func busyEngine(t *testing.T) *engine.Engine {
	t.Helper()
	s := settings.Default()
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0"}, {Bind: "mqtt://127.0.0.1:0"}, {Bind: "coaps://127.0.0.1:0"}}
	kept, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = keeper.SetUp("lamp-3")
	must(t, err)
	must(t, keeper.AddPSK("meter-1", []byte("0123456789abcdef"), ""))
	e, err := engine.New(engine.Config{Settings: s, Store: kept, Keys: keeper, Watch: true})
	must(t, err)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		_ = kept.Close()
	})
	must(t, e.Start(t.Context()))
	password := "a long password"
	must(t, e.PutUser("operator", &password, map[string]string{"site": "plant"}))
	must(t, e.SetRules([]settings.Rule{{Permission: "deny", Who: "all", Action: "publish", Topics: []string{"plant/locked/#"}}}))
	for _, template := range device.Templates() {
		_, err := e.StartDevices(device.Order{Template: template, Count: 2, Interval: 100 * time.Millisecond})
		must(t, err)
	}
	must(t, e.SetConditions("", &coap.Conditions{Delay: 20 * time.Millisecond, Loss: 0.1}))
	must(t, e.Publish(engine.Publication{Topic: "plant/line1/state", Payload: []byte(`{"run":true,"rpm":1480}`), Retain: true}))
	time.Sleep(2 * time.Second) // the devices publish and observe
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
