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
	search *widget.Button
	power  *widget.Button
	now    engine.State
	bar    *fyne.Container
}

func newTopBar(w *window) *topBar {
	t := &topBar{window: w, state: widget.NewChip(theme.RoleMuted, "", "", nil),
		chips: spaced(),
		in:    widget.NewRateChip(lang.L("in"), theme.RoleAccent),
		out:   widget.NewRateChip(lang.L("out"), theme.RolePOST),
	}
	t.power = widget.NewButton(lang.L("Start"), func() { w.power(t.now == engine.Stopped) })
	t.search = widget.NewButton(lang.L("Search"), w.togglePalette)
	t.search.SetHint(keysOf(actPalette))
	logo := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.AppIcon))
	logo.FillMode = canvas.ImageFillContain
	logo.SetMinSize(fyne.NewSquareSize(22))
	name := container.NewHBox(container.NewCenter(logo), container.NewCenter(widget.NewText("Sluice", widget.TextStrong)))
	t.bar = container.New(barLayout{t.search}, name, t.state, container.NewHScroll(t.chips), spaced(t.in, t.out), widget.NewSpare(t.search), t.power)
	t.object = pane.Border(nil, widget.NewLine(), nil, nil, widget.NewPanel(widget.NewPadded(14, 10, t.bar)))
	return t
}

func (t *topBar) show(s *frameState) {
	word, role := stateWord(s)
	t.now = s.state
	t.state.Set(role, word, "")
	if t.state.MinSize().Width > t.state.Size().Width {
		t.bar.Refresh()
	}
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
		chip.OnSecondary = func() { t.window.chipMenu(c, chip) }
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
	if t.power.MinSize().Width > t.power.Size().Width {
		t.bar.Refresh()
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
	for i, object := range box.Objects {
		text := "" // what was said before and is not any more
		if i < len(texts) {
			text = texts[i]
		}
		line := object.(*fyne.Container).Objects[0].(*widget.Text)
		changed = changed || line.Text() != text
		line.SetText(text)
	}
	if changed {
		box.Refresh()
	}
}

// barLayout places the parts of the top bar: the program's name above the rail, the state, the chips that scroll where
// they are many, and at the right end the rates and the buttons. Where there is little room the name has no more than it
// needs, and the button of the palette goes: there are keys for it.
type barLayout struct{ search *widget.Button }

const (
	barGap    = 10
	nameWidth = 184 // the rail is as wide, with what is around
)

// Layout implements [fyne.Layout].
func (l barLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	name, state, chips, rates, search, power := objects[0], objects[1], objects[2], objects[3], objects[4], objects[5]
	spare := max(0, size.Width-l.MinSize(objects).Width)
	searchWidth := l.search.MinSize().Width
	if spare < searchWidth {
		searchWidth = -barGap
	}
	spare -= max(searchWidth, 0)
	width := min(nameWidth, name.MinSize().Width+spare)
	x := float32(0)
	put := func(o fyne.CanvasObject, width float32) {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(max(0, width), size.Height))
		x += width + barGap
	}
	put(name, width)
	put(state, state.MinSize().Width)
	put(chips, size.Width-rates.MinSize().Width-searchWidth-power.MinSize().Width-3*barGap-x)
	put(rates, rates.MinSize().Width)
	put(search, searchWidth)
	put(power, power.MinSize().Width)
}

// MinSize implements [fyne.Layout].
func (barLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(float32(len(objects)-1)*barGap, 0)
	for _, o := range objects {
		m := o.MinSize()
		size = fyne.NewSize(size.Width+m.Width, max(size.Height, m.Height))
	}
	return size
}
