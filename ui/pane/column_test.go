package pane_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

func TestAColumnKnowsTheHeightOfWordsThatWrap(t *testing.T) {
	test.NewTempApp(t)
	words := pane.Remark(strings.Repeat("a few words ", 20), theme.RoleText)
	hidden, below := widget.NewLine(), widget.NewText("below", widget.TextPlain)
	hidden.Hide()
	column := pane.NewColumn(10, widget.NewCard(pane.NewColumn(0, words)), hidden, below)
	column.Resize(fyne.NewSize(200, 500))
	card := column.Objects[0]
	if card.Size().Height != card.MinSize().Height || words.Size().Height < 5*14 {
		t.Errorf("the card is %v high and needs %v, the words have %v", card.Size().Height, card.MinSize().Height, words.Size().Height)
	}
	if y := below.Position().Y; y != card.Size().Height+10 {
		t.Errorf("what is below begins at %v, the card ends at %v", y, card.Size().Height)
	}
	if h := column.MinSize().Height; h != below.Position().Y+below.MinSize().Height {
		t.Errorf("the column needs %v", h)
	}
}
