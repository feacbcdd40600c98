package directory

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// menu is the context menu of a registration.
func (p *Pane) menu(r Row) []*fyne.MenuItem {
	return append(p.copyItems(r, firstOf(buildLinks(r))), fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Remove…"), func() { p.remove(r) }))
}

// copyItems copies a registration, and commands that read one of its links; without links, what the device offers.
func (p *Pane) copyItems(r Row, l *Link) []*fyne.MenuItem {
	items := []*fyne.MenuItem{
		copyItem(lang.L("Copy endpoint name"), r.Name),
		copyItem(lang.L("Copy base"), r.Base),
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(r.asText()) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(r.asJSON()) }),
		fyne.NewMenuItemSeparator(),
	}
	if l != nil {
		return append(items, p.commands(*l)...)
	}
	return append(items, copyItem(lang.L("Copy as coap-client that asks the device"), direct(p.host.Gateway(), r.Base+"/.well-known/core", false)))
}

// linkItems is the context menu of a link.
func (p *Pane) linkItems(l Link) []*fyne.MenuItem {
	ask := fyne.NewMenuItem(lang.L("Open in Request"), func() { p.host.Open(pane.Request, "###\nGET "+l.resolved+"\n") })
	ask.Disabled = !strings.HasPrefix(l.resolved, "coap://") && !strings.HasPrefix(l.resolved, "coaps://")
	return append([]*fyne.MenuItem{ask, copyItem(lang.L("Copy URI"), l.resolved), fyne.NewMenuItemSeparator()}, p.commands(l)...)
}

// commands are the ways to read a link.
func (p *Pane) commands(l Link) []*fyne.MenuItem {
	g := p.host.Gateway()
	return []*fyne.MenuItem{
		copyItem(lang.L("Copy as coap-client that asks the device"), l.direct(g)),
		copyItem(lang.L("Copy as coap-client through the gateway"), l.through(g, p.engine.ProxiesDevices())),
	}
}

// copyItem copies a text; there is nothing to choose where that is empty.
func copyItem(label, text string) *fyne.MenuItem {
	item := fyne.NewMenuItem(label, func() { widget.CopyText(text) })
	item.Disabled = text == ""
	return item
}

// remove removes a registration after one question.
func (p *Pane) remove(r Row) {
	name := map[string]any{"Endpoint": r.Name}
	p.host.Ask(lang.L("Remove the registration of {{.Endpoint}}?", name),
		lang.L("Lookups and the proxy do not find its links any more. The device may register again."),
		lang.L("Remove"), func() {
			p.host.Run(func() {
				removed, err := p.engine.RemoveRegistration(r.Location)
				p.host.Do(func() {
					switch {
					case err != nil:
						p.host.Failed(lang.L("Removing {{.Endpoint}} failed", name), err)
					case removed.Found():
						p.host.Undoable(lang.L("{{.Endpoint}} was removed", name), func() error { return p.engine.RestoreRegistration(removed) })
					default:
						p.host.Notify(theme.RoleLate, lang.L("{{.Endpoint}} had already gone", name), "", nil)
					}
					p.host.Wake()
				})
			})
		})
}
