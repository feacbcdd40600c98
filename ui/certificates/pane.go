// Package certificates is the pane of secure devices: certificates and pre-shared keys, who uses them, the latest
// handshakes with the reason of each refusal, and what puts a device onto coaps.
package certificates

import (
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/pki"
	"sluice/ui/pane"
	"sluice/ui/widget"
)

// Pane is the Certificates pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	engine Engine
	keeper func() Keeper // nil: there is none
	host   *pane.Host
	files  pane.Files

	content    fyne.CanvasObject
	header     *widget.PaneHeader
	filter     *widget.FilterEntry
	table      *widget.DataTable[string, Row]
	psks       *widget.DataTable[string, pskRow]
	handshakes *widget.DataTable[handshakeKey, handshakeRow]
	sections   *widget.Sections
	split      *widget.Split
	start      *widget.EmptyState // instead of all that, while nothing is set up
	banners    *banners
	listen     *widget.Button
	empty      *widget.EmptyState
	detail     *detail
	chosen     selection
	state      *state // as it was shown last

	asked    atomic.Pointer[question]
	renewal  atomic.Pointer[pki.Entry] // the server's certificate, where it is to be renewed
	gathered gathered
}

// part is one of the pane's lists.
type part uint8

const (
	noPart part = iota
	certificatePart
	pskPart
	handshakePart
)

// selection is what is shown in detail. Of the three lists one has it at a time.
type selection struct {
	part      part
	id        string // of a certificate, or a PSK identity
	handshake handshakeKey
}

// question is what the user asks of the pane.
type question struct {
	filter   string
	selected selection
}

// gathered is what Gather knows from one tick to the next.
type gathered struct {
	answered question
	engine   uint64
	keeper   uint64
	built    time.Time
	checked  time.Time // when it was asked last whether the server's certificate is to be renewed
	entries  []pki.Entry
	kept     uint64 // the keeper's revision when they were read
	rows     []Row
	rowsOf   rowsOf
}

// rowsOf is what the rows of certificates were made of. What they say of time is not finer than minutes.
type rowsOf struct {
	filter       string
	kept, engine uint64
	at           time.Time
}

// manyRows is from how many certificates on the rows follow the clients once a second only.
const manyRows = 2000

// due reports whether the rows are to be made again.
func (r rowsOf) due(next rowsOf, count int) bool {
	age := next.at.Sub(r.at)
	return r.at.IsZero() || next.filter != r.filter || next.kept != r.kept || age < 0 || age >= time.Minute ||
		next.engine != r.engine && (count < manyRows || age >= time.Second)
}

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane {
	return newPane(e, func() Keeper {
		if k := e.Keys(); k != nil {
			return k
		}
		return nil
	}, h)
}

