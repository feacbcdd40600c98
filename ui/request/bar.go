package request

import (
	"errors"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/collection"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// bar is the line above: what is asked of what.
type bar struct {
	pane     *Pane
	object   fyne.CanvasObject
	method   *widget.Choice
	target   *field
	discover *widget.Button
	observe  *widget.Button
	end      *widget.Button
	send     *widget.Button
	more     *widget.Button
	hint     *hint
}

// verbs are those that are offered; the others come with the requests of a collection.
var verbs = []collection.Verb{collection.GET, collection.POST, collection.PUT, collection.DELETE, collection.FETCH, collection.PATCH, collection.IPATCH, collection.Ping}

func newBar(p *Pane) *bar {
	b := &bar{pane: p, hint: newHint()}
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = string(v)
	}
	b.method = widget.NewChoice(names, names[0], func(verb string) {
		p.draft.Verb = collection.Verb(verb)
		p.changed()
	})
	b.target = newField("coap://127.0.0.1/ps/plant/line1/temp?clientid=bench", p.send, func(text string) {
		if p.draft.Target != text {
			p.draft.Target = text
			p.changed()
		}
	})
	b.target.OnSubmitted = func(string) { p.send() }
	b.target.pasted = p.paste
	b.target.complete = func(before string) []completion { return p.completions(before, true) }
	b.discover = widget.NewMenuButton(lang.L("Discover"), p.discoverMenu)
	b.observe = widget.NewButton(lang.L("Observe"), p.observe)
	b.end = widget.NewMenuButton(lang.L("End observation"), func() *fyne.Menu {
		if o := p.observing(); o != nil {
			return fyne.NewMenu("", p.endings(o)...)
		}
		return nil
	})
	b.send = widget.NewPrimaryButton(lang.L("Send"), p.send)
	b.more = widget.NewMenuButton(lang.L("More"), p.moreMenu)
	b.end.Hide()
	tools := container.New(fynelayout.NewCustomPaddedHBoxLayout(8), b.discover, b.observe, b.end, b.more, b.send)
	line := container.New(&barLayout{gap: 8}, b.method, b.target, tools)
	b.object = pane.Border(nil, widget.NewLine(), nil, nil,
		widget.NewPanel(widget.NewPadded(16, 11, container.New(fynelayout.NewCustomPaddedVBoxLayout(5), line, b.hint.object))))
	return b
}

// load shows another draft.
func (b *bar) load() { b.target.set(b.pane.draft.Target) }

// refresh shows what the draft means now.
func (b *bar) refresh() {
	p := b.pane
	b.method.SetSelected(string(p.draft.Verb))
	b.method.SetTone(verbRole(p.draft.Verb))
	all := pieces(p.draft.Target, p.hints())
	var problem error
	if p.draft.Target != "" {
		problem = collection.CheckTarget(p.draft.Verb, target(p.draft))
	}
	if problem == nil {
		problem = firstError(all)
	}
	b.hint.stays = p.origin.key != "" // clicks through a collection find each line where it was
	b.hint.show(all, problem)
	observed := p.observing() != nil
	pane.SetVisible(b.observe, !observed)
	pane.SetVisible(b.end, observed)
	busy := p.running != nil
	b.send.SetLabel(lang.L("Send"))
	if busy {
		b.send.SetLabel(lang.L("Cancel"))
	}
	setEnabled(b.observe, !busy && problem == nil && (p.draft.Verb.IsMethod() || p.draft.Verb == collection.Ping))
	setEnabled(b.discover, !busy)
	setEnabled(b.send, busy || problem == nil && p.draft.Target != "")
}

// say shows a mistake that keeps the draft from being sent.
func (b *bar) say(err error) {
	b.hint.show(pieces(b.pane.draft.Target, b.pane.hints()), err)
}

func setEnabled(b *widget.Button, enabled bool) {
	if enabled == !b.Disabled() {
		return
	}
	if enabled {
		b.Enable()
	} else {
		b.Disable()
	}
}

// coapClientLine matches what is taken as a line of coap-client: its name first, behind the sign of a shell, or behind a |.
var coapClientLine = regexp.MustCompile(`^(\$ |\S*coap-client|(\$ )?(echo|printf) (?s:.*)\|\s*\S*coap-client)`)

// paste takes a line of coap-client that is pasted as the request that it sends.
func (p *Pane) paste(text string) bool {
	line := strings.TrimSpace(text)
	if !coapClientLine.MatchString(line) {
		return false
	}
	r, notes, err := collection.ReadCoapClient(line)
	if err != nil {
		p.host.Failed(lang.L("Reading the coap-client line failed"), err)
		return true
	}
	p.compose(r, origin{})
	text = lang.L("The coap-client line was taken as a request")
	role := theme.RoleGood
	if len(notes) > 0 {
		text, role = text+": "+strings.ReplaceAll(language.Say(errors.Join(notes...)), "\n", "; "), theme.RoleLate
	}
	p.host.Notify(role, text, "", nil)
	return true
}

