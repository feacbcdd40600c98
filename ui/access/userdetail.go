package access

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// userDetail is the right side: the user that is selected.
type userDetail struct {
	pane   *Pane
	object fyne.CanvasObject
	user   UserRow

	name    *widget.Text
	badge   *widget.Badge
	lead    *fyne.Container
	facts   *widget.KeyValue
	clients *clientList
}

func newUserDetail(p *Pane) *userDetail {
	d := &userDetail{pane: p, name: widget.NewText("", widget.TextStrong), badge: widget.NewBadge(lang.L("connected"), theme.RoleGood),
		facts: widget.NewKeyValue(), clients: newClientList(p.host)}
	d.lead = pane.NewLead(d.name, widget.TextStrong, d.badge)
	more := widget.NewMenuButton(lang.L("More"), func() *fyne.Menu { return fyne.NewMenu("", p.userItems(d.user)...) })
	buttons := container.New(fynelayout.NewCustomPaddedHBoxLayout(8),
		widget.NewButton(lang.L("Password"), func() { p.changePassword(d.user.User) }),
		widget.NewButton(lang.L("Attributes"), func() { p.changeAttributes(d.user.User) }),
		fynelayout.NewSpacer(),
		widget.NewDangerButton(lang.L("Delete"), func() { p.deleteUser(d.user.User) }),
	)
	d.object = pane.NewColumn(12,
		container.NewBorder(nil, nil, nil, more, d.lead), d.facts, buttons, d.clients.object)
	return d
}

// show brings the detail up to date.
func (d *userDetail) show(u UserRow, clients []engine.Client) {
	d.user = u
	d.name.SetText(u.Username)
	pane.SetVisible(d.badge, u.Clients > 0)
	d.lead.Refresh()
	pairs := []widget.Pair{{Key: lang.L("Password"), Value: lang.L("kept as {{.Kind}}", map[string]any{"Kind": u.Hash})}}
	attributes := widget.Pair{Key: lang.L("Attributes"), Value: "—"}
	if len(u.ClientAttrs) > 0 {
		attributes.Value, attributes.Mono = attrsText(u.ClientAttrs), true
	}
	pairs = append(pairs, attributes)
	d.facts.SetPairs(pairs...)
	d.clients.set(clients)
}

// listedClients bounds the clients that the detail lists, a button each.
const listedClients = 20

// clientList is a card of clients, each of which leads to the Clients pane.
type clientList struct {
	host   *pane.Host
	object fyne.CanvasObject
	box    *fyne.Container
	keys   []string
}

func newClientList(h *pane.Host) *clientList {
	l := &clientList{host: h, box: pane.NewColumn(0)}
	l.object = widget.NewCard(pane.NewColumn(6, widget.NewText(lang.L("Connected now"), widget.TextMuted), l.box))
	l.object.Hide()
	return l
}

func (l *clientList) set(clients []engine.Client) {
	keys := words(clients, func(c engine.Client) string { return c.Key })
	if slices.Equal(keys, l.keys) {
		return
	}
	l.keys = keys
	l.box.RemoveAll()
	for _, c := range clients[:min(len(clients), listedClients)] {
		l.box.Add(widget.NewLinkButton(c.ID, func() { l.host.Open(pane.Clients, c.Key) }))
	}
	if rest := len(clients) - listedClients; rest > 0 {
		l.box.Add(widget.NewText(lang.L("and {{.Count}} more", map[string]any{"Count": format.Count(int64(rest))}), widget.TextMuted))
	}
	pane.SetVisible(l.object, len(clients) > 0)
}
