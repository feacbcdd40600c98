package certificates

import (
	"errors"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/pki"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// importForm is the dialog that takes certificates and keys: a file, what is dropped on the window, or pasted PEM. It says
// what was found and what will become of it before anything is kept.
type importForm struct {
	pane     *Pane
	dialog   *pane.Dialog
	paste    *pane.Entry
	source   *fynewidget.Label // which file it is
	found    *widget.Code
	name     *pane.Entry
	password *pane.Entry
	named    fyne.CanvasObject
	locked   fyne.CanvasObject
	data     []byte
	asked    uint64 // counts readings, of which only the latest is shown
}

// importFile opens the dialog, with what a file holds if data is not nil.
func (p *Pane) importFile(data []byte) {
	f := &importForm{pane: p, found: widget.NewCode(), source: pane.Remark("", theme.RoleNeutral)}
	f.found.Wrap()
	f.dialog = p.host.NewDialog(lang.L("Import"), lang.L("Import"), f.submit)
	f.paste = f.dialog.NewArea("-----BEGIN CERTIFICATE-----", 5, func(text string) {
		pane.SetRemark(f.source, "", theme.RoleNeutral)
		f.read([]byte(text))
	})
	f.password = f.dialog.NewEntry(lang.L("Password"), func() { f.read(f.data) })
	f.password.Password = true
	f.name = f.dialog.NewEntry("", func() {})
	f.named = pane.Field(lang.L("Call it (its common name, if left empty)"), f.name)
	f.locked = pane.Field(lang.L("The private key is encrypted; its password"), f.password)
	f.found.Hide()
	f.named.Hide()
	f.locked.Hide()
	choose := widget.NewButton(lang.L("Choose a file…"), func() { p.files.Open(f.take) })
	f.dialog.OnClosed(p.host.TakeDropped(f.take))
	f.dialog.Check(false, nil)
	f.dialog.Open(column(
		pane.Remark(lang.L("Certificates and private keys as PEM, DER, PKCS #8 or PKCS #12. Choose a file, drop it here, or paste PEM."), theme.RoleText),
		container.NewBorder(nil, nil, choose, nil, f.source), f.paste, f.locked, f.found, f.named), 560, f.paste)
	if data != nil {
		f.read(data)
	}
}

// take reads a file.
func (f *importForm) take(name string, data []byte, err error) {
	if err != nil {
		f.dialog.Check(false, err)
		return
	}
	pane.SetRemark(f.source, name, theme.RoleNeutral)
	if extension := strings.ToLower(filepath.Ext(name)); extension != "" {
		f.name.SetPlaceHolder(strings.TrimSuffix(name, filepath.Ext(name)))
	}
	f.password.SetText("")
	f.read(data)
}

// read says what data holds. Keys that a password stretches take a moment, so that is done elsewhere.
func (f *importForm) read(data []byte) {
	f.data = data
	f.asked++
	asked, password := f.asked, f.password.Text
	if len(strings.TrimSpace(string(data))) == 0 {
		f.show(nil, nil)
		return
	}
	f.pane.host.Run(func() {
		found, err := pki.Import(data, password)
		f.pane.host.Do(func() {
			if asked == f.asked && f.dialog.Opened() {
				f.show(found, err)
			}
		})
	})
}

// show says what was found, or what is wrong.
func (f *importForm) show(found *pki.Imported, err error) {
	needsPassword, asked := errors.Is(err, pki.ErrPassword), f.locked.Visible()
	pane.SetVisible(f.locked, needsPassword || f.password.Text != "")
	if needsPassword {
		if !asked {
			f.pane.host.Window.Canvas().Focus(f.password)
		}
		if f.password.Text == "" {
			err = nil
		} else {
			err = errors.New(lang.L("The password is another one"))
		}
	}
	if found == nil {
		f.found.SetText("")
	} else {
		f.found.SetText(foundWords(found, f.pane.keptKeys()))
	}
	pane.SetVisible(f.found, found != nil)
	pane.SetVisible(f.named, found != nil && len(found.Pairs) == 1)
	f.dialog.Check(found != nil && len(found.Pairs)+len(found.Keys) > 0, err)
}

// keptKeys are the IDs of the certificates here; nil while nothing was read.
func (p *Pane) keptKeys() map[string]*pki.Entry {
	if p.state == nil {
		return nil
	}
	return p.state.byID
}

// foundWords say of every certificate what it is and what it will be.
func foundWords(found *pki.Imported, kept map[string]*pki.Entry) string {
	var lines []string
	for _, pair := range found.Pairs {
		e := pki.Describe(pair.Certificate())
		if e.Kind == pki.Trusted && pair.Key != nil {
			e.Kind = pki.Authority
		}
		lines = append(lines, e.Subject, "  "+e.Key+", "+lang.L("ends {{.Date}}", map[string]any{"Date": date(e.NotAfter)})+", "+contents(pair), "  "+willBe(e, pair, kept))
	}
	for range found.Keys {
		lines = append(lines, lang.L("A private key without its certificate: it joins the certificate here that it belongs to"))
	}
	for _, skipped := range found.Skipped {
		lines = append(lines, lang.L("Left out: {{.What}}", map[string]any{"What": language.Say(skipped.Words())}))
	}
	return strings.Join(lines, "\n")
}

// contents says what is there besides the certificate.
func contents(pair *pki.Pair) string {
	text := lang.L("without its private key")
	if pair.Key != nil {
		text = lang.L("with its private key")
	}
	if more := len(pair.Chain) - 1; more > 0 {
		text += ", " + lang.N("with {{.Count}} certificates of its chain", more, map[string]any{"Count": more})
	}
	return text
}

// willBe says what a certificate will be here.
func willBe(e pki.Entry, pair *pki.Pair, kept map[string]*pki.Entry) string {
	if kept[e.ID] != nil && (kept[e.ID].HasKey || pair.Key == nil) {
		return lang.L("Is here already")
	}
	switch e.Kind {
	case pki.Authority:
		return lang.L("Will be: authority, issues certificates")
	case pki.Trusted:
		return lang.L("Will be: trusted authority, its clients are let in")
	case pki.Server:
		return lang.L("Will be: server certificate")
	}
	return lang.L("Will be: client certificate")
}

func (f *importForm) submit() {
	data, name, password := f.data, strings.TrimSpace(f.name.Text), f.password.Text
	if name == "" && f.named.Visible() && f.name.PlaceHolder != "" {
		name = f.name.PlaceHolder
	}
	var kept pki.Imports
	f.pane.perform(f.dialog, lang.L("Importing"), func(k Keeper) (err error) {
		kept, err = k.Import(name, data, password)
		return err
	}, func() {
		if len(kept.Entries) == 0 {
			return
		}
		f.pane.showCertificate(kept.Entries[0].ID)
		names := make([]string, len(kept.Entries))
		for i, e := range kept.Entries {
			names[i] = e.Name
		}
		f.pane.host.Notify(theme.RoleGood, lang.L("{{.Names}} imported", map[string]any{"Names": strings.Join(names, ", ")}), "", nil)
	})
}
