package topics

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// orders are the ways to sort the tree, in the order of the menu.
var orders = []order{byName, byRate, byCount, byLast, byTopics, bySize}

func (o order) title() string {
	switch o {
	case byRate:
		return lang.L("By messages a second")
	case byCount:
		return lang.L("By messages")
	case byLast:
		return lang.L("By the last message")
	case byTopics:
		return lang.L("By topics below")
	case bySize:
		return lang.L("By size")
	}
	return lang.L("By name")
}

// viewMenu opens and closes all branches, and sorts them.
func (p *Pane) viewMenu() *fyne.Menu {
	unfold := func(all unfold) func() {
		return func() {
			p.opened = opened{all: all}
			p.ask()
		}
	}
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Open all"), unfold(unfoldAll)),
		fyne.NewMenuItem(lang.L("Close all"), unfold(unfoldNone)),
		fyne.NewMenuItem(lang.L("Open small branches"), unfold(unfoldSmall)),
		fyne.NewMenuItemSeparator(),
	}
	for _, o := range orders {
		item := fyne.NewMenuItem(o.title(), func() {
			p.order = o
			p.ask()
		})
		item.Checked = p.order == o
		items = append(items, item)
	}
	return fyne.NewMenu("", items...)
}
