package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynelayout "fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// answer is one that can be given to a question.
type answer struct{ title, words string }

// answers are cards of which one is chosen: with the mouse, or with the arrows, Enter and Escape.
type answers struct {
	fynewidget.BaseWidget
	cards    []*widget.Card
	marks    []*widget.Text
	rings    []*widget.FocusRing
	selected int
	focused  bool
	changed  func()
	submit   func()
	escape   func()
	content  *fyne.Container
}

// The marks of what is chosen and what is not: the ground of a card alone would be a colour only.
const (
	markChosen = "●"
	markOther  = "○"
)

var (
	_ fyne.Tappable  = (*answers)(nil)
	_ fyne.Focusable = (*answers)(nil)
)

func newAnswers(selected int, list ...answer) *answers {
	a := &answers{selected: selected, content: container.New(fynelayout.NewCustomPaddedVBoxLayout(8))}
	for _, one := range list {
		mark := widget.NewText(markOther, widget.TextStrong)
		words := pane.Remark(one.words, theme.RoleMuted)
		card := widget.NewCard(container.NewBorder(nil, nil, container.NewVBox(mark), nil,
			pane.NewColumn(0, widget.NewPadded(8, 0, widget.NewText(one.title, widget.TextStrong)), words)))
		ring := widget.NewFocusRing(8)
		a.cards, a.marks, a.rings = append(a.cards, card), append(a.marks, mark), append(a.rings, ring)
		a.content.Add(container.NewStack(card, ring))
	}
	a.ExtendBaseWidget(a)
	a.show()
	return a
}

func (a *answers) show() {
	for i, card := range a.cards {
		card.SetChosen(i == a.selected)
		mark := markOther
		if i == a.selected {
			mark = markChosen
		}
		a.marks[i].SetText(mark)
		a.rings[i].Set(a.focused && i == a.selected)
	}
}

func (a *answers) choose(i int) {
	if i < 0 || i >= len(a.cards) || i == a.selected {
		return
	}
	a.selected = i
	a.show()
	if a.changed != nil {
		a.changed()
	}
}

// Tapped implements [fyne.Tappable].
func (a *answers) Tapped(at *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(a); c != nil {
		c.Focus(a)
	}
	for i, o := range a.content.Objects {
		if at.Position.Y < o.Position().Y+o.Size().Height {
			a.choose(i)
			return
		}
	}
}

// TypedKey implements [fyne.Focusable].
func (a *answers) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyUp, fyne.KeyLeft:
		a.choose(a.selected - 1)
	case fyne.KeyDown, fyne.KeyRight:
		a.choose(a.selected + 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		a.submit()
	case fyne.KeyEscape:
		a.escape()
	}
}

// TypedRune implements [fyne.Focusable].
func (a *answers) TypedRune(rune) {}

// FocusGained implements [fyne.Focusable].
func (a *answers) FocusGained() { a.focused = true; a.show() }

// FocusLost implements [fyne.Focusable].
func (a *answers) FocusLost() { a.focused = false; a.show() }

// CreateRenderer implements [fyne.Widget].
func (a *answers) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(a.content)
}
