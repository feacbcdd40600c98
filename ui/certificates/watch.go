package certificates

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/watch"
	"sluice/ui/pane"
)

// tellMe is what a user can ask to be told of a certificate, or of handshakes.
func (p *Pane) tellMe(s *shown) []*fyne.MenuItem {
	var items []*fyne.MenuItem
	switch s.part {
	case certificatePart:
		items = p.host.TellMe(
			pane.Event{Label: lang.L("it ends soon"), Spec: watch.Spec{Kind: watch.CertificateExpires, Of: s.entry.ID, Name: s.entry.Name}},
			pane.Event{Label: lang.L("any certificate ends soon"), Spec: watch.Spec{Kind: watch.CertificateExpires}})
	case handshakePart:
		items = p.host.TellMe(pane.Event{Label: lang.L("a client is refused"), Spec: watch.Spec{Kind: watch.ClientRefused}})
	}
	if len(items) == 0 {
		return nil
	}
	return []*fyne.MenuItem{fyne.NewMenuItemSeparator(), items[0]}
}
