package clients

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/watch"
	"sluice/ui/pane"
)

// tellMe is what a user can ask to be told of a client.
func (p *Pane) tellMe(r Row) []*fyne.MenuItem {
	of := r.client.ID
	return p.host.TellMe(
		pane.Event{Label: lang.L("it disconnects"), Spec: watch.Spec{Kind: watch.ClientDisconnects, Of: of}},
		pane.Event{Label: lang.L("it connects again"), Spec: watch.Spec{Kind: watch.ClientConnects, Of: of}},
		pane.Event{Label: lang.L("it is silent beyond its heartbeat"), Spec: watch.Spec{Kind: watch.ClientSilent, Of: of}},
		pane.Event{Label: lang.L("it is silent for some time"), Spec: watch.Spec{Kind: watch.ClientSilent, Of: of}, Ask: true},
	)
}
