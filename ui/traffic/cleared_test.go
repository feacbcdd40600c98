package traffic

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// What another view has cleared is gone here too, even where the rows are held and newer messages have come.
func TestWhatAnotherViewClearsIsGone(t *testing.T) {
	for _, paused := range []bool{false, true} {
		b := newBench(t, false)
		fill(b.ring, 20)
		b.tick()
		b.setFollow(false)
		if paused {
			b.togglePause()
		}
		b.tick()
		b.ring.Clear()
		fill(b.ring, 2)
		b.tick()
		want := 2
		if paused {
			want = 0
		}
		if b.table.Rows() != want {
			t.Errorf("paused %v: %d rows, want %d", paused, b.table.Rows(), want)
		}
	}
}

func TestGoToLatestIsSeenWhileAFilterIsTyped(t *testing.T) {
	b := typing(t, "pe")
	b.setFollow(false)
	b.completion.show()
	if !b.completion.object.Visible() {
		t.Fatal("nothing is completed")
	}
	b.host.Window.Resize(fyne.NewSize(1300, 600)) // lays out what has become visible
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(b.latest)
	test.TapCanvas(b.host.Window.Canvas(), at.AddXY(20, 12))
	if !b.table.Following() {
		t.Error("a press does not reach it")
	}
}
