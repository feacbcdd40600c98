package overview

import (
	"image"
	"image/color"
	"slices"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// board draws the picture: three columns of nodes, links between them, and dots for messages. Its methods belong to the UI
// goroutine unless said otherwise.
type board struct {
	fynewidget.BaseWidget
	host    *pane.Host
	onOpen  func(v nodeView)                         // to the pane of what a node shows
	onMenu  func(v nodeView, position fyne.Position) // the menu of a node
	seen    func() bool                              // whether what holds the board is in view; nil: it is
	onRooms func()                                   // there is room for another number of nodes

	picture *picture
	nodes   map[nodeID]*node
	// all are also those that are not shown: a theme of its own reaches only nodes that are made with the board.
	all     []*node
	spots   map[nodeID]spot
	titles  [sideCount]*widget.Text
	line    *widget.Text
	links   *canvas.Raster
	image   *image.RGBA // what links was drawn into, to be used again
	dots    [dotsTotal]*canvas.Circle
	flights flights
	pace    pace
	running bool // frames are drawn

	rooms    atomic.Pointer[[sideCount]int] // read by Gather
	frames   atomic.Uint64
	hovered  nodeID
	hovering bool
	focused  bool
	steered  bool   // the keyboard moved since it came: who only opens the pane sees everything
	cursor   nodeID // where the keyboard is
}

// spot is where a node is.
type spot struct {
	position fyne.Position
	size     fyne.Size
}

func (s spot) left() fyne.Position  { return s.position.AddXY(0, s.size.Height/2) }
func (s spot) right() fyne.Position { return s.position.AddXY(s.size.Width, s.size.Height/2) }

func newBoard(h *pane.Host) *board {
	b := &board{host: h, picture: &picture{},
		nodes: map[nodeID]*node{}, spots: map[nodeID]spot{}}
	caption := widget.TextStyle{Color: theme.ColorMuted, Size: theme.SizeSmall}
	for side, title := range [sideCount]string{lang.L("CoAP clients"), lang.L("Topics"), lang.L("MQTT clients")} {
		b.titles[side] = widget.NewText(title, caption).Shrink()
	}
	b.line = widget.NewText(legend(), caption).Shrink()
	b.links = canvas.NewRaster(b.drawLinks)
	for i := range b.dots {
		b.dots[i] = canvas.NewCircle(color.Transparent)
		b.dots[i].Hide()
	}
	for range int(sideCount) * (mostNodes + 1) {
		n := newNode(b)
		n.Hide()
		b.all = append(b.all, n)
	}
	b.rooms.Store(&[sideCount]int{6, 6, 6})
	b.ExtendBaseWidget(b)
	return b
}

// legend says what the colours and the arrows are.
func legend() string {
	return lang.L("Blue: published over CoAP. Green: notifications. Violet: MQTT. Arrows show the way, width and brightness how much.")
}

// show draws another picture.
func (b *board) show(p *picture) {
	moved := !sameNodes(b.picture, p)
	changed := moved || !slices.EqualFunc(b.picture.links, p.links, func(a, b linkView) bool { return a.linkID == b.linkID && a.level == b.level })
	b.picture = p
	if moved {
		b.place()
	}
	for side := range p.columns {
		for i := range p.columns[side] {
			v := p.columns[side][i]
			b.nodes[v.id].show(v)
		}
	}
	if changed {
		b.links.Refresh()
		b.frames.Add(1)
	}
	b.say()
}

func sameNodes(a, b *picture) bool {
	for side := range a.columns {
		if !slices.EqualFunc(a.columns[side], b.columns[side], func(a, b nodeView) bool { return a.id == b.id }) {
			return false
		}
	}
	return true
}

// place puts every node where it belongs; those that went go.
func (b *board) place() {
	size := b.Size()
	before := b.nodes
	b.nodes, b.spots = map[nodeID]*node{}, b.arrange(size)
	for id, n := range before {
		if _, stays := b.spots[id]; stays {
			b.nodes[id] = n
		} else {
			n.Hide()
		}
	}
	for side := range b.picture.columns {
		for _, v := range b.picture.columns[side] {
			n := b.nodes[v.id]
			if n == nil {
				n = b.idle()
				n.view = v
				b.nodes[v.id] = n
				n.Show()
			}
			n.Move(b.spots[v.id].position)
			n.Resize(b.spots[v.id].size)
		}
	}
	if _, there := b.nodes[b.hovered]; !there {
		b.hovering = false
	}
	if _, there := b.nodes[b.cursor]; !there || !b.steered {
		b.cursor = b.first()
	}
	b.Refresh()
}

// idle is a node that shows nothing.
func (b *board) idle() *node {
	at := slices.IndexFunc(b.all, func(n *node) bool { return !n.Visible() })
	return b.all[at]
}

// chosen is the node whose links stand out: the one under the pointer, or else the one with the keyboard.
func (b *board) chosen() nodeID {
	if b.hovering {
		return b.hovered
	}
	return b.cursor
}

func (b *board) hasChosen() bool {
	_, there := b.nodes[b.chosen()]
	return there && (b.hovering || b.focused && b.steered)
}

// hover says whether the pointer is over a node.
func (b *board) hover(id nodeID, on bool) {
	if !on && b.hovered != id {
		return
	}
	b.hovered, b.hovering = id, on
	b.choose()
}

// choose redraws what depends on which node is chosen.
func (b *board) choose() {
	for _, n := range b.nodes {
		n.paint()
	}
	b.links.Refresh()
	b.frames.Add(1)
	b.say()
}

// say writes what the chosen node's links carry, or what the colours mean.
func (b *board) say() {
	if b.hasChosen() {
		b.line.SetText(b.picture.sentence(b.chosen()))
	} else {
		b.line.SetText(legend())
	}
}

func (b *board) open(v nodeView) {
	if b.onOpen != nil {
		b.onOpen(v)
	}
}

func (b *board) menu(v nodeView, position fyne.Position) {
	if b.onMenu != nil {
		b.onMenu(v, position)
	}
}

// strokeOf is a link in pixels; scale is how many there are to a unit.
func (b *board) strokeOf(l *linkView, scale float32) (stroke, bool) {
	left, ok1 := b.spots[l.left()]
	right, ok2 := b.spots[l.right()]
	if !ok1 || !ok2 {
		return stroke{}, false
	}
	unit := b.unit()
	from, to := left.right(), right.left()
	s := stroke{x0: from.X * scale, y0: from.Y * scale, x1: to.X * scale, y1: to.Y * scale, leftward: l.kind.leftward(),
		width: (1.4 + 0.55*float32(l.level)) * unit * scale, arrow: 8 * unit * scale}
	s.color = toNRGBA(fynetheme.ColorForWidget(l.kind.role().Color(), b))
	s.color.A = uint8(min(0x70+0x14*l.level, 0xff))
	if l.level == 0 {
		s.color.A = 0x58
	}
	if b.hasChosen() {
		if l.touches(b.chosen()) {
			s.color.A = 0xff
			s.width += 0.8 * unit * scale
		} else {
			s.color.A /= 4
		}
	}
	return s, true
}

func toNRGBA(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }

// unit is how much larger than usual everything is drawn.
func (b *board) unit() float32 { return fynetheme.SizeForWidget(theme.SizeText, b) / 13 }

// drawLinks draws all links; those that stand out come last.
func (b *board) drawLinks(w, h int) image.Image {
	if b.image == nil || b.image.Rect.Dx() != w || b.image.Rect.Dy() != h {
		b.image = image.NewRGBA(image.Rect(0, 0, w, h))
	} else {
		clear(b.image.Pix)
	}
	width := b.links.Size().Width
	if width <= 0 {
		return b.image
	}
	scale := float32(w) / width
	for _, chosen := range []bool{false, true} {
		for i := range b.picture.links {
			l := &b.picture.links[i]
			if l.touches(b.chosen()) != chosen {
				continue
			}
			if s, ok := b.strokeOf(l, scale); ok {
				s.draw(b.image)
			}
		}
	}
	return b.image
}

// CreateRenderer implements [fyne.Widget].
func (b *board) CreateRenderer() fyne.WidgetRenderer { return &boardRenderer{board: b} }

type boardRenderer struct{ board *board }

func (r *boardRenderer) Destroy()           {}
func (r *boardRenderer) MinSize() fyne.Size { return fyne.NewSize(300, 150) }

// Objects are drawn in this order: dots go below the nodes that they come from and go to.
func (r *boardRenderer) Objects() []fyne.CanvasObject {
	b := r.board
	objects := []fyne.CanvasObject{b.links}
	for _, dot := range b.dots {
		objects = append(objects, dot)
	}
	for _, n := range b.all {
		objects = append(objects, n)
	}
	for _, title := range b.titles {
		objects = append(objects, title)
	}
	return append(objects, b.line)
}

func (r *boardRenderer) Layout(size fyne.Size) {
	b := r.board
	b.links.Resize(size)
	b.layout(size)
}

func (r *boardRenderer) Refresh() {
	b := r.board
	for _, n := range b.all {
		n.Refresh()
	}
	for _, t := range b.titles {
		t.Refresh()
	}
	b.layout(b.Size())
	b.links.Refresh()
	canvas.Refresh(b)
}
