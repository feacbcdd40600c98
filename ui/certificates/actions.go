package certificates

import (
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/secure"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// now is the time that menus are made at.
var now = time.Now

// work does something off the UI goroutine; done, which may be nil, runs on it where that went well.
func (p *Pane) work(failed string, do func(Keeper) error, done func()) {
	k := p.keeper()
	if k == nil {
		return
	}
	p.host.Run(func() {
		err := do(k)
		p.host.Do(func() {
			p.host.Wake()
			switch {
			case err != nil:
				p.host.Failed(failed, err)
			case done != nil:
				done()
			}
		})
	})
}

// withKeeper does something with the keys that there are when it is called.
func (p *Pane) withKeeper(do func(Keeper) error) func() error {
	return func() error {
		if k := p.keeper(); k != nil {
			return do(k)
		}
		return engine.ErrStopped
	}
}

// revoke lets a certificate count no longer after one question.
func (p *Pane) revoke(e pki.Entry, users []engine.Client) {
	name := map[string]any{"Name": e.Name}
	p.host.Ask(lang.L("Revoke {{.Name}}?", name), units.Sentences(affected(users), lang.L("New handshakes with it are refused. It can be restored.")), lang.L("Revoke"), func() {
		p.work(lang.L("Revoking {{.Name}} failed", name), func(k Keeper) error { return k.Revoke(e.ID) }, func() {
			p.host.Undoable(lang.L("{{.Name}} was revoked", name), p.withKeeper(func(k Keeper) error { return k.Restore(e.ID) }))
		})
	})
}

// affected says who will be disconnected.
func affected(users []engine.Client) string {
	if len(users) == 0 {
		return lang.L("No client is connected with it.")
	}
	const named = 3
	var names []string
	for _, c := range users[:min(len(users), named)] {
		names = append(names, c.ID)
	}
	text := strings.Join(names, ", ")
	if rest := len(users) - named; rest > 0 {
		text += " " + lang.L("and {{.Count}} more", map[string]any{"Count": format.Count(int64(rest))})
	}
	return lang.N("{{.Clients}} are connected with it and will be disconnected at once.", len(users), map[string]any{"Clients": text})
}

func (p *Pane) restore(e pki.Entry) {
	name := map[string]any{"Name": e.Name}
	p.work(lang.L("Restoring {{.Name}} failed", name), func(k Keeper) error { return k.Restore(e.ID) }, func() {
		p.host.Notify(theme.RoleGood, lang.L("{{.Name}} counts again", name), "", nil)
	})
}

// remove deletes a certificate after one question; it can be undone.
func (p *Pane) remove(e pki.Entry, users []engine.Client) {
	name := map[string]any{"Name": e.Name}
	text := lang.L("The certificate and its private key are deleted. What is on the device still counts; to keep it out, revoke it.")
	switch {
	case e.Kind == pki.Authority:
		text = units.Sentences(lang.L("Nothing more can be issued with it, and clients with its certificates are not let in any more."), affected(users))
	case e.Kind == pki.Trusted:
		text = units.Sentences(lang.L("Clients with its certificates are not let in any more."), affected(users))
	case e.Kind == pki.Server:
		text = lang.L("Listeners show another server certificate from now on, or none if there is no other.")
	case !e.Revoked.IsZero():
		text = lang.L("The certificate and its private key are deleted. It stays revoked.")
	}
	p.host.Ask(lang.L("Delete {{.Name}}?", name), text, lang.L("Delete"), func() {
		p.delete(e.Name, func(k Keeper) (func() error, error) { return k.Delete(e.ID) })
	})
}

// delete deletes something and offers to take that back.
func (p *Pane) delete(what string, do func(Keeper) (undo func() error, err error)) {
	name := map[string]any{"Name": what}
	var undo func() error
	p.work(lang.L("Deleting {{.Name}} failed", name), func(k Keeper) (err error) {
		undo, err = do(k)
		return err
	}, func() {
		p.host.Undoable(lang.L("{{.Name}} was deleted", name), undo)
	})
}

func (p *Pane) rename(e pki.Entry) {
	name := map[string]any{"Name": e.Name}
	check := func(text string) error {
		if strings.TrimSpace(text) == "" {
			return errors.New(lang.L("The name is missing"))
		}
		return nil
	}
	p.host.Prompt(lang.L("Rename {{.Name}}", name), e.Name, lang.L("Rename"), check, func(text string) {
		p.work(lang.L("Renaming {{.Name}} failed", name), func(k Keeper) error { return k.Rename(e.ID, strings.TrimSpace(text)) }, nil)
	})
}

// renew issues the server's certificate again, in place of the old one.
func (p *Pane) renew(name string) {
	var made pki.Entry
	p.work(lang.L("Renewing {{.Name}} failed", map[string]any{"Name": name}), func(k Keeper) (err error) {
		made, err = k.RenewServer()
		return err
	}, func() {
		p.showCertificate(made.ID)
		p.host.Notify(theme.RoleGood, lang.L("{{.Name}} was renewed; new handshakes use it", map[string]any{"Name": made.Name}), "", nil)
	})
}

// removePSK deletes a pre-shared key after one question; it can be undone.
func (p *Pane) removePSK(k pki.PreSharedKey, users []engine.Client) {
	p.host.Ask(lang.L("Delete {{.Name}}?", map[string]any{"Name": k.Identity}), units.Sentences(lang.L("Devices with this key are not let in any more."), affected(users)), lang.L("Delete"), func() {
		p.delete(k.Identity, func(keeper Keeper) (func() error, error) { return keeper.DeletePSK(k.Identity) })
	})
}

// bind says which client ID may come with a pre-shared key.
func (p *Pane) bind(k pki.PreSharedKey) {
	name := map[string]any{"Name": k.Identity}
	var d *pane.Dialog
	var client *pane.Entry
	d = p.host.NewDialog(lang.L("Bind {{.Name}} to a client", name), lang.L("Bind"), func() {
		bound := strings.TrimSpace(client.Text)
		p.perform(d, lang.L("Keeping"), func(keeper Keeper) error { return keeper.BindPSK(k.Identity, bound) }, func() {})
	})
	client = d.NewEntry("", func() {})
	client.SetText(k.ClientID)
	d.Open(pane.Field(lang.L("Client ID that may come with it (any, if left empty)"), client), 440, client)
}

// remedy is the button that helps after a refused handshake; do is nil where it would lead nowhere.
func (p *Pane) remedy(r remedy, h secure.Handshake) (label string, do func()) {
	switch r {
	case importAuthority:
		return lang.L("Import as trusted"), func() { p.importFile(nil) }
	case issueCertificate:
		return lang.L("Issue device certificate"), func() { p.issue(h.Identity.CommonName) }
	case addPSK:
		identity := h.Identity.PSK
		if h.Outcome == secure.UnknownPSKIdentity {
			if identity == "" {
				identity = h.Detail
			}
			return lang.L("Add this PSK identity"), func() { p.addPSK(identity) }
		}
		return lang.L("Add PSK"), func() { p.addPSK("") }
	case makeServer:
		return lang.L("Make a server certificate"), p.makeServer
	case showPSK:
		if h.Identity.PSK != "" {
			return lang.L("Show the key here"), func() { p.showWhere(func(pki.Entry) bool { return false }, h.Identity.PSK) }
		}
	case showCertificate:
		if p.state != nil && p.state.byID[h.Identity.Fingerprint] != nil {
			return lang.L("Show the certificate"), func() { p.showCertificate(h.Identity.Fingerprint) }
		}
	}
	return "", nil
}

// makeServer makes what is missing of an authority and a server certificate.
func (p *Pane) makeServer() {
	var made pki.Setup
	p.work(lang.L("Making the server certificate failed"), func(k Keeper) (err error) {
		made, err = k.SetUp("")
		return err
	}, func() { p.showCertificate(made.Server) })
}

// certificateMenu is the context menu of a certificate.
func (p *Pane) certificateMenu(r Row) []*fyne.MenuItem {
	s := buildShown(p.state, selection{part: certificatePart, id: r.ID}, now())
	return p.menuOf(s)
}

func (p *Pane) pskMenu(r pskRow) []*fyne.MenuItem {
	return p.menuOf(buildShown(p.state, selection{part: pskPart, id: r.Identity}, now()))
}

func (p *Pane) handshakeMenu(r handshakeRow) []*fyne.MenuItem {
	return p.menuOf(buildShown(p.state, selection{part: handshakePart, handshake: keyOf(r.Handshake)}, now()))
}

// menuOf copies a thing and acts on it.
func (p *Pane) menuOf(s *shown) []*fyne.MenuItem {
	if s == nil {
		return nil
	}
	items := append(p.copyItems(s), p.tellMe(s)...)
	if actions := p.actions(s); len(actions) > 0 {
		items = append(items, fyne.NewMenuItemSeparator())
		for _, a := range actions {
			items = append(items, fyne.NewMenuItem(a.label+"…", a.do))
		}
	}
	return items
}

func (p *Pane) copyItems(s *shown) []*fyne.MenuItem {
	if s == nil {
		return nil
	}
	item := func(label string, text func() string) *fyne.MenuItem {
		return fyne.NewMenuItem(label, func() { widget.CopyText(text()) })
	}
	var items []*fyne.MenuItem
	switch s.part {
	case certificatePart:
		e := s.entry.Entry
		items = append(items, item(lang.L("Copy name"), func() string { return e.Name }), item(lang.L("Copy subject"), func() string { return e.Subject }),
			item(lang.L("Copy serial"), func() string { return e.Serial }), item(lang.L("Copy SHA-256"), func() string { return e.ID }))
	case pskPart:
		items = append(items, item(lang.L("Copy PSK identity"), func() string { return s.psk.Identity }),
			fyne.NewMenuItem(lang.L("Copy key…"), func() { p.copyKey(s.psk.Identity, hexKey) }))
	case handshakePart:
		items = append(items, item(lang.L("Copy address"), func() string { return s.shake.Peer.String() }),
			item(lang.L("Copy reason"), func() string { return s.shake.words }))
	}
	return append(items, item(lang.L("Copy as text"), s.asText), item(lang.L("Copy as JSON"), s.asJSON))
}

// moreMenu is what is done seldom.
func (p *Pane) moreMenu() *fyne.Menu {
	columns := fyne.NewMenuItem(lang.L("Columns"), nil)
	columns.ChildMenu = fyne.NewMenu("",
		withMenu(lang.L("Certificates"), p.table.ColumnsMenu()),
		withMenu(lang.L("Pre-shared keys"), p.psks.ColumnsMenu()),
		withMenu(lang.L("Handshakes"), p.handshakes.ColumnsMenu()))
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Import"), func() { p.importFile(nil) }),
		fyne.NewMenuItem(lang.L("Add PSK"), func() { p.addPSK("") }),
		fyne.NewMenuItem(lang.L("Issue many from CSV…"), p.issueMany),
		fyne.NewMenuItem(lang.L("Make a server certificate"), p.makeServer),
		fyne.NewMenuItem(lang.L("What the secure listeners do…"), p.showListeners),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Where private keys are sealed…"), p.changeSealing),
		p.KeyLogItem(),
		fyne.NewMenuItemSeparator(), columns,
	}
	if k := p.keeper(); k != nil && k.Locked() != nil {
		items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(lang.L("Give up the keys that cannot be opened…"), p.startOver))
	}
	if bind := newCoAPS(p.engine.Settings()); bind != "" {
		items = slices.Insert(items, 4, fyne.NewMenuItem(lang.L("Add {{.URL}}", map[string]any{"URL": bind}), p.addListener))
	}
	return fyne.NewMenu("", items...)
}

func withMenu(label string, menu *fyne.Menu) *fyne.MenuItem {
	item := fyne.NewMenuItem(label, nil)
	item.ChildMenu = menu
	return item
}

// showListeners says of every secure listener what it does with clients.
func (p *Pane) showListeners() {
	text := lang.L("No secure listener yet")
	if p.state != nil && len(p.state.listeners) > 0 {
		text = all(p.state.listeners)
	}
	p.host.Inform(lang.L("Secure listeners"), pane.Remark(text, theme.RoleText))
}

// addListener adds the coaps listener that is missing.
func (p *Pane) addListener() {
	bind := newCoAPS(p.engine.Settings())
	if bind == "" {
		return
	}
	url := map[string]any{"URL": bind}
	p.work(lang.L("Adding {{.URL}} failed", url), func(k Keeper) error {
		if _, err := k.SetUp(""); err != nil {
			return err
		}
		return p.engine.SetSettings(withCoAPS(p.engine.Settings(), bind))
	}, func() { p.host.Notify(theme.RoleGood, lang.L("{{.URL}} is open", url), "", nil) })
}
