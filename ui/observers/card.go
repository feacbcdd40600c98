package observers

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// cardSize is the least size of a card; the grid gives all cards this size.
var cardSize = fyne.NewSize(380, 176)

// plotRoles colour the cards by turns, so that neighbours are told apart.
var plotRoles = []theme.Role{theme.RoleAccent, theme.RolePOST, theme.RolePUT, theme.RoleMQTT, theme.RoleGET}

// card shows one group.
type card struct {
	fynewidget.BaseWidget
	content fyne.CanvasObject
	head    *fyne.Container
	marks   *fyne.Container // at the right end of the head
	figure  *fyne.Container
	foot    *fyne.Container

	filter, value, sequence, clients, state, plotted *widget.Text
	kind                                             *widget.Badge
	dot                                              *widget.Dot
	plot                                             *widget.Sparkline

	grid  *cardGrid
	place int // in the grid
	body  *widget.Card
	ring  *widget.FocusRing
}

func newCard(grid *cardGrid) *card {
	c := &card{
		grid:     grid,
		ring:     widget.NewFocusRing(7),
		filter:   widget.NewText("", widget.TextStyle{Color: theme.ColorText, Size: theme.SizeSmall, Mono: true, Bold: true}),
		value:    widget.NewText("", widget.TextFigure),
		sequence: widget.NewText("", widget.TextMuted),
		clients:  widget.NewText("", widget.TextMuted),
		state:    widget.NewText("", widget.TextMuted),
		plotted:  widget.NewText("", widget.TextCaption),
		kind:     widget.NewBadge("", theme.RoleNeutral),
		dot:      widget.NewDot(theme.RoleGood, ""),
		plot:     widget.NewSparkline(theme.RoleAccent),
	}
	c.plot.SetMinSize(fyne.NewSize(100, 48))
	c.marks = container.NewHBox(container.NewCenter(c.plotted), container.NewCenter(c.kind), container.NewCenter(c.dot))
	c.head = container.NewBorder(nil, nil, nil, c.marks, c.filter.ShrinkMiddle())
	c.figure = pane.NewLead(c.value, widget.TextFigure, c.sequence)
	c.foot = container.NewBorder(nil, nil, nil, c.state, c.clients.Shrink())
	c.body = widget.NewCard(container.NewBorder(container.NewVBox(c.head, c.figure), c.foot, nil, nil, c.plot))
	c.content = widget.NewPadded(4, 4, container.NewStack(c.body, c.ring))
	c.ExtendBaseWidget(c)
	return c
}

// Tapped shows the card in detail. The grid would do so itself, were it not for TappedSecondary.
func (c *card) Tapped(*fyne.PointEvent) { c.grid.tapped(c.place) }

// TappedSecondary opens the card's menu.
func (c *card) TappedSecondary(e *fyne.PointEvent) { c.grid.openMenu(c.place, e.AbsolutePosition) }

func (c *card) set(index int, g *group, chosen, focused bool) {
	c.place = index
	c.body.SetChosen(chosen)
	c.ring.Set(focused)
	c.filter.SetText(g.filter)
	c.value.SetText(g.value)
	c.sequence.SetText(g.sequence)
	c.figure.Refresh()
	if c.clients.Text() != g.clients || c.state.Text() != g.state {
		c.clients.SetText(g.clients)
		c.state.SetText(g.state)
		c.foot.Refresh()
	}
	plain := g.newest.Subject == engine.OfTopic && g.newest.Dialect != settings.DialectIETF
	pane.SetVisible(c.kind, !plain)
	c.kind.Set(subjectWord(g.newest), theme.RoleNeutral)
	switch {
	case g.silent:
		c.dot.Set(theme.RoleLate, lang.L("the device does not answer"))
	case g.late:
		c.dot.Set(theme.RoleLate, lang.L("notifications were lost"))
	default:
		c.dot.Set(theme.RoleGood, lang.L("observing"))
	}
	c.plotted.SetText(g.rate)
	c.marks.Refresh()
	c.head.Refresh()
	c.plot.SetFloor(!g.numeric)
	c.plot.SetRole(plotRoles[index%len(plotRoles)])
	c.plot.SetValues(g.plot)
}

// MinSize is the size of every card.
func (c *card) MinSize() fyne.Size { return cardSize.Max(c.content.MinSize().Min(cardSize)) }

func (c *card) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(c.content) }
