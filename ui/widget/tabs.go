package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Tab is one of [Tabs].
type Tab struct {
	ID, Label string
	// Count stands behind the label; empty: nothing.
	Count string
	// Role colours the count, unless neutral.
	Role theme.Role
}

// Tabs are words of which one is chosen, over a line. Left and right choose another one, as a click does.
type Tabs struct {
	fynewidget.BaseWidget
	OnSelected func(id string)
	// OnResized is called when a count made them need more room, or less: a scroll around them does not tell.
	OnResized func()

	tabs     []Tab
	selected int
	focused  bool
	labels   []*canvas.Text
	counts   []*canvas.Text
	mark     *canvas.Rectangle
	ring     *canvas.Rectangle
}

// The measures of tabs.
const (
	tabGap    = 18
	tabCount  = 5
	tabHeight = 30
	tabMark   = 2
)

var (
	_ fyne.Tappable  = (*Tabs)(nil)
	_ fyne.Focusable = (*Tabs)(nil)
)

// NewTabs returns tabs with the first one chosen.
func NewTabs(tabs ...Tab) *Tabs {
	t := &Tabs{tabs: tabs, mark: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent)}
	for range tabs {
		t.labels = append(t.labels, canvas.NewText("", color.Transparent))
		t.counts = append(t.counts, canvas.NewText("", color.Transparent))
	}
	t.ExtendBaseWidget(t)
	return t
}

// Selected is the ID of the tab that is chosen.
func (t *Tabs) Selected() string { return t.tabs[t.selected].ID }

// Select chooses a tab without calling back.
func (t *Tabs) Select(id string) {
	for i, tab := range t.tabs {
		if tab.ID == id && i != t.selected {
			t.selected = i
			t.Refresh()
		}
	}
}

// SetCount puts something behind the label of a tab, in the colour of a role.
func (t *Tabs) SetCount(id, count string, role theme.Role) {
	for i := range t.tabs {
		if tab := &t.tabs[i]; tab.ID == id && (tab.Count != count || tab.Role != role) {
			width := t.width(i)
			tab.Count, tab.Role = count, role
			t.Refresh()
			if t.OnResized != nil && t.width(i) != width {
				t.OnResized()
			}
		}
	}
}

func (t *Tabs) choose(i int) {
	if i < 0 || i >= len(t.tabs) || i == t.selected {
		return
	}
	t.selected = i
	t.Refresh()
	if t.OnSelected != nil {
		t.OnSelected(t.tabs[i].ID)
	}
}

// Tapped implements [fyne.Tappable].
func (t *Tabs) Tapped(ev *fyne.PointEvent) {
	focusOn(t)
	for i, label := range t.labels {
		if ev.Position.X < label.Position().X+t.width(i)+tabGap/2 {
			t.choose(i)
			return
		}
	}
}

// TypedKey implements [fyne.Focusable].
func (t *Tabs) TypedKey(ev *fyne.KeyEvent) {
	if passUnused(t, ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyLeft:
		t.choose(t.selected - 1)
	case fyne.KeyRight:
		t.choose(t.selected + 1)
	}
}

// TypedRune implements [fyne.Focusable].
func (t *Tabs) TypedRune(rune) {}

// FocusGained implements [fyne.Focusable].
func (t *Tabs) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost implements [fyne.Focusable].
func (t *Tabs) FocusLost() { t.focused = false; t.Refresh() }

func (t *Tabs) style(i int) TextStyle {
	if i == t.selected {
		return TextStrong
	}
	return TextMuted
}

// width is that of a label with its count. Labels keep the room of bold letters, so that choosing one moves none.
func (t *Tabs) width(i int) float32 {
	width := TextStrong.face(t).width(t.tabs[i].Label)
	if count := t.tabs[i].Count; count != "" {
		width += tabCount + TextCaption.face(t).width(count)
	}
	return width
}

func (t *Tabs) fill() {
	for i, tab := range t.tabs {
		style := t.style(i)
		write(t.labels[i], tab.Label, colorOf(style.Color, t), style.face(t))
		name := TextDim.Color
		if tab.Role != theme.RoleNeutral {
			name = tab.Role.Color()
		}
		write(t.counts[i], tab.Count, colorOf(name, t), TextCaption.face(t))
	}
	paint(t.mark, colorOf(theme.ColorAccent, t), color.Transparent, 0, 0)
	paintFocus(t.ring, t.focused, t, 4)
}

func (t *Tabs) layOut(size fyne.Size) {
	var x float32
	for i, label := range t.labels {
		width := TextStrong.face(t).width(t.tabs[i].Label)
		place(label, x, 0, width, size.Height-tabMark)
		place(t.counts[i], x+width+tabCount, 0, t.width(i)-width, size.Height-tabMark)
		if i == t.selected {
			place(t.mark, x, size.Height-tabMark, t.width(i), tabMark)
			place(t.ring, x-4, 2, t.width(i)+8, size.Height-tabMark-4)
		}
		x += t.width(i) + tabGap
	}
}

// CreateRenderer implements [fyne.Widget].
func (t *Tabs) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{layout: t.layOut}
	for i := range t.tabs {
		r.objects = append(r.objects, t.labels[i], t.counts[i])
	}
	r.objects = append(r.objects, t.mark, t.ring)
	r.minSize = func() fyne.Size {
		var width float32
		for i := range t.tabs {
			width += t.width(i) + tabGap
		}
		return fyne.NewSize(max(0, width-tabGap), tabHeight)
	}
	r.refresh = func() {
		t.fill()
		t.layOut(t.Size())
	}
	t.fill()
	return r
}
