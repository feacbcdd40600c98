package access

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// userItems is the context menu of a user.
func (p *Pane) userItems(u UserRow) []*fyne.MenuItem {
	return []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Change password…"), func() { p.changePassword(u.User) }),
		fyne.NewMenuItem(lang.L("Change attributes…"), func() { p.changeAttributes(u.User) }),
		fyne.NewMenuItem(lang.L("Ask what it may do"), func() {
			p.check.ask(engine.Question{Username: u.Username})
			p.host.Window.Canvas().Focus(p.check.topic)
		}),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy user name"), func() { widget.CopyText(u.Username) }),
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(u.asText()) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(u.asJSON()) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Delete…"), func() { p.deleteUser(u.User) }),
	}
}

// dialogWidth is how wide the dialogs about users are.
const dialogWidth = 460

// passwords are two fields for the same password, with a hint at how strong it is, and at what is wrong.
type passwords struct {
	first, second *pane.Entry
	hint, wrong   *fynewidget.Label
	object        fyne.CanvasObject
}

func newPasswords(d *pane.Dialog, changed func()) *passwords {
	p := &passwords{hint: pane.Remark("", theme.RoleMuted), wrong: pane.Remark("", theme.RoleBad)}
	p.first, p.second = d.NewEntry(lang.L("Password"), changed), d.NewEntry(lang.L("The same again"), changed)
	p.first.Password, p.second.Password = true, true
	p.object = pane.NewColumn(4, field(lang.L("Password"), p.first), p.hint, p.second, p.wrong)
	return p
}

// check says what there is to say of the password, and reports whether it can be taken.
func (p *passwords) check(username string) bool {
	hint, role := strength(p.first.Text, username)
	pane.SetRemark(p.hint, hint, role)
	problem := ""
	switch {
	case len(p.first.Text) > maxText:
		problem = lang.L("it has more than 65,535 bytes")
	case p.second.Text != "" && p.first.Text != p.second.Text:
		problem = lang.L("the two passwords differ")
	}
	pane.SetRemark(p.wrong, problem, theme.RoleBad)
	return problem == "" && p.second.Text != ""
}

// forget empties the fields.
func (p *passwords) forget() {
	p.first.SetText("")
	p.second.SetText("")
}

// attributes is a field for the attributes of a user.
type attributes struct {
	entry  *pane.Entry
	wrong  *fynewidget.Label
	object fyne.CanvasObject
}

func newAttributes(d *pane.Dialog, changed func()) *attributes {
	a := &attributes{entry: d.NewArea("site = north", 3, func(string) { changed() }), wrong: pane.Remark("", theme.RoleBad)}
	a.object = pane.NewColumn(4, field(lang.L("Attributes"), a.entry), a.wrong,
		pane.Remark(lang.L("A line each. Mountpoints name them as ${client_attrs.NAME}."), theme.RoleMuted))
	return a
}

// check says what is wrong with the attributes, and reports whether nothing is.
func (a *attributes) check() bool {
	_, err := readAttrs(a.entry.Text)
	pane.SetRemark(a.wrong, problemText(err, false), theme.RoleBad)
	return err == nil
}

// read returns the attributes, which were checked.
func (a *attributes) read() map[string]string {
	attrs, _ := readAttrs(a.entry.Text)
	return attrs
}

// addUser asks for a new user.
func (p *Pane) addUser() {
	var d *pane.Dialog
	var name *pane.Entry
	var secret *passwords
	var attrs *attributes
	nameWrong := pane.Remark("", theme.RoleBad)
	check := func() {
		problem := checkUsername(name.Text, p.state.users)
		pane.SetRemark(nameWrong, problemText(problem, name.Text == ""), theme.RoleBad)
		secretGood, attrsGood := secret.check(name.Text), attrs.check()
		d.Check(problem == nil && secretGood && attrsGood, nil)
	}
	d = p.host.NewDialog(lang.L("New user"), lang.L("Add"), func() {
		password := secret.first.Text
		p.putUser(d, name.Text, &password, attrs.read(), lang.L("Adding {{.User}} failed", map[string]any{"User": name.Text}),
			lang.L("{{.User}} was added", map[string]any{"User": name.Text}))
	})
	name = d.NewEntry(lang.L("User name"), check)
	secret = newPasswords(d, check)
	attrs = newAttributes(d, check)
	d.OnClosed(secret.forget)
	d.Check(false, nil)
	d.Open(pane.NewColumn(12, pane.NewColumn(4, field(lang.L("User name"), name), nameWrong), secret.object, attrs.object), dialogWidth, name)
}

