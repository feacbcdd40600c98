package observers

import (
	"net/url"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/linkformat"
	"sluice/engine/settings"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// keyOf tells what is observed apart: for a topic its filter, which never begins with a zero byte.
func keyOf(o engine.Observer) string {
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

// formatOf is the content format of a value; that of a topic is guessed.
func formatOf(o engine.Observer) int {
	if o.Subject == engine.OfTopic {
		return unknownFormat
	}
	return o.ContentFormat
}

// figure is the value that a card shows in large letters: of a lookup how many links it has.
func figure(o engine.Observer) string {
	if o.Subject != engine.OfLookup {
		return payload.Summary(o.Value, formatOf(o), 40)
	}
	links, err := linkformat.Parse(string(o.Value), linkformat.Limits{})
	if o.Value == nil || err != nil {
		return lang.L("many links")
	}
	return lang.N("{{.Count}} links", len(links), map[string]any{"Count": format.Count(int64(len(links)))})
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
