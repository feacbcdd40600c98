package devices

import (
	"fyne.io/fyne/v2/lang"

	"sluice/ui/palette"
)

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	list := []palette.Command{
		{ID: "start", Name: lang.L("Start devices"), Run: p.openStart},
		{ID: "templates", Name: lang.L("Templates"), Run: p.openTemplates},
	}
	if !p.stopAll.Disabled() {
		list = append(list, palette.Command{ID: "stop-all", Name: p.stopAll.Label(), Run: p.askStop})
	}
	if d, ok := p.table.Selected(); ok {
		list = append(list, palette.Of(d.Name, p.menu(d))...)
	}
	return list
}
