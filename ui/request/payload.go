package request

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/collection"
	"sluice/engine/diagnostic"
	"sluice/engine/record"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// payloadKinds are the ways to write a payload; empty: text.
var payloadKinds = []collection.PayloadKind{"", collection.JSONPayload, collection.CBORPayload, collection.HexPayload, collection.FilePayload}

func kindTitle(k collection.PayloadKind) string {
	switch k {
	case collection.JSONPayload:
		return "JSON"
	case collection.CBORPayload:
		return lang.L("CBOR, in diagnostic notation")
	case collection.HexPayload:
		return lang.L("Hex")
	case collection.FilePayload:
		return lang.L("A file")
	}
	return lang.L("Text")
}

// payloadSign says behind the tab that there is a payload.
func payloadSign(r *collection.Request) string {
	switch {
	case r.Payload.Kind == collection.FilePayload:
		return lang.L("file")
	case r.Payload.Text == "":
		return ""
	}
	return format.Bytes(int64(payloadSize(r.Payload)))
}

// payloadSize is how many bytes a payload has that is written here; of what placeholders stand for the text counts.
func payloadSize(p collection.Payload) int {
	switch p.Kind {
	case collection.CBORPayload:
		if data, err := diagnostic.Read(p.Text); err == nil {
			return len(data)
		}
	case collection.HexPayload:
		if hexProblem(p.Text) == nil {
			return len(strings.Join(strings.Fields(p.Text), "")) / 2
		}
	}
	return len(p.Text)
}

// payloadEditor writes the payload.
type payloadEditor struct {
	pane   *Pane
	object fyne.CanvasObject
	kind   *widget.Choice
	text   *field
	path   *field
	file   fyne.CanvasObject
	tidy   *widget.Button
	label  *widget.Button // adds the Content-Format that fits
	hint   remark
	body   fyne.CanvasObject
	long   fyne.CanvasObject
}

func newPayloadEditor(p *Pane) *payloadEditor {
	e := &payloadEditor{pane: p, hint: newRemark()}
	titles := make([]string, len(payloadKinds))
	for i, k := range payloadKinds {
		titles[i] = kindTitle(k)
	}
	e.kind = widget.NewChoice(titles, titles[0], func(title string) {
		for i, t := range titles {
			if t == title {
				p.draft.Payload.Kind = payloadKinds[i]
			}
		}
		e.arrange()
		p.changed()
	})
	e.text = newTextField(lang.L("Payload"), p.send, func(text string) {
		p.draft.Payload.Text = text
		p.changed()
	})
	e.text.complete = func(before string) []completion { return p.completions(before, false) }
	e.path = newField("firmware.bin", p.send, func(path string) {
		p.draft.Payload.Path = path
		p.changed()
	})
	e.tidy = widget.NewButton(lang.L("Format"), e.indent)
	e.label = widget.NewQuietButton("", e.addFormat)
	choose := widget.NewButton(lang.L("Choose…"), e.choose)
	e.file = container.NewVBox(pane.Border(nil, nil, nil, choose, e.path), pane.Remark(lang.L("The file is read at each sending. A name without a folder is seen from the collection's folder."), theme.RoleMuted))
	e.long = pane.Remark(lang.L("The payload is longer than 16 KB: it is sent as it is, but too long to be edited here. Put it into a file, or edit the collection's file."), theme.RoleLate)
	e.body = container.NewStack(e.text, e.file, e.long)
	bar := container.NewBorder(nil, nil, e.kind, container.NewHBox(e.label, e.tidy), container.New(&inMiddle{}, e.hint))
	e.object = pane.Border(widget.NewPadded(0, 4, bar), nil, nil, nil, e.body)
	return e
}

func (e *payloadEditor) content() fyne.CanvasObject { return e.object }

func (e *payloadEditor) load() {
	d := e.pane.draft
	e.kind.SetSelected(kindTitle(kindOf(d)))
	if len(d.Payload.Text) <= longest {
		e.text.set(d.Payload.Text)
	}
	e.path.set(d.Payload.Path)
	e.arrange()
}

// kindOf is how a payload is written; text has no name.
func kindOf(r *collection.Request) collection.PayloadKind {
	if r.Payload.Kind == collection.TextPayload {
		return ""
	}
	return r.Payload.Kind
}

