package clients

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// detail is the right side: everything known of the selected client.
type detail struct {
	pane   *Pane
	object fyne.CanvasObject
	row    *Row

	empty, body fyne.CanvasObject
	title       *fyne.Container
	name        *widget.Text
	transport   *widget.Badge
	facts       *widget.KeyValue
	rateTitle   *widget.Text
	rate        *widget.Sparkline
	publishes   *topicList
	subscribes  *topicList
}

func newDetail(p *Pane) *detail {
	d := &detail{
		pane:       p,
		name:       widget.NewText("", widget.TextStrong),
		transport:  widget.NewBadge("", theme.RoleNeutral),
		facts:      widget.NewKeyValue(),
		rateTitle:  widget.NewText("", widget.TextMuted),
		rate:       widget.NewSparkline(theme.RoleAccent),
		publishes:  newTopicList(lang.L("Publishes to"), p.host),
		subscribes: newTopicList(lang.L("Subscribes to"), p.host),
	}
	d.rate.SetMinSize(fyne.NewSize(200, 72))
	d.rate.SetFloor(true)
	buttons := container.NewHBox(
		widget.NewMenuButton(lang.L("Copy"), func() *fyne.Menu { return fyne.NewMenu("", p.copyItems(*d.row)...) }),
		widget.NewDangerButton(lang.L("Disconnect"), func() { p.disconnect(*d.row) }),
	)
	d.title = pane.NewLead(d.name, widget.TextStrong, d.transport)
	title := container.NewBorder(nil, nil, nil, buttons, d.title)
	d.body = container.NewVScroll(widget.NewPadded(16, 12, container.New(fynelayout.NewCustomPaddedVBoxLayout(12),
		title,
		d.facts,
		widget.NewCard(container.NewVBox(d.rateTitle, d.rate)),
		d.publishes.object,
		d.subscribes.object,
	)))
	d.body.Hide()
	d.empty = widget.NewEmptyState(lang.L("Select a client to see it in detail."), "")
	d.object = widget.NewPanel(container.NewStack(d.empty, d.body))
	return d
}

// show brings the detail up to date; without a row nothing is selected.
func (d *detail) show(row *Row, rate []float64, now time.Time) {
	d.row = row
	if row == nil {
		d.body.Hide()
		d.empty.Show()
		return
	}
	d.name.SetText(row.client.ID)
	d.transport.Set(row.client.Transport, transportRole(*row))
	d.title.Refresh()
	d.facts.SetPairs(pairs(row.facts(now))...)
	d.rateTitle.SetText(rateTitle(rate))
	d.rate.SetValues(rate)
	d.publishes.set(row.client.Publishes)
	d.subscribes.set(row.client.Subscribes)
	d.empty.Hide()
	d.body.Show()
}

func pairs(facts []fact) []widget.Pair {
	list := make([]widget.Pair, len(facts))
	for i, f := range facts {
		list[i] = widget.Pair{Key: f.key, Value: f.value, Mono: f.mono}
		if f.late {
			list[i].Role = theme.RoleLate
		}
	}
	return list
}

func rateTitle(rate []float64) string {
	if len(rate) == 0 {
		return lang.L("Messages per second, being measured")
	}
	return lang.L("Messages per second, now {{.Rate}}", map[string]any{"Rate": format.Rate(rate[len(rate)-1])})
}

// listedTopics bounds the topics that the detail lists, a button each; copying as JSON gives all.
const listedTopics = 40

// topicList is a card of topics, each of which leads to the Topics pane. Without topics it is hidden.
type topicList struct {
	host   *pane.Host
	object fyne.CanvasObject
	box    *fyne.Container
	topics []string
}

func newTopicList(title string, h *pane.Host) *topicList {
	t := &topicList{host: h, box: container.New(fynelayout.NewCustomPaddedVBoxLayout(0))}
	t.object = widget.NewCard(container.New(fynelayout.NewCustomPaddedVBoxLayout(6), widget.NewText(title, widget.TextMuted), t.box))
	t.object.Hide()
	return t
}

func (t *topicList) set(topics []string) {
	if slices.Equal(topics, t.topics) {
		return
	}
	t.topics = slices.Clone(topics)
	t.box.RemoveAll()
	for _, topic := range topics[:min(len(topics), listedTopics)] {
		t.box.Add(widget.NewLinkButton(topic, func() { t.host.Open(pane.Topics, topic) }))
	}
	if rest := len(topics) - listedTopics; rest > 0 {
		t.box.Add(widget.NewText(lang.L("and {{.Count}} more", map[string]any{"Count": format.Count(int64(rest))}), widget.TextMuted))
	}
	if len(topics) == 0 {
		t.object.Hide()
	} else {
		t.object.Show()
	}
}
