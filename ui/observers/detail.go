package observers

import (
	"encoding/hex"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// detailRelations bounds the relations that the detail lists; the table lists all.
const detailRelations = 20

// detail is the right side: what is observed, its last value, and each relation.
type detail struct {
	pane   *Pane
	object fyne.CanvasObject
	key    string

	name      *widget.Text
	kind      *widget.Badge
	second    *fyne.Container // the line below the name
	leads     *widget.Button
	about     *widget.Text
	payload   *widget.PayloadView
	relations *fyne.Container
	cards     []*relationCard
	more      *widget.Text
}

func newDetail(p *Pane) *detail {
	d := &detail{pane: p,
		name:      widget.NewText("", widget.TextStyle{Color: theme.ColorText, Size: theme.SizeText, Mono: true, Bold: true}),
		kind:      widget.NewBadge("", theme.RoleNeutral),
		about:     widget.NewText("", widget.TextMuted),
		payload:   widget.NewPayloadView(),
		relations: container.NewVBox(),
		more:      widget.NewText("", widget.TextMuted),
	}
	d.payload.InBackground(p.host.Run, p.host.Do)
	d.leads = widget.NewButton(lang.L("Show topic"), p.showSubject)
	d.second = pane.NewLead(d.about, widget.TextMuted, d.kind)
	buttons := container.NewHBox(
		d.leads,
		widget.NewQuietButton(lang.L("Close"), p.closeDetail),
	)
	head := container.NewVBox(container.NewBorder(nil, nil, nil, buttons, d.name.Shrink()), d.second)
	split := widget.NewVSplit(widget.NewPadded(0, 6, widget.NewCard(d.payload)), widget.NewPadded(0, 6, container.NewVScroll(container.NewVBox(d.relations, d.more))), 0.38)
	d.object = widget.NewPanel(widget.NewPadded(16, 12, container.NewBorder(head, nil, nil, nil, split)))
	return d
}

func (d *detail) show(g *group) {
	d.name.SetText(g.filter)
	d.kind.Set(subjectWord(g.newest), theme.RoleNeutral)
	d.showButton(g)
	about := lang.L("no value yet")
	if !g.newest.ValueAt.IsZero() {
		about = units.Moment(g.newest.ValueAt)
		if g.newest.ValueTopic != "" {
			about = g.newest.ValueTopic + " · " + about
		}
	}
	d.about.SetText(about)
	d.second.Refresh()
	if g.key != d.key {
		d.key = g.key
		d.payload.Clear()
	}
	d.payload.SetPayload(g.newest.Value, g.newest.ContentFormat, payload.Auto)
	shown := min(len(g.relations), detailRelations)
	for len(d.cards) < shown {
		c := newRelationCard(d.pane)
		d.cards = append(d.cards, c)
		d.relations.Add(c.object)
	}
	for i, c := range d.cards {
		if i < shown {
			c.set(g.relations[i])
		}
		pane.SetVisible(c.object, i < shown)
	}
	if rest := len(g.relations) - shown; rest > 0 {
		d.more.SetText(lang.L("and {{.Count}} more in the table", map[string]any{"Count": format.Count(int64(rest))}))
	} else {
		d.more.SetText("")
	}
	d.relations.Refresh() // their heights may have changed
}

// showButton leads to the pane that has what is observed, if one has.
func (d *detail) showButton(g *group) {
	id, _ := whereShown(g.newest)
	switch g.newest.Subject {
	case engine.OfLookup:
		d.leads.SetLabel(lang.L("Show directory"))
	case engine.OfDevice:
		d.leads.SetLabel(lang.L("Show device"))
	default:
		d.leads.SetLabel(lang.L("Show topic"))
	}
	pane.SetVisible(d.leads, id != "")
}

// relationCard is one relation with what it takes to end it.
type relationCard struct {
	object   fyne.CanvasObject
	relation Relation
	client   *widget.Text
	kind     *widget.Badge
	buttons  *fyne.Container
	head     *fyne.Container
	facts    *widget.KeyValue
}

func newRelationCard(p *Pane) *relationCard {
	c := &relationCard{client: widget.NewText("", widget.TextStrong), kind: widget.NewBadge("", theme.RoleNeutral), facts: widget.NewKeyValue()}
	c.buttons = container.NewHBox(container.NewCenter(c.kind), widget.NewDangerButton(lang.L("End"), func() { p.end(c.relation) }))
	c.head = container.NewBorder(nil, nil, nil, c.buttons, c.client.Shrink())
	c.object = widget.NewCard(container.NewVBox(c.head, c.facts))
	return c
}

func (c *relationCard) set(r Relation) {
	c.relation = r
	c.client.SetText(r.client)
	c.kind.Set(r.kind, theme.RoleNeutral)
	o := r.observer
	list := []widget.Pair{
		{Key: lang.L("Since"), Value: units.Moment(o.Since) + " (" + r.since + ")"},
		{Key: lang.L("Notifications"), Value: lang.L("{{.Sent}} sent, {{.Acknowledged}} acknowledged, {{.Dropped}} dropped", map[string]any{
			"Sent": format.Count(int64(o.Sent)), "Acknowledged": format.Count(int64(o.Acknowledged)), "Dropped": format.Count(int64(o.Dropped))})},
	}
	if o.Subject == engine.OfDevice {
		list = append(list, widget.Pair{Key: lang.L("Reordered"), Value: format.Count(int64(o.Reordered)), Role: lateIf(o.Reordered > 0)})
	}
	if !o.Silent.IsZero() {
		list = append(list, widget.Pair{Key: lang.L("Device"), Value: lang.L("has not answered since {{.Time}}", map[string]any{"Time": units.Moment(o.Silent)}), Role: theme.RoleLate})
	}
	if !o.Window {
		list = append([]widget.Pair{
			{Key: lang.L("Address"), Value: o.Addr.String(), Mono: true},
			{Key: lang.L("Token"), Value: hex.EncodeToString(o.Token), Mono: true},
		}, append(list,
			widget.Pair{Key: lang.L("Lost"), Value: lang.L("{{.Lost}} without acknowledgement, {{.Queued}} queued", map[string]any{
				"Lost": format.Count(int64(o.Lost)), "Queued": format.Count(int64(o.Queued))}), Role: lateIf(o.Lost > 0)},
			widget.Pair{Key: lang.L("Observe"), Value: sequence(r), Mono: true},
			widget.Pair{Key: lang.L("Retransmissions"), Value: format.Count(int64(o.Retransmissions))},
			widget.Pair{Key: lang.L("Round trip"), Value: r.trip})...)
	}
	c.facts.SetPairs(list...)
	c.buttons.Refresh()
	c.head.Refresh()
	c.object.Refresh()
}
