package window

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/record"
	"sluice/engine/settings"
	"sluice/ui/pane"
)

// keyable is what can have the keyboard.
type keyable interface {
	fyne.Focusable
	fyne.CanvasObject
}

// focusables are all that can have the keyboard in an object.
func focusables(o fyne.CanvasObject) []keyable {
	var list []keyable
	for _, each := range test.LaidOutObjects(o) {
		if f, ok := each.(keyable); ok && f.Visible() {
			if d, ok := f.(fyne.Disableable); !ok || !d.Disabled() {
				list = append(list, f)
			}
		}
	}
	return list
}

// The window system asks the main menu for keys with Ctrl before who has the keyboard; TestTheListOfShortcutsIsWhatIsBound
// says that it has them all. F1 goes to who has the keyboard, so everybody has to hand it on.
func TestF1IsTheWindowsWhateverHasTheKeyboard(t *testing.T) {
	e := newFakeEngine()
	e.settings = settings.Default()
	e.clients = []engine.Client{{Key: "a", ID: "sensor-17", Transport: "coap", Addr: "127.0.0.1:4000"}}
	e.table.Note(&broker.Message{Topic: "plant/t", Payload: []byte(`{"t":1}`), Retain: true})
	e.ring.Add(&record.Frame{At: time.Now(), Protocol: record.CoAP, Client: "sensor-17", Data: []byte{0x40, 1, 0, 1}})
	b := newBench(t, e)
	selected := map[string]string{pane.Clients: "a", pane.Topics: "plant/t", pane.Settings: "gateway.heartbeat"}
	for _, id := range paneOrder {
		t.Run(id, func(t *testing.T) {
			b.open(id, selected[id])
			b.settle()
			b.askForList(t, b.panes[id].Content())
		})
	}
	t.Run("the frame", func(t *testing.T) { b.askForList(t, b.window.window.Content()) })
	t.Run("a listener", func(t *testing.T) {
		b.open(pane.Settings, "listener[0]")
		b.settle()
		b.askForList(t, b.panes[pane.Settings].Content())
	})
}

// askForList presses F1 in all that can have the keyboard in an object.
func (b *bench) askForList(t *testing.T, in fyne.CanvasObject) {
	t.Helper()
	canvas := b.window.window.Canvas()
	kinds := map[string]int{}
	for _, f := range focusables(in) {
		kind := fmt.Sprintf("%T", f)
		kinds[kind]++
		if kinds[kind] > 1 {
			continue
		}
		below := len(canvas.Overlays().List())
		canvas.Focus(f)
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
		if len(canvas.Overlays().List()) != below+1 || !b.listing {
			t.Errorf("F1 in a %s does not open the list", kind)
			continue
		}
		canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if len(canvas.Overlays().List()) != below || b.listing {
			t.Fatalf("after F1 in a %s Escape does not close the list", kind)
		}
	}
}

func TestF1InADialog(t *testing.T) {
	b := newBench(t, newFakeEngine())
	canvas := b.window.window.Canvas()
	text := func() fyne.CanvasObject { return fynewidget.NewLabel("text") }
	for name, open := range map[string]func(){
		"a question": func() { b.host.Ask("Delete it?", "It is gone then.", "Delete", func() {}) },
		"with an option": func() {
			b.host.AskWith("Delete it?", "It is gone then.", "All of it", "Delete", func(bool) {})
		},
		"a prompt": func() { b.host.Prompt("Name", "lamp", "Next", func(string) error { return nil }, func(string) {}) },
		"a table":  func() { b.about() },
		"words":    func() { b.host.Inform("About", text()) },
		"a form": func() {
			d := b.host.NewDialog("Add user", "Add", func() {})
			d.Open(d.NewArea("", 3, func(string) {}), 400, nil)
		},
		"the palette": func() {
			b.togglePalette()
			b.settle() // it looks for what is found while nothing is typed
		},
	} {
		t.Run(name, func(t *testing.T) {
			open()
			b.askForList(t, canvas.Overlays().Top())
			canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
			canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
			if n := len(canvas.Overlays().List()); n != 2 {
				t.Errorf("%d dialogs after F1 twice", n)
			}
			for len(canvas.Overlays().List()) > 0 {
				canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
			}
		})
	}
}
