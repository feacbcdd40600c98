package directory

import "sluice/ui/palette"

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	r, ok := p.table.Selected()
	if !ok {
		return nil
	}
	list := palette.Of(r.Name, p.menu(r))
	if l, ok := p.detail.links.Selected(); ok {
		for _, c := range palette.Of(l.resolved, p.linkItems(l)) {
			c.ID = "link:" + c.ID
			list = append(list, c)
		}
	}
	return list
}
