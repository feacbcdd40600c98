package window

import (
	"cmp"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/watch"
	"sluice/ui/units"
	"sluice/ui/widget/format"
)

// watchKind is a kind of watch as the form has it.
type watchKind struct {
	kind watch.Kind
	name string
}

func watchKinds() []watchKind {
	return []watchKind{
		{watch.TopicMeets, lang.L("A value is above, below or equal")},
		{watch.TopicValue, lang.L("A value comes")},
		{watch.TopicSilent, lang.L("No value comes for some time")},
		{watch.ClientConnects, lang.L("A client connects")},
		{watch.ClientDisconnects, lang.L("A client disconnects")},
		{watch.ClientSilent, lang.L("A client is silent")},
		{watch.ObserverLost, lang.L("An observation is lost")},
		{watch.ClientRefused, lang.L("Any client is refused")},
		{watch.CertificateExpires, lang.L("Any certificate ends soon")},
		{watch.ListenerFails, lang.L("Any listener fails")},
		{watch.LimitReached, lang.L("Any limit is reached")},
	}
}

// watchText says what is watched.
func watchText(s watch.Spec) string {
	data := map[string]any{"Of": cmp.Or(s.Name, s.Of), "Client": s.Client, "Field": field(s), "Compare": s.Compare, "Value": s.Value, "For": format.Interval(s.For)}
	switch s.Kind {
	case watch.ClientConnects:
		return lang.L("{{.Of}} connects", data)
	case watch.ClientDisconnects:
		return lang.L("{{.Of}} disconnects", data)
	case watch.ClientSilent:
		if s.For == 0 {
			return lang.L("{{.Of}} is silent beyond its heartbeat", data)
		}
		return lang.L("{{.Of}} is silent for {{.For}}", data)
	case watch.TopicValue:
		return lang.L("a value comes to {{.Of}}", data)
	case watch.TopicMeets:
		return lang.L("{{.Field}} {{.Compare}} {{.Value}}", data)
	case watch.TopicSilent:
		return lang.L("no value comes to {{.Of}} for {{.For}}", data)
	case watch.ObserverLost:
		return lang.L("{{.Client}} no longer observes {{.Of}}", data)
	case watch.CertificateExpires:
		if s.Of == "" {
			return lang.L("any certificate ends soon")
		}
		return lang.L("the certificate {{.Of}} ends soon", data)
	case watch.ListenerFails:
		return lang.L("any listener fails")
	case watch.LimitReached:
		return lang.L("any limit is reached")
	}
	return lang.L("any client is refused")
}

// field is the topic with the path in its values.
func field(s watch.Spec) string {
	if s.Path == "" {
		return s.Of
	}
	return s.Of + " " + strings.TrimPrefix(strings.TrimPrefix(s.Path, "$"), ".")
}

// noticeText says what happened.
func noticeText(n watch.Notice) string {
	text := eventText(n.Watch.Spec, n.Event)
	if n.More > 0 {
		text = units.Sentences(text, lang.N("And {{.Count}} more.", n.More, map[string]any{"Count": format.Count(int64(n.More))}))
	}
	return text
}

// eventText says what happened once. It holds what the event holds: names and numbers.
func eventText(s watch.Spec, e watch.Event) string {
	data := map[string]any{"Of": e.Of, "Client": s.Client, "Field": field(s), "Compare": s.Compare, "Limit": s.Value, "For": format.Interval(s.For),
		"Value": e.Value, "Detail": e.Detail, "Date": e.Until.Local().Format(time.DateOnly)}
	switch s.Kind {
	case watch.ClientConnects:
		return lang.L("{{.Of}} has connected.", data)
	case watch.ClientDisconnects:
		return lang.L("{{.Of}} has disconnected.", data)
	case watch.ClientSilent:
		return lang.L("{{.Of}} is silent.", data)
	case watch.TopicValue:
		if e.Value != "" {
			return lang.L("{{.Of}} is {{.Value}}.", data)
		}
		return lang.L("A value came to {{.Of}}.", data)
	case watch.TopicMeets:
		if e.Value != "" {
			return lang.L("{{.Field}} is {{.Value}}, which is {{.Compare}} {{.Limit}}.", data)
		}
		return lang.L("{{.Field}} is {{.Compare}} {{.Limit}}.", data)
	case watch.TopicSilent:
		return lang.L("No value came to {{.Of}} for {{.For}}.", data)
	case watch.ObserverLost:
		return lang.L("{{.Client}} no longer observes {{.Of}}.", data)
	case watch.CertificateExpires:
		return lang.L("The certificate {{.Of}} ends on {{.Date}}.", data)
	case watch.ListenerFails:
		return lang.L("{{.Of}} failed: {{.Detail}}.", data)
	case watch.LimitReached:
		return lang.L("The limit {{.Of}} is reached.", data)
	}
	if e.Of == "" {
		return lang.L("A client was refused: wrong user or password.")
	}
	return lang.L("{{.Of}} was refused: {{.Detail}}.", data)
}
