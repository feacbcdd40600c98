package certificates

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/pki"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// export shows what the device needs in the form that its firmware takes, and saves it.
type export struct {
	pane   *Pane
	object fyne.CanvasObject
	title  *widget.Text
	choice *fyne.Container
	code   *widget.Code
	reveal *widget.Button
	copy   *widget.Button
	save   *widget.Button

	format   pki.Format // as the user chose it last
	offered  []pki.Format
	of       exported // what is shown
	list     []pki.File
	revealed bool
}

// exported is what an export was made of. What changes without the ID does not change the export.
type exported struct {
	part   part
	id     string
	format pki.Format
}

func newExport(p *Pane) *export {
	e := &export{pane: p, format: pki.CoAPClient, title: widget.NewText("", widget.TextStrong), code: widget.NewCode(),
		choice: container.New(fynelayout.NewRowWrapLayoutWithCustomPadding(8, 8))}
	e.reveal = widget.NewButton(lang.L("Show the key"), e.toggle)
	e.copy = widget.NewButton(lang.L("Copy"), e.copyText)
	e.save = widget.NewButton(lang.L("Save…"), e.saveFiles)
	tools := container.New(fynelayout.NewRowWrapLayoutWithCustomPadding(8, 8), e.copy, e.save, e.reveal)
	e.object = container.New(fynelayout.NewCustomPaddedVBoxLayout(10), e.title, e.choice, e.code, tools)
	e.object.Hide()
	return e
}

// formatsOf are the forms that something can be exported in.
func formatsOf(s *shown) []pki.Format {
	switch {
	case s.part == pskPart:
		return []pki.Format{pki.CHeader, pki.Zephyr, pki.MbedTLS, pki.CoAPClient}
	case s.part != certificatePart:
		return nil
	case s.entry.Kind == pki.Client && s.entry.HasKey:
		return []pki.Format{pki.PEM, pki.PKCS12, pki.CHeader, pki.Zephyr, pki.MbedTLS, pki.CoAPClient}
	case s.entry.Kind == pki.Server && s.entry.HasKey:
		return []pki.Format{pki.PEM, pki.DER, pki.PKCS12}
	case s.entry.Kind == pki.Authority:
		return []pki.Format{pki.PEM, pki.DER, pki.CHeader, pki.Zephyr, pki.MbedTLS}
	}
	return []pki.Format{pki.PEM, pki.DER}
}

func formatTitle(f pki.Format) string {
	switch f {
	case pki.PEM:
		return lang.L("PEM files")
	case pki.DER:
		return lang.L("DER files")
	case pki.PKCS12:
		return lang.L("PKCS #12")
	case pki.CHeader:
		return lang.L("C header")
	case pki.Zephyr:
		return lang.L("Zephyr")
	case pki.MbedTLS:
		return lang.L("Mbed TLS")
	}
	return lang.L("coap-client")
}

// show exports what is shown where that is another thing than before.
func (e *export) show(s *shown) {
	formats := formatsOf(s)
	pane.SetVisible(e.object, len(formats) > 0)
	if len(formats) == 0 {
		e.of = exported{}
		return
	}
	switch {
	case s.part == pskPart || s.entry.Kind == pki.Client:
		e.title.SetText(lang.L("Use it on the device"))
	case s.entry.Kind == pki.Authority:
		e.title.SetText(lang.L("Give it to devices, so that they trust the server"))
	default:
		e.title.SetText(lang.L("Use it elsewhere"))
	}
	f := e.format
	if !slices.Contains(formats, f) {
		f = formats[0]
	}
	if of := (exported{s.part, s.id, f}); of != e.of || !slices.Equal(formats, e.offered) {
		e.offered = formats
		e.make(of)
	}
}

// make exports in a form and shows that.
func (e *export) make(of exported) {
	e.of, e.list, e.revealed = of, nil, false
	e.offer()
	if of.format == pki.PKCS12 { // it takes a password first
		e.present()
		return
	}
	e.code.SetText("")
	var list []pki.File
	e.pane.work(lang.L("The export failed"), func(k Keeper) (err error) {
		list, err = e.export(k, of, "")
		return err
	}, func() {
		if e.of == of {
			e.list = list
			e.present()
		}
	})
}

func (e *export) export(k Keeper, of exported, password string) ([]pki.File, error) {
	options := pki.ExportOptions{Password: password, Host: e.pane.secureHost()}
	if of.part == pskPart {
		return k.ExportPSK(of.id, of.format, options)
	}
	return k.Export(of.id, of.format, options)
}

// offer has a button for each form.
func (e *export) offer() {
	e.choice.RemoveAll()
	for _, f := range e.offered {
		b := widget.NewButton(formatTitle(f), func() { e.choose(f) })
		b.SetChosen(f == e.of.format)
		e.choice.Add(b)
	}
}

