package topics

import (
	"math"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/topics"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// source is where a series of numbers comes from: the value at a path in the payloads of a topic. The empty path is the
// number that the payload as a whole reports.
type source struct {
	Topic string `json:"topic"`
	Path  string `json:"path,omitempty"`
}

// name is what the chart of topic calls a series: only another topic's is named with it.
func (s source) name(topic string) string {
	switch {
	case s.Topic == topic && s.Path == "":
		return lang.L("value")
	case s.Topic == topic:
		return s.Path
	case s.Path == "":
		return s.Topic
	}
	return s.Topic + " " + s.Path
}

const (
	maxSeries        = 6 // on one chart: more cannot be told apart
	rememberedCharts = 200
)

var seriesRoles = [maxSeries]theme.Role{theme.RoleAccent, theme.RolePOST, theme.RolePUT, theme.RoleMQTT, theme.RoleGET, theme.RoleDELETE}

// track is a source's past as numbers. Each message is read once: its payload stays where it is while it is kept.
type track struct {
	known map[*byte]float64
	unit  string
}

// read returns the numbers of a history that is newest first, oldest first and from a moment on; NaN where a message has
// none.
func (t *track) read(history []topics.Value, path string, from time.Time) (at []time.Time, values []float64) {
	known := make(map[*byte]float64, len(history))
	for _, v := range slices.Backward(history) {
		number := math.NaN()
		if len(v.Payload) > 0 {
			key := &v.Payload[0]
			before, ok := t.known[key]
			if number = before; !ok {
				number = t.numberIn(&v, path)
			}
			known[key] = number
		}
		if !v.At.Before(from) {
			at, values = append(at, v.At), append(values, number)
		}
	}
	t.known = known
	return at, values
}

func (t *track) numberIn(v *topics.Value, path string) float64 {
	n, unit, ok := payload.NumberAt(v.Payload, units.DeclaredFormat(v.Type), path)
	if !ok {
		return math.NaN()
	}
	t.unit = unit
	return n
}

// charted is how a topic is to be charted.
type charted struct {
	Sources []source `json:"sources,omitempty"` // none: the number that its payload reports
	Shared  bool     `json:"shared,omitempty"`  // all on one scale
}

// chart is what the chart of a topic shows.
type chart struct {
	heading, note, span string
	plotted             widget.Plotted
	sources             []source
}

// charts makes charts; it belongs to Gather.
type charts struct {
	tracks map[source]*track
}

// build makes the chart of a topic over the last span, 0 for all that is kept. ok is false where nothing is chosen and
// its last value is no number.
func (c *charts) build(table Table, t *topics.Topic, how charted, span time.Duration, now time.Time) (made chart, ok bool) {
	sources := how.Sources
	if len(sources) == 0 {
		if _, _, numeric := payload.Number(t.Payload, units.DeclaredFormat(t.Type)); !numeric {
			c.tracks = nil
			return chart{}, false
		}
		sources = []source{{Topic: t.Name}}
	}
	made = chart{sources: sources, plotted: widget.Plotted{Shared: how.Shared, To: now}}
	if span > 0 {
		made.plotted.From = now.Add(-span)
	}
	tracks := make(map[source]*track, len(sources))
	for i, s := range sources[:min(len(sources), maxSeries)] {
		track := c.tracks[s]
		if track == nil {
			track = newTrack()
		}
		tracks[s] = track
		at, values := track.read(table.History(s.Topic, 0), s.Path, made.plotted.From)
		made.plotted.Series = append(made.plotted.Series, widget.Series{
			Name: s.name(t.Name), Note: statistics(values, track.unit), Role: seriesRoles[i], At: at, Values: values})
	}
	c.tracks = tracks
	if span == 0 {
		made.plotted.From, made.plotted.To = extent(made.plotted.Series)
	}
	made.describe(tracks)
	return made, true
}

func newTrack() *track { return &track{} }

// describe writes the heading: the last value and the extremes of one series, the number of several.
func (c *chart) describe(tracks map[source]*track) {
	series := c.plotted.Series
	if len(series) > 1 {
		c.note = lang.N("{{.Count}} series", len(series), map[string]any{"Count": format.Count(int64(len(series)))})
	} else if at := slices.IndexFunc(series[0].Values, func(v float64) bool { return !math.IsNaN(v) }); at >= 0 {
		values := series[0].Values
		last := len(values) - 1
		for math.IsNaN(values[last]) {
			last--
		}
		c.heading, c.note = withUnit(values[last], tracks[c.sources[0]].unit), statistics(values, "")
		if c.sources[0].Path != "" {
			c.note = series[0].Name + " · " + c.note
		}
	} else {
		c.note = lang.L("{{.Series}} has no number yet", map[string]any{"Series": series[0].Name})
	}
	n := 0
	for i := range series {
		for _, v := range series[i].Values {
			if !math.IsNaN(v) {
				n++
			}
		}
	}
	if first, last := extent(series); last.After(first) {
		c.span = lang.N("{{.Count}} values in {{.Time}}", n, map[string]any{
			"Count": format.Count(int64(n)), "Time": units.Age(last.Sub(first))})
	}
}

func withUnit(v float64, unit string) string {
	if unit == "" {
		return format.Number(v)
	}
	return format.Number(v) + " " + unit
}

// statistics are the extremes and the mean of values; with a unit, as in a legend, the last value as well.
func statistics(values []float64, unit string) string {
	least, mean, most, ok := widget.Stats(values)
	if !ok {
		return ""
	}
	text := lang.L("min {{.Min}} · mean {{.Mean}} · max {{.Max}}", map[string]any{
		"Min": format.Number(least), "Mean": format.Number(roundTo(mean, values)), "Max": format.Number(most)})
	if unit != "" {
		text += " " + unit
	}
	return text
}

// roundTo rounds the mean of values to as many decimals as they have, at least one: more would not be measured.
func roundTo(mean float64, values []float64) float64 {
	const most = 6
	scale, decimals := 10.0, 1
	for _, v := range values {
		for decimals < most && !math.IsNaN(v) && math.Abs(v*scale-math.Round(v*scale)) > 1e-6*max(1, math.Abs(v*scale)) {
			decimals, scale = decimals+1, scale*10
		}
	}
	if few := math.Abs(mean) * scale; few < 10 || math.IsInf(few, 0) {
		return mean
	}
	return math.Round(mean*scale) / scale
}

// extent is when the first and the last number of all series came.
func extent(series []widget.Series) (first, last time.Time) {
	for _, s := range series {
		for i, at := range s.At {
			if math.IsNaN(s.Values[i]) {
				continue
			}
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
	}
	return first, last
}

// numbersIn are the paths of the numbers in a topic's payload, the most that a menu takes.
func numbersIn(t *topics.Topic) []string {
	const most = 40
	leaves, structured := payload.Leaves(t.Payload, units.DeclaredFormat(t.Type))
	if !structured {
		if _, _, ok := payload.Number(t.Payload, units.DeclaredFormat(t.Type)); ok {
			return []string{""}
		}
		return nil
	}
	var paths []string
	for _, l := range leaves {
		if _, ok := l.Number(); ok && len(paths) < most {
			paths = append(paths, l.Path)
		}
	}
	return paths
}

// with adds a series, or takes it away where it is there. shown are those of the chart as it is.
func (c charted) with(s source, shown []source) charted {
	list := slices.Clone(shown)
	if at := slices.Index(list, s); at >= 0 {
		list = slices.Delete(list, at, at+1)
	} else if len(list) < maxSeries {
		list = append(list, s)
	}
	c.Sources = list
	return c
}
