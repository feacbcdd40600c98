package window

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/overview"
	"sluice/ui/pane"
)

// presentation is Overview alone in a window of its own that fills a display: the second one where there is one. A window
// of its own has no menu, no banner and no dialog of the workbench in it, and on a single display it covers the workbench.
type presentation struct {
	window fyne.Window
	pane   *overview.Pane
}

// largeType is how much larger than usual a presentation is.
const largeType = 1.5

// forgetFonts is how long after the end of a presentation its fonts are forgotten: its window is gone by then.
const forgetFonts = 100 * time.Millisecond

// present opens the presentation, or ends it.
func (w *window) present() {
	if w.presented != nil {
		w.presented.window.Close()
		return
	}
	p := &presentation{window: w.app.NewWindow(lang.L("Sluice: Overview"))}
	host := &pane.Host{Window: p.window, Do: w.do, After: w.host.After, Run: w.run, Wake: w.wakeUp, Notify: w.notify, Gateway: w.gateway, Open: func(string, string) {}}
	p.pane = overview.New(w.engine, host, overview.Options{Presenting: true})
	p.window.SetPadded(false)
	p.window.SetContent(container.NewThemeOverride(p.pane.Content(), pane.Enlarged(largeType)))
	p.window.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyEscape || ev.Name == fyne.KeyF11 {
			p.window.Close()
		}
	})
	p.window.SetOnClosed(w.presentEnded)
	p.window.Resize(firstSize)
	w.presented = p
	fill(w.app.Driver(), p.window)
	p.window.Show()
	p.window.RequestFocus()
	w.look()
}

// fill lets a window fill the second display, or the one there is.
func fill(driver fyne.Driver, w fyne.Window) {
	displays, ok := driver.(interface{ HasSecondaryDisplay() bool })
	if other, can := w.(desktop.Window); ok && can && displays.HasSecondaryDisplay() {
		other.RequestFullScreenSecondary()
		return
	}
	w.SetFullScreen(true)
}

func (w *window) presentEnded() {
	w.presented = nil
	w.look()
	w.after(forgetFonts, func() {
		if w.presented == nil {
			w.setMode(w.mode) // the toolkit keeps what a presentation read of fonts, some twenty megabytes, until a theme is set
		}
	})
}

// endPresentation closes it, if it is open, before the workbench closes.
func (w *window) endPresentation() {
	if w.presented != nil {
		w.presented.window.Close()
	}
}
