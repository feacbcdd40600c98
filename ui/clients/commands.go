package clients

import "sluice/ui/palette"

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	if r, ok := p.table.Selected(); ok {
		return palette.Of(r.client.ID, p.menu(r))
	}
	return nil
}
