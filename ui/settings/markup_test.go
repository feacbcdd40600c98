package settings

import (
	"testing"

	"fyne.io/fyne/v2/test"
)

// What the pane is drawn from: a setting with a mistake, a listener, and the line below them.
func TestMarkup(t *testing.T) {
	b := newBench(t)
	b.groups.Select("gateway.blockwise")
	test.AssertObjectRendersToMarkup(t, "table.xml", b.table)
	b.Show("gateway.heartbeat")
	b.enter("gateway.heartbeat", "soon")
	test.AssertObjectRendersToMarkup(t, "wrong.xml", b.detail.object)
	b.press("Discard")
	b.Show("mqtt://127.0.0.1:1883")
	b.enter("listener.bind", "mqtt://127.0.0.1:1884")
	test.AssertObjectRendersToMarkup(t, "listener.xml", b.detail.object)
	test.AssertObjectRendersToMarkup(t, "bar.xml", b.bar)
}
