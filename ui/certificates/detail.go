package certificates

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/secure"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// detail is the right side: a certificate, a pre-shared key or a handshake, and what can be done with it.
type detail struct {
	pane   *Pane
	object fyne.CanvasObject
	shown  *shown

	empty, body fyne.CanvasObject
	column      *fyne.Container // what body scrolls
	high        float32         // column, as it was laid out
	title       *fyne.Container
	name        *widget.Text
	badge       *widget.Badge
	facts       *widget.KeyValue
	chain       *widget.Chain
	key         *keyView
	means       fyne.CanvasObject
	meaning     *fynewidget.Label
	advice      *fynewidget.Label
	remedies    *fyne.Container
	users       *userList
	export      *export
	actions     *fyne.Container
	offered     []action // what the buttons in actions do
}

// action is a button below a thing.
type action struct {
	label  string
	danger bool
	do     func()
}

func newDetail(p *Pane) *detail {
	d := &detail{
		pane:     p,
		name:     widget.NewText("", widget.TextStrong),
		badge:    widget.NewBadge("", theme.RoleNeutral),
		facts:    widget.NewKeyValue(),
		chain:    widget.NewChain(),
		meaning:  pane.Remark("", theme.RoleText),
		advice:   pane.Remark("", theme.RoleText),
		remedies: container.New(fynelayout.NewRowWrapLayoutWithCustomPadding(8, 8)),
		users:    newUserList(p.host),
		actions:  container.New(fynelayout.NewRowWrapLayoutWithCustomPadding(8, 8)),
	}
	d.key = newKeyView(p)
	d.export = newExport(p)
	d.chain.OnTapped = p.showCertificate
	d.means = container.New(fynelayout.NewCustomPaddedVBoxLayout(8),
		widget.NewText(lang.L("What it means"), widget.TextStrong), widget.NewTight(d.meaning),
		widget.NewText(lang.L("What to do next"), widget.TextStrong), widget.NewTight(d.advice), d.remedies)
	copyButton := widget.NewMenuButton(lang.L("Copy"), func() *fyne.Menu { return fyne.NewMenu("", p.copyItems(d.shown)...) })
	d.title = pane.NewLead(d.name, widget.TextStrong, d.badge)
	d.column = container.New(fynelayout.NewCustomPaddedVBoxLayout(14),
		container.NewBorder(nil, nil, nil, copyButton, d.title),
		d.facts, d.chain, d.key.object, d.means, d.users.object, d.export.object, d.actions)
	d.body = container.NewVScroll(widget.NewPadded(16, 12, d.column))
	d.body.Hide()
	d.empty = widget.NewEmptyState(lang.L("Select a certificate, a key or a handshake to see it in detail."), "")
	d.object = widget.NewPanel(container.NewStack(d.empty, d.body))
	return d
}

// show brings the detail up to date; nil means that nothing is selected.
func (d *detail) show(s *shown) {
	if s == nil {
		d.shown = nil
		d.key.hide()
		pane.SetVisible(d.body, false)
		pane.SetVisible(d.empty, true)
		return
	}
	if d.shown == nil || d.shown.selection != s.selection {
		d.key.hide()
	}
	d.shown = s
	d.name.SetText(s.title)
	d.badge.Set(s.badge, s.role)
	d.title.Refresh()
	d.facts.SetPairs(s.facts...)
	d.chain.SetLinks(s.links...)
	pane.SetVisible(d.chain, len(s.links) > 1)
	pane.SetVisible(d.key.object, s.part == pskPart)
	d.showMeaning(s)
	d.users.set(s.users)
	d.export.show(s)
	d.showActions(s)
	pane.SetVisible(d.empty, false)
	pane.SetVisible(d.body, true)
	d.fit()
}

// fit lays the parts out again where their height has changed; that of wrapped lines is known once they have their width.
func (d *detail) fit() {
	for range 3 {
		if high := d.column.MinSize().Height; high != d.high {
			d.high = high
			d.column.Refresh()
			d.body.Refresh()
		}
	}
}

