// Package settings is the pane of everything that can be set: each key with its meaning and its default, checked while it
// is typed, and applied when the user says so, who is told before what restarts and who is disconnected.
package settings

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	Settings() settings.Settings
	// SetSettings puts settings in force and keeps them. An error may be of a listener only: then they are in force.
	SetSettings(settings.Settings) error
	Status() engine.Status
	Clients() []engine.Client
	Revision() uint64
}

// Look is how the window looks, which is no matter of the engine. UI goroutine only.
type Look struct {
	Mode    func() theme.Mode
	SetMode func(theme.Mode)

	Language func() language.Choice
	// SetLanguage may close the pane and build another one.
	SetLanguage func(language.Choice)
}

// Pane is the Settings pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	engine Engine
	host   *pane.Host
	look   Look
	files  pane.Files
	draft  *draft
	group  string
	busy   bool // something is being applied

	content fyne.CanvasObject
	header  *widget.PaneHeader
	filter  *widget.FilterEntry
	groups  *widget.DataTable[string, groupRow]
	table   *widget.DataTable[string, Row]
	outer   *widget.Split
	split   *widget.Split
	detail  *detail
	right   *container.Scroll
	bar     fyne.CanvasObject // what is to be applied
	pending *widget.Text
	effect  *widget.Text
	apply   *widget.Button
	undo    *widget.Button
	discard *widget.Button

	asked atomic.Pointer[question] // what Gather is to answer
	// The rest belongs to Gather.
	answered *question
	revision uint64
	built    time.Time
}

// question is the settings of which is asked what they would do.
type question struct{ now, next settings.Settings }

// New builds the pane.
func New(e Engine, h *pane.Host, look Look) *Pane {
	p := &Pane{engine: e, host: h, look: look, files: pane.NewFiles(h), draft: newDraft(e.Settings())}
	p.asked.Store(&question{})
	p.filter = widget.NewFilterEntry(lang.L("Filter by name or meaning"), func(string) { p.refresh() })
	p.groups, p.table = newGroupTable(), newTable()
	p.groups.OnSelected = func(g groupRow) { p.group = g.id; p.filter.SetText(""); p.refresh() }
	p.table.Empty = widget.NewEmptyState(lang.L("No setting matches the filter."), "")
	p.table.OnSelected = func(Row) { p.right.ScrollToTop(); p.refresh() }
	p.table.OnActivated = func(Row) { p.edit() }
	p.table.OnSecondary = p.menu
	p.table.OnDelete = func(r Row) { p.resetRow(r) }
	p.detail = newDetail(p)
	p.right = container.NewVScroll(widget.NewPadded(16, 12, p.detail.object))
	p.header = widget.NewPaneHeader(lang.L("Settings"), p.filter,
		widget.NewMenuButton(lang.L("More"), p.moreMenu),
		widget.NewButton(lang.L("Add listener"), p.addListener))
	p.split = widget.NewHSplit(p.table, widget.NewPanel(p.right), 0.68)
	p.outer = widget.NewHSplit(p.groups, p.split, 0.15)
	p.bar = p.newBar()
	p.content = pane.Border(p.header, p.bar, nil, nil, p.outer)
	p.groups.SetRows(buildGroups(buildRows(p.draft, look), p.draft.gone()))
	p.groups.Select(groupAll)
	p.refresh()
	return p
}

// newBar is the line above which the settings stand as they are wanted; it says what applying them does.
func (p *Pane) newBar() fyne.CanvasObject {
	p.pending = widget.NewText("", widget.TextStrong)
	p.effect = widget.NewText("", widget.TextCaption).Shrink()
	p.undo = widget.NewButton(lang.L("Undo"), p.stepBack)
	p.discard = widget.NewButton(lang.L("Discard"), p.discardAll)
	p.apply = widget.NewPrimaryButton(lang.L("Apply"), p.applyAll)
	buttons := container.New(fynelayout.NewCustomPaddedHBoxLayout(8), p.undo, p.discard, p.apply)
	words := pane.NewColumn(2, p.pending, p.effect)
	return pane.Border(widget.NewLine(), nil, nil, nil, widget.NewPanel(widget.NewPadded(16, 10, container.NewBorder(nil, nil, nil, container.NewCenter(buttons), words))))
}

// stepBack takes back what was changed last and is not applied.
func (p *Pane) stepBack() {
	p.draft.undo()
	p.refresh()
}

// discardAll wants again what is in force.
func (p *Pane) discardAll() {
	p.draft.replace(p.draft.inForce)
	p.refresh()
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.filter }

// Keyboard is what takes the keyboard when the pane comes into view.
func (p *Pane) Keyboard() fyne.Focusable { return p.table.Keyboard() }

