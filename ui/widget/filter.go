package widget

import (
	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/assets"
	"sluice/ui/theme"
)

// FilterEntry is an entry for what a list is filtered by. Escape empties it.
type FilterEntry struct {
	fynewidget.Entry
	// OnEscape is called for Escape in place of emptying the entry; false if it does nothing. It may be nil.
	OnEscape func() bool
	// OnKey gets the keys first; true if it had a use for one. It may be nil.
	OnKey func(ev *fyne.KeyEvent) bool
	// OnFocus is told when the entry gets the keyboard or loses it. It may be nil.
	OnFocus func(focused bool)
	// Below is what the filter is for, nil where there is nothing to move through: Down takes the keyboard there, Escape
	// brings it back from the rows of a table. It may be nil.
	Below func() fyne.Focusable
	// TakesTab has Tab come as a key; it goes to the next control otherwise.
	TakesTab bool

	width float32 // where there is room; see [NewTools]
}

// The widths of a filter: where there is little room, without and with a long placeholder, and what stands beside the
// text.
const (
	filterLeast    = 120
	filterWidth    = 220
	filterMaxWidth = 360
	filterInset    = 56
)

// NewFilterEntry returns an empty filter, as wide as its placeholder needs within limits; changed is called with the text
// at every change.
func NewFilterEntry(placeholder string, changed func(string)) *FilterEntry {
	e := &FilterEntry{}
	f := TextPlain.face(e)
	e.width = min(max(filterWidth, f.width(placeholder)+filterInset), filterMaxWidth)
	e.PlaceHolder = placeholder
	e.OnChanged = changed
	e.Icon = theme.Icon(assets.Search)
	e.Scroll = fyne.ScrollHorizontalOnly
	e.ExtendBaseWidget(e)
	return e
}

// SetWidth changes the width it has where there is room.
func (e *FilterEntry) SetWidth(width float32) {
	e.width = width
	e.Refresh()
}

// MinSize implements [fyne.Widget].
func (e *FilterEntry) MinSize() fyne.Size {
	return fyne.NewSize(max(min(e.width, filterLeast), e.Entry.MinSize().Width), sizeOf(theme.SizeControl, e))
}

// TypedKey implements [fyne.Focusable].
func (e *FilterEntry) TypedKey(ev *fyne.KeyEvent) {
	if PassKey(e, ev) {
		return
	}
	if e.OnKey != nil && e.OnKey(ev) {
		return
	}
	if ev.Name == fyne.KeyEscape && e.OnEscape != nil && e.OnEscape() {
		return
	}
	if ev.Name == fyne.KeyEscape && e.Text != "" {
		e.SetText("")
		return
	}
	if ev.Name == fyne.KeyDown && e.below() {
		return
	}
	e.Entry.TypedKey(ev)
}

// AcceptsTab implements [fyne.Tabbable].
func (e *FilterEntry) AcceptsTab() bool { return e.TakesTab }

// FocusGained implements [fyne.Focusable].
func (e *FilterEntry) FocusGained() {
	e.Entry.FocusGained()
	if e.OnFocus != nil {
		e.OnFocus(true)
	}
}

// FocusLost implements [fyne.Focusable].
func (e *FilterEntry) FocusLost() {
	e.Entry.FocusLost()
	if e.OnFocus != nil {
		e.OnFocus(false)
	}
}
