package traffic

import (
	"testing"
	"time"

	"fyne.io/fyne/v2/test"
)

// What the bar and the right side are drawn from.
func TestMarkup(t *testing.T) {
	b := newBench(t, false)
	observation(b.ring)
	b.now = noon.Add(time.Minute)
	b.tick()
	b.pane.choose(b.feed.rows[2])
	b.tick()
	b.pane.detail.hex.OnTapped(5)
	b.filter.SetText("code:2 pear:lamp")
	test.AssertObjectRendersToMarkup(t, "odd.xml", b.pane.odd.object)
	test.AssertObjectRendersToMarkup(t, "exchange.xml", b.pane.detail.ladder)
	test.AssertObjectRendersToMarkup(t, "fields.xml", b.pane.detail.fields)
}
