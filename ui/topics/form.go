package topics

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// form publishes to the topic that is shown.
type form struct {
	object  fyne.CanvasObject
	body    *bodyEntry
	kind    *widget.Choice
	qos     *widget.Choice
	retain  *fynewidget.Check
	publish *widget.Button
	problem *widget.Text

	topic string
	send  func(engine.Publication)
}

var qosNames = []string{"QoS 0", "QoS 1", "QoS 2"}

func newForm(send func(engine.Publication)) *form {
	f := &form{send: send, problem: widget.NewText("", widget.TextStyle{Color: theme.ColorBad, Size: theme.SizeSmall})}
	f.body = newBodyEntry(f.submit)
	f.body.SetPlaceHolder(lang.L("Payload"))
	f.body.OnChanged = func(string) { f.check() }
	f.kind = widget.NewChoice(bodyTitles(), textBody.title(), func(string) { f.check() })
	f.qos = widget.NewChoice(qosNames, qosNames[0], nil)
	f.retain = fynewidget.NewCheck(lang.L("Retain"), nil)
	f.publish = widget.NewPrimaryButton(lang.L("Publish"), f.submit)
	f.problem.Hide()
	bar := container.NewBorder(nil, nil, container.NewHBox(f.kind, f.qos, f.retain), f.publish)
	f.object = widget.NewCard(container.NewBorder(widget.NewText(lang.L("Publish"), widget.TextStrong),
		container.NewVBox(f.problem, bar), nil, nil, f.body))
	return f
}

// check reads the payload as the user writes it and says what is wrong with it.
func (f *form) check() ([]byte, bool) {
	payload, err := encodeBody(bodyKinds[max(slices.Index(bodyTitles(), f.kind.Selected()), 0)], f.body.Text)
	if err != nil {
		f.problem.SetText(err.Error())
		f.problem.Show()
		f.publish.Disable()
		return nil, false
	}
	f.problem.Hide()
	f.publish.Enable()
	return payload, true
}

func (f *form) submit() {
	payload, ok := f.check()
	if !ok || f.topic == "" {
		return
	}
	qos := byte(max(slices.Index(qosNames, f.qos.Selected()), 0))
	f.send(engine.Publication{Topic: f.topic, Payload: payload, QoS: qos, Retain: f.retain.Checked})
}

// bodyEntry is an editor in which Ctrl+Enter publishes.
type bodyEntry struct {
	fynewidget.Entry
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

// TypedShortcut publishes on Ctrl+Enter (Cmd on macOS).
func (e *bodyEntry) TypedShortcut(s fyne.Shortcut) {
	if custom, ok := s.(*desktop.CustomShortcut); ok && custom.Modifier == fyne.KeyModifierShortcutDefault &&
		(custom.KeyName == fyne.KeyReturn || custom.KeyName == fyne.KeyEnter) {
		e.submit()
		return
	}
	e.Entry.TypedShortcut(s)
}
