package access

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/assets"
	"sluice/engine/settings"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// draft is a rule in the form.
type draft struct {
	index   int            // where the rule is, or is to be
	fresh   bool           // it is not among the rules yet
	written *settings.Rule // as the engine has it, or what a fresh one begins with
	who     subject
	name    string
	topics  string
	permission,
	action string // in words
}

// ruleForm is the right side: the rule that is selected, to be changed in place, or a new one.
type ruleForm struct {
	pane    *Pane
	object  fyne.CanvasObject
	draft   draft
	filling bool // the form is being filled in, not the user's doing
	drawn   struct {
		draft draft
		rules int
	}

	title      *widget.Text
	badge      *widget.Badge
	lead       *fyne.Container
	up, down   *widget.Button
	more       *widget.Button
	permission *widget.Choice
	action     *widget.Choice
	choices    *fyne.Container // permission and action
	who        *widget.Choice
	name       *formEntry
	whoRow     *fyne.Container
	nameWrong  *fynewidget.Label
	topics     *formEntry
	topicsBox  fyne.CanvasObject
	wrong      *fynewidget.Label
	help       *fynewidget.Label
	save       *widget.Button
	revert     *widget.Button
}

func words[T any](of []T, word func(T) string) []string {
	list := make([]string, len(of))
	for i, one := range of {
		list[i] = word(one)
	}
	return list
}

var permissions = []settings.Permission{settings.Allow, settings.Deny}

// chosen returns the one of a list whose word is selected.
func chosen[T any](of []T, word func(T) string, selected string) T {
	return of[max(slices.Index(words(of, word), selected), 0)]
}

func newRuleForm(p *Pane) *ruleForm {
	f := &ruleForm{pane: p, title: widget.NewText("", widget.TextStrong), badge: widget.NewBadge("", theme.RoleNeutral)}
	f.up, f.down = widget.NewButton("", func() { p.move(f.draft.index, -1) }), widget.NewButton("", func() { p.move(f.draft.index, 1) })
	f.up.SetIcon(theme.Icon(assets.ArrowUp))
	f.down.SetIcon(theme.Icon(assets.ArrowDown))
	f.more = widget.NewMenuButton(lang.L("More"), func() *fyne.Menu {
		return fyne.NewMenu("", p.ruleItems(RuleRow{index: f.draft.index, rule: *f.draft.written})...)
	})
	f.permission = widget.NewChoice(words(permissions, permissionWord), permissionWord(settings.Deny), func(string) { f.edited() })
	f.action = widget.NewChoice(words(actions, actionWord), actionWord(settings.AllAction), func(string) { f.edited() })
	f.who = widget.NewChoice(words(subjects, subject.word), everybody.word(), func(string) { f.edited() })
	f.name = newFormEntry(f)
	f.whoRow = container.NewBorder(nil, nil, f.who, nil, f.name)
	f.nameWrong = pane.Remark("", theme.RoleBad)
	f.topics = newFormEntry(f)
	f.topics.MultiLine, f.topics.Wrapping = true, fyne.TextWrapOff
	f.topics.TextStyle.Monospace = true
	f.topics.SetPlaceHolder("plant/${clientid}/#")
	f.topics.SetMinRowsVisible(4)
	f.wrong = pane.Remark("", theme.RoleBad)
	f.help = pane.Remark(lang.L("A filter a line. {{.Names}} stand for what the client that asks has.", map[string]any{
		"Names": strings.Join(settings.Placeholders, " ")}), theme.RoleMuted)
	f.save = widget.NewPrimaryButton(lang.L("Save"), f.submit)
	f.revert = widget.NewButton(lang.L("Revert"), f.takeBack)

	f.lead = pane.NewLead(f.title, widget.TextStrong, f.badge)
	head := container.NewBorder(nil, nil, nil, container.New(fynelayout.NewCustomPaddedHBoxLayout(8), f.up, f.down, f.more), f.lead)
	f.topicsBox = pane.NewColumn(4, field(lang.L("Topics"), f.topics), f.wrong, f.help)
	f.choices = container.New(fynelayout.NewCustomPaddedHBoxLayout(16),
		pane.Field(lang.L("Permission"), f.permission), pane.Field(lang.L("Action"), f.action))
	f.object = pane.NewColumn(12, head,
		f.choices,
		field(lang.L("Who"), pane.NewColumn(4, f.whoRow, f.nameWrong)),
		f.topicsBox,
		container.New(fynelayout.NewCustomPaddedHBoxLayout(8), fynelayout.NewSpacer(), f.revert, f.save),
	)
	return f
}

// field puts a caption above a field that may get higher.
func field(caption string, object fyne.CanvasObject) fyne.CanvasObject {
	return pane.NewColumn(4, widget.NewText(caption, widget.TextCaption), object)
}

// draftOf is a rule as the form has it.
func draftOf(index int, r settings.Rule) draft {
	who, name := splitWho(r.Who)
	return draft{index: index, written: &r, who: who, name: name, topics: strings.Join(r.Topics, "\n"),
		permission: permissionWord(r.Permission), action: actionWord(r.Action)}
}

// newDraft is a rule that is to be at index.
func newDraft(index int, r settings.Rule) draft {
	d := draftOf(index, r)
	d.fresh = true
	return d
}

// now is the draft as it stands in the form.
func (f *ruleForm) now() draft {
	d := f.draft
	d.who, d.name = chosen(subjects, subject.word, f.who.Selected()), strings.TrimSpace(f.name.Text)
	d.permission, d.action, d.topics = f.permission.Selected(), f.action.Selected(), f.topics.Text
	return d
}

