package request

import (
	"image/color"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/collection"
	"sluice/ui/command"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// sideRow is a line of the side: a heading, a collection, a request, something that was found, or something that was sent.
type sideRow struct {
	depth  int
	mark   fyne.Resource // before all: whether it is open; nil: it has nothing below it
	word   string        // a method, or a time
	role   theme.Role
	title  string
	detail string
	style  widget.TextStyle
	chosen bool
	do     func()
	toggle func() // opens or closes what is below; nil: nothing is
	menu   func() []*fyne.MenuItem
	place  origin // of a request or, with an index below 0, a collection
	// What the keys Delete, F2, and Alt with Up and Down do; nil: nothing.
	remove, rename func()
	move           func(by int)
}

// side lists the collections, what was found and what was sent.
type side struct {
	pane   *Pane
	object fyne.CanvasObject
	list   *sideList
	rows   []sideRow
	opened map[string]bool // collections, servers and folders of resources
}

func newSide(p *Pane) *side {
	s := &side{pane: p, opened: map[string]bool{}}
	s.list = newSideList(s)
	add := quietMenu("+", func() *fyne.Menu {
		all := fyne.NewMenuItem(lang.L("Run all collections of the folder"), p.runFolder)
		all.Disabled = p.running != nil || !p.library.hasOwn()
		return fyne.NewMenu("", fyne.NewMenuItem(lang.L("New request"), p.newRequest), fyne.NewMenuItem(lang.L("New collection…"), p.newBook),
			fyne.NewMenuItemSeparator(), all, fyne.NewMenuItem(lang.L("Another folder…"), p.chooseFolder))
	})
	head := widget.NewPadded(14, 6, container.NewBorder(nil, nil, widget.NewText(lang.L("Saved"), widget.TextStrong), add))
	s.object = pane.Border(head, nil, nil, nil, widget.NewPadded(4, 0, s.list))
	return s
}

// refresh lists all anew.
func (s *side) refresh() {
	p := s.pane
	s.rows = s.rows[:0:0]
	if p.library.err != nil {
		s.rows = append(s.rows, s.mistake(0, language.Say(p.library.err), ""))
	}
	for _, b := range p.library.books {
		s.addBook(b)
	}
	s.rows = append(s.rows, p.found.rows(s)...)
	if len(p.history.entries) > 0 {
		s.rows = append(s.rows, sideRow{title: lang.L("History"), style: widget.TextStrong, menu: func() []*fyne.MenuItem {
			return []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Forget the history"), func() { p.forgetHistory(nil) })}
		}, remove: func() { p.forgetHistory(nil) }})
	}
	for _, e := range p.history.entries {
		s.rows = append(s.rows, s.sent(e))
	}
	s.list.Refresh()
}

// sent is the line of something that was sent.
func (s *side) sent(e *entry) sideRow {
	p := s.pane
	style := widget.TextMonoMuted
	if e.Failed {
		style.Color = theme.ColorBad
	}
	return sideRow{depth: 0, title: e.At.Local().Format("15:04") + " " + verbLabel(e.Verb) + " " + e.Code, style: style, detail: resource(e.request.Target),
		do: func() { p.reopen(e) },
		menu: func() []*fyne.MenuItem {
			return []*fyne.MenuItem{
				fyne.NewMenuItem(lang.L("Send again"), func() { p.reopen(e); p.send() }),
				fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(e.Request) }),
				fyne.NewMenuItemSeparator(),
				fyne.NewMenuItem(lang.L("Delete"), func() { p.forgetHistory(e) }),
			}
		}, remove: func() { p.forgetHistory(e) }}
}

// reopen puts something that was sent into the editors, with the variables of where it is from.
func (p *Pane) reopen(e *entry) {
	from := origin{}
	if p.library.book(e.From) != nil {
		from = origin{e.From, -1}
	}
	p.compose(e.request, from)
}

// forgetHistory empties the history, or takes one out, and offers to put back what was there.
func (p *Pane) forgetHistory(only *entry) {
	was := p.history.entries
	p.history.entries = nil
	text := lang.L("The history was forgotten")
	if only != nil {
		p.history.entries = slices.DeleteFunc(slices.Clone(was), func(e *entry) bool { return e == only })
		text = lang.L("{{.Name}} was taken out of the history", map[string]any{"Name": verbLabel(only.Verb) + " " + resource(only.request.Target)})
	}
	p.side.refresh()
	p.host.Undoable(text, func() error {
		p.host.Do(func() {
			p.history.putBack(was)
			p.side.refresh()
		})
		return nil
	})
}

// resource is the path of a URI.
func resource(uri string) string {
	if parts := pathAndQuery.FindStringSubmatch(uri); parts != nil {
		return parts[1]
	}
	return uri
}

// toggle opens or closes what has lines below it.
func (s *side) toggle(key string) {
	s.opened[key] = !s.opened[key]
	s.refresh()
}

