package palette

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"

	"sluice/assets"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// The measures of the palette.
const (
	paletteWidth = 680
	paletteTop   = 64
	rowsInView   = 12
)

// Options is what a palette is opened with.
type Options struct {
	Commands []Command
	// Load lists what there may be much of. It is called once, off the UI goroutine.
	Load func() []Items
	// Recent are the IDs of what was used, the latest first.
	Recent []string
	// Used tells the ID of what the user chose.
	Used func(id string)
	// Closed is called when the palette is gone; it may be nil.
	Closed func()
}

// Palette is the list, open over the window. All its methods belong to the UI goroutine.
type Palette struct {
	options Options
	canvas  fyne.Canvas
	finder  *finder
	overlay *fyne.Container
	entry   *entry
	rows    []*row
	list    *fyne.Container
	none    *widget.Text
	box     *fyne.Container

	found  []Found
	chosen int
	top    int // the first in view
	closed bool
	// awaited says that the list is of what was typed before, hurried that the user pressed Enter meanwhile.
	awaited, hurried bool
}

// Open shows the palette over the host's window.
func Open(h *pane.Host, o Options) *Palette {
	p := &Palette{options: o, canvas: h.Window.Canvas()}
	p.finder = &finder{run: h.Run, do: h.Do, show: p.show, commands: o.Commands, recent: o.Recent, load: o.Load}
	p.entry = newEntry(p)
	p.list = container.New(layout.NewCustomPaddedVBoxLayout(0))
	for i := range rowsInView {
		p.rows = append(p.rows, newRow(func() { p.choose(p.top + i); p.accept() }))
		p.list.Add(p.rows[i])
	}
	p.none = widget.NewText(lang.L("Nothing is called so"), widget.TextMuted)
	keys := widget.NewText(lang.L("↑ ↓ choose · Enter goes there · Esc closes"), widget.TextStyle{Color: theme.ColorDim, Size: theme.SizeSmall})
	p.box = container.New(layout.NewCustomPaddedVBoxLayout(6), p.entry,
		newWheel(p, container.NewStack(p.list, widget.NewPadded(rowInset, 6, p.none))), widget.NewPadded(rowInset, 2, keys))
	p.overlay = container.New(overlay{}, newVeil(p), widget.NewCard(p.box))
	p.show(search("", o.Commands, nil, o.Recent, func() bool { return false }))
	p.canvas.Overlays().Add(p.overlay)
	p.overlay.Resize(p.canvas.Size())
	p.canvas.Focus(p.entry)
	p.finder.ask("") // what was used lately may be among what is loaded
	return p
}

// Close takes the palette away; the keyboard goes back to what had it.
func (p *Palette) Close() {
	if p.closed {
		return
	}
	p.closed = true
	p.finder.end()
	p.canvas.Overlays().Remove(p.overlay)
	if p.options.Closed != nil {
		p.options.Closed()
	}
}

// changed searches for what is typed now.
func (p *Palette) changed(text string) {
	p.awaited, p.hurried = true, false
	p.finder.ask(text)
}

// show brings what was found into the list.
func (p *Palette) show(found []Found) {
	if p.closed {
		return
	}
	p.found, p.chosen, p.top, p.awaited = found, 0, 0, false
	p.draw()
	if p.hurried {
		p.accept()
	}
}

// draw fills the rows that are in view, and makes the box as high as they are.
func (p *Palette) draw() {
	before := p.box.MinSize().Height
	for i, r := range p.rows {
		at := p.top + i
		if at < len(p.found) {
			r.set(p.found[at], at == p.chosen)
		}
		pane.SetVisible(r, at < len(p.found))
	}
	pane.SetVisible(p.none, len(p.found) == 0)
	if p.overlay != nil && p.box.MinSize().Height != before {
		p.list.Refresh()
		p.box.Refresh()
		p.overlay.Refresh()
	}
}

// choose selects a line and brings it into view.
func (p *Palette) choose(at int) {
	if len(p.found) == 0 {
		return
	}
	p.chosen = min(max(at, 0), len(p.found)-1)
	p.top = min(max(p.top, p.chosen-rowsInView+1), p.chosen)
	p.draw()
}

// scroll moves the list by lines and leaves alone what is chosen.
func (p *Palette) scroll(by int) {
	p.top = min(max(p.top+by, 0), max(len(p.found)-rowsInView, 0))
	p.draw()
}

// accept does what is chosen. The palette is gone by then, so that it may open something else.
func (p *Palette) accept() {
	if p.chosen >= len(p.found) {
		return
	}
	chosen := p.found[p.chosen]
	p.Close()
	p.options.Used(chosen.ID)
	chosen.Run()
}

// typedKey does what a key means to the list, and reports whether it means anything.
func (p *Palette) typedKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyEscape:
		p.Close()
	case fyne.KeyReturn, fyne.KeyEnter:
		if p.hurried = p.awaited; !p.hurried {
			p.accept()
		}
	case fyne.KeyDown:
		if p.chosen == len(p.found)-1 {
			p.choose(0)
		} else {
			p.choose(p.chosen + 1)
		}
	case fyne.KeyUp:
		if p.chosen == 0 {
			p.choose(len(p.found) - 1)
		} else {
			p.choose(p.chosen - 1)
		}
	case fyne.KeyPageDown:
		p.choose(p.chosen + rowsInView - 1)
	case fyne.KeyPageUp:
		p.choose(p.chosen - rowsInView + 1)
	default:
		return false
	}
	return true
}

// entry is where the query is typed.
type entry struct {
	widget.Entry
	palette *Palette
}

func newEntry(p *Palette) *entry {
	e := &entry{palette: p}
	e.SetPlaceHolder(lang.L("Go to a pane, client, topic or setting, or do something"))
	e.Icon = theme.Icon(assets.Search)
	e.Scroll = fyne.ScrollHorizontalOnly
	e.OnChanged = p.changed
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements [fyne.Focusable].
func (e *entry) TypedKey(ev *fyne.KeyEvent) {
	if !e.palette.typedKey(ev.Name) {
		e.Entry.TypedKey(ev)
	}
}

// AcceptsTab keeps the keyboard where it is: there is nothing else to go to.
func (e *entry) AcceptsTab() bool { return true }
