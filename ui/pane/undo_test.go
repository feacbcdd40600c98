package pane

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"sluice/ui/theme"
)

// said is a notice of a host that a test drives.
type said struct {
	text, action string
	do           func()
}

func newUndoHost() (*Host, *[]said) {
	var all []said
	return &Host{Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Notify: func(_ theme.Role, text, action string, do func()) { all = append(all, said{text, action, do}) }}, &all
}

func TestTheLatestIsTakenBackFirst(t *testing.T) {
	h, all := newUndoHost()
	changes := 0
	h.OnUndoable(func() { changes++ })
	var back []string
	for _, name := range []string{"a", "b", "c"} {
		h.Undoable(name+" was deleted", func() error { back = append(back, name); return nil })
	}
	if last := (*all)[2]; last.text != "c was deleted" || last.action != "Undo" || h.LastUndoable() != last.text || changes != 3 {
		t.Fatalf("said %+v, offered %q, %d changes", last, h.LastUndoable(), changes)
	}
	(*all)[1].do() // of b, out of turn
	h.Undo()
	(*all)[1].do() // a second time
	h.Undo()
	h.Undo() // nothing is left
	if !slices.Equal(back, []string{"b", "c", "a"}) || h.LastUndoable() != "" {
		t.Errorf("taken back %v, still offered %q", back, h.LastUndoable())
	}
}

func TestWhatCouldNotBeTakenBackIsOfferedAgain(t *testing.T) {
	h, all := newUndoHost()
	fail := errors.New("the name is taken")
	h.Undoable("a was deleted", func() error { return fail })
	h.Undo()
	if last := (*all)[len(*all)-1]; last.text != "Undoing failed (a was deleted): the name is taken" || h.LastUndoable() != "a was deleted" {
		t.Fatalf("said %+v, offered %q", last, h.LastUndoable())
	}
	fail = nil
	h.Undo()
	if last := (*all)[len(*all)-1]; last.text != "Undone: a was deleted" || h.LastUndoable() != "" {
		t.Errorf("said %+v, offered %q", last, h.LastUndoable())
	}
}

func TestWhatCanBeTakenBackIsBounded(t *testing.T) {
	h, _ := newUndoHost()
	back := 0
	for i := range undoMost + 5 {
		h.Undoable(fmt.Sprint(i), func() error { back++; return nil })
	}
	for h.LastUndoable() != "" {
		h.Undo()
	}
	if back != undoMost {
		t.Errorf("%d taken back, want %d", back, undoMost)
	}
}