// arrange shows the editor that the kind needs.
func (e *payloadEditor) arrange() {
	d := e.pane.draft
	file, long := d.Payload.Kind == collection.FilePayload, len(d.Payload.Text) > longest
	pane.SetVisible(e.file, file)
	pane.SetVisible(e.long, long && !file)
	pane.SetVisible(e.text, !long && !file)
	pane.SetVisible(e.tidy, d.Payload.Kind == collection.JSONPayload)
	e.propose()
}

// fitting are the Content-Formats of the ways to write a payload that are one.
var fitting = map[collection.PayloadKind]int{collection.JSONPayload: 50, collection.CBORPayload: 60}

// contentFormat is the name of that option.
const contentFormat = "Content-Format"

// propose offers the Content-Format that fits, where the request has none.
func (e *payloadEditor) propose() {
	d := e.pane.draft
	n, fits := fitting[d.Payload.Kind]
	has := slices.ContainsFunc(d.Options, func(o collection.Option) bool { return number(o.Name) == int(message.ContentFormat) })
	if fits {
		e.label.SetLabel("+ " + contentFormat + ": " + record.ContentFormatName(n))
	}
	pane.SetVisible(e.label, fits && !has)
}

// addFormat adds the Content-Format that fits.
func (e *payloadEditor) addFormat() {
	p := e.pane
	p.draft.Options = append(p.draft.Options, collection.Option{Name: contentFormat, Value: record.ContentFormatName(fitting[p.draft.Payload.Kind])})
	p.changed()
	e.propose()
}

func (e *payloadEditor) refresh() {
	d := e.pane.draft
	text, err := "", e.problem()
	if err == nil {
		text, err = resolved(d.Payload.Text, e.pane.hints())
	}
	e.hint.say(text, err)
	e.propose()
}

// problem is what is wrong with the payload before variables are replaced.
func (e *payloadEditor) problem() error {
	d := e.pane.draft
	p := d.Payload
	found := collection.Placeholders(p.Text)
	for _, one := range found {
		if one.Problem != nil {
			return one.Problem
		}
	}
	switch {
	case p.Kind == collection.FilePayload:
		if p.Path == "" {
			return errors.New(lang.L("Name a file, or choose one."))
		}
	case len(p.Text) > longest && p.Text == e.text.Text:
		return errors.New(lang.L("Longer than 16 KB: put it into a file."))
	case len(found) > 0: // checked at the sending
	case p.Kind == collection.JSONPayload:
		return jsonProblem(p.Text)
	case p.Kind == collection.CBORPayload:
		if _, err := diagnostic.Read(p.Text); err != nil {
			return err
		}
	case p.Kind == collection.HexPayload:
		return hexProblem(p.Text)
	}
	return nil
}

// hexProblem says where a text is not hexadecimal.
func hexProblem(text string) error {
	digits := 0
	for i, r := range text {
		switch {
		case r == ' ' || r == '\n' || r == '\t' || r == '\r':
		case r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F':
			digits++
		default:
			return errors.New(lang.L("{{.Character}} at {{.Place}} is no hexadecimal digit", map[string]any{"Character": string(r), "Place": i + 1}))
		}
	}
	if digits%2 != 0 {
		return errors.New(lang.L("a digit is missing: a byte has two"))
	}
	return nil
}

// indent lays JSON out.
func (e *payloadEditor) indent() {
	var b bytes.Buffer
	if json.Indent(&b, []byte(e.text.Text), "", "  ") == nil {
		e.text.SetText(b.String())
	}
}

// choose asks for the file, beginning where the one is that is named.
func (e *payloadEditor) choose() {
	folder := e.pane.folder()
	chooser := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if file == nil { // the user chose none, or it cannot be opened
			if err != nil {
				e.pane.host.Failed(lang.L("Opening the file failed"), err)
			}
			return
		}
		_ = file.Close() // it is read at the sending
		e.path.SetText(seenFrom(folder, file.URI().Path()))
	}, e.pane.host.Window)
	if start, err := storage.ListerForURI(storage.NewFileURI(filepath.Dir(collection.PayloadPath(folder, e.path.Text)))); err == nil {
		chooser.SetLocation(start)
	}
	e.pane.host.ShowFileDialog(chooser)
}

// seenFrom is the path of a file for a collection in that folder: without it where the file is in there.
func seenFrom(folder, path string) string {
	if inside, err := filepath.Rel(folder, path); folder != "" && err == nil && filepath.IsLocal(inside) {
		return inside
	}
	return path
}
