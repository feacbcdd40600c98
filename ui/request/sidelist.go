package request

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/widget"
)

// sideList is the list of the side with what its keys do.
type sideList struct {
	fynewidget.List
	side *side
	at   int // the line that has the keyboard
}

func newSideList(s *side) *sideList {
	l := &sideList{side: s}
	l.Length = func() int { return len(s.rows) }
	l.CreateItem = func() fyne.CanvasObject { return newSideItem() }
	l.UpdateItem = func(i fynewidget.ListItemID, o fyne.CanvasObject) {
		item := o.(*sideItem)
		item.tapped = func(onMark bool) { l.tap(i, onMark) }
		item.show(s.rows[i])
	}
	l.HideSeparators = true
	l.OnHighlighted = func(i fynewidget.ListItemID) { l.at = i }
	l.OnSelected = func(i fynewidget.ListItemID) {
		l.at = i
		l.UnselectAll() // the same one can be chosen again
		if do := s.rows[i].do; do != nil {
			do()
		}
	}
	l.ExtendBaseWidget(l)
	return l
}

// tap chooses a line, or opens or closes it, and gives it the keyboard.
func (l *sideList) tap(at int, onMark bool) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
	l.goTo(at)
	if onMark {
		l.side.rows[at].toggle()
		return
	}
	l.Select(at)
}

// current is the line that has the keyboard.
func (l *sideList) current() (sideRow, bool) {
	if l.at < 0 || l.at >= len(l.side.rows) {
		return sideRow{}, false
	}
	return l.side.rows[l.at], true
}

// goTo gives a line the keyboard.
func (l *sideList) goTo(at int) {
	if n := len(l.side.rows); n > 0 {
		l.Highlight(max(0, min(at, n-1)))
	}
}

// pageRows is how far Page up and Page down go.
const pageRows = 10

// TypedKey implements [fyne.Focusable].
func (l *sideList) TypedKey(ev *fyne.KeyEvent) {
	row, there := l.current()
	do := func(what func()) {
		if there && what != nil {
			what()
		}
	}
	switch ev.Name {
	case fyne.KeyHome:
		l.goTo(0)
	case fyne.KeyEnd:
		l.goTo(len(l.side.rows) - 1)
	case fyne.KeyPageUp:
		l.goTo(l.at - pageRows)
	case fyne.KeyPageDown:
		l.goTo(l.at + pageRows)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		do(row.do)
	case fyne.KeyDelete:
		do(row.remove)
	case fyne.KeyF2:
		do(row.rename)
	case fyne.KeyRight:
		if row.mark == markClosed {
			do(row.toggle)
		}
	case fyne.KeyLeft:
		l.goOut(row)
	case desktop.KeyMenu:
		l.menuByKey(row)
	case fyne.KeyF10:
		if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
			l.menuByKey(row)
		}
	default:
		if !widget.PassKey(l, ev) {
			l.List.TypedKey(ev)
		}
	}
}

// goOut closes what is open, or goes to what the line belongs to.
func (l *sideList) goOut(row sideRow) {
	if row.mark == markOpen && row.toggle != nil {
		row.toggle()
		return
	}
	for at := l.at - 1; at >= 0; at-- {
		if l.side.rows[at].depth < row.depth {
			l.goTo(at)
			return
		}
	}
}

// menuByKey opens the menu of a line below it.
func (l *sideList) menuByKey(row sideRow) {
	if row.menu == nil {
		return
	}
	if items := row.menu(); len(items) > 0 {
		driver := fyne.CurrentApp().Driver()
		y := float32(l.at+1)*l.pitch() - l.GetScrollOffset()
		at := driver.AbsolutePositionForObject(l).AddXY(24, max(0, min(y, l.Size().Height-l.pitch())))
		fynewidget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), driver.CanvasForObject(l), at)
	}
}

// pitch is from one line to the next.
func (l *sideList) pitch() float32 { return sideHeight + l.Theme().Size("padding") }

// TypedShortcut implements [fyne.Shortcutable]: Alt with Up and Down moves a request; the others are the window's.
func (l *sideList) TypedShortcut(s fyne.Shortcut) {
	if custom, ok := s.(*desktop.CustomShortcut); ok && custom.Modifier == fyne.KeyModifierAlt {
		by := map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1}[custom.KeyName]
		if row, there := l.current(); there && row.move != nil && by != 0 {
			row.move(by)
			return
		}
	}
	if window, ok := fyne.CurrentApp().Driver().CanvasForObject(l).(fyne.Shortcutable); ok {
		window.TypedShortcut(s)
	}
}

// highlight gives the line of a request the keyboard.
func (s *side) highlight(key string, index int) {
	for at, row := range s.rows {
		if row.place == (origin{key, index}) {
			s.list.goTo(at)
		}
	}
}

// reveal brings a line to the top, so that what follows it is seen.
func (s *side) reveal(title string) {
	if at := slices.IndexFunc(s.rows, func(row sideRow) bool { return row.title == title }); at >= 0 {
		s.list.ScrollToOffset(float32(at) * s.list.pitch())
	}
}
