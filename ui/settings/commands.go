package settings

import (
	"fyne.io/fyne/v2/lang"

	"sluice/ui/palette"
)

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	list := []palette.Command{{ID: "add-listener", Name: lang.L("Add listener"), Run: p.addListener}}
	for id, item := range p.more() {
		list = append(list, palette.Command{ID: moreIDs[id], Name: item.Label, Run: item.Action})
	}
	if p.draft.pending() && !p.busy {
		if !p.apply.Disabled() {
			list = append(list, palette.Command{ID: "apply", Name: lang.L("Apply"), Note: p.pending.Text(), Run: p.applyAll})
		}
		list = append(list, palette.Command{ID: "undo", Name: p.undo.Label(), Note: p.pending.Text(), Run: p.stepBack},
			palette.Command{ID: "discard", Name: p.discard.Label(), Note: p.pending.Text(), Run: p.discardAll})
	}
	if r, ok := p.table.Selected(); ok {
		list = append(list, palette.Of(r.name, p.menu(r))...)
	}
	return list
}