// moreMenu is what is done to a request besides sending it once.
func (p *Pane) moreMenu() *fyne.Menu {
	items := p.Commands()
	menu := fyne.NewMenu("")
	for _, c := range items[moreFrom:] {
		item := fyne.NewMenuItem(c.Label, c.Do)
		item.Disabled = c.Disabled
		menu.Items = append(menu.Items, item)
		if c.Last {
			menu.Items = append(menu.Items, fyne.NewMenuItemSeparator())
		}
	}
	return menu
}

// moreFrom is where the commands begin that have no button.
const moreFrom = 3

// Command is something that the pane does, for menus and the palette.
type Command struct {
	Label    string
	Do       func()
	Disabled bool
	Last     bool // of those that belong together
}

// Commands lists what the pane does with the request at hand. UI goroutine only.
func (p *Pane) Commands() []Command {
	busy, saved := p.running != nil, p.origin.key != "" && !p.readOnly()
	return []Command{
		{Label: lang.L("Send or cancel the request"), Do: p.send},
		{Label: lang.L("Observe"), Do: p.observe, Disabled: busy},
		{Label: lang.L("Discover the server's resources"), Do: p.discoverServer, Disabled: busy, Last: true},
		{Label: lang.L("Ping"), Do: p.ping, Disabled: busy},
		{Label: lang.L("Send again and again…"), Do: p.askRepeat, Disabled: busy},
		{Label: lang.L("Run the collection"), Do: p.runBook, Disabled: busy || p.library.book(p.origin.key) == nil},
		{Label: lang.L("Run all collections of the folder"), Do: p.runFolder, Disabled: busy || !p.library.hasOwn()},
		{Label: lang.L("Close connections"), Do: p.closeConnections, Disabled: busy, Last: true},
		{Label: lang.L("Insert a variable or a path (Ctrl+Space)"), Do: p.bar.target.offer, Last: true},
		{Label: lang.L("New request"), Do: p.newRequest},
		{Label: lang.L("Save"), Do: p.save, Disabled: !saved || !p.dirty()},
		{Label: lang.L("Save as…"), Do: p.saveAs},
		{Label: lang.L("Drop the changes"), Do: p.revert, Disabled: !p.dirty() || p.origin.index < 0, Last: true},
		{Label: lang.L("Copy as coap-client"), Do: func() { p.copyAs(coapClient) }},
		{Label: lang.L("Copy as aiocoap-client"), Do: func() { p.copyAs(aiocoapClient) }},
		{Label: lang.L("Copy as mosquitto_pub"), Do: func() { p.copyAs(mosquittoPub) }},
		{Label: lang.L("Copy as text"), Do: func() { widget.CopyText(p.draft.String()) }},
		{Label: lang.L("Copy the response as text"), Do: func() { widget.CopyText(p.answer.shown.text()) }, Disabled: p.answer.shown == nil},
	}
}

// newRequest begins with an empty request to where the last one went.
func (p *Pane) newRequest() {
	authority := "coap://127.0.0.1/"
	if scheme, rest, ok := strings.Cut(p.draft.Target, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		authority = scheme + "://" + host + "/"
	}
	from := origin{key: p.origin.key, index: -1}
	p.compose(&collection.Request{Verb: collection.GET, Target: authority}, from)
	p.host.Window.Canvas().Focus(p.bar.target)
}

// closeConnections closes all connections, which ends their observations without a word.
func (p *Pane) closeConnections() {
	p.host.Run(func() {
		p.using.Lock()
		err := p.runner.Close()
		p.using.Unlock()
		p.host.Do(func() {
			if err != nil {
				p.host.Failed(lang.L("Closing the connections failed"), err)
				return
			}
			p.host.Notify(theme.RoleGood, lang.L("All connections were closed"), "", nil)
		})
	})
}

// barLayout gives the middle one of three objects what the others leave.
type barLayout struct{ gap float32 }

// Layout implements [fyne.Layout].
func (l *barLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	before, after := objects[0].MinSize().Width, objects[2].MinSize().Width
	place := func(o fyne.CanvasObject, x, width float32) {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(max(0, width), size.Height))
	}
	place(objects[0], 0, before)
	place(objects[1], before+l.gap, size.Width-before-after-2*l.gap)
	place(objects[2], size.Width-after, after)
}

// MinSize implements [fyne.Layout].
func (l *barLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(80+2*l.gap, 32)
	for _, i := range []int{0, 2} {
		size.Width += objects[i].MinSize().Width
	}
	return size
}
