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

// The measures of dialogs: how wide they are, what of the window stays around a large one, and what it has above and below
// its content.
const (
	dialogWidth  = 460
	dialogMargin = 40
	dialogFrame  = 100
)

// Ask asks once before something that cannot be undone; do runs when the user says yes. Escape says no, and so does Return
// as long as the keyboard is where it is at first: who presses a key once more than he meant to loses nothing.
func (h *Host) Ask(title, text, action string, do func()) {
	words := fynewidget.NewLabel(text)
	words.Wrapping = fyne.TextWrapWord
	d := h.newDialog(title, words)
	yes := widget.NewDangerButton(action, func() { d.close(); do() })
	d.open(nil, widget.NewButton(lang.L("Cancel"), d.close), yes)
}

// AskWith is Ask with something that can be done as well; do gets whether it is to be. It is, until the user says no.
func (h *Host) AskWith(title, text, option, action string, do func(also bool)) {
	words := fynewidget.NewLabel(text)
	words.Wrapping = fyne.TextWrapWord
	also := widget.NewCheck(option, nil)
	also.Checked = true
	d := h.newDialog(title, container.NewVBox(words, also))
	yes := widget.NewDangerButton(action, func() { d.close(); do(also.Checked) })
	d.open(nil, widget.NewButton(lang.L("Cancel"), d.close), yes)
}

// Prompt asks for one line of text. check says what is wrong with it; do runs with a text that has nothing wrong.
func (h *Host) Prompt(title, placeholder, action string, check func(string) error, do func(string)) {
	problem := widget.NewText("", widget.TextStyle{Color: theme.ColorBad, Size: theme.SizeSmall})
	entry := &promptEntry{}
	entry.SetPlaceHolder(placeholder)
	entry.TextStyle.Monospace = true
	entry.ExtendBaseWidget(entry)
	d := h.newDialog(title, container.NewVBox(entry, problem))
	submit := func() {
		if check(entry.Text) == nil {
			d.close()
			do(entry.Text)
		}
	}
	button := widget.NewPrimaryButton(action, submit)
	button.Disable()
	entry.escape = d.close
	entry.OnSubmitted = func(string) { submit() }
	entry.OnChanged = func(text string) {
		if err := check(text); err != nil {
			problem.SetText(language.Say(err))
			button.Disable()
			return
		}
		problem.SetText("")
		button.Enable()
	}
	d.open(entry, widget.NewButton(lang.L("Cancel"), d.close), button)
}

// Inform shows something until the user closes it.
func (h *Host) Inform(title string, content fyne.CanvasObject) {
	d := h.newDialog(title, content)
	d.open(nil, widget.NewButton(lang.L("Close"), d.close))
}

// InformWide shows something of a given size, less in a window that has no room for it, until the user closes it; closed is called then.
func (h *Host) InformWide(title string, content fyne.CanvasObject, size fyne.Size, closed func()) {
	if room := h.Window.Canvas().Size().SubtractWidthHeight(dialogMargin, dialogMargin+dialogFrame); room.Width > 0 && room.Height > 0 {
		size = size.Min(room)
	}
	d := h.newDialog(title, container.New(sizedLayout(size), content))
	d.width, d.closed = size.Width, closed
	d.open(nil, widget.NewButton(lang.L("Close"), d.close))
}

// Progress shows how far something is until shut is called; who cancels it calls cancel.
func (h *Host) Progress(title string, content fyne.CanvasObject, cancel func()) (shut func()) {
	d := h.newDialog(title, content)
	d.closed = cancel
	d.open(nil, widget.NewButton(lang.L("Cancel"), d.close))
	return func() {
		d.closed = nil
		d.close()
	}
}

// sizedLayout gives its objects a least size.
type sizedLayout fyne.Size

// Layout implements [fyne.Layout].
func (sizedLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(size)
	}
}

// MinSize implements [fyne.Layout].
func (l sizedLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size(l) }

// modal is a dialog over the window.
type modal struct {
	host  *Host
	popUp *fynewidget.PopUp
	box   *fyne.Container
	width float32
	// closed is called when the dialog is gone; it may be nil.
	closed func()
	// deaf ends that Escape closes it.
	deaf func()
}

func (h *Host) newDialog(title string, content fyne.CanvasObject) *modal {
	d := &modal{host: h, width: dialogWidth}
	// What is asked about may have a long name.
	heading := fynewidget.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	heading.Wrapping, heading.SizeName = fyne.TextWrapWord, theme.SizeTitle
	d.box = container.NewVBox(heading, content)
	return d
}

// open shows the dialog. The keyboard goes to focus, or where that is nil to the first button, which does nothing but close
// the dialog.
func (d *modal) open(focus fyne.Focusable, buttons ...fyne.CanvasObject) {
	if focus == nil {
		focus, _ = buttons[0].(fyne.Focusable)
	}
	d.box.Add(container.NewHBox(append([]fyne.CanvasObject{layout.NewSpacer()}, buttons...)...))
	d.popUp = fynewidget.NewModalPopUp(widget.NewPadded(16, 14, d.box), d.host.Window.Canvas())
	for range 2 { // how high wrapped lines are is known once they have their width
		d.popUp.Resize(fyne.NewSize(d.width, d.popUp.MinSize().Height))
	}
	d.popUp.Show()
	d.deaf = d.host.onEscape(d.close)
	d.host.Window.Canvas().Focus(focus)
}

func (d *modal) close() {
	if !d.popUp.Visible() {
		return
	}
	d.popUp.Hide()
	d.deaf()
	if d.closed != nil {
		d.closed()
	}
}

// promptEntry is an entry in which Escape closes the dialog.
type promptEntry struct {
	widget.Entry
	escape func()
}

func (e *promptEntry) TypedKey(event *fyne.KeyEvent) {
	if event.Name == fyne.KeyEscape {
		e.escape()
		return
	}
	e.Entry.TypedKey(event)
}
