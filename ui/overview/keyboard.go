package overview

import (
	"math"

	"fyne.io/fyne/v2"

	"sluice/ui/widget"
)

var _ fyne.Focusable = (*board)(nil)

// FocusGained implements [fyne.Focusable].
func (b *board) FocusGained() {
	b.focused, b.steered, b.hovering = true, false, false
	if _, there := b.nodes[b.cursor]; !there {
		b.cursor = b.first()
	}
	b.choose()
}

// FocusLost implements [fyne.Focusable].
func (b *board) FocusLost() {
	b.focused = false
	b.choose()
}

// TypedRune implements [fyne.Focusable].
func (b *board) TypedRune(rune) {}

// TypedKey moves from node to node, opens one, and opens its menu.
func (b *board) TypedKey(ev *fyne.KeyEvent) {
	n := b.nodes[b.cursor]
	switch {
	case widget.PassKey(b, ev):
		return
	case ev.Name == fyne.KeyEscape:
		if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil && c.OnTypedKey() != nil {
			c.OnTypedKey()(ev)
		}
		return
	case n == nil:
		return
	}
	switch ev.Name {
	case fyne.KeyUp:
		b.step(-1)
	case fyne.KeyDown:
		b.step(1)
	case fyne.KeyLeft:
		b.across(-1)
	case fyne.KeyRight:
		b.across(1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		b.open(n.view)
	case fyne.KeyF10:
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(n)
		b.menu(n.view, at.AddXY(0, n.Size().Height))
	}
}

// first is the first node there is.
func (b *board) first() nodeID {
	for _, column := range b.picture.columns {
		if len(column) > 0 {
			return column[0].id
		}
	}
	return nodeID{}
}

// step goes up or down a column.
func (b *board) step(by int) {
	b.steer()
	column := b.picture.columns[b.cursor.side]
	for i := range column {
		if to := i + by; column[i].id == b.cursor && to >= 0 && to < len(column) {
			b.goTo(column[to].id)
			return
		}
	}
}

// across goes to the nearest node of the next column that has any.
func (b *board) across(by int) {
	b.steer()
	here := b.spots[b.cursor].position.Y
	for s := int(b.cursor.side) + by; s >= 0 && s < int(sideCount); s += by {
		var nearest nodeID
		least := float32(math.MaxFloat32)
		for _, v := range b.picture.columns[s] {
			if off := float32(math.Abs(float64(b.spots[v.id].position.Y - here))); off < least {
				nearest, least = v.id, off
			}
		}
		if least < math.MaxFloat32 {
			b.goTo(nearest)
			return
		}
	}
}

// steer lets the node with the keyboard stand out, from the first arrow on.
func (b *board) steer() {
	if !b.steered {
		b.steered = true
		b.choose()
	}
}

func (b *board) goTo(id nodeID) {
	b.cursor, b.hovering = id, false
	b.choose()
}