// The marks of what has lines below it.
var (
	markOpen   = fynetheme.NewColoredResource(fynetheme.DefaultTheme().Icon(fynetheme.IconNameArrowDropDown), theme.ColorMuted)
	markClosed = fynetheme.NewColoredResource(fynetheme.DefaultTheme().Icon(fynetheme.IconNameMenuExpand), theme.ColorMuted)
)

func openMark(open bool) fyne.Resource {
	if open {
		return markOpen
	}
	return markClosed
}

func (s *side) addBook(b *book) {
	p := s.pane
	toggle := func() { s.toggle(b.key) }
	row := sideRow{mark: openMark(s.opened[b.key]), title: b.name, style: widget.TextMuted, do: toggle, toggle: toggle, menu: func() []*fyne.MenuItem { return p.bookMenu(b) }}
	row.place = origin{b.key, -1}
	if b.err != nil {
		row.detail = lang.L("has mistakes")
	}
	if !b.ready {
		row.remove, row.rename = func() { p.deleteBook(b) }, func() { p.renameBook(b) }
	}
	s.rows = append(s.rows, row)
	if !s.opened[b.key] {
		return
	}
	for i, r := range b.file.Requests {
		detail := ""
		if p.left[[2]string{b.key, r.String()}] != nil {
			detail = lang.L("changed")
		}
		row := sideRow{
			detail: detail, place: origin{b.key, i},
			depth: 1, word: verbLabel(r.Verb), role: verbRole(r.Verb), title: requestTitle(r), style: widget.TextMuted,
			chosen: p.origin == origin{b.key, i},
			do:     func() { p.openRequest(b.key, i) },
			menu:   func() []*fyne.MenuItem { return p.requestMenu(b, i) },
		}
		if !b.ready {
			row.remove, row.rename = func() { p.deleteRequest(b, i) }, func() { p.renameRequest(b, i) }
			row.move = func(by int) { p.moveRequest(b, i, by) }
		}
		s.rows = append(s.rows, row)
	}
	if all, ok := b.err.(collection.Errors); ok {
		for _, one := range all {
			s.rows = append(s.rows, s.mistake(1, lang.L("Line {{.Line}}: {{.Problem}}", map[string]any{"Line": one.Line, "Problem": language.Say(one.Problem)}), filepath.Base(b.key)+". "))
		}
	}
}

// mistake is a line that says what is wrong. The side has no room for all of it: a click tells it in full, after where it is.
func (s *side) mistake(depth int, text, where string) sideRow {
	return sideRow{depth: depth, title: text, style: styleMistake,
		do: func() { s.pane.host.Notify(theme.RoleBad, where+text, "", nil) },
		menu: func() []*fyne.MenuItem {
			return []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(where + text) })}
		}}
}

// openRequest puts a request of a collection into the editors.
func (p *Pane) openRequest(key string, i int) {
	if b := p.library.book(key); b != nil && i < len(b.file.Requests) {
		p.compose(b.file.Requests[i], origin{key, i})
	}
}

// requestMenu is what is done to a request of a collection.
func (p *Pane) requestMenu(b *book, i int) []*fyne.MenuItem {
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Send"), func() { p.openRequest(b.key, i); p.send() }),
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(b.file.Requests[i].String()) }),
	}
	if b.ready {
		return items
	}
	return append(items, fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Rename…"), func() { p.renameRequest(b, i) }),
		fyne.NewMenuItem(lang.L("Duplicate"), func() { p.duplicateRequest(b, i) }),
		fyne.NewMenuItem(lang.L("Move up"), func() { p.moveRequest(b, i, -1) }),
		fyne.NewMenuItem(lang.L("Move down"), func() { p.moveRequest(b, i, 1) }),
		fyne.NewMenuItem(lang.L("Delete"), func() { p.deleteRequest(b, i) }))
}

// runCommand is the line that runs a collection as Run does: in the environment, and one that comes with Sluice at this
// gateway.
func (p *Pane) runCommand(b *book) string {
	line := "sluice request " + command.Quote(b.key)
	if gateway := p.host.Gateway().Authority(); b.ready && gateway != "" {
		line += " --var " + readyHost + "=" + command.Quote(gateway)
	}
	if p.environment != "" {
		line += " --env " + command.Quote(p.environment)
	}
	return line
}

// bookMenu is what is done to a collection.
func (p *Pane) bookMenu(b *book) []*fyne.MenuItem {
	now := fyne.NewMenuItem(lang.L("Run"), func() { p.runBooks([]*book{b}) })
	now.Disabled = p.running != nil || len(b.file.Requests) == 0
	run := fyne.NewMenuItem(lang.L("Copy the command that runs it"), func() { widget.CopyText(p.runCommand(b)) })
	duplicate := fyne.NewMenuItem(lang.L("Duplicate…"), func() { p.duplicateBook(b) })
	if b.ready {
		return []*fyne.MenuItem{now, run, duplicate}
	}
	return []*fyne.MenuItem{now, run, fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("New request"), func() {
			p.side.opened[b.key] = true
			p.compose(&collection.Request{Verb: collection.GET, Target: "coap://{{host}}/"}, origin{b.key, -1})
		}),
		fyne.NewMenuItem(lang.L("Rename…"), func() { p.renameBook(b) }), duplicate,
		fyne.NewMenuItem(lang.L("Delete…"), func() { p.deleteBook(b) })}
}

