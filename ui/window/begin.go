package window

import (
	"os"

	"fyne.io/fyne/v2"

	"sluice/engine/demonstration"
	"sluice/engine/watch"
)

// goesOn is what goes on while the window is built anew.
type goesOn struct {
	set           *watch.Set
	demonstration *demonstration.Demonstration
}

// handOver gives away what goes on in the window that is built in place of this one.
func (w *window) handOver() goesOn { return goesOn{w.watches.set, w.demo.handOver()} }

// begin starts what runs as long as the window lives, and asks what is asked on the first start.
func (w *window) begin() {
	w.ticking = true
	life := w.app.Lifecycle()
	life.SetOnEnteredForeground(func() { w.watches.front.Store(true) })
	life.SetOnExitedForeground(func() { w.watches.front.Store(false) })
	w.run(w.ticks)
	w.run(w.watches.run)
	if path := os.Getenv(framesFile); path != "" {
		w.run(func() { w.countFrames(path, framesEvery) })
	}
	w.run(func() {
		if w.demo.current() == nil {
			if err := demonstration.Sweep(w.engine); err != nil {
				fyne.LogError("looking for what a demonstration left", err)
			}
		}
		w.do(w.askFirst)
	})
}