// Show selects a setting by its path, or a listener by its index or its address.
func (p *Pane) Show(item string) {
	p.filter.SetText("")
	p.groups.Select(groupAll)
	p.refresh()
	for _, r := range buildRows(p.draft, p.look) {
		if r.place == item || r.listener != noListener && r.name == item {
			p.table.Select(r.place)
			return
		}
	}
	p.filter.SetText(item)
}

// edit gives the keyboard to the field of the selected row.
func (p *Pane) edit() {
	r, ok := p.table.Selected()
	if !ok {
		return
	}
	path := r.key.Path
	if r.listener != noListener {
		path = "listener.bind"
	}
	if f := p.detail.fields[path]; f != nil {
		p.host.Window.Canvas().Focus(f.focus())
	}
}

// edited takes what was typed or chosen for a key.
func (p *Pane) edited(k settings.Key, listener int, text string) {
	p.draft.set(k, listener, text)
	p.refresh()
}

// refresh brings all that is shown up to date with the draft.
func (p *Pane) refresh() {
	if p.bar == nil {
		return // it is being built
	}
	rows := buildRows(p.draft, p.look)
	p.groups.SetRows(buildGroups(rows, p.draft.gone()))
	var shown []Row
	filter := strings.TrimSpace(p.filter.Text)
	for _, r := range rows {
		if r.matches(p.group, filter) {
			shown = append(shown, r)
		}
	}
	p.table.SetRows(shown)
	selected, ok := p.table.Selected()
	problems := p.draft.problems()
	p.detail.show(selected, ok, problems)
	p.right.Refresh()
	p.header.SetSummary(p.summary(rows))
	p.showBar(problems)
	if p.draft.pending() {
		p.asked.Store(&question{p.draft.inForce.Clone(), p.draft.wanted.Clone()})
		p.host.Wake()
	}
}

func (p *Pane) summary(rows []Row) string {
	n := p.draft.gone()
	for _, r := range rows {
		if r.changed() {
			n++
		}
	}
	if n == 0 {
		return lang.L("Everything has its default")
	}
	return lang.N("{{.Count}} settings differ from their defaults", n, map[string]any{"Count": n})
}

// showBar says what is to be applied, or hides the bar.
func (p *Pane) showBar(problems map[string]string) {
	was := p.bar.Visible()
	pane.SetVisible(p.bar, p.draft.pending())
	n := p.draft.count()
	text := lang.N("{{.Count}} changes to apply", n, map[string]any{"Count": n})
	if len(problems) > 0 {
		text = lang.N("{{.Count}} values cannot be used", len(problems), map[string]any{"Count": len(problems)})
		p.say(lang.L("Correct what is marked, or discard it."), theme.ColorBad)
	}
	p.pending.SetText(text)
	enable(p.apply, len(problems) == 0 && !p.busy)
	enable(p.undo, !p.busy)
	enable(p.discard, !p.busy)
	if was != p.bar.Visible() {
		p.content.Refresh()
	}
}

// say says below the changes what they do, or why they cannot be applied.
func (p *Pane) say(text string, color fyne.ThemeColorName) {
	p.effect.SetStyle(widget.TextStyle{Color: color, Size: theme.SizeSmall})
	p.effect.SetText(text)
}

func enable(b *widget.Button, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

// effectEvery is how often is asked who would be disconnected.
const effectEvery = time.Second

// Gather reads the engine and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	q, revision := p.asked.Load(), p.engine.Revision()
	if q == p.answered && (revision == p.revision || now.Sub(p.built) < effectEvery && !now.Before(p.built)) {
		return nil
	}
	p.answered, p.revision, p.built = q, revision, now
	current := p.engine.Settings()
	e := effectOf(q.now, q.next, p.engine.Status().State, p.engine.Clients())
	return func() {
		if !p.busy {
			p.draft.rebase(current)
		}
		if len(p.draft.problems()) == 0 && p.draft.pending() {
			p.say(e.words(), theme.ColorLate)
		}
		if q == p.asked.Load() {
			p.refreshUnasked()
		}
	}
}

// refreshUnasked is refresh without another question, which what was gathered has answered.
func (p *Pane) refreshUnasked() {
	q := p.asked.Load()
	p.refresh()
	if p.draft.pending() {
		p.asked.Store(q)
	}
}

// layout is what is remembered of the pane.
type layout struct {
	Table widget.TableState `json:"table"`
	Outer float64           `json:"outer"`
	Split float64           `json:"split"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Table: p.table.State(), Outer: p.outer.Offset(), Split: p.split.Offset()})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.table.SetState(l.Table)
	p.outer.SetOffset(l.Outer)
	p.split.SetOffset(l.Split)
	return nil
}
