package overview

import (
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// dotSize is how large a dot is, in units that grow with the letters.
const dotSize = 7.5

// pulse lets dots set off for messages that went. Where motion is not wanted, or drawing is too dear, there are none: the
// links say the same.
func (b *board) pulse(pulses map[linkID]uint64, now time.Time) {
	if len(pulses) == 0 || b.host.After == nil || !b.Visible() || !b.pace.bears(now) || !fyne.CurrentApp().Settings().ShowAnimations() {
		return
	}
	b.flights.land(now)
	b.flights.launch(b.picture.links, pulses, now)
	if !b.running && len(b.flights.all) > 0 {
		b.running = true
		b.frame(now)
	}
}

// frame draws the dots where they are now, and comes again while there are any.
func (b *board) frame(now time.Time) {
	b.flights.land(now)
	b.drawDots(now)
	b.frames.Add(1)
	if len(b.flights.all) == 0 {
		b.running = false
		return
	}
	asked := time.Now()
	b.host.After(probeAfter, func() {
		done := time.Now()
		b.pace.note(max(done.Sub(asked)-probeAfter, 0), done)
	})
	b.host.After(b.pace.next(asked), func() { b.next(time.Now()) })
}

// next is the next frame, unless the board has gone out of view meanwhile.
func (b *board) next(now time.Time) {
	if !b.inView() || !b.pace.bears(now) {
		b.flights.all = nil
	}
	b.frame(now)
}

// inView reports whether the board is on a canvas and seen.
func (b *board) inView() bool {
	return b.Visible() && (b.seen == nil || b.seen())
}

func (b *board) drawDots(now time.Time) {
	side := dotSize * b.unit()
	for i, dot := range b.dots {
		if i >= len(b.flights.all) {
			if dot.Visible() {
				dot.Hide()
			}
			continue
		}
		f := &b.flights.all[i]
		left, ok1 := b.spots[f.link.left()]
		right, ok2 := b.spots[f.link.right()]
		if !ok1 || !ok2 {
			dot.Hide()
			continue
		}
		u := f.way(now)
		if f.link.kind.leftward() {
			u = 1 - u
		}
		from, to := left.right(), right.left()
		dot.FillColor = fynetheme.ColorForWidget(f.link.kind.role().Color(), b)
		dot.Resize(fyne.NewSquareSize(side))
		dot.Move(fyne.NewPos(from.X+(to.X-from.X)*u-side/2, from.Y+(to.Y-from.Y)*bend(u)-side/2))
		if !dot.Visible() {
			dot.Show()
		}
	}
}