// sideItem draws a line of the side.
type sideItem struct {
	fynewidget.BaseWidget
	tapped  func(onMark bool) // set by the list
	row     sideRow
	ground  *canvas.Rectangle
	mark    *canvas.Image
	word    *widget.Text
	title   *widget.Text
	detail  *widget.Text
	indent  *canvas.Rectangle
	lead    *fyne.Container // indent, mark and word
	line    *fyne.Container
	content fyne.CanvasObject
}

var (
	_ fyne.Tappable          = (*sideItem)(nil)
	_ fyne.SecondaryTappable = (*sideItem)(nil)
)

// The height of a line, and what it has before and behind.
const (
	sideHeight  = 21
	sidePadding = 6
)

func newSideItem() *sideItem {
	i := &sideItem{ground: canvas.NewRectangle(color.Transparent), indent: canvas.NewRectangle(color.Transparent),
		mark: canvas.NewImageFromResource(nil), word: widget.NewText("", widget.TextMuted), title: widget.NewText("", widget.TextMuted), detail: widget.NewText("", widget.TextDim)}
	i.ground.CornerRadius = 5
	i.mark.FillMode = canvas.ImageFillContain
	i.mark.SetMinSize(fyne.NewSize(14, 14))
	i.lead = container.New(fynelayout.NewCustomPaddedHBoxLayout(5), i.indent, container.NewCenter(i.mark), container.NewCenter(i.word))
	i.line = container.NewBorder(nil, nil, i.lead, nil, container.New(&titled{}, i.title.Shrink(), i.detail.Shrink()))
	i.content = container.NewStack(i.ground, widget.NewPadded(sidePadding, 0, i.line))
	i.ExtendBaseWidget(i)
	return i
}

func (i *sideItem) show(row sideRow) {
	i.row = row
	i.ground.FillColor = color.Transparent
	if row.chosen {
		i.ground.FillColor = fynetheme.ColorForWidget(theme.ColorSelection, i)
	}
	i.ground.Refresh()
	i.indent.SetMinSize(fyne.NewSize(float32(row.depth)*8, 1))
	pane.SetVisible(i.mark, row.mark != nil)
	if row.mark != nil && i.mark.Resource != row.mark {
		i.mark.Resource = row.mark
		i.mark.Refresh()
	}
	i.word.SetStyle(widget.TextStyle{Color: row.role.Color(), Size: theme.SizeText})
	i.word.SetText(row.word)
	pane.SetVisible(i.word, row.word != "")
	i.title.SetStyle(row.style)
	i.title.SetText(row.title)
	i.detail.SetText(row.detail)
	i.line.Refresh()
	i.line.Objects[0].Refresh()
}

// Tapped implements [fyne.Tappable]. What takes one button of the mouse takes them all: without it the list would not hear
// of a click. One on the mark opens or closes what has something to show, too.
func (i *sideItem) Tapped(ev *fyne.PointEvent) {
	if i.tapped != nil {
		i.tapped(i.row.toggle != nil && ev.Position.X < sidePadding+i.lead.MinSize().Width)
	}
}

// TappedSecondary opens the menu of the line.
func (i *sideItem) TappedSecondary(ev *fyne.PointEvent) {
	if i.row.menu == nil {
		return
	}
	if items := i.row.menu(); len(items) > 0 {
		fynewidget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), fyne.CurrentApp().Driver().CanvasForObject(i), ev.AbsolutePosition)
	}
}

// Cursor implements [desktop.Cursorable].
func (i *sideItem) Cursor() desktop.Cursor { return desktop.DefaultCursor }

// MinSize implements [fyne.Widget].
func (i *sideItem) MinSize() fyne.Size { return fyne.NewSize(60, sideHeight) }

// CreateRenderer implements [fyne.Widget].
func (i *sideItem) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(i.content)
}

// titled puts a detail behind a title: the title has as much room as it needs, and the detail what it leaves.
type titled struct{}

// Layout implements [fyne.Layout].
func (*titled) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	title := objects[0].(*widget.Text)
	height := title.MinSize().Height
	width := size.Width
	if detail := objects[1].(*widget.Text); detail.Text() != "" {
		width = min(size.Width, pane.NaturalWidth(title.Text(), widget.TextMono)+8)
		detail.Move(fyne.NewPos(width, (size.Height-detail.MinSize().Height)/2))
		detail.Resize(fyne.NewSize(max(0, size.Width-width), detail.MinSize().Height))
	}
	title.Move(fyne.NewPos(0, (size.Height-height)/2))
	title.Resize(fyne.NewSize(width, height))
}

// MinSize implements [fyne.Layout].
func (*titled) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
