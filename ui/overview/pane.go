// Package overview is the pane that shows what flows through the gateway: from which client through which topic to whom.
// It draws real messages, of which the engine counts those that pass between each client and topic. The same pane is what
// is presented full screen; see Options.
package overview

import (
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/engine/flow"
	"sluice/engine/topics"
	"sluice/ui/pane"
	"sluice/ui/widget"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	Status() engine.Status
	Clients() []engine.Client
	Observers() []engine.Observer
	Topics() *topics.Table
	Flows() *flow.Table
	Revision() uint64
}

// Options say how the pane is used. Every function may be nil.
type Options struct {
	// Present opens the pane full screen; nil: there is no button for it.
	Present func()
	// Demo starts a demonstration; nil: none is offered where nothing flows.
	Demo func()
	// Presenting leaves out what is not for everybody's eyes, and leads nowhere.
	Presenting bool
	// Secrets are left out as well while Presenting, wherever they occur. It may be called from any goroutine.
	Secrets func() []string
}

// Pane is the Overview pane. Its methods belong to the UI goroutine, but for Gather and Frames.
type Pane struct {
	engine  Engine
	host    *pane.Host
	options Options

	content fyne.CanvasObject
	header  *widget.PaneHeader
	cards   [cardCount]*figureCard
	board   *board
	empty   *widget.EmptyState

	rooms atomic.Bool // there is room for another number of nodes
	// The rest belongs to Gather.
	model    *model
	figures  *figures
	revision uint64 // of the flows
	shown    uint64 // revision of the engine
	drawn    time.Time
	pause    time.Duration // until it may be drawn again
	moving   bool          // some rate is above zero
	stilled  time.Time     // when something moved last
	state    engine.State
	asked    bool      // something was drawn
	held     time.Time // when Secrets was asked
}

const (
	// redraw is how often rates, and who is shown, are drawn anew at most.
	redraw = 500 * time.Millisecond
	// Where there are thousands of clients it is seldom enough that it takes no more than this part of a core.
	redrawShare = 40
	redrawMost  = 2 * time.Second
	// falling is for how long the pane looks after rates that fall, though nothing happens any more; the window rests then.
	falling = 8 * time.Second
	// askSecrets is how often is asked for secrets while they are to be left out.
	askSecrets = 2 * time.Second
)

// New builds the pane.
func New(e Engine, h *pane.Host, o Options) *Pane {
	p := &Pane{engine: e, host: h, options: o, model: newModel(&mask{on: o.Presenting}), figures: newFigures()}
	var cards fyne.CanvasObject
	p.cards, cards = newCards()
	p.board = newBoard(h)
	p.board.onRooms = func() {
		p.rooms.Store(true)
		h.Wake()
	}
	p.board.seen = func() bool { return p.content.Visible() }
	var trailing []fyne.CanvasObject
	if o.Present != nil {
		trailing = append(trailing, widget.NewButton(lang.L("Present full screen"), o.Present))
	}
	if !o.Presenting {
		p.board.onOpen, p.board.onMenu = p.open, p.menu
	}
	p.header = widget.NewPaneHeader(lang.L("Overview"), trailing...)
	p.header.SetSummary(lang.L("Everything that flows through the gateway, live"))
	p.empty = widget.NewEmptyState("", "")
	if o.Demo != nil {
		p.empty.SetAction(widget.NewPrimaryButton(lang.L("Show a demonstration"), o.Demo))
	}
	p.board.Hide()
	head := pane.Border(p.header, widget.NewLine(), nil, nil, widget.NewPadded(16, 12, cards))
	p.content = pane.Border(head, nil, nil, nil, container.NewStack(p.empty, p.board))
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the board: there is nothing to filter.
func (p *Pane) Filter() fyne.Focusable { return p.board }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no nodes.
func (p *Pane) Keyboard() fyne.Focusable {
	if !p.board.Visible() {
		return nil
	}
	return p.board
}

// Show chooses the client or topic of that name, where it is shown.
func (p *Pane) Show(item string) {
	for side := range sideCount {
		if id := (nodeID{side, item}); item != "" && p.board.nodes[id] != nil {
			p.board.goTo(id)
			return
		}
	}
}

// Frames is how many times the board was drawn. It may be called from any goroutine.
func (p *Pane) Frames() uint64 { return p.board.frames.Load() }

// Gather reads the engine and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	flows := p.engine.Flows()
	moved, revision := flows.Since(p.revision, now)
	p.revision = revision
	p.model.note(moved)
	fresh := p.engine.Revision()
	var updates []func()
	if p.figures.requests.Due(now) || fresh != p.shown || !p.asked {
		status := p.engine.Status()
		if p.state != status.State {
			p.state, p.pause = status.State, 0 // that it stopped is shown at once
		}
		if p.figures.sample(now, &status, flows) {
			figures := p.figures.shown()
			updates = append(updates, func() {
				for i, c := range p.cards {
					c.show(figures[i])
				}
			})
		}
	}
	updates = append(updates, p.drawIfDue(fresh, len(moved) > 0, now))
	if pulses := p.model.pulses(); len(pulses) > 0 {
		updates = append(updates, func() { p.board.pulse(pulses, now) })
	}
	return pane.Together(updates...)
}

