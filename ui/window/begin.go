package window

import (
	"os"

	"fyne.io/fyne/v2"

	"sluice/engine/demonstration"
)

// begin starts what runs as long as the window lives, and asks what is asked on the first start.
func (w *window) begin() {
	w.live()
	w.run(func() {
		if err := demonstration.Sweep(w.engine); err != nil {
			fyne.LogError("looking for what a demonstration left", err)
		}
		w.do(w.askFirst)
	})
}

// live has the window follow the engine.
func (w *window) live() {
	w.ticking = true
	life := w.app.Lifecycle()
	life.SetOnEnteredForeground(func() { w.watches.front.Store(true) })
	life.SetOnExitedForeground(func() { w.watches.front.Store(false) })
	w.run(w.ticks)
	w.prompt.begin()
	w.run(w.watches.run)
	if path := os.Getenv(framesFile); path != "" {
		w.run(func() { w.countFrames(path, framesEvery) })
	}
}
