package request

import (
	"cmp"
	"context"
	"errors"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/collection"
	"sluice/engine/linkformat"
	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// wellKnown is where a server lists its resources (RFC 6690).
const wellKnown = "/.well-known/core"

// What is kept of servers that answered.
const (
	maxServers   = 256
	maxResources = 10_000
)

// pathAndQuery takes the path and the query from a URI.
var pathAndQuery = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://[^/]*(/[^?]*)`)

// discovered is what servers said that they offer. It belongs to the UI goroutine.
type discovered struct{ servers []*server }

// server is one that answered.
type server struct {
	base      string // its URI without a path
	resources []linkformat.Link
	problem   string
}

// serverOf makes a server of its response.
func serverOf(base string, code codes.Code, payload []byte, err error) *server {
	s := &server{base: base}
	switch {
	case err != nil:
		s.problem = language.Say(err)
	case code != codes.Content:
		s.problem = collection.DescribeCode(code)
	default:
		links, err := linkformat.Parse(string(payload), linkformat.Limits{Links: maxResources})
		if err != nil {
			s.problem = language.Say(err)
			return s
		}
		at := linkformat.ParseReference(base + wellKnown)
		for _, l := range links {
			s.resources = append(s.resources, l.Resolve(at))
		}
		slices.SortFunc(s.resources, func(a, b linkformat.Link) int { return cmp.Compare(a.Target, b.Target) })
	}
	return s
}

// add takes a server in, in place of what it said before.
func (d *discovered) add(s *server) {
	d.servers = slices.DeleteFunc(d.servers, func(o *server) bool { return o.base == s.base })
	d.servers = append([]*server{s}, d.servers...)
	d.servers = d.servers[:min(len(d.servers), maxServers)]
}

// baseOf is the URI of the draft's server, with the values of variables.
func (p *Pane) baseOf() (string, error) {
	uri, err := p.hints().Clone().Expand(p.draft.Target)
	if err != nil {
		return "", err
	}
	scheme, rest, found := strings.Cut(uri, "://")
	if !found {
		return "", errors.New(lang.L("The URI names no server: it begins with coap://, coaps://, coap+tcp:// or coap+ws://"))
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	return scheme + "://" + host, nil
}

// discoverMenu offers whom to ask.
func (p *Pane) discoverMenu() *fyne.Menu {
	base, err := p.baseOf()
	label := lang.L("Ask {{.Server}}", map[string]any{"Server": base})
	if err != nil {
		label = lang.L("Ask the server")
	}
	one := fyne.NewMenuItem(label, p.discoverServer)
	one.Disabled = err != nil
	menu := fyne.NewMenu("", one, fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("All CoAP nodes, IPv4 (224.0.1.187)"), func() { p.discoverGroup(client.AllNodesIPv4, "") }),
		fyne.NewMenuItem(lang.L("All CoAP nodes, IPv6 link-local (ff02::fd)"), func() { p.discoverGroup(client.AllNodesLinkLocal, "") }),
		fyne.NewMenuItem(lang.L("All CoAP nodes, IPv6 site-local (ff05::fd)"), func() { p.discoverGroup(client.AllNodesSiteLocal, "") }))
	interfaces, err := net.Interfaces()
	if err != nil {
		return menu
	}
	interfaces = slices.DeleteFunc(interfaces, func(i net.Interface) bool { return i.Flags&net.FlagUp == 0 || i.Flags&net.FlagMulticast == 0 })
	if len(interfaces) < 2 {
		return menu
	}
	one = fyne.NewMenuItem(lang.L("On one network interface"), nil)
	one.ChildMenu = fyne.NewMenu("")
	for _, i := range interfaces {
		on := map[string]any{"Interface": i.Name}
		one.ChildMenu.Items = append(one.ChildMenu.Items,
			fyne.NewMenuItem(lang.L("{{.Interface}}, IPv4", on), func() { p.discoverGroup(client.AllNodesIPv4, i.Name) }),
			fyne.NewMenuItem(lang.L("{{.Interface}}, IPv6 link-local", on), func() { p.discoverGroup(client.AllNodesLinkLocal, i.Name) }))
	}
	menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), one)
	return menu
}

