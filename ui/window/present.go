package window

import (
	"encoding/base64"
	"encoding/hex"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/overview"
	"sluice/ui/pane"
)

// presentation is Overview alone in a window of its own that fills a display: the second one where there is one. A window
// of its own has no menu, no banner and no dialog of the workbench in it, and on a single display it covers the workbench.
// It is made once, and hidden in between: whenever something gets a theme of its own, the toolkit reads all fonts again,
// some twenty megabytes, and never lets go of them.
type presentation struct {
	window fyne.Window
	pane   *overview.Pane
}

// largeType is how much larger than usual a presentation is.
const largeType = 1.5

// present shows the presentation, or ends it.
func (w *window) present() {
	if w.presented != nil {
		w.endPresentation()
		return
	}
	if w.stage == nil {
		w.stage = w.newPresentation()
	}
	w.presented = w.stage
	fill(w.app.Driver(), w.presented.window)
	w.presented.window.Show()
	w.presented.window.RequestFocus()
	w.look()
}

func (w *window) newPresentation() *presentation {
	p := &presentation{window: w.app.NewWindow(lang.L("Sluice: Overview"))}
	host := &pane.Host{Window: p.window, Do: w.do, After: w.host.After, Run: w.run, Wake: w.wakeUp, Notify: w.notify, Gateway: w.gateway, Open: func(string, string) {}}
	p.pane = overview.New(w.engine, host, overview.Options{Presenting: true, Secrets: w.heldSecrets})
	p.window.SetPadded(false)
	p.window.SetContent(container.NewThemeOverride(p.pane.Content(), pane.Enlarged(largeType)))
	p.window.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyEscape || ev.Name == fyne.KeyF11 {
			w.endPresentation()
		}
	})
	p.window.SetCloseIntercept(w.endPresentation)
	p.window.Resize(firstSize)
	return p
}

// heldSecrets are the secrets that the settings and the Certificates pane hold as text: passwords of key files, and pre-shared
// keys as they are written. Those of users are kept as hashes.
func (w *window) heldSecrets() []string {
	var all []string
	for _, l := range w.engine.Settings().Listeners {
		if o := l.DTLSOptions; o != nil {
			all = append(all, o.Password)
		}
		if o := l.SSLOptions; o != nil {
			all = append(all, o.Password)
		}
	}
	keeper := w.engine.Keys()
	if keeper == nil {
		return all
	}
	for _, k := range keeper.PSKs() {
		if key, err := keeper.RevealPSK(k.Identity); err == nil { // one that cannot be opened is not known to anybody here
			all = append(all, string(key), hex.EncodeToString(key), base64.StdEncoding.EncodeToString(key))
		}
	}
	return all
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

// endPresentation hides it, if it is shown. A window that fills a display cannot be hidden.
func (w *window) endPresentation() {
	if w.presented == nil {
		return
	}
	w.presented.window.SetFullScreen(false)
	w.presented.window.Hide()
	w.presented = nil
	w.look()
}

// closePresentation closes its window before the workbench closes.
func (w *window) closePresentation() {
	w.endPresentation()
	if w.stage != nil {
		w.stage.window.Close()
		w.stage = nil
	}
}
