package observers

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/topics"
	"sluice/ui/pane"
	"sluice/ui/units"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// Relation is one observe relation as the table and the detail show it.
type Relation struct {
	observer engine.Observer
	client   string
	value    string
	kind     string // CON or NON
	trip     string
	since    string
	last     string
}

func buildRelation(o engine.Observer, now time.Time) Relation {
	r := Relation{
		observer: o,
		client:   o.Client,
		kind:     "NON",
		trip:     "—",
		since:    units.Age(now.Sub(o.Since)),
		last:     "—",
	}
	switch {
	case o.Window:
		r.client, r.kind = lang.L("this window"), lang.L("in process")
	case r.client == "":
		r.client = o.Addr.String()
	}
	if !o.Window && (o.LastConfirmable || o.Subject == engine.OfLookup) { // lookups are told with CON only
		r.kind = "CON"
	}
	if o.RoundTrip > 0 {
		r.trip = format.Duration(o.RoundTrip)
	}
	if !o.ValueAt.IsZero() {
		r.value = payload.Summary(o.Value, o.ContentFormat, 120)
		r.last = units.Age(now.Sub(o.ValueAt))
	}
	return r
}

// group is all relations of one topic filter, lookup or resource: a card.
type group struct {
	key       string // see KeyOf
	filter    string
	relations []Relation
	newest    engine.Observer // the one that heard a value last
	value     string
	sequence  string
	clients   string
	state     string
	late      bool // a relation has lost notifications, or the device does not answer
	silent    bool // the device does not answer
	numeric   bool // the plot shows values; otherwise notifications a second
	plot      []float64
	rate      string // what the newest notification of the plot means, empty where it plots values or nothing goes out
}

// buildGroups joins the relations by their filter, in the order of the filters.
func buildGroups(observers []engine.Observer, now time.Time) []group {
	byFilter := map[string]int{}
	var groups []group
	for _, o := range observers {
		key := KeyOf(o)
		at, known := byFilter[key]
		if !known {
			at = len(groups)
			byFilter[key] = at
			groups = append(groups, group{key: key, filter: o.Filter, newest: o})
		}
		g := &groups[at]
		g.relations = append(g.relations, buildRelation(o, now))
		if o.ValueAt.After(g.newest.ValueAt) {
			g.newest = o
		}
	}
	for i := range groups {
		groups[i].finish(now)
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(pane.CompareNames(a.filter, b.filter), strings.Compare(a.key, b.key))
	})
	return groups
}

// finish makes the texts of a card.
func (g *group) finish(now time.Time) {
	slices.SortFunc(g.relations, func(a, b Relation) int { return cmp.Compare(a.observer.ID, b.observer.ID) })
	g.value = lang.L("no value yet")
	if !g.newest.ValueAt.IsZero() {
		g.value = figure(g.newest)
	}
	if g.newest.Sent > 0 && !g.newest.Window {
		g.sequence = "#" + strconv.FormatUint(uint64(g.newest.Sequence), 10)
	}
	var lost, reordered uint64
	var queued int
	var slowest time.Duration
	kinds := []string{}
	names := []string{}
	for _, r := range g.relations {
		lost += missed(r.observer)
		reordered = max(reordered, r.observer.Reordered) // of the device, which all share
		queued += r.observer.Queued
		slowest = max(slowest, r.observer.RoundTrip)
		if !slices.Contains(kinds, r.kind) {
			kinds = append(kinds, r.kind)
		}
		if !slices.Contains(names, r.client) {
			names = append(names, r.client)
		}
	}
	g.clients = strings.Join(names, ", ")
	g.silent = !g.newest.Silent.IsZero()
	g.late = lost > 0 || g.silent
	parts := []string{strings.Join(kinds, ", "), lang.L("{{.Count}} lost", map[string]any{"Count": format.Count(int64(lost))})}
	if reordered > 0 {
		parts = append(parts, lang.L("{{.Count}} reordered", map[string]any{"Count": format.Count(int64(reordered))}))
	}
	if queued > 0 {
		parts = append(parts, lang.L("{{.Count}} queued", map[string]any{"Count": format.Count(int64(queued))}))
	}
	if slowest > 0 {
		parts = append(parts, format.Duration(slowest))
	}
	if g.silent {
		parts = []string{lang.L("silent for {{.Time}}", map[string]any{"Time": units.Age(now.Sub(g.newest.Silent))})}
	}
	g.state = strings.Join(parts, " · ")
}

