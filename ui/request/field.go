package request

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// longest is how many bytes an editor holds: more takes too long to lay out at each key.
const longest = 16 << 10

// field is an entry in which Ctrl+Enter (Cmd on macOS) sends the request.
type field struct {
	widget.Entry
	send func()
	// pasted is asked first when a text is pasted; true: it has taken it. It may be nil.
	pasted func(text string) bool
	// complete is what may stand at the cursor, by the line before it; Ctrl+Space offers it. It may be nil.
	complete func(before string) []completion
}

// newField is a line for code.
func newField(placeholder string, send func(), changed func(string)) *field {
	f := &field{send: send}
	f.TextStyle.Monospace = true
	f.Scroll = fyne.ScrollHorizontalOnly
	f.PlaceHolder = placeholder
	f.OnChanged = changed
	f.ExtendBaseWidget(f)
	return f
}

// newEditor is a field with many lines.
func newTextField(placeholder string, send func(), changed func(string)) *field {
	f := &field{send: send}
	f.MultiLine, f.Wrapping = true, fyne.TextWrapOff
	f.TextStyle.Monospace = true
	f.PlaceHolder = placeholder
	f.OnChanged = changed
	f.ExtendBaseWidget(f)
	return f
}

// TypedShortcut sends, or hands over what is pasted.
func (f *field) TypedShortcut(s fyne.Shortcut) {
	if IsSend(s) {
		f.send()
		return
	}
	if isComplete(s) {
		f.offer()
		return
	}
	if paste, ok := s.(*fyne.ShortcutPaste); ok && f.pasted != nil && f.pasted(paste.Clipboard.Content()) {
		return
	}
	f.Entry.TypedShortcut(s)
}

// IsSend reports whether a shortcut is that for sending.
func IsSend(s fyne.Shortcut) bool {
	custom, ok := s.(*desktop.CustomShortcut)
	return ok && custom.Modifier == fyne.KeyModifierShortcutDefault && (custom.KeyName == fyne.KeyReturn || custom.KeyName == fyne.KeyEnter)
}

// set changes the text without calling back.
func (f *field) set(text string) {
	if f.Text == text {
		return
	}
	changed := f.OnChanged
	f.OnChanged = nil
	f.SetText(text)
	f.OnChanged = changed
}

// columnsLayout puts objects beside each other, each with its share of the width; the last one has that of a button. All
// stand in the middle of the row.
type columnsLayout struct {
	shares []float32
	height float32
}

// Layout implements [fyne.Layout].
func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	room := size.Width - removeWidth - rowInset*2
	x := float32(rowInset)
	for i, o := range objects {
		width := float32(removeWidth)
		if i < len(objects)-1 {
			width = room * l.shares[i]
		}
		height := min(o.MinSize().Height, size.Height)
		o.Move(fyne.NewPos(x, (size.Height-height)/2))
		o.Resize(fyne.NewSize(max(0, width-columnGap), height))
		if i == len(objects)-1 {
			o.Resize(fyne.NewSize(width, height))
		}
		x += width
	}
}

// The measures of a row of the options.
const (
	rowInset  = 11
	columnGap = 12

	removeWidth = 32
	rowHeight   = 36
	headHeight  = 30
)

// MinSize implements [fyne.Layout].
func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, l.height)
}

// tabsLayout gives tabs, which are in a scroll, as much room as they need, and what is behind them the rest.
type tabsLayout struct{}

// Layout implements [fyne.Layout].
func (*tabsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	behind := objects[1].MinSize().Width
	tabs := min(objects[0].(*container.Scroll).Content.MinSize().Width, max(0, size.Width-behind))
	middle(objects[0], 0, tabs, size)
	middle(objects[1], tabs, size.Width-tabs, size)
}

// MinSize implements [fyne.Layout].
func (*tabsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(a.Width+b.Width, max(a.Height, b.Height, 32))
}

// atEnd puts a text at the right end, cut where there is no room for it.
type atEnd struct{}

// Layout implements [fyne.Layout].
func (*atEnd) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := max(0, min(size.Width-headGap, pane.NaturalWidth(objects[0].(*widget.Text).Text(), widget.TextDim)+1))
	middle(objects[0], size.Width-width, width, size)
}

// MinSize implements [fyne.Layout].
func (*atEnd) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// remark is a line beside a field: its value, or what is wrong with it.
type remark struct{ *widget.Text }

func newRemark() remark { return remark{widget.NewText("", styleHint).Shrink()} }

var (
	styleHint    = widget.TextStyle{Color: theme.ColorMuted, Size: theme.SizeSmall, Mono: true}
	styleProse   = widget.TextStyle{Color: theme.ColorMuted, Size: theme.SizeSmall}
	styleUnusual = widget.TextStyle{Color: theme.ColorLate, Size: theme.SizeSmall}
	styleMistake = widget.TextStyle{Color: theme.ColorBad, Size: theme.SizeSmall}
)

// say shows what is wrong, or else a hint.
func (r remark) say(hint string, err error) {
	if err != nil {
		r.SetStyle(styleMistake)
		r.SetText(language.Say(err))
		return
	}
	r.SetStyle(styleHint)
	r.SetText(hint)
}

// tell shows what is wrong, or else words about the field.
func (r remark) tell(words string, err error) {
	r.say(words, err)
	if err == nil {
		r.SetStyle(styleProse)
	}
}
