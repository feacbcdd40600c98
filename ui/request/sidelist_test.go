package request

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// press types a key into the list.
func (b *bench) press(name fyne.KeyName) {
	b.side.list.TypedKey(&fyne.KeyEvent{Name: name})
	b.settle()
}

// items are the lines that the list shows now, by their titles.
func (b *bench) items() map[string]*sideItem {
	found := map[string]*sideItem{}
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *sideItem:
			found[o.row.title] = o
		case *fyne.Container:
			for _, inner := range o.Objects {
				walk(inner)
			}
		case fyne.Widget:
			for _, inner := range test.WidgetRenderer(o).Objects() {
				walk(inner)
			}
		}
	}
	walk(b.side.list)
	return found
}

// A window gives a click to what is innermost and takes any button of the mouse: to the line, which has a menu, and not to
// the list.
func TestALineIsChosenByAClick(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	test.Tap(b.items()[green.name])
	b.settle()
	if !b.side.opened[green.key] || b.window.Canvas().Focused() != fyne.Focusable(b.side.list) {
		t.Fatal("a click does not open a collection, or does not give the list the keyboard")
	}
	test.Tap(b.items()["Open the window"])
	b.settle()
	if b.origin != (origin{green.key, 1}) {
		t.Fatalf("a click opens %+v", b.origin)
	}
	if row, _ := b.side.list.current(); row.title != "Open the window" {
		t.Errorf("the keyboard is at %q", row.title)
	}
}

func TestTheListIsUsedByKeys(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	list := b.side.list
	b.window.Canvas().Focus(list)
	b.press(fyne.KeyHome)
	b.press(fyne.KeyRight)
	if !b.side.opened[green.key] {
		t.Fatal("Right does not open a collection")
	}
	b.press(fyne.KeyDown)
	b.press(fyne.KeyDown)
	b.press(fyne.KeyReturn)
	if b.origin != (origin{green.key, 1}) {
		t.Fatalf("Enter opens %+v", b.origin)
	}
	list.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyUp, Modifier: fyne.KeyModifierAlt})
	b.settle()
	if got := b.green(t).file.Requests; got[0].Title != "Open the window" || got[1].Title != "Read the temperature" || b.origin.index != 0 || b.green(t).err != nil {
		t.Errorf("moved up: %s", b.onDisk(t))
	}
	if row, _ := list.current(); row.title != "Open the window" {
		t.Errorf("the keyboard is at %q", row.title)
	}
	b.press(fyne.KeyF2)
	b.answerPrompt("Shut the window")
	if got := b.green(t).file.Requests[0].Title; got != "Shut the window" {
		t.Errorf("F2: %q", got)
	}
	b.window.Canvas().Focus(list)
	b.press(desktop.KeyMenu)
	if b.window.Canvas().Overlays().Top() == nil {
		t.Error("the Menu key opens no menu")
	} else {
		b.window.Canvas().Overlays().Top().Hide()
	}
	b.press(fyne.KeyDelete)
	if got := b.green(t).file.Requests; len(got) != 1 {
		t.Errorf("%d requests", len(got))
	}
	b.host.Undo()
	b.settle()
	if got := b.green(t).file.Requests; len(got) != 2 || got[0].Title != "Shut the window" {
		t.Errorf("put back: %s", b.onDisk(t))
	}
	b.press(fyne.KeyLeft)
	b.press(fyne.KeyLeft)
	if b.side.opened[green.key] {
		t.Error("Left does not close the collection")
	}
}

func TestAnAwaitIsNotMovedBeforeItsObservation(t *testing.T) {
	b := newBench(t)
	one := withBook(t, b, "watch", "### a\nGET coap://h/ps/a\nobserve as news\n### b\nAWAIT news\n")
	b.moveRequest(one, 1, -1)
	b.settle()
	if len(b.notices) != 1 || !strings.Contains(b.notices[0].text, "observe as news") || b.library.book(one.key).file.Requests[0].Title != "a" {
		t.Errorf("%+v", b.notices)
	}
}

// Whoever clicks through a collection finds each line where it was, whether what is opened has something to say or not.
func TestTheListStaysWhereItIsWithinACollection(t *testing.T) {
	b := newBench(t)
	var at []float32
	for i := range 4 { // a request with variables, and AWAIT, which has none
		b.openRequest("ready:emqx5", i)
		at = append(at, fyne.CurrentApp().Driver().AbsolutePositionForObject(b.side.list).Y)
	}
	if at[0] != at[1] || at[1] != at[2] || at[2] != at[3] {
		t.Errorf("the list is at %v", at)
	}
}
