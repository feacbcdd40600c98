package window

import (
	"fmt"
	"os"
	"time"

	"fyne.io/fyne/v2"

	"sluice/ui/pane"
)

// framesFile names the environment variable of a file to which the frame rate of Overview is written while it is in view,
// for benchmarks.
const framesFile = "SLUICE_FRAMES"

// framesEvery is how often it is written.
const framesEvery = 5 * time.Second

// countFrames appends a line for each time every that Overview was in view, until the window closes.
func (w *window) countFrames(path string, every time.Duration) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		fyne.LogError("opening the file for frame rates", err)
		return
	}
	defer file.Close()
	before := w.overview.Frames()
	seen := w.inView.Load().pane == w.panes[pane.Overview]
	for w.pause(every) {
		now, sees := w.overview.Frames(), w.inView.Load().pane == w.panes[pane.Overview]
		if seen && sees {
			if _, err := fmt.Fprintf(file, "overview %.1f\n", float64(now-before)/every.Seconds()); err != nil {
				fyne.LogError("writing frame rates", err)
				return
			}
		}
		before, seen = now, sees
	}
}
