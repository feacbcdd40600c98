package topics

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/palette"
)

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	list := []palette.Command{{ID: "new", Name: lang.L("New topic"), Run: p.newTopic}}
	list = append(list, palette.Of("", p.viewMenu().Items)...)
	if s := p.detail.shown; s != nil {
		list = append(list, palette.Of(s.name, p.shownItems(s))...)
	}
	if at := p.tree.highlight; at >= 0 && at < len(p.tree.rows) && p.tree.rows[at].branch {
		branch := p.tree.rows[at].path
		for _, c := range palette.Of(branch, append(p.branchItems(branch), p.clearItem(branch))) {
			c.ID = "branch:" + c.ID
			list = append(list, c)
		}
	}
	return list
}

// shownItems are what can be done with the topic in detail.
func (p *Pane) shownItems(s *shown) []*fyne.MenuItem {
	observe := lang.L("Observe")
	if s.observed {
		observe = lang.L("Stop observing")
	}
	items := []*fyne.MenuItem{fyne.NewMenuItem(observe, func() { p.toggleObserve(s.name, s.observed) })}
	if s.known {
		items = append(items, p.copyItems(s.topic, s.configured)...)
	}
	if s.known || s.configured != nil {
		items = append(items, p.deleteItem(s.name, s.known, s.configured))
	}
	if s.topic.Retained {
		items = append(items, p.clearItem(s.name))
	}
	return items
}
