package widget

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Pair is a line of a [KeyValue].
type Pair struct {
	Key, Value string
	Mono       bool
	Role       theme.Role // colours the value, unless neutral
}

// KeyValue shows what is known of a thing, a line a fact, more where a value is longer than there is room. The values can
// be selected and copied.
type KeyValue struct {
	fynewidget.BaseWidget
	pairs []Pair
	keys  []*canvas.Text
	vals  []*Selectable
	marks []*fyne.Container // the values with tight padding
	box   *renderer
	high  float32 // as it was laid out
}

// The measures of a list of facts.
const (
	pairHeight  = 23.5
	keyShare    = 0.36
	keyMinWidth = 96
	keyMaxWidth = 150
)

// NewKeyValue returns a list of facts.
func NewKeyValue(pairs ...Pair) *KeyValue {
	k := &KeyValue{pairs: slices.Clone(pairs)}
	k.ExtendBaseWidget(k)
	return k
}

// SetPairs replaces the facts. Those that stay the same are not touched, so that what is selected in them stays so.
func (k *KeyValue) SetPairs(pairs ...Pair) {
	if slices.Equal(k.pairs, pairs) {
		return
	}
	k.pairs = slices.Clone(pairs)
	k.Refresh()
}

func (k *KeyValue) fill() {
	k.grow()
	f := face{size: sizeOf(theme.SizeText, k) - 0.5}
	for i, pair := range k.pairs {
		write(k.keys[i], pair.Key, colorOf(theme.ColorMuted, k), f)
		label := k.vals[i]
		style := fyne.TextStyle{Monospace: pair.Mono}
		importance := importanceOf(pair.Role)
		if label.Text != pair.Value || label.TextStyle != style || label.Importance != importance {
			label.TextStyle, label.Importance = style, importance
			label.Wrapping = fyne.TextWrapWord
			if pair.Mono { // an address or a URI has no words
				label.Wrapping = fyne.TextWrapBreak
			}
			label.SetText(pair.Value)
		}
	}
}

// importanceOf is the nearest that a label of the toolkit can be coloured in.
func importanceOf(role theme.Role) fynewidget.Importance {
	switch role {
	case theme.RoleBad:
		return fynewidget.DangerImportance
	case theme.RoleLate:
		return fynewidget.WarningImportance
	case theme.RoleGood:
		return fynewidget.SuccessImportance
	case theme.RoleAccent:
		return fynewidget.HighImportance
	case theme.RoleMuted, theme.RoleDim:
		return fynewidget.LowImportance
	}
	return fynewidget.MediumImportance
}

// grow has as many lines as there are pairs; lines that are not needed are hidden, not thrown away.
func (k *KeyValue) grow() {
	for len(k.keys) < len(k.pairs) {
		label := NewSelectable("")
		label.SizeName = theme.SizeValue
		label.Wrapping = fyne.TextWrapBreak
		mark := NewTight(label)
		key := canvas.NewText("", color.Transparent)
		k.keys, k.vals, k.marks = append(k.keys, key), append(k.vals, label), append(k.marks, mark)
		k.box.objects = append(k.box.objects, key, mark)
	}
	for i := range k.keys {
		setShown(k.keys[i], i < len(k.pairs))
		setShown(k.marks[i], i < len(k.pairs))
	}
}

func (k *KeyValue) keyWidth(width float32) float32 {
	f := face{size: sizeOf(theme.SizeText, k) - 0.5}
	var widest float32
	for _, pair := range k.pairs {
		widest = max(widest, f.width(pair.Key)+12)
	}
	return min(max(keyMinWidth, width*keyShare, min(widest, keyMaxWidth)), keyMaxWidth)
}

// CreateRenderer implements [fyne.Widget].
func (k *KeyValue) CreateRenderer() fyne.WidgetRenderer {
	k.box = &renderer{}
	for i := range k.keys { // the toolkit asks again when it was long out of sight
		k.box.objects = append(k.box.objects, k.keys[i], k.marks[i])
	}
	k.box.layout = func(size fyne.Size) {
		left := k.keyWidth(size.Width)
		var y float32
		for i := range k.pairs {
			place(k.keys[i], 0, y, left, pairHeight)
			// How high a wrapped value is follows from its width.
			place(k.marks[i], left, y, size.Width-left, k.marks[i].Size().Height)
			height := k.marks[i].MinSize().Height
			place(k.marks[i], left, y+max(0, (pairHeight-height)/2), size.Width-left, height)
			y += max(pairHeight, height)
		}
		k.high = y
	}
	k.box.minSize = func() fyne.Size {
		return fyne.NewSize(keyMinWidth+120, max(k.high, float32(len(k.pairs))*pairHeight))
	}
	k.box.refresh = func() {
		k.fill()
		k.box.layout(k.Size())
	}
	k.fill()
	return k.box
}
