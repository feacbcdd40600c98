package directory

import (
	"net/url"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/linkformat"
	"sluice/ui/command"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
)

// Link is one registered link.
type Link struct {
	place    int
	link     linkformat.Link
	resolved string // URI
	inside   string // path behind /rd-proxy, empty where the proxy does not read it
}

// buildLinks makes rows of the links of a registration.
func buildLinks(r Row) []Link {
	links := make([]Link, len(r.Links))
	base := linkformat.ParseReference(r.Base)
	for i := range r.Links {
		l := Link{place: i, link: r.Links[i], resolved: r.Resolved[i].Target}
		// The proxy takes a link that leads elsewhere for nobody's.
		if target := linkformat.ParseReference(l.resolved); target.Scheme == base.Scheme && target.Authority == base.Authority {
			l.inside = "/rd-proxy/" + url.PathEscape(r.Name) + target.Path
		}
		links[i] = l
	}
	return links
}

// get is an attribute's value, "—" for none.
func (l Link) get(name string) string {
	if value, ok := l.link.Get(name); ok && value != "" {
		return value
	}
	return "—"
}

func (l Link) observable() bool {
	_, ok := l.link.Get("obs")
	return ok
}

func (l Link) observes() string {
	if l.observable() {
		return lang.L("obs")
	}
	return ""
}

// contentFormats writes the numbers of ct with the media types that they stand for.
func (l Link) contentFormats() string {
	value, _ := l.link.Get("ct")
	words := strings.Fields(value)
	for i, word := range words {
		if number, err := strconv.ParseUint(word, 10, 16); err == nil {
			words[i] = units.ContentFormat(uint16(number))
		}
	}
	if len(words) == 0 {
		return "—"
	}
	return strings.Join(words, ", ")
}

// through reads the link through the gateway; empty where that does not.
func (l Link) through(g command.Gateway, proxies bool) string {
	if !proxies || l.inside == "" {
		return ""
	}
	return g.Get(l.inside, l.observable())
}

// direct reads the link from the device; empty where coap-client does not speak its scheme.
func (l Link) direct(g command.Gateway) string { return direct(g, l.resolved, l.observable()) }

func direct(g command.Gateway, uri string, observe bool) string {
	if !command.Speaks(linkformat.ParseReference(uri).Scheme) {
		return ""
	}
	return g.Get(uri, observe)
}

func newLinkTable() *widget.DataTable[int, Link] {
	column := func(id, title string, width float32) widget.Column[Link] {
		of := func(l Link) string { return l.get(id) }
		return widget.Column[Link]{ID: id, Title: title, Width: width, Tone: theme.RoleMuted, Text: of,
			Compare: func(a, b Link) int { return strings.Compare(of(a), of(b)) }}
	}
	hidden := func(c widget.Column[Link]) widget.Column[Link] {
		c.Hidden = true
		return c
	}
	return widget.NewDataTable(func(l Link) int { return l.place }, []widget.Column[Link]{
		{ID: "path", Title: lang.L("Link"), Width: 112, Grows: true, Mono: true, Text: func(l Link) string { return l.link.Target },
			Compare: func(a, b Link) int { return strings.Compare(a.link.Target, b.link.Target) }},
		column("rt", "rt", 98),
		{ID: "ct", Title: "ct", Width: 132, Tone: theme.RoleMuted, Text: Link.contentFormats,
			Compare: func(a, b Link) int { return strings.Compare(a.contentFormats(), b.contentFormats()) }},
		{ID: "obs", Title: "obs", Width: 54, Kind: widget.KindBadge, Text: Link.observes, Role: obsRole,
			Compare: func(a, b Link) int { return strings.Compare(b.observes(), a.observes()) }},
		hidden(column("if", "if", 90)),
		hidden(column("title", "title", 120)),
		hidden(column("sz", "sz", 60)),
		hidden(column("anchor", "anchor", 140)),
	})
}

func obsRole(Link) theme.Role { return theme.RoleAccent }
