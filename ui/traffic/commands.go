package traffic

import (
	"fyne.io/fyne/v2/lang"

	"sluice/ui/palette"
)

// Commands implements [palette.Commander].
func (p *Pane) Commands() []palette.Command {
	list := []palette.Command{{ID: "open", Name: lang.L("Open capture"), Run: p.openCapture}}
	if p.view.asked.Load().source.live() {
		list = append(list,
			palette.Command{ID: "pause", Name: p.view.pause.Label(), Run: p.view.togglePause},
			palette.Command{ID: "clear", Name: lang.L("Clear"), Run: p.view.clear})
	} else {
		list = append(list, palette.Command{ID: "live", Name: p.live.Label(), Run: p.goLive})
	}
	if !p.view.table.Following() {
		list = append(list, palette.Command{ID: "latest", Name: lang.L("Go to latest"), Run: func() { p.view.setFollow(true) }})
	}
	list = append(list, palette.Of(lang.L("Save pcapng"), p.saveMenu().Items)...)
	list = append(list, palette.Command{ID: "help", Name: lang.L("Words of the filter"), Run: p.view.showHelp})
	if r, ok := p.view.table.Selected(); ok {
		list = append(list, palette.Of(r.Code()+" "+r.Resource(), append(p.followMenu(r), p.view.copyMenu(r)...))...)
	}
	return list
}
