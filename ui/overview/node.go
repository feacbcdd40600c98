package overview

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
	"sluice/ui/widget"
)

// node is a client or a topic on the board.
type node struct {
	fynewidget.BaseWidget
	board  *board
	view   nodeView
	ground *canvas.Rectangle
	title  *widget.Text
	note   *widget.Text
}

var (
	_ fyne.Tappable          = (*node)(nil)
	_ fyne.SecondaryTappable = (*node)(nil)
	_ desktop.Hoverable      = (*node)(nil)
	_ desktop.Cursorable     = (*node)(nil)
)

// The measures of a node, in letters of its text.
const (
	nodeLetters = 3.4 // its height
	nodeInset   = 0.9
)

func newNode(b *board) *node {
	n := &node{board: b, ground: canvas.NewRectangle(color.Transparent),
		title: widget.NewText("", widget.TextStyle{Color: theme.ColorText, Size: theme.SizeSmall, Bold: true}).ShrinkMiddle(),
		note:  widget.NewText("", widget.TextStyle{Color: theme.ColorMuted, Size: theme.SizeCaption}).Shrink()}
	n.ExtendBaseWidget(n)
	return n
}

// show changes what the node says.
func (n *node) show(v nodeView) {
	n.view = v
	n.title.SetText(v.title)
	n.note.SetText(v.note)
	role := theme.ColorMuted
	if v.late {
		role = theme.ColorLate
	}
	n.note.SetStyle(widget.TextStyle{Color: role, Size: theme.SizeCaption})
	n.paint()
}

// paint colours the node: topics have a frame in the accent colour, the rest of a side is not filled, and what is chosen
// has a wider frame.
func (n *node) paint() {
	color := func(name fyne.ThemeColorName) color.Color { return fynetheme.ColorForWidget(name, n) }
	g := n.ground
	fill, stroke, width := color(theme.ColorRaised), color(theme.ColorLine), float32(1)
	if n.view.id.side == topicSide {
		stroke = color(theme.ColorAccent)
	}
	if n.view.id.isRest() {
		fill, stroke = color(theme.ColorBackground), color(theme.ColorLine)
	}
	if n.board.chosen() == n.view.id {
		if n.board.hasChosen() {
			fill = color(theme.ColorSelection)
		}
		if n.board.focused && !n.board.hovering {
			stroke, width = color(theme.ColorAccent), 2*fynetheme.SizeForWidget(theme.SizeFocus, n)
		}
	}
	if g.FillColor == fill && g.StrokeColor == stroke && g.StrokeWidth == width {
		return
	}
	g.FillColor, g.StrokeColor, g.StrokeWidth = fill, stroke, width
	g.CornerRadius = fynetheme.SizeForWidget(theme.SizeRadius, n)
	g.Refresh()
}

// Tapped goes to what the node shows.
func (n *node) Tapped(*fyne.PointEvent) { n.board.open(n.view) }

// TappedSecondary opens the node's menu.
func (n *node) TappedSecondary(e *fyne.PointEvent) { n.board.menu(n.view, e.AbsolutePosition) }

// MouseIn lets the node's links stand out.
func (n *node) MouseIn(*desktop.MouseEvent) { n.board.hover(n.view.id, true) }

// MouseMoved implements [desktop.Hoverable].
func (n *node) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends what MouseIn began.
func (n *node) MouseOut() { n.board.hover(n.view.id, false) }

// Cursor implements [desktop.Cursorable].
func (n *node) Cursor() desktop.Cursor { return desktop.PointerCursor }

// AccessibilityLabel is what the node says.
func (n *node) AccessibilityLabel() string { return n.view.title + ", " + n.view.note }

// CreateRenderer implements [fyne.Widget].
func (n *node) CreateRenderer() fyne.WidgetRenderer {
	n.paint()
	return &nodeRenderer{node: n, objects: []fyne.CanvasObject{n.ground, n.title, n.note}}
}

type nodeRenderer struct {
	node    *node
	objects []fyne.CanvasObject
}

func (r *nodeRenderer) Destroy()                     {}
func (r *nodeRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *nodeRenderer) MinSize() fyne.Size           { return fyne.NewSize(40, r.node.board.nodeHeight()) }

func (r *nodeRenderer) Refresh() {
	r.node.title.Refresh()
	r.node.note.Refresh()
	r.node.paint()
}

func (r *nodeRenderer) Layout(size fyne.Size) {
	n := r.node
	n.ground.Resize(size)
	inset := nodeInset * fynetheme.SizeForWidget(theme.SizeText, n)
	title, note := n.title.MinSize().Height, n.note.MinSize().Height
	top := (size.Height - title - note - 1) / 2
	n.title.Move(fyne.NewPos(inset, top))
	n.title.Resize(fyne.NewSize(max(size.Width-2*inset, 0), title))
	n.note.Move(fyne.NewPos(inset, top+title+1))
	n.note.Resize(fyne.NewSize(max(size.Width-2*inset, 0), note))
}
