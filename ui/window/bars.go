package window

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/assets"
	"sluice/engine"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// topBar shows the logo, the state, a chip a listener, the rates, and starts and stops the gateway.
type topBar struct {
	window *window
	object fyne.CanvasObject
	state  *widget.Chip
	chips  *fyne.Container
	shown  []chipState
	in     *widget.RateChip
	out    *widget.RateChip
	power  *widget.Button
	now    engine.State
}

func newTopBar(w *window) *topBar {
	t := &topBar{window: w, state: widget.NewChip(theme.RoleMuted, "", "", nil),
		chips: spaced(),
		in:    widget.NewRateChip(lang.L("in"), theme.RoleAccent),
		out:   widget.NewRateChip(lang.L("out"), theme.RolePOST),
	}
	t.power = widget.NewButton(lang.L("Start"), func() { w.power(t.now == engine.Stopped) })
	logo := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.AppIcon))
	logo.FillMode = canvas.ImageFillContain
	logo.SetMinSize(fyne.NewSquareSize(22))
	name := container.NewHBox(container.NewCenter(logo), container.NewCenter(widget.NewText("Sluice", widget.TextStrong)))
	left := spaced(container.New(fixedWidth(184), name), t.state)
	right := spaced(t.in, t.out, t.power)
	bar := pane.Border(nil, nil, left, right, widget.NewPadded(10, 0, container.NewHScroll(t.chips)))
	t.object = pane.Border(nil, widget.NewLine(), nil, nil, widget.NewPanel(widget.NewPadded(14, 10, bar)))
	return t
}

func (t *topBar) show(s *frameState) {
	word, role := stateWord(s)
	t.now = s.state
	t.state.Set(role, word, "")
	t.in.Set(s.in.text, s.in.values)
	t.out.Set(s.out.text, s.out.values)
	t.showPower()
	if slices.EqualFunc(s.chips, t.shown, chipState.equal) {
		return
	}
	t.shown = s.chips
	t.chips.RemoveAll()
	for _, c := range s.chips {
		var chip *widget.Chip
		chip = widget.NewChip(c.role, c.label, c.detail, func() { t.window.chipTapped(c, chip) })
		t.chips.Add(chip)
	}
}

// showPower names what the button does; it rests while the gateway starts or stops.
func (t *topBar) showPower() {
	switch {
	case t.window.busy && t.now == engine.Stopped:
		t.power.SetLabel(lang.L("Starting"))
	case t.window.busy:
		t.power.SetLabel(lang.L("Stopping"))
	case t.now == engine.Stopped:
		t.power.SetLabel(lang.L("Start"))
	default:
		t.power.SetLabel(lang.L("Stop"))
	}
	if t.window.busy {
		t.power.Disable()
	} else {
		t.power.Enable()
	}
}

// spaced puts objects side by side as the top bar has them.
func spaced(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(fynelayout.NewCustomPaddedHBoxLayout(10), objects...)
}

// statusLine is the line at the bottom.
type statusLine struct {
	object      fyne.CanvasObject
	left, right *fyne.Container
}

func newStatusLine() *statusLine {
	l := &statusLine{left: container.NewHBox(), right: container.NewHBox()}
	bar := widget.NewPadded(14, 4, container.NewBorder(nil, nil, l.left, l.right))
	l.object = pane.Border(widget.NewLine(), nil, nil, nil, widget.NewPanel(bar))
	return l
}

func (l *statusLine) show(s *frameState) {
	setTexts(l.left, s.left)
	setTexts(l.right, s.right)
}

// setTexts writes texts side by side.
func setTexts(box *fyne.Container, texts []string) {
	for len(box.Objects) < len(texts) {
		box.Add(widget.NewPadded(5, 0, widget.NewText("", widget.TextStyle{Color: theme.ColorMuted, Size: theme.SizeCaption})))
	}
	changed := false
	for i, text := range texts {
		line := box.Objects[i].(*fyne.Container).Objects[0].(*widget.Text)
		changed = changed || line.Text() != text
		line.SetText(text)
	}
	if changed {
		box.Refresh()
	}
}

// fixedWidth gives its one object a width, whatever it needs.
type fixedWidth float32

func (w fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

func (w fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var height float32
	for _, o := range objects {
		height = max(height, o.MinSize().Height)
	}
	return fyne.NewSize(float32(w), height)
}