// drawIfDue makes a new picture where something changed, and returns what shows it.
func (p *Pane) drawIfDue(fresh uint64, moved bool, now time.Time) func() {
	since := now.Sub(p.drawn)
	changed := moved || p.moving || fresh != p.shown
	resized := p.rooms.Swap(false)
	if p.asked && !resized && (!changed || since >= 0 && since < p.pause) {
		return nil
	}
	p.asked, p.shown, p.drawn = true, fresh, now
	began := time.Now()
	p.holdSecrets(now)
	picture := p.model.draw(sources{clients: p.engine.Clients(), observers: p.engine.Observers(), topics: p.engine.Topics(), rooms: *p.board.rooms.Load()}, now)
	p.pause = min(max(redraw, redrawShare*time.Since(began)), redrawMost)
	if moved {
		p.stilled = now
	}
	p.moving = false
	for i := range picture.links {
		p.moving = p.moving || picture.links[i].rate > 0
	}
	if p.moving && !moved && now.Sub(p.stilled) < falling {
		time.AfterFunc(time.Second, p.host.Wake)
	}
	state := p.state
	return func() { p.draw(picture, state) }
}

// holdSecrets asks for the secrets that are not to be shown.
func (p *Pane) holdSecrets(now time.Time) {
	if p.options.Presenting && p.options.Secrets != nil && (p.held.IsZero() || now.Sub(p.held) >= askSecrets || now.Before(p.held)) {
		p.held = now
		p.model.mask.hold(p.options.Secrets())
	}
}

// draw shows a picture, or what would fill it.
func (p *Pane) draw(picture *picture, state engine.State) {
	blank := picture.empty() || state == engine.Stopped
	if blank {
		p.hint(state)
	}
	pane.SetVisible(p.empty, blank)
	pane.SetVisible(p.board, !blank)
	p.board.show(picture)
}

// hint says what would fill the pane, with the command that does. In Present there is none that names an address.
func (p *Pane) hint(state engine.State) {
	switch {
	case state == engine.Stopped && p.options.Presenting:
		p.empty.Set(lang.L("The gateway is stopped, so nothing flows."), "")
	case state == engine.Stopped:
		p.empty.Set(lang.L("The gateway is stopped, so nothing flows. Start it at the top right."), "")
	case p.options.Presenting:
		p.empty.Set(lang.L("Nothing flows yet."), "")
	default:
		p.empty.Set(p.host.Hint(lang.L("Nothing flows yet. A device publishes with:")), p.host.Gateway().Publish("plant/line1/temp", []byte("23.4"), 0, false))
	}
}

// open goes to the pane of what a node shows.
func (p *Pane) open(v nodeView) {
	if v.id.side == topicSide {
		p.host.Open(pane.Topics, v.item)
		return
	}
	p.host.Open(pane.Clients, v.item)
}

// menu opens the context menu of a node.
func (p *Pane) menu(v nodeView, position fyne.Position) {
	fynewidget.ShowPopUpMenuAtPosition(fyne.NewMenu("", p.menuItems(v)...), p.host.Window.Canvas(), position)
}

func (p *Pane) menuItems(v nodeView) []*fyne.MenuItem {
	items := []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Open"), func() { p.open(v) })}
	if !v.id.isRest() {
		items = append(items, fyne.NewMenuItem(lang.L("Copy name"), func() { widget.CopyText(v.id.name) }))
	}
	return items
}

// SaveLayout returns what is to be remembered, which is nothing.
func (p *Pane) SaveLayout() ([]byte, error) { return []byte("{}"), nil }

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout([]byte) error { return nil }
