package clients

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/ui/units"
	"sluice/ui/widget/format"
)

// Row is one client as the table shows it.
type Row struct {
	client    engine.Client
	user      string
	connected string
	lastSeen  string
	heartbeat string
	in, out   string
	roundTrip string
	identity  string
	cipher    string
}

// buildRows makes rows of the clients that match filter, as of now.
func buildRows(clients []engine.Client, filter string, now time.Time) []Row {
	filter = strings.ToLower(strings.TrimSpace(filter))
	rows := make([]Row, 0, len(clients))
	for _, c := range clients {
		if filter == "" || matches(c, filter) {
			rows = append(rows, buildRow(c, now))
		}
	}
	return rows
}

func buildRow(c engine.Client, now time.Time) Row {
	r := Row{
		client:    c,
		user:      dash(c.Username),
		connected: units.Age(now.Sub(c.Connected)),
		lastSeen:  units.Age(now.Sub(c.LastSeen)),
		heartbeat: "—",
		in:        format.Count(int64(c.In)),
		out:       format.Count(int64(c.Out)),
		roundTrip: "—",
		identity:  dash(c.Identity.String()),
		cipher:    dash(shortCipher(c.Identity.CipherSuite)),
	}
	if c.Heartbeat > 0 {
		r.heartbeat = format.Duration(c.Heartbeat)
	}
	if c.RoundTrip > 0 {
		r.roundTrip = format.Duration(c.RoundTrip)
	}
	return r
}

// matches reports whether a lower-case filter occurs in the ID, the address, the username or a topic.
func matches(c engine.Client, filter string) bool {
	contains := func(s string) bool { return strings.Contains(strings.ToLower(s), filter) }
	return contains(c.ID) || contains(c.Identity.Subject) || contains(c.Identity.PSK) || contains(c.Addr) || contains(c.Username) || contains(c.Transport) ||
		slices.ContainsFunc(c.Publishes, contains) || slices.ContainsFunc(c.Subscribes, contains)
}

// summary is the line beside the pane's title.
func summary(clients []engine.Client) string {
	late := 0
	for _, c := range clients {
		if c.Late {
			late++
		}
	}
	if len(clients) == 0 {
		return lang.L("none connected")
	}
	text := lang.L("{{.Count}} connected", map[string]any{"Count": format.Count(int64(len(clients)))})
	if late > 0 {
		text += ", " + lang.L("{{.Count}} late on its heartbeat", map[string]any{"Count": format.Count(int64(late))})
	}
	return text
}

// shortCipher is a cipher suite's name without what all of them begin with.
func shortCipher(suite string) string {
	return strings.Replace(strings.TrimPrefix(suite, "TLS_"), "_WITH", "", 1)
}

// state is the word behind a client's dot.
func (r Row) state() string {
	if r.client.Late {
		return lang.L("late")
	}
	return lang.L("connected")
}

// fact is one line of the detail.
type fact struct {
	key, value string
	mono       bool
	late       bool
}

// facts are what the detail says of a client, in order.
func (r Row) facts(now time.Time) []fact {
	c := r.client
	list := []fact{
		{key: lang.L("Address"), value: c.Addr, mono: true},
		{key: lang.L("Listener"), value: c.Listener, mono: true},
		{key: lang.L("Mode"), value: c.Mode},
	}
	list = append(list, r.secureFacts()...)
	list = append(list, []fact{
		{key: lang.L("User"), value: r.user},
		{key: lang.L("Connected at"), value: units.Moment(c.Connected) + " (" + r.connected + ")"},
		{key: lang.L("Last seen"), value: lang.L("{{.Time}} ago", map[string]any{"Time": r.lastSeen})},
	}...)
	if c.Heartbeat > 0 {
		list = append(list, r.heartbeatFact(now))
	}
	if c.Datagrams() {
		list = append(list, fact{key: lang.L("Retransmissions"), value: retransmissions(c)})
		if c.RoundTrip > 0 {
			list = append(list, fact{key: lang.L("Round trip"), value: r.roundTrip})
		}
	}
	return list
}

// secureFacts say what the client proved in its handshake, and how the connection is secured.
func (r Row) secureFacts() []fact {
	i := r.client.Identity
	var list []fact
	switch {
	case i.PSK != "":
		list = append(list, fact{key: lang.L("PSK identity"), value: i.PSK, mono: true})
	case i.Subject != "":
		list = append(list, fact{key: lang.L("Peer certificate"), value: strings.ReplaceAll(i.Subject, ",", ", ")})
	case i.Version != "":
		list = append(list, fact{key: lang.L("Peer certificate"), value: lang.L("none shown")})
	}
	if i.Version != "" {
		list = append(list, fact{key: lang.L("Secured by"), value: i.Version}, fact{key: lang.L("Cipher"), value: r.cipher, mono: true})
	}
	return list
}

