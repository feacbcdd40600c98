package devices

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/device"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// templates are those that come with the program and the user's own, by kind.
type templates struct {
	order  []string
	byKind map[string]*device.Template
	ready  map[string]string // the sources of those that come with the program
	drafts map[string]string // what was changed and not kept, until the window closes
}

func newTemplates() templates {
	t := templates{byKind: map[string]*device.Template{}, ready: map[string]string{}, drafts: map[string]string{}}
	for _, one := range device.Templates() {
		t.put(one)
		t.ready[one.Kind] = one.Source
	}
	return t
}

// put adds a template, in place of the one of its kind.
func (t *templates) put(one *device.Template) {
	if t.byKind[one.Kind] == nil {
		t.order = append(t.order, one.Kind)
	}
	t.byKind[one.Kind] = one
}

func (t *templates) kinds() []string                 { return slices.Clone(t.order) }
func (t *templates) of(kind string) *device.Template { return t.byKind[kind] }

// remove takes out a template of the user's own; one that came with the program is as it came. put takes that back.
func (t *templates) remove(kind string) {
	delete(t.drafts, kind)
	if source, ready := t.ready[kind]; ready {
		if one, err := device.ParseTemplate(source); err == nil {
			t.put(one)
		}
		return
	}
	delete(t.byKind, kind)
	t.order = slices.DeleteFunc(t.order, func(other string) bool { return other == kind })
}

// draft is the text to edit of a kind.
func (t *templates) draft(kind string) string {
	if text, ok := t.drafts[kind]; ok {
		return text
	}
	return t.byKind[kind].Source
}

// setDraft remembers what was changed in a kind that is there.
func (t *templates) setDraft(kind, text string) {
	switch one := t.byKind[kind]; {
	case one == nil:
	case one.Source == text:
		delete(t.drafts, kind)
	default:
		t.drafts[kind] = text
	}
}

// own are the sources of those that the user wrote or changed.
func (t *templates) own() map[string]string {
	own := map[string]string{}
	for kind, one := range maps.All(t.byKind) {
		if t.ready[kind] != one.Source {
			own[kind] = one.Source
		}
	}
	return own
}

// templateForm edits templates; what is wrong is said while it is typed.
type templateForm struct {
	pane    *Pane
	dialog  *pane.Dialog
	kind    *widget.Choice
	back    *widget.Button // takes back changes, or the template
	text    *sourceEntry
	state   *fynewidget.Label
	value   *widget.Code // what the first device would publish
	there   *widget.Button
	edited  string          // the kind that is edited
	running map[string]bool // the kinds of devices that run
	parsed  *device.Template
	wrong   fyne.Position // the column and line of the mistake, from 0
}

const (
	templateWidth = 720
	templateRows  = 16
	// previewed is how many rounds of publishing are shown, and shownLines how many messages of them.
	previewed, shownLines = 3, 5
)

func (p *Pane) openTemplates() { newTemplateForm(p).open() }

func newTemplateForm(p *Pane) *templateForm {
	f := &templateForm{pane: p, state: pane.Remark("", theme.RoleMuted), value: widget.NewCode(), running: map[string]bool{}}
	for _, d := range p.engine.SimulatedDevices() {
		f.running[d.Kind] = true
	}
	f.there = widget.NewButton(lang.L("Go to the mistake"), f.goToMistake)
	f.back = widget.NewDangerButton("", f.takeBack)
	f.dialog = p.host.NewDialog(lang.L("Templates"), lang.L("Keep"), f.submit)
	f.dialog.OnClosed(f.leave)
	kinds := p.templates.kinds()
	f.edited = kinds[0]
	f.kind = widget.NewChoice(kinds, f.edited, f.edit)
	f.text = newSourceEntry(f.dialog.Close)
	f.text.OnChanged = func(string) { f.check() }
	return f
}

func (f *templateForm) open() {
	tools := container.NewHBox(f.there, widget.NewMenuButton(lang.L("Names and functions"), f.wordMenu), widget.NewButton(lang.L("Draw again"), f.check))
	begin := container.NewBorder(nil, nil, container.NewHBox(f.kind, f.back), tools)
	f.dialog.Open(pane.NewColumn(8, begin, f.text, f.state, f.value), templateWidth, f.text)
	f.text.SetText(f.pane.templates.draft(f.edited))
	f.check()
}

// edit goes on to another kind; what was changed is there again when the user comes back.
func (f *templateForm) edit(kind string) {
	f.leave()
	f.edited = kind
	f.text.SetText(f.pane.templates.draft(kind))
}

func (f *templateForm) leave() { f.pane.templates.setDraft(f.edited, f.text.Text) }