// missed counts what the observer did not get: notifications that were never sent, and those never acknowledged.
func missed(o engine.Observer) uint64 { return o.Dropped + o.Lost }

// sent counts the notifications of all relations.
func (g *group) sent() uint64 {
	var n uint64
	for _, r := range g.relations {
		n += r.observer.Sent
	}
	return n
}

const plotValues = 90

// plotOf returns what a card plots: the topic's numbers, or how many notifications went out a second.
func plotOf(g *group, history []topics.Value, t *trace, rate *pane.Rate) (values []float64, numeric bool) {
	switch {
	case t != nil && t.numeric:
		return t.values.Values(), true
	case g.newest.Subject != engine.OfTopic:
		return rate.Values(), false
	}
	if _, _, ok := payload.Number(g.newest.Value, g.newest.ContentFormat); ok && !g.newest.ValueAt.IsZero() {
		for _, v := range slices.Backward(history) {
			if n, _, ok := payload.Number(v.Payload, units.DeclaredFormat(v.Type)); ok {
				values = append(values, n)
			}
		}
		return values, true
	}
	return rate.Values(), false
}

// summary is the line beside the pane's title.
func summary(observers []engine.Observer, groups int, perSecond float64) string {
	if len(observers) == 0 {
		return lang.L("no relations")
	}
	on := lang.N("on {{.Count}} topics", groups, map[string]any{"Count": format.Count(int64(groups))})
	if slices.ContainsFunc(observers, func(o engine.Observer) bool { return o.Subject != engine.OfTopic }) {
		on = lang.N("on {{.Count}} resources", groups, map[string]any{"Count": format.Count(int64(groups))})
	}
	return lang.N("{{.Count}} relations", len(observers), map[string]any{"Count": format.Count(int64(len(observers)))}) + " " + on +
		notificationRate(perSecond)
}

// notificationRate is how many notifications go out a second, nothing while none do.
func notificationRate(perSecond float64) string {
	text := strings.TrimSuffix(format.Rate(perSecond), "/s")
	if text == "0" || text == format.None {
		return ""
	}
	return lang.L(", ") + lang.L("{{.Count}} notifications/s", map[string]any{"Count": text})
}

// matches reports whether a lower-case filter occurs in the relation.
func matches(o engine.Observer, filter string) bool {
	contains := func(s string) bool { return strings.Contains(strings.ToLower(s), filter) }
	return contains(o.Filter) || contains(o.Client) || contains(o.Addr.String())
}

// asText is a relation for copying as lines of text.
func (r Relation) asText() string {
	o := r.observer
	of := lang.L("Topic")
	if o.Subject != engine.OfTopic {
		of = lang.L("Resource")
	}
	return fmt.Sprintf("%s: %s\n%s: %s\n%s: %s\n%s: %x\n%s: %s\n%s: %s\n", of, o.Filter, lang.L("Client"), r.client,
		lang.L("Address"), o.Addr, lang.L("Token"), o.Token, lang.L("Since"), units.Moment(o.Since), lang.L("Value"), r.value)
}

// asJSON is a relation for copying as JSON.
func (r Relation) asJSON() string {
	o := r.observer
	of := "topic"
	if o.Subject != engine.OfTopic {
		of = "resource"
	}
	b, err := json.MarshalIndent(map[string]any{
		of: o.Filter, "client": o.Client, "address": o.Addr.String(), "listener": o.Listener, "token": hex.EncodeToString(o.Token),
		"dialect": o.Dialect, "since": o.Since, "observe": o.Sequence, "sent": o.Sent, "acknowledged": o.Acknowledged,
		"dropped": o.Dropped, "lost": o.Lost, "reordered": o.Reordered, "queued": o.Queued, "retransmissions": o.Retransmissions, "round_trip": o.RoundTrip.Seconds(),
		"value_topic": o.ValueTopic, "value_at": o.ValueAt,
	}, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}