// discoverServer asks the draft's server what it offers.
func (p *Pane) discoverServer() {
	base, err := p.baseOf()
	if err != nil {
		p.bar.say(err)
		return
	}
	r := &collection.Request{Verb: collection.GET, Target: base + wellKnown, Settings: p.draft.Settings}
	p.begin(lang.L("Discover"), &live{}, func(ctx context.Context, j *job) func() {
		at := time.Now()
		result := p.runner.Run(ctx, r, "")
		s := describe(result, j.scope, at)
		if ctx.Err() != nil && result.Exchange == nil {
			s.cancelled()
		}
		var found *server
		if result.Answer.Answered {
			found = serverOf(base, result.Answer.Code, result.Answer.Payload, result.Answer.Err)
		}
		return func() {
			p.answer.show(s)
			if found != nil {
				p.takeServer(found)
			}
		}
	})
}

// takeServer shows what a server offers.
func (p *Pane) takeServer(s *server) {
	p.found.add(s)
	p.side.opened[s.base] = true
	p.side.refresh()
	p.side.reveal(lang.L("Discovered"))
}

// asked is a group that is asked, with how many servers have answered.
type asked struct {
	group   string
	servers int
}

// words say how far it is.
func (a *asked) words(elapsed time.Duration) string {
	return lang.N("{{.Count}} servers answered at {{.Group}}", a.servers, map[string]any{"Count": a.servers, "Group": a.group}) + " · " + format.Duration(elapsed.Round(100*time.Millisecond))
}

// discoverGroup asks all servers of a group what they offer. They are listed as they answer.
func (p *Pane) discoverGroup(group, network string) {
	r := &client.Request{Code: codes.GET, NonConfirmable: true, Options: message.Options{
		{ID: message.URIPath, Value: []byte(".well-known")}, {ID: message.URIPath, Value: []byte("core")}}}
	l := &live{asked: &asked{group: group}}
	if network != "" {
		l.asked.group += " (" + network + ")"
	}
	p.begin(lang.L("Discover"), l, func(ctx context.Context, _ *job) func() {
		err := client.AskGroup(ctx, group, r, client.GroupConfig{Interface: network}, func(g *client.GroupResponse) {
			s := serverOf("coap://"+g.From.String(), g.Code, g.Payload, g.Err)
			l.mu.Lock()
			l.asked.servers++
			l.mu.Unlock()
			p.host.Do(func() { p.takeServer(s) })
		})
		return func() { p.answer.show(l.asked.sum(l.began, err)) }
	})
}

// sum says how asking the group ended.
func (a *asked) sum(began time.Time, err error) *shown {
	s := &shown{at: began, format: payload.NoContentFormat, role: theme.RoleGood}
	s.badge, s.facts = lang.L("Done"), []string{a.words(time.Since(began))}
	switch {
	case isCancelled(err):
		s.cancelled()
	case errors.Is(err, client.ErrNoNetwork):
		s.badge, s.role = lang.L("Failed"), theme.RoleBad
		s.problem = lang.L("No network interface that does multicast is up and has an address of this family. Connect to the network of the devices, or ask a server by its address.")
	case err != nil:
		s.badge, s.role, s.problem = lang.L("Failed"), theme.RoleBad, language.Say(err)
	case a.servers == 0:
		s.badge, s.role = lang.L("No answer"), theme.RoleBad
		s.problem = lang.L("No server answered at {{.Group}}. It reaches the devices of the same network that listen to the group, and not all networks pass it on. A server can be asked by its address.", map[string]any{"Group": a.group})
	}
	return s
}

// rows are the lines of what was found.
func (d *discovered) rows(s *side) []sideRow {
	if len(d.servers) == 0 {
		return nil
	}
	p := s.pane
	rows := []sideRow{{title: lang.L("Discovered"), style: widget.TextStrong, menu: func() []*fyne.MenuItem {
		return []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Forget what was discovered"), func() {
			d.servers = nil
			s.refresh()
		})}
	}}}
	for _, one := range d.servers {
		toggle := func() { s.toggle(one.base) }
		row := sideRow{mark: openMark(s.opened[one.base]), title: one.base, style: widget.TextMuted, detail: one.problem, do: toggle, toggle: toggle}
		if one.problem == "" {
			row.detail = strconv.Itoa(len(one.resources))
		}
		rows = append(rows, row)
		if s.opened[one.base] {
			rows = append(rows, p.resourceRows(one)...)
		}
	}
	return rows
}