// showMeaning says why a handshake was refused and offers what helps.
func (d *detail) showMeaning(s *shown) {
	refused := s.part == handshakePart && s.shake.Outcome != secure.Accepted
	pane.SetVisible(d.means, refused)
	if !refused {
		return
	}
	pane.SetRemark(d.meaning, s.means.meaning, theme.RoleText)
	pane.SetRemark(d.advice, s.means.advice, theme.RoleText)
	d.remedies.RemoveAll()
	for _, remedy := range s.means.remedies {
		if label, do := d.pane.remedy(remedy, s.shake.Handshake); do != nil {
			d.remedies.Add(widget.NewButton(label, do))
		}
	}
	pane.SetVisible(d.remedies, len(d.remedies.Objects) > 0)
}

// showActions has a button for everything that can be done with what is shown.
func (d *detail) showActions(s *shown) {
	offered := d.pane.actions(s)
	same := len(offered) == len(d.offered)
	for i := 0; same && i < len(offered); i++ {
		same = offered[i].label == d.offered[i].label
	}
	d.offered = offered
	if same {
		return
	}
	d.actions.RemoveAll()
	for i, a := range offered {
		make := widget.NewButton
		if a.danger {
			make = widget.NewDangerButton
		}
		d.actions.Add(make(a.label, func() { d.offered[i].do() }))
	}
	pane.SetVisible(d.actions, len(offered) > 0)
}

// actions are the buttons of what is shown.
func (p *Pane) actions(s *shown) []action {
	var list []action
	switch s.part {
	case certificatePart:
		e := s.entry.Entry
		switch {
		case !e.Revoked.IsZero():
			list = append(list, action{lang.L("Restore"), false, func() { p.restore(e) }})
		case e.Kind == pki.Client:
			list = append(list, action{lang.L("Revoke"), true, func() { p.revoke(e, s.users) }})
		case s.renewable:
			list = append(list, action{lang.L("Renew"), false, func() { p.renew(e.Name) }})
		}
		return append(list, action{lang.L("Rename"), false, func() { p.rename(e) }}, action{lang.L("Delete"), true, func() { p.remove(e, s.users) }})
	case pskPart:
		k := s.psk.PreSharedKey
		return append(list, action{lang.L("Bind to a client"), false, func() { p.bind(k) }}, action{lang.L("Replace the key"), false, func() { p.replaceKey(k) }},
			action{lang.L("Delete"), true, func() { p.removePSK(k, s.users) }})
	}
	return nil
}

// userList names the clients that use something now; a name leads to the Clients pane.
type userList struct {
	host   *pane.Host
	object fyne.CanvasObject
	box    *fyne.Container
	ids    []string
}

// listedUsers bounds the clients that are named.
const listedUsers = 12

func newUserList(h *pane.Host) *userList {
	u := &userList{host: h, box: container.New(fynelayout.NewCustomPaddedVBoxLayout(0))}
	u.object = container.New(fynelayout.NewCustomPaddedVBoxLayout(6), widget.NewText(lang.L("Connected with it now"), widget.TextStrong), u.box)
	u.object.Hide()
	return u
}

func (u *userList) set(clients []engine.Client) {
	ids := make([]string, len(clients))
	for i := range clients {
		ids[i] = clients[i].Key
	}
	pane.SetVisible(u.object, len(clients) > 0)
	if slices.Equal(ids, u.ids) {
		return
	}
	u.ids = ids
	u.box.RemoveAll()
	for _, c := range clients[:min(len(clients), listedUsers)] {
		u.box.Add(widget.NewLinkButton(c.ID, func() { u.host.Open(pane.Clients, c.Key) }))
	}
	if rest := len(clients) - listedUsers; rest > 0 {
		u.box.Add(widget.NewText(lang.L("and {{.Count}} more", map[string]any{"Count": format.Count(int64(rest))}), widget.TextMuted))
	}
}
