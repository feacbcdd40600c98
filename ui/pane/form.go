package pane

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// Dialog is a form over the window: fields, a line that says what is wrong, Cancel and one button that does it.
type Dialog struct {
	modal   *modal
	action  *widget.Button
	label   string
	problem *fynewidget.Label
	submit  func()
	ready   bool
	busy    bool
}

// NewDialog makes a dialog whose button is called action; it is shown by Open. submit runs when the user says so and
// nothing is wrong; it closes the dialog itself.
func (h *Host) NewDialog(title, action string, submit func()) *Dialog {
	d := &Dialog{label: action, submit: submit, problem: fynewidget.NewLabel(""), ready: true}
	d.problem.Wrapping, d.problem.Importance = fyne.TextWrapWord, fynewidget.DangerImportance
	d.problem.Hide()
	d.modal = h.newDialog(title, layout.NewSpacer())
	d.action = widget.NewPrimaryButton(action, d.Submit)
	return d
}

// Open shows the dialog with its content; focus gets the keyboard, Cancel where it is nil.
func (d *Dialog) Open(content fyne.CanvasObject, width float32, focus fyne.Focusable) {
	d.prepare(content, width)
	d.modal.open(focus, widget.NewButton(lang.L("Cancel"), d.Close), d.action)
}

func (d *Dialog) prepare(content fyne.CanvasObject, width float32) {
	d.modal.width = width
	d.modal.box.Objects[1] = container.NewVBox(content, d.problem)
}

// Close takes the dialog away.
func (d *Dialog) Close() { d.modal.close() }

// Opened reports whether the dialog is on the screen.
func (d *Dialog) Opened() bool { return d.modal.popUp != nil && d.modal.popUp.Visible() }

// OnClosed sets what is called when the dialog is gone.
func (d *Dialog) OnClosed(closed func()) { d.modal.closed = closed }

// Submit does what the button does.
func (d *Dialog) Submit() {
	if d.ready && !d.busy {
		d.submit()
	}
}

// SetAction renames the button.
func (d *Dialog) SetAction(label string) {
	d.label = label
	if !d.busy {
		d.action.SetLabel(label)
	}
}

// Check says what is wrong, and lets the button rest while anything is; ready false lets it rest without a word, as for a
// form that nobody has filled in yet.
func (d *Dialog) Check(ready bool, problem error) {
	d.ready = ready && problem == nil
	text := ""
	if problem != nil {
		text = language.Say(problem)
	}
	if d.problem.Text != text {
		d.problem.SetText(text)
	}
	SetVisible(d.problem, text != "")
	d.enable()
	d.Fit()
}

// Working lets the button say what is being done and rest meanwhile; an empty text ends it.
func (d *Dialog) Working(text string) {
	d.busy = text != ""
	if text == "" {
		text = d.label
	}
	d.action.SetLabel(text)
	d.enable()
}

func (d *Dialog) enable() {
	if d.ready && !d.busy {
		d.action.Enable()
	} else {
		d.action.Disable()
	}
}

// Fit makes the dialog as high as its content after that has changed.
func (d *Dialog) Fit() {
	if d.modal.popUp == nil {
		return
	}
	for range 2 { // how high wrapped lines are is known once they have their width
		d.modal.popUp.Resize(fyne.NewSize(d.modal.width, d.modal.popUp.MinSize().Height))
	}
}

// NewEntry is a line of the dialog: Escape closes it, Enter submits.
func (d *Dialog) NewEntry(placeholder string, changed func()) *Entry {
	e := &Entry{}
	e.escape = d.Close
	e.SetPlaceHolder(placeholder)
	e.OnChanged = func(string) { changed() }
	e.OnSubmitted = func(string) { d.Submit() }
	e.ExtendBaseWidget(e)
	return e
}

// NewArea is a field of so many lines; Escape closes the dialog.
func (d *Dialog) NewArea(placeholder string, lines int, changed func(text string)) *Entry {
	e := &Entry{}
	e.MultiLine, e.Wrapping, e.TextStyle.Monospace = true, fyne.TextWrapOff, true
	e.escape = d.Close
	e.SetPlaceHolder(placeholder)
	e.SetMinRowsVisible(lines)
	e.OnChanged = changed
	e.ExtendBaseWidget(e)
	return e
}

// Entry is a field of text in a [Dialog].
type Entry struct{ promptEntry }

// AcceptsTab implements [fyne.Tabbable]: Tab goes on to the next field, from one of many lines too.
func (e *Entry) AcceptsTab() bool { return false }

// Field puts a caption above a field of a dialog.
func Field(caption string, field fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedVBoxLayout(4), widget.NewText(caption, widget.TextCaption), field)
}

// Remark is a line of words in a dialog or below a field, wrapped where it is long.
func Remark(text string, role theme.Role) *fynewidget.Label {
	l := fynewidget.NewLabel(text)
	l.Wrapping, l.SizeName = fyne.TextWrapWord, theme.SizeSmall
	SetRemark(l, text, role)
	return l
}

// SetRemark changes a remark; an empty text hides it.
func SetRemark(l *fynewidget.Label, text string, role theme.Role) {
	importance := fynewidget.MediumImportance
	switch role {
	case theme.RoleBad:
		importance = fynewidget.DangerImportance
	case theme.RoleLate:
		importance = fynewidget.WarningImportance
	case theme.RoleGood:
		importance = fynewidget.SuccessImportance
	case theme.RoleMuted:
		importance = fynewidget.LowImportance
	}
	if l.Text != text || l.Importance != importance {
		l.Importance = importance
		l.SetText(text)
	}
	SetVisible(l, text != "")
}
