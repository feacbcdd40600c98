package widget

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestChainLeadsToTheOthers(t *testing.T) {
	start(t)
	var opened []string
	c := NewChain()
	c.OnTapped = func(id string) { opened = append(opened, id) }
	if size := c.MinSize(); !size.IsZero() {
		t.Errorf("a chain without links takes %v", size)
	}
	c.SetLinks(Link{Label: "Elsewhere"}, Link{ID: "ca", Label: "CA"}, Link{ID: "lamp", Label: "lamp", Chosen: true})
	c.Resize(c.MinSize())
	for _, box := range c.boxes {
		test.Tap(box)
	}
	if !slices.Equal(opened, []string{"ca"}) {
		t.Errorf("opened %q: only what is there and not shown already is led to", opened)
	}
	if a, b := c.boxes[0].Position(), c.boxes[1].Position(); b.X <= a.X || b.Y <= a.Y {
		t.Errorf("boxes at %v and %v", a, b)
	}
	c.SetLinks(slices.Repeat([]Link{{Label: "x"}}, 40)...)
	c.Resize(fyne.NewSize(300, 2000))
	if last := c.boxes[39]; last.Size().Width < 50 {
		t.Errorf("the last box is %v wide", last.Size().Width)
	}
}

func TestCodeIsAsHighAsItsLines(t *testing.T) {
	start(t)
	c := NewCode()
	c.Resize(fyne.NewSize(300, 100))
	c.SetText("one")
	low := c.MinSize().Height
	c.SetText("one\ntwo\nthree")
	high := c.MinSize().Height
	c.SetText(string(slices.Repeat([]byte("line\n"), 500)))
	if most := c.MinSize().Height; low >= high || most > codeHeight+2*wellPadding {
		t.Errorf("heights %v, %v, %v", low, high, most)
	}
}
