package topics

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/payload"
)

// form publishes to the topic that is shown.
type form struct {
	object  fyne.CanvasObject
	body    *bodyEntry
	kind    *widget.Choice
	qos     *widget.Choice
	retain  *widget.Check
	expiry  *widget.Entry // MQTT 5, section 3.3.2.3.3
	maxAge  *widget.Entry // RFC 7252, section 5.10.5
	publish *widget.Button
	problem *fynewidget.Label
	content *fyne.Container

	topic string
	send  func(engine.Publication)
	sent  map[string][]draft // what was published to each topic, newest first
}

// draft is what the form holds.
type draft struct {
	Kind   bodyKind `json:"kind"`
	Text   string   `json:"text"`
	QoS    byte     `json:"qos,omitempty"`
	Retain bool     `json:"retain,omitempty"`
	Expiry string   `json:"expiry,omitempty"`
	MaxAge string   `json:"max_age,omitempty"`
}

// The bounds of what is remembered of what was published.
const (
	rememberedDrafts     = 12      // of a topic
	rememberedDraftBytes = 4 << 10 // of each
	rememberedDraftsOf   = 50      // topics
)

var qosNames = []string{"QoS 0", "QoS 1", "QoS 2"}

func newForm(send func(engine.Publication)) *form {
	f := &form{send: send, sent: map[string][]draft{}, problem: fynewidget.NewLabel("")}
	f.problem.Wrapping, f.problem.SizeName, f.problem.Importance = fyne.TextWrapWord, theme.SizeSmall, fynewidget.DangerImportance
	f.body = newBodyEntry(f.submit)
	f.body.SetPlaceHolder(lang.L("Payload"))
	f.body.OnChanged = func(string) { f.check() }
	f.kind = widget.NewChoice(bodyTitles(), textBody.title(), func(string) { f.check() })
	f.qos = widget.NewChoice(qosNames, qosNames[0], nil)
	f.retain = widget.NewCheck(lang.L("Retain"), nil)
	f.expiry, f.maxAge = f.newTime(lang.L("never")), f.newTime(lang.L("none"))
	f.publish = widget.NewPrimaryButton(lang.L("Publish"), f.submit)
	f.problem.Hide()
	history := widget.NewMenuButton(lang.L("Published"), f.historyMenu)
	times := container.NewGridWithColumns(2, captioned(lang.L("Expires after"), f.expiry), captioned(lang.L("Max-Age"), f.maxAge))
	bar := container.NewBorder(nil, nil, container.NewHBox(f.kind, f.qos, f.retain), f.publish)
	head := container.NewBorder(nil, nil, widget.NewText(lang.L("Publish"), widget.TextStrong), history)
	f.content = container.New(formLayout{}, head, f.body, widget.NewTight(f.problem), times, bar)
	f.object = widget.NewCard(f.content)
	return f
}

func (f *form) newTime(placeholder string) *widget.Entry {
	e := widget.NewEntry()
	e.SetPlaceHolder(placeholder)
	e.OnChanged = func(string) { f.check() }
	e.OnSubmitted = func(string) { f.submit() }
	return e
}

// captioned puts a word before a field.
func captioned(word string, field fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(nil, nil, container.NewCenter(widget.NewText(word, widget.TextCaption)), nil, field)
}

func (f *form) draft() draft {
	return draft{Kind: bodyKinds[max(slices.Index(bodyTitles(), f.kind.Selected()), 0)], Text: f.body.Text,
		QoS: byte(max(slices.Index(qosNames, f.qos.Selected()), 0)), Retain: f.retain.Checked, Expiry: f.expiry.Text, MaxAge: f.maxAge.Text}
}

// fill puts what was published before into the form again.
func (f *form) fill(d draft) {
	f.kind.SetSelected(d.Kind.title())
	f.qos.SetSelected(qosNames[min(int(d.QoS), len(qosNames)-1)])
	f.retain.SetChecked(d.Retain)
	f.expiry.SetText(d.Expiry)
	f.maxAge.SetText(d.MaxAge)
	f.body.SetText(d.Text)
	f.check()
}

// publication reads a draft; the error says what is wrong with it.
func (d draft) publication(topic string) (engine.Publication, error) {
	payload, err := encodeBody(d.Kind, d.Text)
	if err != nil {
		return engine.Publication{}, err
	}
	expiry, err := readSeconds(d.Expiry)
	if err != nil {
		return engine.Publication{}, err
	}
	maxAge, err := readSeconds(d.MaxAge)
	return engine.Publication{Topic: topic, Payload: payload, QoS: d.QoS, Retain: d.Retain, Expiry: expiry,
		MaxAge: maxAge, ContentFormat: d.Kind.contentFormat(), HasContentFormat: true}, err
}