func newPane(e Engine, keeper func() Keeper, h *pane.Host) *Pane {
	p := &Pane{engine: e, keeper: keeper, host: h, files: pane.NewFiles(h)}
	p.asked.Store(&question{})
	p.filter = widget.NewFilterEntry(lang.L("Filter"), func(string) { p.ask() })
	p.filter.SetWidth(130)
	p.table, p.psks, p.handshakes = newTable(), newPSKTable(), newHandshakeTable()
	p.empty = widget.NewEmptyState("", "")
	p.table.Empty = p.empty
	p.psks.Empty = widget.NewEmptyState(lang.L("No pre-shared key yet. Devices too small for certificates use one."), "")
	p.handshakes.Empty = widget.NewEmptyState(lang.L("Handshakes are listed as they come, with the reason of each refusal."), "")
	p.table.OnSelected = func(r Row) { p.choose(selection{part: certificatePart, id: r.ID}) }
	p.psks.OnSelected = func(r pskRow) { p.choose(selection{part: pskPart, id: r.Identity}) }
	p.handshakes.OnSelected = func(r handshakeRow) { p.choose(selection{part: handshakePart, handshake: keyOf(r.Handshake)}) }
	p.table.OnSecondary = p.certificateMenu
	p.psks.OnSecondary = p.pskMenu
	p.handshakes.OnSecondary = p.handshakeMenu
	p.detail = newDetail(p)
	p.banners = newBanners(p)
	p.listen = widget.NewButton(lang.L("Add a coaps listener"), p.addListener)
	p.listen.Hide()
	p.header = widget.NewPaneHeader(lang.L("Certificates"), p.filter, p.listen,
		widget.NewMenuButton(lang.L("More"), p.moreMenu),
		widget.NewSpare(widget.NewButton(lang.L("Import"), func() { p.importFile(nil) })),
		widget.NewSpare(widget.NewButton(lang.L("Add PSK"), func() { p.addPSK("") })),
		widget.NewPrimaryButton(lang.L("Issue device certificate"), func() { p.issue("") }))
	p.sections = widget.NewSections(
		widget.Section{Table: p.table},
		widget.Section{Title: lang.L("Pre-shared keys"), Table: p.psks},
		widget.Section{Title: lang.L("Handshakes"), Table: p.handshakes})
	p.split = widget.NewHSplit(pane.Border(nil, p.banners.sealed, nil, nil, p.sections), p.detail.object, 0.7)
	p.start = newStart(p)
	p.start.Hide()
	p.content = pane.Border(container.New(fynelayout.NewCustomPaddedVBoxLayout(0), p.header, p.banners.object), nil, nil, nil, container.NewStack(p.split, p.start))
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.filter }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no rows.
func (p *Pane) Keyboard() fyne.Focusable {
	if !p.split.Visible() {
		return nil
	}
	return p.table.Keyboard()
}

// Show selects a certificate by its ID or name, or a pre-shared key by its identity; pane.SecureSetUp asks for what secure
// devices need.
func (p *Pane) Show(item string) {
	if item == pane.SecureSetUp {
		p.setUp()
		return
	}
	p.filter.SetText("")
	p.showWhere(func(e pki.Entry) bool { return e.ID == item || e.Name == item }, item)
}

// showWhere selects a certificate, or else the pre-shared key of that identity.
func (p *Pane) showWhere(is func(pki.Entry) bool, psk string) {
	if p.state == nil {
		return
	}
	if at := slices.IndexFunc(p.state.entries, is); at >= 0 {
		p.showCertificate(p.state.entries[at].ID)
	} else if slices.ContainsFunc(p.state.psks, func(k pki.PreSharedKey) bool { return k.Identity == psk }) {
		p.showPSK(psk)
	}
}

// showCertificate selects a certificate, also one that the next tick is to bring.
func (p *Pane) showCertificate(id string) {
	p.choose(selection{part: certificatePart, id: id})
	p.table.Select(id)
}

func (p *Pane) showPSK(identity string) {
	p.choose(selection{part: pskPart, id: identity})
	p.psks.Select(identity)
}

// choose shows something in detail; the other lists lose their selection.
func (p *Pane) choose(s selection) {
	if s.part != certificatePart {
		p.table.Unselect()
	}
	if s.part != pskPart {
		p.psks.Unselect()
	}
	if s.part != handshakePart {
		p.handshakes.Unselect()
	}
	p.chosen = s
	p.ask()
}

// ask tells Gather what is wanted now.
func (p *Pane) ask() {
	p.asked.Store(&question{filter: p.filter.Text, selected: p.chosen})
	p.host.Wake()
}

