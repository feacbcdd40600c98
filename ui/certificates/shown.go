package certificates

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/secure"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// shown is everything that the detail says of one thing. It is made off the UI goroutine.
type shown struct {
	selection
	title string
	badge string
	role  theme.Role
	facts []widget.Pair
	links []widget.Link   // of a certificate
	users []engine.Client // who uses it now
	entry Row
	psk   pskRow
	shake handshakeRow
	means explanation
	// renewable says that it is the server's certificate and ought to be renewed.
	renewable bool
}

// buildShown makes what the detail says, nil if what is selected is not there.
func buildShown(s *state, what selection, now time.Time) *shown {
	switch what.part {
	case certificatePart:
		if e := s.byID[what.id]; e != nil {
			return shownCertificate(s, *e, now)
		}
	case pskPart:
		if at := slices.IndexFunc(s.psks, func(k pki.PreSharedKey) bool { return k.Identity == what.id }); at >= 0 {
			return shownPSK(s, s.psks[at], now)
		}
	case handshakePart:
		if at := slices.IndexFunc(s.handshakes, func(h secure.Handshake) bool { return keyOf(h) == what.handshake }); at >= 0 {
			return shownHandshake(s, s.handshakes[at], now)
		}
	}
	return nil
}

func shownCertificate(s *state, e pki.Entry, now time.Time) *shown {
	row := buildRow(s, e, now)
	d := &shown{selection: selection{part: certificatePart, id: e.ID}, title: e.Name, badge: kindWord(e.Kind), role: kindRole(e.Kind), entry: row,
		facts: certificateFacts(row), users: s.withCertificate(e.ID), renewable: s.renewal != nil && s.renewal.ID == e.ID}
	for _, link := range s.chain(e) {
		d.links = append(d.links, widget.Link{ID: link.ID, Label: link.Name, Chosen: link.ID == e.ID})
	}
	if first := s.chain(e)[0]; first.IssuerID == "" && first.Issuer != first.Subject { // an issuer that is not kept
		d.links = append([]widget.Link{{Label: commonName(first.Issuer)}}, d.links...)
	}
	return d
}

func certificateFacts(r Row) []widget.Pair {
	list := []widget.Pair{
		{Key: lang.L("Subject"), Value: strings.ReplaceAll(r.Subject, ",", ", ")},
		{Key: lang.L("Serial"), Value: shortened(r.Serial), Mono: true},
		{Key: lang.L("SHA-256"), Value: shortened(colons(r.ID)), Mono: true},
		{Key: lang.L("Key usage"), Value: usages(r.Usages)},
		{Key: lang.L("Valid"), Value: lang.L("{{.From}} to {{.To}}", map[string]any{"From": date(r.NotBefore), "To": date(r.NotAfter)}), Role: r.role},
	}
	if len(r.Names) > 0 {
		list = append(list, widget.Pair{Key: lang.L("Names"), Value: strings.Join(r.Names, ", ")})
	}
	if !r.Revoked.IsZero() {
		list = append(list, widget.Pair{Key: lang.L("Revoked at"), Value: units.Moment(r.Revoked), Role: theme.RoleBad})
	}
	if !r.HasKey && r.Kind != pki.Trusted {
		list = append(list, widget.Pair{Key: lang.L("Private key"), Value: lang.L("is not kept here")})
	}
	return list
}

// usages translates what a certificate may be used for.
func usages(list []string) string {
	words := make([]string, len(list))
	for i, usage := range list {
		switch usage {
		case "client authentication":
			words[i] = lang.L("client authentication")
		case "server authentication":
			words[i] = lang.L("server authentication")
		case "issuing certificates":
			words[i] = lang.L("issuing certificates")
		default:
			words[i] = usage
		}
	}
	if len(words) == 0 {
		return lang.L("any")
	}
	return strings.Join(words, lang.L(", "))
}

// colons writes hex digits in pairs.
func colons(hex string) string {
	var b strings.Builder
	for i := 0; i < len(hex); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(hex[i:min(i+2, len(hex))])
	}
	return b.String()
}

