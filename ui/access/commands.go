package access

import (
	"fyne.io/fyne/v2/lang"

	"sluice/ui/palette"
)

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	return []palette.Command{
		{ID: "add-user", Name: lang.L("Add user"), Run: p.addUser},
		{ID: "add-rule", Name: lang.L("Add rule"), Run: p.addRule},
		{ID: "overview", Name: lang.L("Who gets in"), Run: p.showOverview},
	}
}
