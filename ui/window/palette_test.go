package window

import (
	"slices"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/ui/pane"
	"sluice/ui/widget"
)

// collected does something, and what other goroutines have for this one after it, as the toolkit does.
func (b *bench) collected(do func()) {
	var mu sync.Mutex
	var queue []func()
	inline := b.deliver
	b.deliver = func(f func()) {
		mu.Lock()
		defer mu.Unlock()
		queue = append(queue, f)
	}
	do()
	b.working.Wait()
	b.deliver = inline
	for _, f := range queue {
		f()
	}
}

// find types into the palette.
func (b *bench) find(query string) {
	b.collected(func() { test.Type(b.window.window.Canvas().Focused(), query) })
}

func (b *bench) key(name fyne.KeyName) {
	b.collected(func() { b.window.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name}) })
}

// pressPalette presses the keys of the palette.
func (b *bench) pressPalette(t *testing.T) {
	b.collected(func() { b.press(t, fyne.KeyK) })
}

func TestThePaletteGoesToAPane(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.pressPalette(t)
	b.find("observers")
	b.key(fyne.KeyReturn)
	if b.current != pane.Observers || b.palette != nil {
		t.Errorf("in %s, palette %v", b.current, b.palette)
	}
	if !slices.Equal(b.recent, []string{"pane:observers"}) {
		t.Errorf("recent %q", b.recent)
	}
	data, err := b.layoutNow()
	if err != nil {
		t.Fatal(err)
	}
	b.engine.layout[LayoutKey] = data
	if again := newBench(t, b.engine); !slices.Equal(again.recent, b.recent) {
		t.Errorf("remembered %q", again.recent)
	}
}

// hasButton reports whether there is a button in an object.
func hasButton(o fyne.CanvasObject, label string) bool {
	return slices.ContainsFunc(test.LaidOutObjects(o), func(each fyne.CanvasObject) bool {
		button, is := each.(*widget.Button)
		return is && button.Label() == label
	})
}

// What a user wants to be told is asked for in its own words, whatever is selected.
func TestThePaletteFindsTellMeWhen(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.pressPalette(t)
	b.find("tell me when")
	b.key(fyne.KeyReturn)
	if top := b.window.window.Canvas().Overlays().Top(); top == nil || !hasButton(top, "Tell me") {
		t.Error("nothing asks what is to be told")
	}
}

func TestThePaletteFindsThings(t *testing.T) {
	e := newFakeEngine()
	e.clients = []engine.Client{{Key: "k1", ID: "sensor-17", Addr: "192.0.2.17:49320"}}
	b := newBench(t, e)
	for _, c := range []struct{ query, pane string }{{"sensor-17", pane.Clients}, {"192.0.2.17", pane.Clients}, {"dark", pane.Clients}} {
		b.showPane(pane.Topics)
		b.pressPalette(t)
		b.find(c.query)
		b.key(fyne.KeyReturn)
		if c.query == "dark" {
			if b.mode != "dark" {
				t.Errorf("theme %s", b.mode)
			}
		} else if b.current != c.pane {
			t.Errorf("%s leads to %s", c.query, b.current)
		}
	}
}

func TestTheKeyOfThePaletteClosesIt(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.collected(func() { test.Tap(b.top.search) })
	if b.palette == nil {
		t.Fatal("the button does not open it")
	}
	b.pressPalette(t)
	if b.palette != nil {
		t.Error("the keys do not close it")
	}
	b.pressPalette(t)
	b.key(fyne.KeyEscape)
	if b.palette != nil || b.window.window.Canvas().Overlays().Top() != nil {
		t.Error("Escape does not close it")
	}
}

func TestEveryCommandIsThereOnce(t *testing.T) {
	b := newBench(t, newFakeEngine())
	for _, id := range paneOrder {
		b.showPane(id)
		known := map[string]bool{}
		for _, c := range b.commands() {
			if known[c.ID] || c.Name == "" || c.Kind == "" || c.Run == nil {
				t.Errorf("over %s: %+v", id, c)
			}
			known[c.ID] = true
		}
		if own := ownCommand[id]; own != "" && !known[id+":"+own] {
			t.Errorf("%s of %s is not there", own, id)
		}
	}
}

// ownCommand is a command of each pane that has some though nothing is selected.
var ownCommand = map[string]string{pane.Topics: "new", pane.Traffic: "open", pane.Devices: "start", pane.Certificates: "issue", pane.Access: "add-user", pane.Observers: "observe", pane.Settings: "add-listener"}

// What the list of shortcuts says is what the window binds, and the other way round.
func TestTheListOfShortcutsIsWhatIsBound(t *testing.T) {
	b := newBench(t, newFakeEngine())
	send, _ := find(actSend) // no menu has it: it is the canvas that does
	bound := map[string]bool{send.shortcut().ShortcutName(): true}
	var walk func(items []*fyne.MenuItem)
	walk = func(items []*fyne.MenuItem) {
		for _, item := range items {
			if item.Shortcut != nil {
				bound[item.Shortcut.ShortcutName()] = true
			}
			if item.ChildMenu != nil {
				walk(item.ChildMenu.Items)
			}
		}
	}
	for _, m := range b.menu.main.Items {
		walk(m.Items)
	}
	if len(bound) != len(shortcuts) {
		t.Errorf("the menu binds %d keys, the list has %d", len(bound), len(shortcuts))
	}
	listed := b.menu.listed()
	for i, s := range shortcuts {
		name := (&desktop.CustomShortcut{KeyName: s.key, Modifier: s.modifier}).ShortcutName()
		if !bound[name] {
			t.Errorf("%s is listed and not bound", s)
		}
		if listed[i].keys != s.String() || listed[i].does == "" {
			t.Errorf("%s is listed as %+v", s, listed[i])
		}
	}
}

func TestF1ListsTheShortcuts(t *testing.T) {
	b := newBench(t, newFakeEngine())
	canvas := b.window.window.Canvas()
	for name, focus := range map[string]fyne.Focusable{"a filter": b.panes[pane.Clients].Filter(), "the rail": b.rail, "a button": b.top.search, "nothing": nil} {
		canvas.Focus(focus)
		if focus == nil {
			canvas.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1})
		} else {
			focus.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
		}
		top := canvas.Overlays().Top()
		if top == nil {
			t.Errorf("with the keyboard in %s nothing opens", name)
			continue
		}
		canvas.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
}