// Gather reads the engine and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	g := &p.gathered
	q, k := *p.asked.Load(), p.keeper()
	var keeper uint64
	if k != nil {
		keeper = k.Revision() + k.HandshakeRevision()
	}
	revision := p.engine.Revision()
	// Once a second is enough for how long ago something was.
	if q == g.answered && revision == g.engine && keeper == g.keeper && now.Sub(g.built) < time.Second && !now.Before(g.built) {
		return nil
	}
	if k != nil && (keeper != g.keeper || now.Sub(g.checked) >= time.Minute) {
		g.checked = now
		p.checkRenewal(k, now)
	}
	g.answered, g.engine, g.keeper, g.built = q, revision, keeper, now
	if k == nil {
		return p.showNothing
	}
	s := p.read(k, now)
	fresh := p.buildRows(s, rowsOf{q.filter, g.kept, revision, now})
	rows, psks, handshakes := g.rows, buildPSKs(s, q.filter, now), buildHandshakes(s.handshakes, q.filter)
	shown := buildShown(s, q.selected, now)
	told := p.gatherBanners(k, s, now)
	about := summary(s.listeners)
	nothing := len(s.entries) == 0 && len(s.psks) == 0 && len(s.handshakes) == 0
	hint := p.hint(len(s.entries), q.filter)
	return func() {
		p.state = s
		p.header.SetSummary(about)
		pane.SetVisible(p.listen, len(s.listeners) == 0 && !nothing)
		pane.SetVisible(p.start, nothing)
		pane.SetVisible(p.split, !nothing)
		p.empty.Set(hint, "")
		if fresh {
			p.table.SetRows(rows)
		}
		p.psks.SetRows(psks)
		p.handshakes.SetRows(handshakes)
		p.follow()
		p.sections.Refresh()
		p.detail.show(shown)
		p.banners.show(told)
	}
}

// buildRows makes the rows of certificates where they are due, and reports whether it did.
func (p *Pane) buildRows(s *state, next rowsOf) bool {
	g := &p.gathered
	if !g.rowsOf.due(next, len(s.entries)) {
		return false
	}
	g.rowsOf, g.rows = next, buildRows(s, next.filter, next.at)
	return true
}

// read takes what the pane shows from the engine.
func (p *Pane) read(k Keeper, now time.Time) *state {
	g := &p.gathered
	if revision := k.Revision(); g.entries == nil || revision != g.kept {
		g.kept, g.entries = revision, k.Entries()
		slices.SortFunc(g.entries, byKind)
	}
	s := &state{
		entries: g.entries, psks: k.PSKs(), handshakes: k.Handshakes(), clients: p.engine.Clients(),
		listeners: secureListeners(p.engine.Settings(), p.engine.Status()),
	}
	s.renewal = p.renewal.Load()
	s.index(now)
	return s
}

// checkRenewal asks whether the server's certificate is to be renewed. The keeper may be waiting for a keyring's user, which
// the ticker does not.
func (p *Pane) checkRenewal(k Keeper, now time.Time) {
	p.host.Run(func() {
		e, needed := k.ServerNeedsRenewal(now)
		var next *pki.Entry
		if needed {
			next = &e
		}
		if before := p.renewal.Swap(next); (before == nil) != (next == nil) {
			p.host.Do(p.ask)
		}
	})
}

// follow gives a list its selection once the row that was asked for is there.
func (p *Pane) follow() {
	switch p.chosen.part {
	case certificatePart:
		if r, ok := p.table.Selected(); !ok || r.ID != p.chosen.id {
			p.table.Select(p.chosen.id)
		}
	case pskPart:
		if r, ok := p.psks.Selected(); !ok || r.Identity != p.chosen.id {
			p.psks.Select(p.chosen.id)
		}
	}
}

// showNothing is what an engine without a keeper leaves of the pane.
func (p *Pane) showNothing() {
	p.state = nil
	p.split.Hide()
	p.start.Show()
	p.start.Set(lang.L("This gateway keeps no certificates and keys."), "")
}

// hint says what would fill the table of certificates.
func (p *Pane) hint(entries int, filter string) string {
	if entries > 0 && strings.TrimSpace(filter) != "" {
		return lang.L("No certificate matches the filter.")
	}
	return lang.L("No certificate yet. Issue one for a device, or import one.")
}

// layout is what is remembered of the pane.
type layout struct {
	Table      widget.TableState `json:"table"`
	PSKs       widget.TableState `json:"psks"`
	Handshakes widget.TableState `json:"handshakes"`
	Split      float64           `json:"split"`
	Format     pki.Format        `json:"format,omitempty"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Table: p.table.State(), PSKs: p.psks.State(), Handshakes: p.handshakes.State(),
		Split: p.split.Offset(), Format: p.detail.export.format})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.table.SetState(l.Table)
	p.psks.SetState(l.PSKs)
	p.handshakes.SetState(l.Handshakes)
	p.split.SetOffset(l.Split)
	if l.Format != "" {
		p.detail.export.format = l.Format
	}
	return nil
}