func (r Row) heartbeatFact(now time.Time) fact {
	c := r.client
	f := fact{key: lang.L("Heartbeat"), late: c.Late}
	left := c.LastSeen.Add(c.Heartbeat).Sub(now)
	data := map[string]any{"Every": r.heartbeat, "Time": units.Age(left.Abs())}
	if left >= 0 {
		f.value = lang.L("{{.Every}}, next due in {{.Time}}", data)
	} else {
		f.value = lang.L("{{.Every}}, overdue for {{.Time}}", data)
	}
	return f
}

func retransmissions(c engine.Client) string {
	if c.Out == 0 {
		return format.Count(int64(c.Retransmissions))
	}
	return lang.L("{{.Count}} of {{.All}} ({{.Percent}})", map[string]any{
		"Count":   format.Count(int64(c.Retransmissions)),
		"All":     format.Count(int64(c.Out)),
		"Percent": format.Percent(int64(c.Retransmissions), int64(c.Out)),
	})
}

// asText is the client for copying as lines of text.
func (r Row) asText(now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", lang.L("Client ID"), r.client.ID)
	for _, f := range r.facts(now) {
		fmt.Fprintf(&b, "%s: %s\n", f.key, f.value)
	}
	return b.String()
}

// asJSON is the client for copying as JSON; durations are in seconds.
func (r Row) asJSON() string {
	c := r.client
	b, err := json.MarshalIndent(map[string]any{
		"clientid": c.ID, "username": c.Username, "address": c.Addr, "transport": c.Transport, "mode": c.Mode,
		"listener": c.Listener, "connected_at": c.Connected, "last_seen": c.LastSeen, "late": c.Late,
		"heartbeat": c.Heartbeat.Seconds(), "in": c.In, "out": c.Out, "retransmissions": c.Retransmissions,
		"round_trip": c.RoundTrip.Seconds(), "subject": c.Identity.Subject, "sha256": c.Identity.Fingerprint, "psk_identity": c.Identity.PSK,
		"version": c.Identity.Version, "cipher": c.Identity.CipherSuite, "observes": c.Observes, "publishes": c.Publishes, "subscribes": c.Subscribes,
	}, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}

// compareAddr orders addresses by number, not by text, where both are host:port.
func compareAddr(a, b string) int {
	x, errX := netip.ParseAddrPort(a)
	y, errY := netip.ParseAddrPort(b)
	if errX != nil || errY != nil {
		return strings.Compare(a, b)
	}
	return x.Compare(y)
}

func dash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// byColumn gives the comparison of each column by its ID.
var byColumn = map[string]func(a, b Row) int{
	"state":    func(a, b Row) int { return strings.Compare(a.state(), b.state()) },
	"id":       func(a, b Row) int { return strings.Compare(a.client.ID, b.client.ID) },
	"address":  func(a, b Row) int { return compareAddr(a.client.Addr, b.client.Addr) },
	"type":     func(a, b Row) int { return strings.Compare(a.client.Transport, b.client.Transport) },
	"identity": func(a, b Row) int { return strings.Compare(a.client.Identity.String(), b.client.Identity.String()) },
	"cipher": func(a, b Row) int {
		return strings.Compare(a.client.Identity.CipherSuite, b.client.Identity.CipherSuite)
	},
	"user":     func(a, b Row) int { return strings.Compare(a.client.Username, b.client.Username) },
	"mode":     func(a, b Row) int { return strings.Compare(a.client.Mode, b.client.Mode) },
	"since":    func(a, b Row) int { return b.client.Connected.Compare(a.client.Connected) },
	"seen":     func(a, b Row) int { return b.client.LastSeen.Compare(a.client.LastSeen) },
	"in":       func(a, b Row) int { return cmp.Compare(a.client.In, b.client.In) },
	"out":      func(a, b Row) int { return cmp.Compare(a.client.Out, b.client.Out) },
	"observes": func(a, b Row) int { return cmp.Compare(a.client.Observes, b.client.Observes) },
	"listener": func(a, b Row) int { return strings.Compare(a.client.Listener, b.client.Listener) },
	"resent":   func(a, b Row) int { return cmp.Compare(a.client.Retransmissions, b.client.Retransmissions) },
	"trip":     func(a, b Row) int { return cmp.Compare(a.client.RoundTrip, b.client.RoundTrip) },
	"beat":     func(a, b Row) int { return cmp.Compare(a.client.Heartbeat, b.client.Heartbeat) },
}
