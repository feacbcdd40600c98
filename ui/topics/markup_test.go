package topics

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/ui/widget"
)

// What the parts of the pane are drawn from.
func TestMarkup(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"plant/line1/temp", "plant/line1", "door"} {
		b.note(name, "23.3")
		b.note(name, "23.4")
	}
	b.filter.SetText("ne1")
	b.settle(t)
	d := b.detail
	d.chart.show(chart{note: "2 series", span: "5 min", plotted: widget.Plotted{From: time.Unix(0, 0), To: time.Unix(9, 0), Series: []widget.Series{
		{Name: "t", Note: "min 1", At: []time.Time{time.Unix(0, 0)}, Values: []float64{1}}, {Name: "rpm", Note: "max 2"}}}})
	d.difference.show(difference{known: true, changes: changesBetween(textual(`{"a":1,"b":2}`), textual(`{"a":3,"c":4}`))}, true)
	d.difference.note.SetText("")
	d.form.expiry.SetText("soon")
	d.listen.set([]party{{"panel-2", "mqtt/panel-2"}, {"this window", ""}, {"a-client-with-a-long-name", "x"}, {"lamp", "y"}})
	for file, o := range map[string]fyne.CanvasObject{
		"tree.xml": b.tree, "chart.xml": d.chart.object, "difference.xml": d.difference.object, "form.xml": d.form.object, "listen.xml": d.listen.object,
	} {
		w := test.NewTempWindow(t, o)
		w.Resize(fyne.NewSize(420, 240))
		if file == "chart.xml" || file == "difference.xml" {
			o.Show()
		}
		test.AssertObjectRendersToMarkup(t, file, o)
	}
}
