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
}

func newTemplates() templates {
	t := templates{byKind: map[string]*device.Template{}, ready: map[string]string{}}
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
	pane   *Pane
	dialog *pane.Dialog
	kind   *widget.Choice
	text   *sourceEntry
	state  *fynewidget.Label
	value  *widget.Code // what the first device would publish
	there  *widget.Button
	parsed *device.Template
	wrong  int // the line with the mistake, from 1; 0: there is none
}

const (
	templateWidth = 720
	templateRows  = 16
	// previewed is how many rounds of publishing are shown, and shownLines how many messages of them.
	previewed, shownLines = 3, 5
)

func (p *Pane) openTemplates() { newTemplateForm(p).open() }

func newTemplateForm(p *Pane) *templateForm {
	f := &templateForm{pane: p, state: pane.Remark("", theme.RoleMuted), value: widget.NewCode()}
	f.there = widget.NewButton(lang.L("Go to the mistake"), f.goToMistake)
	f.dialog = p.host.NewDialog(lang.L("Templates"), lang.L("Keep"), f.submit)
	kinds := p.templates.kinds()
	f.kind = widget.NewChoice(kinds, kinds[0], func(kind string) { f.text.SetText(p.templates.of(kind).Source) })
	f.text = newSourceEntry(f.dialog.Close)
	f.text.OnChanged = func(string) { f.check() }
	return f
}

func (f *templateForm) open() {
	tools := container.NewHBox(f.there, widget.NewMenuButton(lang.L("Names and functions"), f.wordMenu), widget.NewButton(lang.L("Draw again"), f.check))
	begin := container.NewBorder(nil, nil, f.kind, tools,
		pane.Remark(lang.L("With another kind it is kept beside the others."), theme.RoleMuted))
	f.dialog.Open(pane.NewColumn(8, begin, f.text, f.state, f.value), templateWidth, f.text)
	f.text.SetText(f.pane.templates.of(f.kind.Selected()).Source)
}

// check reads the template as it stands.
func (f *templateForm) check() {
	t, err := device.ParseTemplate(f.text.Text)
	f.parsed = t
	words := ""
	if err == nil {
		words = lang.L("Publishes to {{.Topic}} every {{.Interval}}", map[string]any{"Topic": t.Topic(), "Interval": format.Interval(t.Interval)})
	}
	f.wrong = 0
	if at := (*device.TemplateError)(nil); errors.As(err, &at) {
		f.wrong = at.Line
	}
	f.preview()
	pane.SetVisible(f.there, f.wrong > 0)
	pane.SetRemark(f.state, words, theme.RoleGood)
	f.dialog.Check(true, err)
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

// goToMistake puts the cursor into the line with the mistake.
func (f *templateForm) goToMistake() {
	if f.wrong == 0 {
		return
	}
	f.text.CursorRow, f.text.CursorColumn = f.wrong-1, 0
	f.text.Refresh()
	f.pane.host.Window.Canvas().Focus(f.text)
}

func (f *templateForm) submit() {
	if f.parsed == nil {
		return
	}
	f.pane.templates.put(f.parsed)
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
