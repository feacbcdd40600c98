package observers

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/widget"
)

// cardGrid shows the groups as cards. Arrows move, Enter or Space shows a card in detail, Delete asks
// whether its relations are to end.
type cardGrid struct {
	fynewidget.GridWrap
	pane      *Pane
	highlight int // the card that the keyboard is at
	focused   bool
}

func newCardGrid(p *Pane) *cardGrid {
	g := &cardGrid{pane: p}
	g.Length = func() int { return len(p.groups) }
	g.CreateItem = func() fyne.CanvasObject { return newCard(g) }
	g.UpdateItem = func(id fynewidget.GridWrapItemID, object fyne.CanvasObject) {
		if id < len(p.groups) {
			object.(*card).set(id, &p.groups[id], p.groups[id].key == p.selected, g.focused && id == g.highlight)
		}
	}
	g.OnHighlighted = g.highlighted
	g.OnSelected = func(id fynewidget.GridWrapItemID) {
		// What is selected is a topic, which may move to another place.
		g.UnselectAll()
		g.choose(id)
	}
	g.ExtendBaseWidget(g)
	return g
}

func (g *cardGrid) highlighted(id fynewidget.GridWrapItemID) {
	before := g.highlight
	g.highlight = id
	if before != id {
		g.RefreshItem(before)
	}
	g.RefreshItem(id)
}

// FocusGained implements [fyne.Focusable].
func (g *cardGrid) FocusGained() {
	g.focused = true
	g.GridWrap.FocusGained()
}

// FocusLost implements [fyne.Focusable].
func (g *cardGrid) FocusLost() {
	g.focused = false
	g.GridWrap.FocusLost()
}

// TypedKey implements [fyne.Focusable].
func (g *cardGrid) TypedKey(event *fyne.KeyEvent) {
	if widget.PassKey(g, event) {
		return
	}
	switch event.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		g.choose(g.highlight)
	case fyne.KeyDelete, fyne.KeyBackspace:
		if g.highlight >= 0 && g.highlight < len(g.pane.groups) {
			g.pane.endAll(g.pane.groups[g.highlight].relations)
		}
	case fyne.KeyEscape:
		g.pane.closeDetail()
	case desktop.KeyMenu:
		g.openMenu(g.highlight, fyne.CurrentApp().Driver().AbsolutePositionForObject(g).AddXY(40, 40))
	default:
		g.GridWrap.TypedKey(event)
	}
}

func (g *cardGrid) choose(id int) {
	if id >= 0 && id < len(g.pane.groups) {
		g.pane.choose(g.pane.groups[id].key)
		g.Refresh()
	}
}

// tapped does what a click on a card does.
func (g *cardGrid) tapped(id int) {
	g.focus()
	g.Highlight(id)
	g.choose(id)
}

func (g *cardGrid) focus() {
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(g); canvas != nil {
		canvas.Focus(g)
	}
}

// openMenu opens the menu of a card.
func (g *cardGrid) openMenu(id int, at fyne.Position) {
	if id < 0 || id >= len(g.pane.groups) {
		return
	}
	fynewidget.ShowPopUpMenuAtPosition(fyne.NewMenu("", g.pane.cardMenu(&g.pane.groups[id])...), g.pane.host.Window.Canvas(), at)
}

// cardMenu is the context menu of a card.
func (p *Pane) cardMenu(g *group) []*fyne.MenuItem {
	newest, value := g.newest, g.newest.Value
	relations := slices.Clone(g.relations)
	return []*fyne.MenuItem{
		fyne.NewMenuItem(copyLabel(newest), func() { widget.CopyText(newest.Filter) }),
		fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(string(value)) }),
		fyne.NewMenuItem(lang.L("Copy as coap-client"), func() { widget.CopyText(observeCommand(p.host.Gateway(), newest)) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("End…"), func() { p.endAll(relations) }),
	}
}

// narrow lets what is in it be cut where there is less room than a card needs.
type narrow struct{}

// Layout implements [fyne.Layout].
func (narrow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

// MinSize implements [fyne.Layout].
func (narrow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := fyne.NewSize(220, 0)
	for _, o := range objects {
		least.Height = max(least.Height, o.MinSize().Height)
	}
	return least
}