// changePassword asks for another password.
func (p *Pane) changePassword(u engine.User) {
	user := map[string]any{"User": u.Username}
	var d *pane.Dialog
	var secret *passwords
	check := func() { d.Check(secret.check(u.Username), nil) }
	d = p.host.NewDialog(lang.L("New password of {{.User}}", user), lang.L("Change"), func() {
		password := secret.first.Text
		p.putUser(d, u.Username, &password, u.ClientAttrs, lang.L("Changing the password of {{.User}} failed", user),
			lang.L("The password of {{.User}} was changed", user))
	})
	secret = newPasswords(d, check)
	d.OnClosed(secret.forget)
	d.Check(false, nil)
	note := lang.L("Who is connected as {{.User}} is disconnected and has to log in again.", user)
	d.Open(pane.NewColumn(12, secret.object, pane.Remark(note, theme.RoleMuted)), dialogWidth, secret.first)
}

// changeAttributes asks for other attributes.
func (p *Pane) changeAttributes(u engine.User) {
	user := map[string]any{"User": u.Username}
	var d *pane.Dialog
	var attrs *attributes
	d = p.host.NewDialog(lang.L("Attributes of {{.User}}", user), lang.L("Save"), func() {
		p.putUser(d, u.Username, nil, attrs.read(), lang.L("Changing the attributes of {{.User}} failed", user),
			lang.L("The attributes of {{.User}} were changed", user))
	})
	attrs = newAttributes(d, func() { d.Check(attrs.check(), nil) })
	attrs.entry.SetText(attrsText(u.ClientAttrs))
	note := lang.L("Who is connected as {{.User}} is disconnected and has to log in again.", user)
	d.Open(pane.NewColumn(12, attrs.object, pane.Remark(note, theme.RoleMuted)), dialogWidth, attrs.entry)
}

// putUser has the engine keep a user, which takes a while for a password. The dialog stays until that is done.
func (p *Pane) putUser(d *pane.Dialog, name string, password *string, attrs map[string]string, failed, said string) {
	d.Working(lang.L("Hashing…"))
	if password == nil {
		d.Working(lang.L("Saving…"))
	}
	p.host.Run(func() {
		err := p.engine.PutUser(name, password, attrs)
		p.host.Do(func() {
			d.Working("")
			if err != nil {
				p.failed(failed, err)
				return
			}
			d.Close()
			p.done(said)
		})
	})
}

// deleteUser deletes a user after one question.
func (p *Pane) deleteUser(u engine.User) {
	user := map[string]any{"User": u.Username}
	text := lang.L("Who is connected under that name is disconnected.")
	switch {
	case p.state.anonymous:
		text = lang.L("Anonymous clients are let in: anybody may use the name afterwards, without a password.")
	case u.Clients == 0:
		text = lang.L("Nobody is connected under that name.")
	}
	failed := lang.L("Deleting {{.User}} failed", user)
	p.host.Ask(lang.L("Delete the user {{.User}}?", user), text, lang.L("Delete"), func() {
		p.host.Run(func() {
			deleted, err := p.engine.DeleteUser(u.Username)
			p.host.Do(func() {
				if err != nil {
					p.failed(failed, err)
					return
				}
				p.host.Undoable(lang.L("{{.User}} was deleted", user), func() error { return p.engine.RestoreUser(deleted) })
				p.host.Wake()
			})
		})
	})
}

// setAnonymous asks before anonymous clients are let in, or those that are connected have to go.
func (p *Pane) setAnonymous(on bool) {
	p.overview.show(&p.state) // the mark stays until it is done
	title, text, action := lang.L("Refuse anonymous clients?"), lang.L("Those that are connected without being a user's are disconnected. Devices that send no password, or a name that is no user's, do not get in any more."), lang.L("Refuse")
	said := lang.L("Anonymous clients are refused")
	if on {
		title, text, action = lang.L("Let anonymous clients in?"), lang.L("Whoever reaches a listener gets in without a password, or under any name that is no user's. What they may do is up to the rules."), lang.L("Let in")
		said = lang.L("Anonymous clients are let in")
	}
	p.host.Ask(title, text, action, func() { p.switchAnonymous(on, said) })
}

func (p *Pane) switchAnonymous(on bool, said string) {
	p.host.Run(func() {
		err := p.engine.SetAnonymous(on)
		p.host.Do(func() {
			if err != nil {
				p.failed(lang.L("Changing who gets in failed"), err)
				return
			}
			p.host.Undoable(said, func() error { return p.engine.SetAnonymous(!on) })
			p.host.Wake()
		})
	})
}

// setCommonName demands that a client ID is the certificate's common name, or no longer.
func (p *Pane) setCommonName(on bool) {
	p.overview.show(&p.state)
	rule, before, said := settings.AnyClientID, settings.CommonNameClientID, lang.L("Certificates go with any client ID")
	if on {
		rule, before, said = settings.CommonNameClientID, settings.AnyClientID, lang.L("The client ID has to be the certificate's common name")
	}
	p.host.Run(func() {
		err := p.engine.SetClientIDRule(rule)
		p.host.Do(func() {
			if err != nil {
				p.failed(lang.L("Changing who gets in failed"), err)
				return
			}
			p.host.Undoable(said, func() error { return p.engine.SetClientIDRule(before) })
			p.host.Wake()
		})
	})
}
