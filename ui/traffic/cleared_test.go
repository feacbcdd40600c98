package traffic

import "testing"

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
	if !b.completion.object.Visible() || !b.latest.Visible() || b.pane.odd.object.Visible() {
		t.Errorf("completion %v, go to latest %v", b.completion.object.Visible(), b.latest.Visible())
	}
}
