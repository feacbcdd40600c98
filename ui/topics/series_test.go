package topics

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/ui/pane"
	"sluice/ui/widget"
	"sluice/ui/widget/payload"
)

// drawer hands over a path without asking.
type drawer struct {
	pane.Files
	path, name string
}

func (d *drawer) Save(name string, do func(path string)) {
	d.name = name
	do(d.path)
}

// values writes the numbers of a chart, a series a word, gaps as a dash.
func values(p widget.Plotted) string {
	var b strings.Builder
	for _, s := range p.Series {
		b.WriteString(s.Name + ":")
		for _, v := range s.Values {
			if v != v {
				b.WriteString(" -")
				continue
			}
			b.WriteString(" " + strconv.FormatFloat(v, 'g', -1, 64))
		}
		b.WriteString("; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestNumbersOfAPayloadAreCharted(t *testing.T) {
	b := newBench(t)
	for _, p := range []string{`{"in":{"t":1},"n":7}`, `{"in":{},"n":8}`, "broken", `{"in":{"t":3},"n":9}`} {
		b.note("a", p)
		b.now = b.now.Add(time.Second)
	}
	b.note("b", "5 °C")
	b.Show("a")
	b.settle(t)
	d := b.detail
	if got := values(d.shown.chart.plotted); got != "value: 7 8 - 9" {
		t.Errorf("unasked %s is charted", got)
	}
	d.setView(viewPayload)
	d.payload.OnPick(payload.Leaf{Path: "in.t", Text: "3", Kind: payload.Numeral})
	b.settle(t)
	if got := values(d.shown.chart.plotted); got != "in.t: 1 - - 3" || !d.chart.object.Visible() {
		t.Errorf("after a click on a number %s is charted, shown %v", got, d.chart.object.Visible())
	}
	b.toggleSeries("a", source{"b", ""})
	b.toggleSeries("a", source{"a", "n"})
	b.settle(t)
	if got := values(d.shown.chart.plotted); got != "in.t: 1 - - 3; b: 5; n: 7 8 - 9" {
		t.Errorf("three series: %s", got)
	}
	menu := d.chart.seriesMenu()
	var checked []string
	for _, item := range menu.Items {
		if item.Checked {
			checked = append(checked, item.Label)
		}
	}
	if !slices.Equal(checked, []string{"in.t", "n", "b"}) {
		t.Errorf("the menu has checked %q", checked)
	}
	b.note("a", "off")
	b.settle(t)
	if !d.chart.object.Visible() {
		t.Error("a chart that was chosen is gone because of one value without a number")
	}
	for _, of := range slices.Clone(d.shown.chart.sources) {
		b.toggleSeries("a", of)
	}
	b.settle(t)
	if d.chart.object.Visible() || len(b.charts["a"].Sources) != 0 {
		t.Error("without series there is a chart still")
	}
}

func TestChartIsRememberedForItsTopic(t *testing.T) {
	a := newBench(t)
	a.note("a", `{"x":1,"y":2}`)
	a.Show("a")
	a.settle(t)
	a.toggleSeries("a", source{"a", "y"})
	a.toggleScale("a")
	a.setSpan(5 * time.Minute)
	data, err := a.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	if err := b.RestoreLayout(data); err != nil {
		t.Fatal(err)
	}
	b.note("a", `{"x":1,"y":2}`)
	b.Show("a")
	b.settle(t)
	if p := b.detail.shown.chart.plotted; values(p) != "y: 2" || !p.Shared || p.To.Sub(p.From) != 5*time.Minute {
		t.Errorf("restored %s, shared %v, %v", values(p), p.Shared, p.To.Sub(p.From))
	}
}

func TestRangeOfAChart(t *testing.T) {
	b := newBench(t)
	b.note("a", "1")
	b.now = b.now.Add(2 * time.Minute)
	b.note("a", "2")
	b.Show("a")
	b.setSpan(time.Minute)
	b.settle(t)
	if got := values(b.detail.shown.chart.plotted); got != "value: 2" {
		t.Errorf("the last minute is %s", got)
	}
	b.now = b.now.Add(2 * time.Minute)
	b.settle(t)
	if s := b.detail.shown; !s.numeric || len(s.chart.plotted.Series[0].Values) != 0 {
		t.Errorf("a silent minute is %s", values(s.chart.plotted))
	}
}

func TestAChartIsAsLongAsItsNumbers(t *testing.T) {
	b := newBench(t)
	b.note("a", "off")
	b.now = b.now.Add(time.Hour)
	b.note("a", "1")
	b.now = b.now.Add(time.Second)
	b.note("a", "2")
	b.Show("a")
	b.settle(t)
	if c := b.detail.shown.chart; c.span != "2 values in 1 s" || c.plotted.To.Sub(c.plotted.From) != time.Second {
		t.Errorf("%q over %v", c.span, c.plotted.To.Sub(c.plotted.From))
	}
}

func TestNoMoreSeriesThanCanBeToldApart(t *testing.T) {
	how := charted{}
	for i := range maxSeries + 2 {
		how = how.with(source{"a", strings.Repeat("x", i+1)}, how.Sources)
	}
	if len(how.Sources) != maxSeries {
		t.Errorf("%d series", len(how.Sources))
	}
}

func TestCSV(t *testing.T) {
	b := newBench(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	nan := 0.0
	nan /= nan
	series := []widget.Series{
		{Name: `a "b", c`, At: []time.Time{at, at.Add(time.Second), at.Add(time.Second)}, Values: []float64{1, nan, 3.25}},
		{Name: "d", At: []time.Time{at.Add(time.Second)}, Values: []float64{1e21}},
	}
	files := &drawer{path: filepath.Join(t.TempDir(), "chart.csv")}
	b.files = files
	b.saveCSV("plant/line 1", series)
	want := "time,\"a \"\"b\"\", c\",d\n2026-03-01T12:00:00.000Z,1,\n2026-03-01T12:00:01.000Z,3.25,1e+21\n"
	if got, err := os.ReadFile(files.path); err != nil || string(got) != want || files.name != "plant-line 1.csv" {
		t.Errorf("%q, %v:\n%s", files.name, err, got)
	}
	files.path = filepath.Join(t.TempDir(), "none", "chart.csv")
	b.saveCSV("a", series)
	if len(b.notices) != 1 || !strings.HasPrefix(b.notices[0], "Saving the chart failed: ") {
		t.Errorf("said %q", b.notices)
	}
}

func TestTheMeanHasNoMoreDecimalsThanItsValues(t *testing.T) {
	for want, values := range map[string][]float64{
		"min 19.7 · mean 22.2 · max 24.3":        {19.7, 24.3, 22.7},
		"min 1 · mean 1.7 · max 2":               {1, 2, 2},
		"min 0.25 · mean 0.33 · max 0.5":         {0.25, 0.25, 0.5},
		"min 1e-06 · mean 1.333e-06 · max 2e-06": {1e-6, 1e-6, 2e-6},
		"min -20.5 · mean -10.3 · max -0.1":      {-20.5, math.NaN(), -0.1},
		"min 1e+300 · mean 1e+300 · max 1e+300":  {1e300, 1e300},
		"min 1,000 · mean 1,000.5 · max 1,001":   {1000, 1001},
	} {
		if got := statistics(values, ""); got != want {
			t.Errorf("%v: %q, want %q", values, got, want)
		}
	}
}