// rule reads the form; the errors are of the name and of the topics.
func (d draft) rule() (r settings.Rule, name, topics error) {
	r.Permission = chosen(permissions, permissionWord, d.permission)
	r.Action = chosen(actions, actionWord, d.action)
	r.Who, name = joinWho(d.who, d.name), checkWho(d.who, d.name)
	if r.Action != settings.Connect {
		r.Topics, topics = readTopics(d.topics)
	}
	return r, name, topics
}

// dirty reports whether there is something to save.
func (f *ruleForm) dirty() bool {
	if f.draft.fresh {
		return true
	}
	r, name, topics := f.now().rule()
	return f.draft.written != nil && (name != nil || topics != nil || !sameRule(r, *f.draft.written))
}

// fill shows a draft.
func (f *ruleForm) fill(d draft) {
	f.draft = d
	f.filling = true
	f.permission.SetSelected(d.permission)
	f.action.SetSelected(d.action)
	f.who.SetSelected(d.who.word())
	setText(f.name, d.name)
	setText(f.topics, d.topics)
	f.filling = false
	f.edited()
}

// setText leaves an entry alone that has the text: its cursor would move.
func setText(e *formEntry, text string) {
	if e.Text != text {
		e.SetText(text)
	}
}

// edited brings what depends on the form up to date.
func (f *ruleForm) edited() {
	if f.filling {
		return
	}
	d := f.now()
	before := f.drawn
	if f.drawn.draft, f.drawn.rules = d, len(f.pane.rules); f.drawn == before {
		return
	}
	r, name, topics := d.rule()
	f.title.SetText(lang.L("Rule {{.Number}}", map[string]any{"Number": d.index + 1}))
	if d.fresh {
		f.title.SetText(lang.L("New rule, as number {{.Number}}", map[string]any{"Number": d.index + 1}))
	}
	f.badge.Set(permissionWord(r.Permission), permissionRole(r.Permission))
	f.lead.Refresh()
	pane.SetVisible(f.name, d.who != everybody)
	f.name.SetPlaceHolder(d.who.placeholder())
	f.whoRow.Refresh()
	f.choices.Refresh()
	pane.SetVisible(f.topicsBox, r.Action != settings.Connect)
	pane.SetRemark(f.nameWrong, problemText(name, d.name == ""), theme.RoleBad)
	pane.SetRemark(f.wrong, problemText(topics, strings.TrimSpace(d.topics) == ""), theme.RoleBad)
	dirty := f.dirty()
	for _, o := range []fyne.CanvasObject{f.up, f.down, f.more} {
		pane.SetVisible(o, !d.fresh)
	}
	enable(f.up, d.index > 0 && !dirty)
	enable(f.down, d.index < len(f.pane.rules)-1 && !dirty)
	enable(f.save, dirty && name == nil && topics == nil)
	enable(f.revert, dirty)
	defer f.pane.fit()
	f.save.SetLabel(lang.L("Save"))
	f.revert.SetLabel(lang.L("Revert"))
	if d.fresh {
		f.save.SetLabel(lang.L("Add"))
		f.revert.SetLabel(lang.L("Discard"))
	}
}

// problemText says what is wrong, but not that a field is empty which nobody has come to yet.
func problemText(err error, empty bool) string {
	if err == nil || empty {
		return ""
	}
	return language.Say(err)
}

func enable(b *widget.Button, on bool) {
	switch {
	case on == !b.Disabled():
	case on:
		b.Enable()
	default:
		b.Disable()
	}
}

// follow shows the rule at the draft's place as the engine has it now, unless the user has begun to change it.
func (f *ruleForm) follow(rules []settings.Rule) (there bool) {
	switch {
	case f.draft.fresh || f.dirty():
		f.edited()
		return true
	case f.draft.index >= len(rules):
		return false
	case f.draft.written == nil || !sameRule(*f.draft.written, rules[f.draft.index]):
		f.fill(draftOf(f.draft.index, rules[f.draft.index]))
	default:
		f.edited()
	}
	return true
}

func (f *ruleForm) submit() {
	d := f.now()
	r, name, topics := d.rule()
	if name != nil || topics != nil || !f.dirty() {
		return
	}
	if d.fresh {
		f.pane.insertRule(d.index, r)
	} else {
		f.pane.replaceRule(d.index, *d.written, r)
	}
}

// takeBack forgets what was changed.
func (f *ruleForm) takeBack() {
	if f.draft.fresh {
		f.pane.leaveRule()
		return
	}
	f.fill(draftOf(f.draft.index, *f.draft.written))
}

// formEntry is a field in which Ctrl+Enter saves and Escape takes back.
type formEntry struct {
	widget.Entry
	form *ruleForm
}

func newFormEntry(f *ruleForm) *formEntry {
	e := &formEntry{form: f}
	e.OnChanged = func(string) { f.edited() }
	e.OnSubmitted = func(string) { f.submit() }
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey takes the changes back on Escape.
func (e *formEntry) TypedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape {
		e.form.takeBack()
		return
	}
	e.Entry.TypedKey(ev)
}

// TypedShortcut saves on Ctrl+Enter (Cmd on macOS).
func (e *formEntry) TypedShortcut(s fyne.Shortcut) {
	if custom, ok := s.(*desktop.CustomShortcut); ok && custom.Modifier == fyne.KeyModifierShortcutDefault &&
		(custom.KeyName == fyne.KeyReturn || custom.KeyName == fyne.KeyEnter) {
		e.form.submit()
		return
	}
	e.Entry.TypedShortcut(s)
}
