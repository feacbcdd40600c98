package observers

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/watch"
	"sluice/ui/pane"
)

// tellMe is what a user can ask to be told of a relation.
func (p *Pane) tellMe(r Relation) []*fyne.MenuItem {
	return p.host.TellMe(pane.Event{Label: lang.L("it is lost"),
		Spec: watch.Spec{Kind: watch.ObserverLost, Of: r.observer.Filter, Client: r.observer.Client}})
}
