package widget

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// LadderStep is an arrow of a [Ladder].
type LadderStep struct {
	Key   uint64
	Back  bool   // it goes from right to left
	Time  string // when, beside it
	Label string // what, above it
	Note  string // what became of it: behind a lost arrow, below any other
	Role  theme.Role
	Lost  bool // it is dashed and ends in a cross on the way
	Late  bool // it falls as far as there is room: it took long
}

// Ladder draws what two ends send each other: a line down from each, and an arrow a message in the order of time. It
// draws only what is in view. An arrow that is chosen, by click or by key, is marked.
type Ladder struct {
	fynewidget.BaseWidget
	OnChosen func(key uint64)

	left, right *Text
	steps       []LadderStep
	chosen      uint64
	showing     bool // the choice comes from the program
	list        *List
}

// The measures of a ladder.
const (
	ladderHead  = 24
	ladderRow   = 44
	ladderTime  = 62 // beside the left line
	ladderInset = 26 // beside the right line
	ladderTop   = 21 // where an arrow begins in its row
	ladderDrop  = 9  // how far it falls
	ladderLate  = 17 // how far one that took long does
	ladderCross = 4
	ladderTip   = 5
	ladderDash  = 5
	ladderLost  = 0.55 // of its way, where a lost one ends
	ladderNote  = 0.7  // of the way is room for a note below
)

// NewLadder returns a ladder without arrows.
func NewLadder() *Ladder {
	l := &Ladder{left: NewText("", TextCaption).Shrink(), right: NewText("", TextCaption).Shrink()}
	l.list = NewList(
		func() int { return len(l.steps) },
		func() fyne.CanvasObject { return newLadderRow(l) },
		func(id fynewidget.ListItemID, o fyne.CanvasObject) { o.(*ladderStepRow).show(id) },
	)
	l.list.HideSeparators = true
	l.list.OnSelected = l.selected
	l.ExtendBaseWidget(l)
	return l
}

// SetEnds names the two ends.
func (l *Ladder) SetEnds(left, right string) {
	l.left.SetText(left)
	l.right.SetText(right)
	l.Refresh() // the names take another place
}

// SetSteps replaces the arrows, in the order of time.
func (l *Ladder) SetSteps(steps []LadderStep) {
	if slices.Equal(l.steps, steps) {
		return
	}
	before := l.place()
	l.steps = slices.Clone(steps)
	l.list.Refresh() // it scrolls within the arrows that it knows
	l.mark()
	if before < 0 {
		l.reveal()
	}
}

// Steps are the arrows.
func (l *Ladder) Steps() []LadderStep { return slices.Clone(l.steps) }

// Choose marks an arrow and scrolls to it.
func (l *Ladder) Choose(key uint64) {
	if key == l.chosen {
		return
	}
	l.chosen = key
	l.mark()
	l.list.Refresh()
}

// mark has the list select what is chosen.
func (l *Ladder) mark() {
	l.showing = true
	defer func() { l.showing = false }()
	at := l.place()
	if at < 0 {
		l.list.UnselectAll()
		return
	}
	l.list.Select(at)
}

// place is where the chosen arrow is, -1 if it is not there.
func (l *Ladder) place() int {
	return slices.IndexFunc(l.steps, func(s LadderStep) bool { return s.Key == l.chosen })
}

// reveal scrolls to the chosen arrow.
func (l *Ladder) reveal() {
	if at := l.place(); at >= 0 {
		l.list.ScrollTo(at)
	}
}

func (l *Ladder) selected(at fynewidget.ListItemID) {
	if l.showing || at >= len(l.steps) {
		return
	}
	l.chosen = l.steps[at].Key
	l.list.Refresh()
	if l.OnChosen != nil {
		l.OnChosen(l.chosen)
	}
}

// ends are where the two lines are.
func (l *Ladder) ends(width float32) (left, right float32) {
	return ladderTime, max(width-ladderInset, ladderTime+1)
}

