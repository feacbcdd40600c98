package overview

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"sluice/ui/theme"
)

// The measures of the board, in units that grow with its letters.
const (
	boardTop    = 16 // above the titles
	titleHeight = 26
	boardBottom = 38 // for the line of words
	boardInset  = 68 // at the sides, where there is room
	leastInset  = 14
	nodeGap     = 12
	widestNode  = 300
	leastNode   = 96
	mostPitch   = 1.75 // from node to node in the longest column, in nodes
	widestPitch = 2.5  // in the others
	mostNodes   = 12   // in a column
)

func (b *board) nodeHeight() float32 { return nodeLetters * fynetheme.SizeForWidget(theme.SizeText, b) }

// room is where nodes can be.
func (b *board) room(size fyne.Size) (top, height float32) {
	unit := b.unit()
	top = (boardTop + titleHeight) * unit
	return top, max(size.Height-top-boardBottom*unit, 0)
}

// columns are the left edges of the columns and how wide their nodes are.
func (b *board) columns(size fyne.Size) (x, width [sideCount]float32) {
	unit := b.unit()
	inset := min(boardInset*unit, max(leastInset*unit, size.Width*0.055))
	client := min(widestNode*unit*0.65, max(leastNode*unit, size.Width*0.155))
	topic := min(widestNode*unit, max(leastNode*unit, size.Width*0.235))
	if over := 2*(inset+client) + topic + 2*30*unit - size.Width; over > 0 {
		client, topic = max(client-over/3, 20), max(topic-over/3, 20)
	}
	width = [sideCount]float32{client, topic, client}
	x = [sideCount]float32{inset, (size.Width - topic) / 2, size.Width - inset - client}
	return x, width
}

// arrange finds the place of every node. The longest column begins at the top; the others have the same middle.
func (b *board) arrange(size fyne.Size) map[nodeID]spot {
	spots := map[nodeID]spot{}
	height := b.nodeHeight()
	top, room := b.room(size)
	longest := 0
	for _, column := range b.picture.columns {
		longest = max(longest, len(column))
	}
	if longest == 0 {
		return spots
	}
	pitch := min(mostPitch*height, (room-height)/float32(max(longest-1, 1)))
	span := pitch*float32(longest-1) + height
	x, width := b.columns(size)
	for side, column := range b.picture.columns {
		step := pitch
		if n := len(column); n > 1 && n < longest {
			step = min(widestPitch*height, max(pitch, span/float32(n)))
		}
		y := top + (span-step*float32(len(column)-1)-height)/2
		for _, v := range column {
			spots[v.id] = spot{fyne.NewPos(x[side], y), fyne.NewSize(width[side], height)}
			y += step
		}
	}
	return spots
}

// layout places everything for a size, and says how many nodes it has room for.
func (b *board) layout(size fyne.Size) {
	unit := b.unit()
	_, height := b.room(size)
	n := int((height + nodeGap*unit) / (b.nodeHeight() + nodeGap*unit))
	n = min(max(n, 2), mostNodes)
	if rooms := [sideCount]int{n, n, n}; *b.rooms.Load() != rooms {
		b.rooms.Store(&rooms)
		if b.onRooms != nil {
			b.onRooms()
		}
	}
	x, width := b.columns(size)
	for side, title := range b.titles {
		title.Move(fyne.NewPos(x[side], boardTop*unit))
		title.Resize(fyne.NewSize(width[side], title.MinSize().Height))
	}
	line := b.line.MinSize().Height
	b.line.Move(fyne.NewPos(x[0], size.Height-line-8*unit))
	b.line.Resize(fyne.NewSize(max(size.Width-2*x[0], 0), line))
	b.layOutGaps(size)
	b.spots = b.arrange(size)
	for id, n := range b.nodes {
		s := b.spots[id]
		n.Move(s.position)
		n.Resize(s.size)
	}
}
