package widget

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
)

func TestShares(t *testing.T) {
	for _, c := range []struct {
		wants []float32
		room  float32
		want  []float32
	}{
		{[]float32{100, 50, 30}, 300, []float32{100, 50, 30}},
		{[]float32{500, 50, 30}, 300, []float32{220, 50, 30}},
		{[]float32{500, 0, 500}, 300, []float32{150, 0, 150}},
		{[]float32{500, 500, 500}, 300, []float32{100, 100, 100}},
		{[]float32{10, 10}, -5, []float32{0, 0}},
		{nil, 10, []float32{}},
	} {
		if got := shares(c.wants, c.room); !slices.Equal(got, c.want) {
			t.Errorf("%v in %v: %v, want %v", c.wants, c.room, got, c.want)
		}
	}
}

func TestSectionsStackTables(t *testing.T) {
	start(t)
	first, second := clientTable(), clientTable()
	second.Empty = NewEmptyState("Nothing yet.", "")
	s := NewSections(Section{Table: first}, Section{Title: "More", Table: second})
	s.Resize(fyne.NewSize(600, 400))
	first.SetRows(clients[:2])
	s.Refresh()
	if y := second.Position().Y; y != first.NaturalHeight()+sectionTitle || first.Size().Height != first.NaturalHeight() {
		t.Errorf("the second table is at %v", y)
	}
	if height := second.Size().Height; height != second.NaturalHeight() || height < 60 {
		t.Errorf("an empty table is %v high", height)
	}
	first.Hide()
	s.Refresh()
	if y := second.Position().Y; y != sectionTitle {
		t.Errorf("below a table that is hidden the second one is at %v", y)
	}
	first.Show()
	second.Hide()
	s.Refresh()
	if s.titles[1].Visible() {
		t.Error("a table that is hidden has a title")
	}
	second.Show()
	s.Refresh()
	s.Resize(fyne.NewSize(600, 160))
	if bottom := second.Position().Y + second.Size().Height; bottom > 160 {
		t.Errorf("the tables end at %v", bottom)
	}
}

func TestToolsGiveWay(t *testing.T) {
	start(t)
	filter, spare, main := NewFilterEntry("Filter", nil), NewButton("Import", nil), NewPrimaryButton("Issue", nil)
	tools := NewTools(filter, NewSpare(spare), main)
	wide := tools.MinSize().Width + 200
	tools.Resize(fyne.NewSize(wide, 32))
	if !spare.Visible() || main.Position().X+main.Size().Width != wide {
		t.Errorf("the last tool ends at %v of %v", main.Position().X+main.Size().Width, wide)
	}
	tools.Resize(fyne.NewSize(tools.MinSize().Width+10, 32))
	if spare.Visible() || main.Position().X+main.Size().Width > tools.Size().Width+0.5 || main.Size().Width < main.MinSize().Width {
		t.Errorf("what can be spared is there: %v; the last tool is at %v, %v wide", spare.Visible(), main.Position().X, main.Size().Width)
	}
	tools.Resize(fyne.NewSize(wide, 32))
	if !spare.Visible() {
		t.Error("it does not come back")
	}
}