// CreateRenderer implements [fyne.Widget].
func (l *Ladder) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: []fyne.CanvasObject{l.left, l.right, l.list},
		layout:  l.layout,
		minSize: func() fyne.Size { return fyne.NewSize(220, ladderHead+2*ladderRow) },
		refresh: func() {
			l.layout(l.Size())
			l.list.Refresh()
		},
	}
}

func (l *Ladder) layout(size fyne.Size) {
	_, rightAt := l.ends(size.Width)
	left, right := l.left.MinSize(), TextCaption.face(l).width(l.right.Text())
	height := TextCaption.face(l).height()
	room := max(0, size.Width-right-20)
	place(l.left, min(ladderTime/2, max(0, room-left.Width)), 2, room, height)
	place(l.right, max(0, min(rightAt-right/2, size.Width-right-2)), 2, right+2, height)
	unseen := l.list.Size().Height <= 0
	place(l.list, 0, ladderHead, size.Width, size.Height-ladderHead)
	if unseen {
		l.reveal()
	}
}

// ladderStepRow draws one arrow.
type ladderStepRow struct {
	fynewidget.BaseWidget
	ladder            *Ladder
	at                int
	ground            *canvas.Rectangle
	posts             [2]*canvas.Rectangle
	time, label, note *canvas.Text
	dashes            []*canvas.Line // the arrow: one line, or many
	tip               [2]*canvas.Line
	box               *renderer
}

func newLadderRow(l *Ladder) *ladderStepRow {
	r := &ladderStepRow{ladder: l, at: -1, ground: canvas.NewRectangle(color.Transparent)}
	for i := range r.posts {
		r.posts[i] = canvas.NewRectangle(color.Transparent)
		r.tip[i] = canvas.NewLine(color.Transparent)
	}
	r.time, r.label, r.note = canvas.NewText("", color.Transparent), canvas.NewText("", color.Transparent), canvas.NewText("", color.Transparent)
	r.ExtendBaseWidget(r)
	return r
}

func (r *ladderStepRow) show(at int) {
	r.at = at
	r.Refresh()
}

// CreateRenderer implements [fyne.Widget].
func (r *ladderStepRow) CreateRenderer() fyne.WidgetRenderer {
	r.box = &renderer{
		layout:  func(fyne.Size) { r.fill() },
		minSize: func() fyne.Size { return fyne.NewSize(1, ladderRow) },
		refresh: func() {
			r.fill()
			canvas.Refresh(r)
		},
	}
	r.fill()
	return r.box
}

func (r *ladderStepRow) fill() {
	if r.at < 0 || r.at >= len(r.ladder.steps) || r.box == nil {
		return
	}
	step, size := r.ladder.steps[r.at], r.Size()
	left, right := r.ladder.ends(size.Width)
	small := TextStyle{Size: theme.SizeCaption}.face(r)
	tone := colorOf(step.Role.Color(), r)
	if step.Lost {
		tone = colorOf(theme.ColorMuted, r)
	}
	ground := color.Color(color.Transparent)
	if step.Key == r.ladder.chosen {
		ground = colorOf(theme.ColorSelection, r)
	}
	paint(r.ground, ground, color.Transparent, 0, 3)
	place(r.ground, 0, 0, size.Width, size.Height)
	for i, x := range []float32{left, right} {
		paint(r.posts[i], colorOf(theme.ColorDim, r), color.Transparent, 0, 0)
		place(r.posts[i], x, 0, 1, size.Height+sizeOf(fynetheme.SizeNamePadding, r)) // on to the next row
	}
	write(r.time, small.fit(step.Time, left-6), colorOf(theme.ColorMuted, r), small)
	place(r.time, 0, ladderTop-small.height()/2, left-6, small.height())
	room := right - left - 12
	label := small.fit(step.Label, room)
	write(r.label, label, tone, small)
	place(r.label, (left+right-small.width(label))/2, 3, small.width(label), small.height())
	r.arrow(step, left, right, tone, small)

	r.box.objects = append(r.box.objects[:0], r.ground, r.posts[0], r.posts[1], r.time, r.label)
	for _, dash := range r.dashes {
		r.box.objects = append(r.box.objects, dash)
	}
	r.box.objects = append(r.box.objects, r.tip[0], r.tip[1], r.note)
}

