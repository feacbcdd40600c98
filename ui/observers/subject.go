package observers

import (
	"net/url"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/directory"
	"sluice/engine/linkformat"
	"sluice/engine/settings"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// KeyOf tells what is observed apart, as Show wants it: for a topic its filter, which never begins with a zero byte.
func KeyOf(o engine.Observer) string {
	if o.Subject == engine.OfTopic {
		return o.Filter
	}
	return "\x00" + o.Filter
}

// subjectWord says what kind of thing is observed.
func subjectWord(o engine.Observer) string {
	switch {
	case o.Subject == engine.OfLookup:
		return lang.L("lookup")
	case o.Subject == engine.OfDevice:
		return lang.L("device")
	case o.Dialect == settings.DialectIETF:
		return lang.L("topic data")
	}
	return lang.L("topic")
}

// figure is the value that a card shows in large letters: of a lookup how many links it has.
func figure(o engine.Observer) string {
	if o.Subject != engine.OfLookup {
		return payload.Summary(o.Value, o.ContentFormat, 40)
	}
	links, err := linkformat.Parse(string(o.Value), linkformat.Limits{})
	if o.Value == nil || err != nil {
		return lang.L("many links")
	}
	count := map[string]any{"Count": format.Count(int64(len(links)))}
	if strings.HasPrefix(o.Filter, directory.PathLookUpEndpoint) {
		return lang.N("{{.Count}} endpoints", len(links), count)
	}
	return lang.N("{{.Count}} links", len(links), count)
}

// observeCommand observes the same.
func observeCommand(g command.Gateway, o engine.Observer) string {
	if o.Subject == engine.OfTopic {
		return g.Observe(o.Filter)
	}
	return g.Get(o.Filter, true)
}

// copyLabel is what copying the name of a thing is called.
func copyLabel(o engine.Observer) string {
	if o.Subject == engine.OfTopic {
		return lang.L("Copy topic")
	}
	return lang.L("Copy resource")
}

// whereShown is the pane that shows what is observed, and the item in it; empty if there is none.
func whereShown(o engine.Observer) (paneID, item string) {
	switch o.Subject {
	case engine.OfLookup:
		return pane.Directory, ""
	case engine.OfDevice:
		rest, ok := strings.CutPrefix(o.Filter, "/rd-proxy/")
		if !ok {
			return "", ""
		}
		segment, _, _ := strings.Cut(rest, "/")
		name, err := url.PathUnescape(segment)
		if err != nil {
			return "", ""
		}
		return pane.Directory, name
	}
	if o.ValueTopic != "" {
		return pane.Topics, o.ValueTopic
	}
	return pane.Topics, o.Filter
}

// trace keeps the values of a device as they come: unlike those of topics nobody else does.
type trace struct {
	values  *pane.Series
	at      time.Time // of the last one
	numeric bool      // the last one is a number
}

// take adds a value that is new and returns the trace, which it makes if there is none.
func (t *trace) take(o engine.Observer) *trace {
	if t == nil {
		t = &trace{values: pane.NewSeries(plotValues)}
	}
	if o.ValueAt.Equal(t.at) {
		return t
	}
	t.at = o.ValueAt
	var value float64
	if value, _, t.numeric = payload.Number(o.Value, o.ContentFormat); t.numeric {
		t.values.Add(value)
	}
	return t
}
