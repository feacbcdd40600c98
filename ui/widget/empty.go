package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/assets"
	"sluice/ui/theme"
)

// EmptyState stands where nothing is yet. It says what would fill the place, with the command that does it.
type EmptyState struct {
	fynewidget.BaseWidget
	words   *fynewidget.Label
	command *Selectable
	copy    *Button
	line    *fyne.Container
	action  *fyne.Container
	column  *fyne.Container
	content fyne.CanvasObject
}

// The widths of an empty state: the words are short lines, a command gets a line of its own as long as it is.
const (
	emptyWords   = 460
	emptyCommand = 620
)

// NewEmptyState returns the words and, when it is not empty, the command with a button that copies it.
func NewEmptyState(text, command string) *EmptyState {
	e := &EmptyState{words: fynewidget.NewLabel(text), command: NewSelectable(command)}
	e.words.Alignment, e.words.Wrapping = fyne.TextAlignCenter, fyne.TextWrapWord
	e.command.TextStyle.Monospace, e.command.Wrapping = true, fyne.TextWrapBreak
	e.copy = NewButton(lang.L("Copy"), func() { CopyText(e.command.Text) })
	e.copy.SetIcon(theme.Icon(assets.Copy))
	well := NewWell(container.NewBorder(nil, nil, nil, container.NewCenter(e.copy), e.command))
	e.line = container.New(&bounded{width: e.commandWidth}, well)
	words := container.New(&bounded{width: func() float32 { return emptyWords }}, e.words)
	e.action = container.NewCenter()
	e.action.Hide()
	e.column = container.New(downward{layout.NewVBoxLayout()}, layout.NewSpacer(), words, e.line, e.action, layout.NewSpacer())
	e.content = NewPadded(24, 24, e.column)
	e.ExtendBaseWidget(e)
	e.Set(text, command)
	return e
}

// Set changes words and command.
func (e *EmptyState) Set(text, command string) {
	if e.words.Text != text {
		e.words.SetText(text)
	}
	if e.command.Text != command {
		e.command.SetText(command)
		e.line.Refresh()
	}
	if shown := command != ""; shown != e.line.Visible() {
		setShown(e.line, shown)
		e.column.Refresh()
	}
}

// SetAction puts the button below the words that fills the place.
func (e *EmptyState) SetAction(button *Button) {
	e.action.Objects = []fyne.CanvasObject{button}
	e.action.Show()
}

// commandWidth is what the command needs on one line, with its button; where there is less room it wraps.
func (e *EmptyState) commandWidth() float32 {
	text := fyne.MeasureText(e.command.Text, e.Theme().Size(fynetheme.SizeNameText), e.command.TextStyle).Width
	padding := 2*(wellPadding+e.Theme().Size(fynetheme.SizeNameInnerPadding)) + e.Theme().Size(fynetheme.SizeNamePadding)
	return max(emptyCommand, text+padding+e.copy.MinSize().Width+1)
}

// CreateRenderer implements [fyne.Widget].
func (e *EmptyState) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(e.content)
}

// downward is a layout of a column that, where there is too little room, leaves out what is below and not what is above:
// there a table has its header.
type downward struct{ column fyne.Layout }

// Layout implements [fyne.Layout].
func (d downward) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	size.Height = max(size.Height, d.MinSize(objects).Height)
	d.column.Layout(objects, size)
}

// MinSize implements [fyne.Layout].
func (d downward) MinSize(objects []fyne.CanvasObject) fyne.Size { return d.column.MinSize(objects) }

// bounded centres its object and lets it be no wider than width says.
type bounded struct{ width func() float32 }

// Layout implements [fyne.Layout].
func (b *bounded) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(b.width(), size.Width)
	for _, o := range objects {
		place(o, (size.Width-width)/2, 0, width, size.Height)
	}
}

// MinSize implements [fyne.Layout].
func (b *bounded) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return fyne.NewSize(min(b.width(), least.Width), least.Height)
}
