package certificates

import (
	"fyne.io/fyne/v2/lang"

	"sluice/ui/palette"
)

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	list := []palette.Command{
		{ID: "issue", Name: lang.L("Issue device certificate"), Run: func() { p.issue("") }},
		{ID: "import", Name: lang.L("Import"), Run: func() { p.importFile(nil) }},
		{ID: "add-psk", Name: lang.L("Add PSK"), Run: func() { p.addPSK("") }},
	}
	if p.listen.Visible() {
		list = append(list, palette.Command{ID: "listen", Name: lang.L("Add a coaps listener"), Run: p.addListener})
	}
	return list
}
