package topics

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/topicfilter"
	"sluice/engine/topics"
	"sluice/ui/pane"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// party is one who publishes to a topic or listens to it.
type party struct {
	name string
	key  string // of its client; empty: it is none, or gone
}

// buildParties names who publishes to a topic, the latest first, and who listens. history is newest first.
func buildParties(t *topics.Topic, history []topics.Value, clients []engine.Client, observers []engine.Observer) (publish, listen []party) {
	keys := make(map[string]string, len(clients))
	for i := range clients {
		keys[clients[i].ID] = clients[i].Key
	}
	add := func(list []party, p party) []party {
		if slices.ContainsFunc(list, func(o party) bool { return o.name == p.name }) {
			return list
		}
		return append(list, p)
	}
	sender := func(client string, via broker.Via) {
		switch {
		case client != "":
			publish = add(publish, party{client, keys[client]})
		case via == broker.ViaWindow:
			publish = add(publish, party{name: lang.L("this window")})
		}
	}
	if t.Count > 0 {
		sender(t.From, t.Via)
	}
	for _, v := range history {
		sender(v.From, v.Via)
	}
	for i := range clients {
		c := &clients[i]
		if slices.Contains(c.Publishes, t.Name) {
			publish = add(publish, party{c.ID, c.Key})
		}
		if slices.ContainsFunc(c.Subscribes, func(filter string) bool { return topicfilter.Match(unshared(filter), t.Name) }) {
			listen = add(listen, party{c.ID, c.Key})
		}
	}
	for i := range observers {
		o := &observers[i]
		if o.Subject != engine.OfTopic || !topicfilter.Match(o.Filter, t.Name) {
			continue
		}
		switch {
		case o.Window:
			listen = add(listen, party{name: lang.L("this window")})
		case o.Client == "":
			listen = add(listen, party{o.Addr.String(), o.ClientKey})
		default:
			listen = add(listen, party{o.Client, o.ClientKey})
		}
	}
	slices.SortFunc(listen, func(a, b party) int { return compareNames(a.name, b.name) })
	return publish, listen
}

// unshared is the filter of a shared subscription (MQTT 5, section 4.8.2).
func unshared(filter string) string {
	rest, shared := strings.CutPrefix(filter, "$share/")
	if !shared {
		return filter
	}
	_, rest, _ = strings.Cut(rest, "/")
	return rest
}

// partyLine names parties in one line: as many as there is room for, and the rest in a menu. A click goes to the client.
type partyLine struct {
	object *fyne.Container
	caption,
	none string
	word  *widget.Text
	links []fyne.CanvasObject
	more  *widget.Button
	list  []party
	open  func(party)
}

func newPartyLine(caption, none string, open func(party)) *partyLine {
	l := &partyLine{caption: caption, none: none, open: open, word: widget.NewText("", widget.TextCaption)}
	l.more = widget.NewLinkButton("", func() { widget.ShowMenuBelow(l.menu(), l.more) })
	l.object = container.New(l)
	l.set(nil)
	return l
}

func (l *partyLine) set(list []party) {
	if l.list != nil && slices.Equal(l.list, list) {
		return
	}
	l.list = append([]party{}, list...)
	l.word.SetText(l.caption)
	if len(list) == 0 {
		l.word.SetText(l.caption + " " + l.none)
	}
	const most = 8
	l.links = nil
	l.object.Objects = []fyne.CanvasObject{l.word}
	for _, p := range list[:min(len(list), most)] {
		var link fyne.CanvasObject = widget.NewLinkButton(p.name, func() { l.open(p) })
		if p.key == "" {
			link = widget.NewText(p.name, widget.TextMono)
		}
		l.links = append(l.links, link)
		l.object.Objects = append(l.object.Objects, link)
	}
	l.object.Objects = append(l.object.Objects, l.more)
	l.object.Refresh()
}

// menu lists all of them.
func (l *partyLine) menu() *fyne.Menu {
	const most = 30
	var items []*fyne.MenuItem
	for _, p := range l.list[:min(len(l.list), most)] {
		item := fyne.NewMenuItem(p.name, func() { l.open(p) })
		item.Disabled = p.key == ""
		items = append(items, item)
	}
	return fyne.NewMenu("", items...)
}

const partyGap = 6

// Layout implements [fyne.Layout].
func (l *partyLine) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	height := l.word.MinSize().Height
	place := func(o fyne.CanvasObject, x, width float32) {
		h := o.MinSize().Height
		o.Move(fyne.NewPos(x, (size.Height-h)/2))
		o.Resize(fyne.NewSize(width, h))
	}
	l.word.Move(fyne.NewPos(0, (size.Height-height)/2))
	l.word.Resize(fyne.NewSize(l.word.MinSize().Width, height))
	x := l.word.MinSize().Width + partyGap
	shown := 0
	for i, link := range l.links {
		width, reserve := pane.NaturalWidth(l.list[i].name, widget.TextMono)+12, float32(0)
		if i < len(l.list)-1 {
			reserve = 56
		}
		if shown < i || x+width+reserve > size.Width {
			pane.SetVisible(link, false)
			continue
		}
		pane.SetVisible(link, true)
		place(link, x, width)
		x += width + partyGap
		shown++
	}
	rest := len(l.list) - shown
	pane.SetVisible(l.more, rest > 0)
	if rest > 0 {
		l.more.SetLabel("+" + format.Count(int64(rest)))
		place(l.more, x, l.more.MinSize().Width)
	}
}

// MinSize implements [fyne.Layout]. The line is as high without names as with them: what is below stays where it is.
func (l *partyLine) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(120, max(l.word.MinSize().Height, l.more.MinSize().Height))
}

// openParty goes to a client.
func (p *Pane) openParty(of party) { p.host.Open(pane.Clients, of.key) }
