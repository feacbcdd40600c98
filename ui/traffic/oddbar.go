package traffic

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/record"
	"sluice/ui/pane"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// oddBar counts above the table what is out of the ordinary; a click shows it, another one shows everything again.
type oddBar struct {
	view    *view
	object  fyne.CanvasObject
	buttons [len(record.OddNames)]*widget.Button
	places  [len(record.OddNames)]*fyne.Container // of the buttons
	none    *fyne.Container
	row     *fyne.Container
}

func newOddBar(v *view) *oddBar {
	b := &oddBar{view: v, none: container.NewCenter(widget.NewText(lang.L("Nothing out of the ordinary"), widget.TextCaption))}
	row := container.New(fynelayout.NewCustomPaddedHBoxLayout(6), b.none)
	for i, name := range record.OddNames {
		b.buttons[i] = widget.NewButton("", func() { b.toggle("odd:" + name) })
		b.places[i] = container.NewCenter(b.buttons[i])
		row.Add(b.places[i])
	}
	b.row = row
	bar := container.NewBorder(nil, nil, row, nil, widget.NewPadded(8, 8, v.problem))
	b.object = widget.NewPadded(12, 4, bar)
	b.set(record.OddCounts{})
	return b
}

// toggle adds a word to the filter, or takes it away.
func (b *oddBar) toggle(word string) {
	words := strings.Fields(b.view.filter.Text)
	if i := slices.Index(words, word); i >= 0 {
		b.view.filter.SetText(strings.Join(slices.Delete(words, i, i+1), " "))
		return
	}
	text := strings.TrimSpace(b.view.filter.Text)
	if text != "" {
		text += " "
	}
	b.view.filter.SetText(text + word)
}

// set shows counts; what there is none of is hidden, unless it is filtered by.
func (b *oddBar) set(counts record.OddCounts) {
	words := strings.Fields(b.view.filter.Text)
	seen := false
	for i, button := range b.buttons {
		chosen := slices.Contains(words, "odd:"+record.OddNames[i])
		button.SetLabel(oddText(i) + " " + format.Count(int64(counts[i])))
		button.SetChosen(chosen)
		pane.SetVisible(b.places[i], counts[i] > 0 || chosen)
		seen = seen || b.places[i].Visible()
	}
	pane.SetVisible(b.none, !seen)
	if b.row.MinSize().Width > b.row.Size().Width {
		b.object.Refresh() // a count has another digit
	}
}

// oddText names what is odd, in the order of record.OddNames.
func oddText(i int) string {
	switch record.OddNames[i] {
	case "retransmitted":
		return lang.L("Retransmitted")
	case "unanswered":
		return lang.L("Unanswered")
	case "refused":
		return lang.L("Refused")
	case "malformed":
		return lang.L("Malformed")
	}
	return lang.L("Slow")
}
