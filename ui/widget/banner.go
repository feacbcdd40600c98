package widget

import (
	"image/color"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Banner says above a pane what went wrong and offers what to do about it. It is hidden until there is something to say.
type Banner struct {
	fynewidget.BaseWidget
	role         theme.Role
	ground, edge *canvas.Rectangle
	dot          *Dot
	words        *Selectable
	action       *Button
	also         *Button // in second, which is hidden until Also
	second       *fyne.Container
	closer       *Button
	act          func()
	closed       func()
	moved        func()
	content      *fyne.Container
}

// NewBanner returns a hidden banner.
func NewBanner() *Banner {
	b := &Banner{
		ground: canvas.NewRectangle(color.Transparent), edge: canvas.NewRectangle(color.Transparent),
		dot: NewDot(theme.RoleNeutral, ""), words: NewSelectable(""),
	}
	b.words.Wrapping = fyne.TextWrapWord
	b.action = NewButton("", b.Act)
	b.also = NewButton("", nil)
	b.second = container.NewCenter(b.also)
	b.second.Hide()
	b.closer = NewQuietButton("", b.close)
	b.closer.SetIcon(fynetheme.CancelIcon())
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(6), container.NewCenter(b.action), b.second, container.NewCenter(b.closer))
	b.content = container.NewBorder(nil, nil, NewPadded(6, 0, b.dot), buttons, b.words)
	b.ExtendBaseWidget(b)
	b.BaseWidget.Hide()
	return b
}

// Say shows the banner with text. When action is not empty, it is the label of a button that calls act.
func (b *Banner) Say(role theme.Role, text, action string, act func()) {
	b.role, b.act = role, act
	b.words.SetText(text)
	b.dot.Set(role, text)
	b.action.SetLabel(action)
	setShown(b.action, action != "")
	b.BaseWidget.Show()
	b.Refresh()
	b.move()
}

// OnMoved sets what is called when the banner takes room or gives it back: what lies around it is to be laid out anew.
func (b *Banner) OnMoved(moved func()) { b.moved = moved }

func (b *Banner) move() {
	if b.moved != nil {
		b.moved()
	}
}

// Hide implements [fyne.CanvasObject].
func (b *Banner) Hide() {
	if b.Visible() {
		b.BaseWidget.Hide()
		b.move()
	}
}

// Also gives the banner a second button; it is called before Say.
func (b *Banner) Also(label string, act func()) {
	b.also.SetLabel(label)
	b.also.tapped = act
	b.second.Show()
}

// Act does what the banner's button does.
func (b *Banner) Act() {
	if b.act != nil {
		b.act()
	}
}

// Lasting takes away the button that closes the banner: what it says holds until it is hidden.
func (b *Banner) Lasting() { b.closer.Hide() }

// OnClosed sets what is called when the user closes the banner.
func (b *Banner) OnClosed(closed func()) { b.closed = closed }

// Text is what the banner says.
func (b *Banner) Text() string { return b.words.Text }

func (b *Banner) close() {
	b.Hide()
	if b.closed != nil {
		b.closed()
	}
}

// CreateRenderer implements [fyne.Widget].
func (b *Banner) CreateRenderer() fyne.WidgetRenderer {
	const inset, edge = 8, 3
	fill := func() {
		paint(b.ground, colorOf(b.role.Tint(), b), colorOf(theme.ColorLine, b), 1, 0)
		paint(b.edge, colorOf(b.role.Color(), b), color.Transparent, 0, 0)
	}
	r := &renderer{objects: []fyne.CanvasObject{b.ground, b.edge, b.content}}
	r.layout = func(size fyne.Size) {
		b.ground.Resize(size)
		place(b.edge, 0, 0, edge, size.Height)
		place(b.content, edge+inset, inset/2, size.Width-edge-2*inset, size.Height-inset)
	}
	r.minSize = func() fyne.Size { return b.content.MinSize().AddWidthHeight(edge+2*inset, inset) }
	r.refresh = func() {
		fill()
		r.layout(b.Size())
	}
	fill()
	return r
}

// Toaster shows short messages over the lower right corner of what it lies upon. It belongs on top of a stack that
// fills the window. A message leaves by itself, but one that says what went wrong stays until it is closed.
type Toaster struct {
	fynewidget.BaseWidget
	do     func(func())
	column *fyne.Container
	toasts []*toast

	mu     sync.Mutex
	closed bool
}

type toast struct {
	banner *Banner
	timer  *time.Timer
}

// How long a message stays, and how many are shown.
const (
	toastTime = 6 * time.Second
	maxToasts = 4
)

// NewToaster returns a toaster; do runs a function on the goroutine of the user interface.
func NewToaster(do func(func())) *Toaster {
	t := &Toaster{do: do, column: container.NewVBox()}
	t.ExtendBaseWidget(t)
	return t
}

// Say adds a message; when there are too many the oldest one leaves. When action is not empty, it is the label of a
// button that calls act and closes the message.
func (t *Toaster) Say(role theme.Role, text, action string, act func()) {
	one := &toast{banner: NewBanner()}
	one.banner.closed = func() { t.remove(one) }
	one.banner.Say(role, text, action, func() {
		t.remove(one)
		if act != nil {
			act()
		}
	})
	t.toasts = append(t.toasts, one)
	t.column.Add(one.banner)
	if role != theme.RoleBad {
		one.timer = time.AfterFunc(toastTime, func() { t.later(func() { t.remove(one) }) })
	}
	if len(t.toasts) > maxToasts {
		t.remove(t.toasts[0])
	}
	t.Refresh()
}

// later runs f unless the toaster was closed before.
func (t *Toaster) later(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.do(f)
	}
}

// Messages is what is shown now, oldest first.
func (t *Toaster) Messages() []string {
	texts := make([]string, len(t.toasts))
	for i, one := range t.toasts {
		texts[i] = one.banner.Text()
	}
	return texts
}

// Retract takes away the messages that say text: what they complain of is over.
func (t *Toaster) Retract(text string) {
	for _, one := range slices.Clone(t.toasts) {
		if one.banner.Text() == text {
			t.remove(one)
		}
	}
}

func (t *Toaster) remove(one *toast) {
	at := slices.Index(t.toasts, one)
	if at < 0 {
		return
	}
	if one.timer != nil {
		one.timer.Stop()
	}
	t.toasts = slices.Delete(t.toasts, at, at+1)
	t.column.Remove(one.banner)
	t.Refresh()
}

// Close takes all messages away and lets none leave by itself any more.
func (t *Toaster) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	for len(t.toasts) > 0 {
		t.remove(t.toasts[0])
	}
}

// CreateRenderer implements [fyne.Widget].
func (t *Toaster) CreateRenderer() fyne.WidgetRenderer {
	const width, margin, above = 420, 16, 40 // a status line stays free
	r := &renderer{objects: []fyne.CanvasObject{t.column}}
	r.layout = func(size fyne.Size) {
		wide := min(width, max(0, size.Width-2*margin))
		// The words wrap, so that the height is known only after the width was set.
		t.column.Resize(fyne.NewSize(wide, t.column.Size().Height))
		high := t.column.MinSize().Height
		place(t.column, size.Width-margin-wide, size.Height-above-high, wide, high)
	}
	r.minSize = func() fyne.Size { return fyne.Size{} }
	r.refresh = func() { r.layout(t.Size()) }
	return r
}
