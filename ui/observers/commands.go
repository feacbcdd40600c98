package observers

import (
	"fyne.io/fyne/v2/lang"

	"sluice/ui/palette"
)

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	return []palette.Command{{ID: "observe", Name: lang.L("Observe a topic"), Run: p.observe}}
}