// check reads the form as the user writes it and says what is wrong with it.
func (f *form) check() (engine.Publication, bool) {
	m, err := f.draft().publication(f.topic)
	if err != nil {
		f.say(language.Say(err))
		f.publish.Disable()
		return engine.Publication{}, false
	}
	f.say("")
	f.publish.Enable()
	return m, true
}

// say shows what is wrong in as many lines as it takes; nothing is wrong where it is empty.
func (f *form) say(problem string) {
	if f.problem.Text == problem && f.problem.Visible() == (problem != "") {
		return
	}
	f.problem.SetText(problem)
	pane.SetVisible(f.problem, problem != "")
	f.content.Refresh()
}

// formLayout puts the parts of the form below each other. What is not needed for the others is the payload's.
type formLayout struct{}

// The parts of the form in the order of its layout.
const (
	formHead = iota
	formBody
	formProblem
	formTimes
	formBar
)

const formGap = 4

// Layout implements [fyne.Layout].
func (formLayout) Layout(parts []fyne.CanvasObject, size fyne.Size) {
	// How high wrapped words are follows from their width.
	parts[formProblem].Resize(fyne.NewSize(size.Width, parts[formProblem].Size().Height))
	top := parts[formHead].MinSize().Height
	parts[formHead].Move(fyne.Position{})
	parts[formHead].Resize(fyne.NewSize(size.Width, top))
	bottom := size.Height
	for _, i := range []int{formBar, formTimes, formProblem} {
		height := parts[i].MinSize().Height
		bottom -= height
		parts[i].Move(fyne.NewPos(0, bottom))
		parts[i].Resize(fyne.NewSize(size.Width, height))
		if height > 0 {
			bottom -= formGap
		}
	}
	parts[formBody].Move(fyne.NewPos(0, top+formGap))
	parts[formBody].Resize(fyne.NewSize(size.Width, max(bottom-top-formGap, 0)))
}

// MinSize implements [fyne.Layout]. A problem takes its room from the payload.
func (formLayout) MinSize(parts []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, i := range []int{formHead, formBody, formTimes, formBar} {
		least := parts[i].MinSize()
		size.Width = max(size.Width, least.Width)
		size.Height += least.Height + formGap
	}
	size.Height -= formGap
	return size
}

func (f *form) submit() {
	m, ok := f.check()
	if !ok || f.topic == "" {
		return
	}
	f.remember(f.topic, f.draft())
	f.send(m)
}

// remember keeps what was published, each thing once.
func (f *form) remember(topic string, d draft) {
	if len(d.Text) > rememberedDraftBytes {
		return
	}
	list := slices.DeleteFunc(slices.Clone(f.sent[topic]), func(o draft) bool { return o == d })
	list = slices.Insert(list, 0, d)
	keep(f.sent, topic, list[:min(len(list), rememberedDrafts)], rememberedDraftsOf)
}

// historyMenu lists what was published to the topic; a click puts it into the form.
func (f *form) historyMenu() *fyne.Menu {
	list := f.sent[f.topic]
	if len(list) == 0 {
		none := fyne.NewMenuItem(lang.L("Nothing yet"), nil)
		none.Disabled = true
		return fyne.NewMenu("", none)
	}
	items := make([]*fyne.MenuItem, len(list))
	for i, d := range list {
		text := payload.Summary([]byte(d.Text), payload.NoContentFormat, 40)
		if text == "" {
			text = lang.L("empty")
		}
		text += " · " + d.Kind.title() + " · " + qosNames[min(int(d.QoS), len(qosNames)-1)]
		if d.Retain {
			text += " · " + lang.L("retained")
		}
		items[i] = fyne.NewMenuItem(text, func() { f.fill(d) })
	}
	return fyne.NewMenu("", items...)
}

// bodyEntry is an editor in which Ctrl+Enter publishes.
type bodyEntry struct {
	widget.Entry
	submit func()
}

func newBodyEntry(submit func()) *bodyEntry {
	e := &bodyEntry{submit: submit}
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapOff
	e.TextStyle = fyne.TextStyle{Monospace: true}
	e.ExtendBaseWidget(e)
	return e
}

// AcceptsTab implements [fyne.Tabbable]: Tab goes on to the next field.
func (e *bodyEntry) AcceptsTab() bool { return false }

// TypedShortcut publishes on Ctrl+Enter (Cmd on macOS).
func (e *bodyEntry) TypedShortcut(s fyne.Shortcut) {
	if custom, ok := s.(*desktop.CustomShortcut); ok && custom.Modifier == fyne.KeyModifierShortcutDefault &&
		(custom.KeyName == fyne.KeyReturn || custom.KeyName == fyne.KeyEnter) {
		e.submit()
		return
	}
	e.Entry.TypedShortcut(s)
}
