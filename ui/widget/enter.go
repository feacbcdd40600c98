package widget

import "fyne.io/fyne/v2"

// entered is what takes the keyboard from a filter and gives it back.
type entered interface {
	fyne.Focusable
	enter(from fyne.Focusable)
}

// below takes the keyboard to what the filter is for, false where there is nothing to move through.
func (e *FilterEntry) below() bool {
	if e.Below == nil {
		return false
	}
	to := e.Below()
	if to == nil {
		return false
	}
	if rows, ok := to.(entered); ok {
		rows.enter(e)
	} else if c := canvasOf(e); c != nil {
		c.Focus(to)
	}
	return true
}

// enter takes the keyboard to the chosen row, or to the first one in view, until Escape gives it back.
func (b *tableBody) enter(from fyne.Focusable) {
	focusOn(b)
	b.from = from
	at := b.source.selection()
	if at < 0 {
		at = b.top()
	}
	b.source.choose(min(at, b.source.count()-1))
}

// back gives the keyboard back to where it came from, false where that is not known.
func (b *tableBody) back() bool {
	from := b.from
	if from == nil {
		return false
	}
	b.from = nil
	if c := canvasOf(b); c != nil {
		c.Focus(from)
	}
	return true
}