// node is a level of the path of resources.
type node struct {
	name     string
	link     *linkformat.Link
	children []*node
}

// tree puts resources below the levels of their paths; those of other servers, which a directory lists, come last, below the
// server.
func (s *server) tree() *node {
	root := &node{}
	for _, own := range []bool{true, false} {
		for i := range s.resources {
			l := &s.resources[i]
			base, path := splitBase(l.Target)
			if (base == s.base) != own {
				continue
			}
			at := root
			if !own {
				at = root.child(base)
			}
			for level := range strings.SplitSeq(path, "/") {
				at = at.child(level)
			}
			at.link = l
		}
	}
	return root
}

// splitBase cuts a URI behind its server; the path is without the / before it.
func splitBase(uri string) (base, path string) {
	scheme, rest, found := strings.Cut(uri, "://")
	if !found {
		return uri, ""
	}
	authority, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + authority, path
}

// child is the level below of that name, which is made if there is none.
func (n *node) child(name string) *node {
	at := slices.IndexFunc(n.children, func(c *node) bool { return c.name == name })
	if at < 0 {
		n.children = append(n.children, &node{name: name})
		at = len(n.children) - 1
	}
	return n.children[at]
}

// resourceRows are the lines below a server.
func (p *Pane) resourceRows(s *server) []sideRow {
	var rows []sideRow
	var add func(n *node, key string, depth int)
	add = func(n *node, key string, depth int) {
		for _, child := range n.children {
			name, last := "/"+child.name, child
			if linkformat.IsURI(child.name) {
				name = child.name // another server
			} else {
				for last.link == nil && len(last.children) == 1 { // a level with one below it needs no line
					last = last.children[0]
					name += "/" + last.name
				}
			}
			path := key + name
			row := sideRow{depth: depth, title: name, style: widget.TextMono}
			if last.link != nil {
				row.detail, row.role = attributes(last.link), theme.RoleGET
				target, ct := last.link.Target, formatOf(last.link)
				row.do = func() { p.openResource(target, ct) }
				row.menu = func() []*fyne.MenuItem { return p.resourceMenu(target, ct) }
				row.chosen = p.origin.key == "" && p.draft.Target == target
			}
			closed := p.side.opened["closed "+path]
			if len(last.children) > 0 {
				row.mark, row.toggle = openMark(!closed), func() { p.side.toggle("closed " + path) }
				if row.do == nil {
					row.do = row.toggle
				}
			}
			rows = append(rows, row)
			if !closed {
				add(last, path, depth+1)
			}
		}
	}
	add(s.tree(), s.base, 1)
	return rows
}

// attributes are what a link says of its resource, in short.
func attributes(l *linkformat.Link) string {
	var parts []string
	for _, a := range l.Attributes {
		switch {
		case a.Bare:
			parts = append(parts, a.Name)
		case a.Name == "rt" || a.Name == "ct" || a.Name == "if":
			parts = append(parts, a.Name+"="+a.Value)
		}
	}
	return strings.Join(parts, " ")
}

// formatOf is the Content-Format that a link names first, empty if it names none.
func formatOf(l *linkformat.Link) string {
	ct, _ := l.Get("ct")
	first, _, _ := strings.Cut(ct, " ")
	return first
}

// openResource makes a GET for a resource.
func (p *Pane) openResource(uri, contentFormat string) {
	r := &collection.Request{Verb: collection.GET, Target: uri, Settings: p.draft.Settings}
	if contentFormat != "" {
		r.Options = append(r.Options, collection.Option{Name: "Accept", Value: contentFormat})
	}
	p.compose(r, origin{})
}

func (p *Pane) resourceMenu(uri, contentFormat string) []*fyne.MenuItem {
	return []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Read"), func() { p.openResource(uri, contentFormat); p.send() }),
		fyne.NewMenuItem(lang.L("Observe"), func() { p.openResource(uri, contentFormat); p.observe() }),
		fyne.NewMenuItem(lang.L("Copy URI"), func() { widget.CopyText(uri) }),
	}
}