// check reads the template as it stands.
func (f *templateForm) check() {
	t, err := device.ParseTemplate(f.text.Text)
	f.parsed = t
	words := ""
	if err == nil {
		words = f.words()
	}
	at, found := (*device.TemplateError)(nil), false
	if errors.As(err, &at) && at.Line > 0 {
		f.wrong, found = fyne.NewPos(float32(max(at.Column-1, 0)), float32(at.Line-1)), true
	}
	f.preview()
	f.offerBack()
	pane.SetVisible(f.there, found)
	pane.SetRemark(f.state, words, theme.RoleGood)
	f.dialog.Check(true, err)
}

// words say what the template does, and what keeping it means.
func (f *templateForm) words() string {
	t, all := f.parsed, &f.pane.templates
	names := map[string]any{"Topic": t.Topic(), "Interval": format.Interval(t.Interval), "Kind": t.Kind}
	words := []string{lang.L("Publishes to {{.Topic}} every {{.Interval}}", names) + "."}
	if t.Observes() > 0 && t.Publishes() == 0 {
		words[0] = lang.L("Observes {{.Topic}}", names) + "."
	} else if t.Downloads() {
		words[0] = lang.L("Downloads {{.Topic}} every {{.Interval}}", names) + "."
	}
	switch before := all.of(t.Kind); {
	case before == nil:
		words = append(words, lang.L("It is kept as {{.Kind}} beside the others.", names))
	case before.Source == t.Source:
		words = append(words, lang.L("With another kind it is kept beside the others."))
	case t.Kind != f.edited:
		words = append(words, lang.L("It takes the place of {{.Kind}}.", names))
	}
	if f.running[t.Kind] && f.text.Text != all.of(t.Kind).Source {
		words = append(words, lang.L("Devices that run go on as they began."))
	}
	return strings.Join(words, " ")
}

// offerBack says on its button what would be taken back.
func (f *templateForm) offerBack() {
	all, label := &f.pane.templates, ""
	source, ready := all.ready[f.edited]
	switch kept := all.of(f.edited).Source; {
	case f.text.Text != kept:
		label = lang.L("Discard changes")
	case !ready:
		label = lang.L("Delete")
	case kept != source:
		label = lang.L("As it came")
	}
	f.back.SetLabel(label)
	pane.SetVisible(f.back, label != "")
}

// takeBack discards what was changed; where nothing was, it deletes the template, or has it as it came.
func (f *templateForm) takeBack() {
	p, kind := f.pane, f.edited
	one := p.templates.of(kind)
	if f.text.Text != one.Source {
		f.text.SetText(one.Source)
		return
	}
	text := lang.L("The template {{.Kind}} was deleted", map[string]any{"Kind": kind})
	if _, ready := p.templates.ready[kind]; ready {
		text = lang.L("The template {{.Kind}} is as it came", map[string]any{"Kind": kind})
	}
	f.dialog.Close() // the words with Undo are below it
	p.templates.remove(kind)
	p.host.Undoable(text, func() error {
		p.host.Do(func() { p.templates.put(one) })
		return nil
	})
}

// preview shows what the first device would publish.
func (f *templateForm) preview() {
	var lines []string
	if f.parsed != nil {
		for _, p := range f.parsed.Preview(previewed) {
			line := p.Topic + "  " + p.Payload
			if p.Err != nil {
				line = language.Say(p.Err)
			}
			lines = append(lines, line)
		}
	}
	f.value.SetText(strings.Join(lines[:min(len(lines), shownLines)], "\n"))
	pane.SetVisible(f.value, len(lines) > 0)
}

// goToMistake puts the cursor where the mistake is.
func (f *templateForm) goToMistake() {
	f.text.CursorRow, f.text.CursorColumn = int(f.wrong.Y), int(f.wrong.X)
	f.text.Refresh()
	f.pane.host.Window.Canvas().Focus(f.text)
}

func (f *templateForm) submit() {
	if f.parsed == nil {
		return
	}
	all := &f.pane.templates
	delete(all.drafts, f.edited)
	f.edited = f.parsed.Kind
	all.put(f.parsed)
	f.dialog.Close()
	f.pane.host.Notify(theme.RoleGood, lang.L("The template {{.Kind}} is kept", map[string]any{"Kind": f.parsed.Kind}), "", nil)
}

// sourceEntry is a text of many lines in which Escape closes the dialog.
type sourceEntry struct {
	widget.Entry
	escape func()
}

func newSourceEntry(escape func()) *sourceEntry {
	e := &sourceEntry{escape: escape}
	e.MultiLine, e.Wrapping = true, fyne.TextWrapOff
	e.TextStyle.Monospace = true
	e.SetMinRowsVisible(templateRows)
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements [fyne.Focusable].
func (e *sourceEntry) TypedKey(key *fyne.KeyEvent) {
	if key.Name == fyne.KeyEscape {
		e.escape()
		return
	}
	e.Entry.TypedKey(key)
}