// arrow lays a line with a tip from one post to the other, or dashes on the way with a note behind them.
func (r *ladderStepRow) arrow(step LadderStep, left, right float32, tone color.Color, small face) {
	drop := float32(ladderDrop)
	if step.Late {
		drop = ladderLate
	}
	from, to := fyne.NewPos(left+1, ladderTop), fyne.NewPos(right-1, ladderTop+drop)
	direction := float32(1)
	if step.Back {
		from.X, to.X, direction = to.X, from.X, -1
	}
	parts := 1
	if step.Lost {
		to = fyne.NewPos(from.X+(to.X-from.X)*ladderLost, from.Y+(to.Y-from.Y)*ladderLost)
		length := to.X - from.X
		parts = max(1, int(max(length, -length)/(2*ladderDash)))
	}
	for len(r.dashes) < parts {
		r.dashes = append(r.dashes, canvas.NewLine(color.Transparent))
	}
	r.dashes = r.dashes[:parts]
	at := func(share float32) fyne.Position {
		return fyne.NewPos(from.X+(to.X-from.X)*share, from.Y+(to.Y-from.Y)*share)
	}
	for i, dash := range r.dashes {
		end := float32(i+1) / float32(parts)
		if step.Lost {
			end = (float32(i) + 0.5) / float32(parts)
		}
		stroke(dash, at(float32(i)/float32(parts)), at(end), tone)
	}
	if step.Lost {
		bad := colorOf(theme.ColorBad, r)
		stroke(r.tip[0], fyne.NewPos(to.X-ladderCross, to.Y-ladderCross), fyne.NewPos(to.X+ladderCross, to.Y+ladderCross), bad)
		stroke(r.tip[1], fyne.NewPos(to.X-ladderCross, to.Y+ladderCross), fyne.NewPos(to.X+ladderCross, to.Y-ladderCross), bad)
		r.noteBehind(step, to, left, right, small)
		return
	}
	stroke(r.tip[0], fyne.NewPos(to.X-direction*ladderTip, to.Y-ladderTip+1), to, tone)
	stroke(r.tip[1], fyne.NewPos(to.X-direction*(ladderTip+1), to.Y+ladderTip-2), to, tone)
	r.noteBelow(step, left, right, small)
}

// noteBehind writes behind the end of a lost arrow.
func (r *ladderStepRow) noteBehind(step LadderStep, end fyne.Position, left, right float32, small face) {
	const gap = 2*ladderCross + 2
	room, x := right-end.X-gap-4, end.X+gap
	if step.Back {
		room = end.X - left - gap - 4
	}
	note := small.fit(step.Note, room)
	if step.Back {
		x = end.X - gap - small.width(note)
	}
	write(r.note, note, colorOf(theme.ColorMuted, r), small)
	place(r.note, x, end.Y-small.height()/2, small.width(note), small.height())
}

// noteBelow writes below an arrow, where it begins: it has not fallen there yet.
func (r *ladderStepRow) noteBelow(step LadderStep, left, right float32, small face) {
	note := small.fit(step.Note, (right-left)*ladderNote)
	write(r.note, note, colorOf(theme.ColorMuted, r), small)
	x := left + 6
	if step.Back {
		x = right - 6 - small.width(note)
	}
	place(r.note, x, ladderRow-small.height()+2, small.width(note), small.height())
}

// stroke draws a line from one place to another.
func stroke(line *canvas.Line, from, to fyne.Position, tone color.Color) {
	line.StrokeColor, line.StrokeWidth = tone, 1.3
	line.Position1, line.Position2 = from, to
}