// shortened keeps the first three and the last two of many pairs of digits, which are enough to compare by eye.
func shortened(pairs string) string {
	const room, head, tail = 8 * 3, 3 * 3, 2*3 - 1
	if len(pairs) < room {
		return pairs
	}
	return pairs[:head] + "…:" + pairs[len(pairs)-tail:]
}

func shownPSK(s *state, k pki.PreSharedKey, now time.Time) *shown {
	row := buildPSK(s, k, now)
	return &shown{selection: selection{part: pskPart, id: k.Identity}, title: k.Identity, badge: lang.L("Pre-shared key"), role: theme.RoleNeutral, psk: row,
		users: s.withPSK(k.Identity), facts: []widget.Pair{
			{Key: lang.L("PSK identity"), Value: k.Identity, Mono: true},
			{Key: lang.L("Key"), Value: dots + " " + lang.N("{{.Count}} bytes", k.Bytes, map[string]any{"Count": format.Count(int64(k.Bytes))})},
			{Key: lang.L("Client ID"), Value: row.client()},
			{Key: lang.L("Created"), Value: units.Moment(k.Created)},
			{Key: lang.L("Last used"), Value: row.lastUsed},
		}}
}

func shownHandshake(s *state, h secure.Handshake, now time.Time) *shown {
	row := handshakeRow{h, outcomeWords(h)}
	d := &shown{selection: selection{part: handshakePart, handshake: keyOf(h)}, title: row.words, badge: row.result(), role: row.role(), shake: row}
	if h.Outcome != secure.Accepted {
		d.title = reason(h.Outcome)
		d.means = explain(h, s)
	}
	d.facts = []widget.Pair{
		{Key: lang.L("Time"), Value: units.Moment(h.At) + " (" + units.Age(now.Sub(h.At)) + ")"},
		{Key: lang.L("Address"), Value: h.Peer.String(), Mono: true},
		{Key: lang.L("Listener"), Value: h.Listener, Mono: true},
		{Key: lang.L("Took"), Value: took(h.Took)},
	}
	optional := func(key, value string, mono bool) {
		if value != "" {
			d.facts = append(d.facts, widget.Pair{Key: key, Value: value, Mono: mono})
		}
	}
	optional(lang.L("Identity"), h.Identity.String(), false)
	optional(lang.L("Subject"), strings.ReplaceAll(h.Identity.Subject, ",", ", "), false)
	optional(lang.L("Version"), h.Identity.Version, false)
	optional(lang.L("Cipher"), h.Identity.CipherSuite, true)
	if h.Resumed {
		optional(lang.L("Session"), lang.L("taken up again"), false)
	}
	return d
}

// asText is a thing for copying as lines of text.
func (d *shown) asText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", lang.L("Name"), d.title)
	for _, pair := range d.facts {
		fmt.Fprintf(&b, "%s: %s\n", pair.Key, pair.Value)
	}
	return b.String()
}

// asJSON is a thing for copying as JSON, without keys.
func (d *shown) asJSON() string {
	var v any
	switch d.part {
	case certificatePart:
		e := d.entry.Entry
		fields := map[string]any{"name": e.Name, "kind": e.Kind.String(), "subject": e.Subject, "issuer": e.Issuer, "serial": e.Serial, "sha256": e.ID,
			"key": e.Key, "names": e.Names, "usages": e.Usages, "not_before": e.NotBefore, "not_after": e.NotAfter}
		if !e.Revoked.IsZero() {
			fields["revoked"] = e.Revoked
		}
		v = fields
	case pskPart:
		v = map[string]any{"identity": d.psk.Identity, "bytes": d.psk.Bytes, "clientid": d.psk.ClientID, "created": d.psk.Created}
	default:
		h := d.shake.Handshake
		v = map[string]any{"at": h.At, "took": h.Took.Seconds(), "address": h.Peer.String(), "listener": h.Listener, "outcome": h.Outcome.String(),
			"detail": h.Detail, "subject": h.Identity.Subject, "psk_identity": h.Identity.PSK, "version": h.Identity.Version, "cipher": h.Identity.CipherSuite}
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}