func (e *export) choose(f pki.Format) {
	e.format = f
	e.make(exported{e.of.part, e.of.id, f})
}

// present writes the files into the box, private keys as dots until they are asked for.
func (e *export) present() {
	if e.of.format == pki.PKCS12 {
		e.code.SetText(lang.L("One file with the certificate, its chain and the private key,\nunder a password. Save it to a folder."))
		pane.SetVisible(e.reveal, false)
		pane.SetVisible(e.copy, false)
		e.pane.detail.fit()
		return
	}
	e.code.SetText(e.text(e.revealed))
	secret := slices.ContainsFunc(e.visible(), func(f pki.File) bool { return f.Secret && isText(f) })
	pane.SetVisible(e.reveal, secret)
	pane.SetVisible(e.copy, true)
	label := lang.L("Show the key")
	if e.revealed {
		label = lang.L("Hide the key")
	}
	e.reveal.SetLabel(label)
	e.pane.detail.fit()
}

// text is all files one below the other, with their names where there are several.
func (e *export) text(revealed bool) string {
	var b strings.Builder
	for i, f := range e.visible() {
		if i > 0 {
			b.WriteString("\n")
		}
		if len(e.visible()) > 1 {
			b.WriteString("# " + f.Name + "\n")
		}
		switch {
		case !isText(f):
			b.WriteString(lang.L("{{.Size}}, not text", map[string]any{"Size": format.Bytes(int64(len(f.Data)))}) + "\n")
		case revealed:
			b.Write(f.Data)
		default:
			b.WriteString(masked(f))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// visible are the files that are worth reading: of a command the command, not the files that it names.
func (e *export) visible() []pki.File {
	if e.of.format == pki.CoAPClient {
		return e.list[:min(1, len(e.list))]
	}
	return e.list
}

func (e *export) toggle() {
	e.revealed = !e.revealed
	e.present()
}

// copyText copies what is shown; with a private key in it after a question.
func (e *export) copyText() {
	secret := slices.ContainsFunc(e.visible(), func(f pki.File) bool { return f.Secret })
	if !secret {
		widget.CopyText(e.text(true))
		return
	}
	e.pane.host.Ask(lang.L("Copy with the private key?"), lang.L("Every program on this machine can read the clipboard until something else is copied."), lang.L("Copy"),
		func() { widget.CopyText(e.text(true)) })
}

// saveFiles writes the files into a folder that the user chooses.
func (e *export) saveFiles() {
	if e.of.format == pki.PKCS12 {
		e.pane.askPassword(func(password string) { e.saveWith(password) })
		return
	}
	list := e.list
	e.pane.files.Folder(func(folder string) { e.pane.saveTo(folder, list) })
}

func (e *export) saveWith(password string) {
	of := e.of
	var list []pki.File
	e.pane.work(lang.L("The export failed"), func(k Keeper) (err error) {
		list, err = e.export(k, of, password)
		return err
	}, func() {
		e.pane.files.Folder(func(folder string) { e.pane.saveTo(folder, list) })
	})
}

// saveTo writes files into a folder, after a question where they are there already.
func (p *Pane) saveTo(folder string, list []pki.File) {
	save := func() {
		data := map[string]any{"Folder": folder}
		p.work(lang.L("Saving to {{.Folder}} failed", data), func(Keeper) error { return write(folder, list) }, func() {
			data["Files"] = fileNames(list)
			p.host.Notify(theme.RoleGood, lang.L("{{.Files}} saved to {{.Folder}}", data), "", nil)
		})
	}
	if there := existing(folder, list); len(there) > 0 {
		p.host.Ask(lang.L("Replace {{.Files}}?", map[string]any{"Files": strings.Join(there, ", ")}), lang.L("{{.Folder}} has them already.", map[string]any{"Folder": folder}),
			lang.L("Replace"), save)
		return
	}
	save()
}

func fileNames(list []pki.File) string {
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// askPassword asks for the password of an export, twice as long as it takes to be no toy.
func (p *Pane) askPassword(do func(string)) {
	var d *pane.Dialog
	var entry *pane.Entry
	d = p.host.NewDialog(lang.L("Password of the file"), lang.L("Choose a folder"), func() {
		d.Close()
		do(entry.Text)
	})
	entry = d.NewEntry(lang.L("Password"), func() { d.Check(entry.Text != "", nil) })
	entry.Password = true
	d.Check(false, nil)
	d.Open(pane.Field(lang.L("Whoever opens the file is asked for it"), entry), 420, entry)
}

// secureHost is the host and port that commands for devices point to, empty for the default.
func (p *Pane) secureHost() string {
	if p.state == nil {
		return ""
	}
	for _, l := range p.state.listeners {
		if l.scheme == "coaps" {
			return hostOf(l.url, l.port)
		}
	}
	return ""
}
