package pane

import (
	"slices"

	"fyne.io/fyne/v2/lang"

	"sluice/ui/theme"
)

// undoMost is how many things can be taken back; the oldest is forgotten first.
const undoMost = 20

// undoable is something that was done and can be taken back.
type undoable struct {
	text string
	undo func() error
}

// undos are what can be taken back, the latest last. They belong to the UI goroutine.
type undos struct {
	list    []*undoable
	changed func()
}

// Undoable tells the user what was done, and offers to take it back: beside the words, and until the window closes by the
// menu and its key, the latest first. undo is called off the UI goroutine, once if it succeeds; where it fails, the user
// is told why and may try again. UI goroutine only.
func (h *Host) Undoable(text string, undo func() error) {
	u := h.remember(text, undo)
	h.Notify(theme.RoleGood, text, lang.L("Undo"), func() { h.takeBack(u) })
}

// UndoableUnsaid is Undoable for what the user sees happen: nothing is said.
func (h *Host) UndoableUnsaid(text string, undo func() error) { h.remember(text, undo) }

func (h *Host) remember(text string, undo func() error) *undoable {
	u := &undoable{text, undo}
	h.undos.list = append(h.undos.list, u)
	h.undos.list = slices.Delete(h.undos.list, 0, max(0, len(h.undos.list)-undoMost))
	h.undos.tell()
	return u
}

// LastUndoable is what Undo would take back, in the words that were said of it; empty for nothing. UI goroutine only.
func (h *Host) LastUndoable() string {
	if n := len(h.undos.list); n > 0 {
		return h.undos.list[n-1].text
	}
	return ""
}

// Undo takes back what was done last, if anything can be. UI goroutine only.
func (h *Host) Undo() {
	if n := len(h.undos.list); n > 0 {
		h.takeBack(h.undos.list[n-1])
	}
}

// OnUndoable sets what is called when LastUndoable has changed.
func (h *Host) OnUndoable(changed func()) { h.undos.changed = changed }

// takeBack takes one thing back; while that is being done it is not offered a second time.
func (h *Host) takeBack(u *undoable) {
	at := slices.Index(h.undos.list, u)
	if at < 0 {
		return // the menu was faster than the words, or it is forgotten
	}
	h.undos.list = slices.Delete(h.undos.list, at, at+1)
	h.undos.tell()
	h.Run(func() {
		err := u.undo()
		h.Do(func() {
			h.Wake()
			if err == nil {
				if h.Retract != nil {
					h.Retract(u.text) // it offers what is done
				}
				h.Notify(theme.RoleGood, lang.L("Undone: {{.What}}", map[string]any{"What": u.text}), "", nil)
				return
			}
			h.undos.list = slices.Insert(h.undos.list, min(at, len(h.undos.list)), u)
			h.undos.tell()
			h.Failed(lang.L("Undoing failed ({{.What}})", map[string]any{"What": u.text}), err)
		})
	})
}

func (u *undos) tell() {
	if u.changed != nil {
		u.changed()
	}
}
