package request

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection/credentials"
	"sluice/engine/pki"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// securityEditor chooses what the client shows and trusts over coaps.
type securityEditor struct {
	pane      *Pane
	object    fyne.CanvasObject
	identity  *widget.Choice
	authority *widget.Choice
	note      *widget.Text
	facts     *widget.KeyValue
	names     map[string]string // of choices, by their titles
	titles    map[string]string // and back
	revision  uint64            // Gather's
	seen      bool
}

func newSecurityEditor(p *Pane) *securityEditor {
	e := &securityEditor{pane: p, note: widget.NewText("", widget.TextMuted).Shrink(), facts: widget.NewKeyValue(), names: map[string]string{}, titles: map[string]string{}}
	e.identity = widget.NewChoice(nil, "", func(title string) {
		p.draft.Settings.Identity = e.names["i "+title]
		p.changed()
	})
	e.authority = widget.NewChoice(nil, "", func(title string) {
		p.draft.Settings.Authority = e.names["a "+title]
		p.changed()
	})
	e.offer(nil, nil)
	open := widget.NewButton(lang.L("Certificates"), func() { p.host.Open(pane.Certificates, "") })
	e.object = container.NewVScroll(pane.NewColumn(0,
		newRow(widget.NewText(lang.L("Show to the server"), widget.TextPlain), leading(e.identity), leading(open), nil),
		newRow(widget.NewText(lang.L("Server's certificate is from"), widget.TextPlain), leading(e.authority), nil, nil),
		widget.NewPadded(rowInset, 8, pane.NewColumn(8, e.note, e.facts))))
	return e
}

// offer lists what can be chosen.
func (e *securityEditor) offer(entries []pki.Entry, keys []pki.PreSharedKey) {
	clear(e.names)
	clear(e.titles)
	add := func(of, title, name string, titles *[]string) {
		if _, there := e.names[of+title]; there {
			title += " " + shortened(name, 9)
		}
		e.names[of+title], e.titles[of+name] = name, title
		*titles = append(*titles, title)
	}
	var identities, authorities []string
	add("i ", lang.L("Nothing"), "", &identities)
	add("a ", lang.L("An authority kept here, or the system's"), "", &authorities)
	add("a ", lang.L("An authority of the system"), credentials.SystemAuthority, &authorities)
	add("a ", lang.L("Anybody: it is not checked"), credentials.AnyAuthority, &authorities)
	names := map[string]int{}
	for _, c := range entries {
		names[c.Name]++
	}
	for _, c := range entries {
		name := c.Name
		if names[name] > 1 {
			name = c.ID[:16]
		}
		switch {
		case !c.Revoked.IsZero():
		case credentials.IsAuthority(c):
			add("a ", c.Name, name, &authorities)
		case c.HasKey:
			add("i ", lang.L("Certificate {{.Name}}", map[string]any{"Name": c.Name}), name, &identities)
		}
	}
	for _, k := range keys {
		add("i ", lang.L("PSK {{.Identity}}", map[string]any{"Identity": k.Identity}), credentials.PSKPrefix+k.Identity, &identities)
	}
	e.identity.SetOptions(identities)
	e.authority.SetOptions(authorities)
}

func (e *securityEditor) content() fyne.CanvasObject { return e.object }

func (e *securityEditor) load() {
	choose := func(c *widget.Choice, of, name string) {
		title, there := e.titles[of+name]
		if !there {
			title = lang.L("{{.Name}}, which is not kept", map[string]any{"Name": name})
		}
		c.SetSelected(title)
	}
	choose(e.identity, "i ", e.pane.draft.Settings.Identity)
	choose(e.authority, "a ", e.pane.draft.Settings.Authority)
}

func (e *securityEditor) refresh() {
	secure := strings.HasPrefix(e.pane.draft.Target, "coaps://")
	withKey := strings.HasPrefix(e.pane.draft.Settings.Identity, credentials.PSKPrefix)
	setEnabled(&e.authority.Button, !withKey)
	switch {
	case secure && withKey:
		e.note.SetStyle(widget.TextMuted)
		e.note.SetText(lang.L("With a pre-shared key nobody shows a certificate: the key proves who both are."))
		e.note.Show()
		return
	case !secure:
		e.note.SetText(lang.L("A URI that begins with coaps:// is asked over DTLS 1.2, with these."))
	case e.pane.draft.Settings.Authority == credentials.AnyAuthority:
		e.note.SetStyle(widget.TextStyle{Color: theme.ColorLate, Size: theme.SizeText})
		e.note.SetText(lang.L("Whoever answers at the address is believed to be the server."))
		e.note.Show()
		return
	}
	e.note.SetStyle(widget.TextMuted)
	pane.SetVisible(e.note, !secure)
}

// session shows what a handshake agreed to.
func (e *securityEditor) session(facts []widget.Pair) { e.facts.SetPairs(facts...) }

// gatherKeys returns what offers the certificates and keys that are kept now.
func (p *Pane) gatherKeys() func() {
	keeper, e := p.engine.Keys(), p.editor.security
	if keeper == nil {
		return nil
	}
	revision := keeper.Revision()
	if e.seen && revision == e.revision {
		return nil
	}
	e.seen, e.revision = true, revision
	entries, keys := keeper.Entries(), keeper.PSKs()
	return func() {
		e.offer(entries, keys)
		e.load()
	}
}
