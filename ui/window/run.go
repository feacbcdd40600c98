// Package window is the workbench's window: the frame around the panes, and the ticker that asks the engine what
// changed. The engine is asked at most ten times a second, by one goroutine, and only for what is in view; what changed
// is drawn in one function on the UI goroutine.
package window

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"sluice/assets"
	"sluice/ui/language"
)

// Options is what the window is opened with.
type Options struct {
	// Engine is shown and driven. It is not closed by the window.
	Engine Engine
	// Version is the program's version.
	Version string
	// Build says in lines of what the program was built: its version, that of Go, the system, the source.
	Build string
	// CrashReport is the file that says how the program ended the last time, empty where it ended well.
	CrashReport string
	// FirstStart says that nobody has answered yet who may reach the gateway: no settings are kept and none were given.
	FirstStart bool
	// StartErr is what Engine.Start said before the window was there, nil for nothing. It is said in a banner.
	StartErr error
	// SettingsFile was laid over the kept settings, and is so at every start like this one; empty: none was.
	SettingsFile string
	// Language is spoken from now on, nil for the one that is remembered.
	Language *language.Choice

	left *layout // how the window was before it was built anew, nil for as the engine keeps it
}

// NoWindowError says that there can be no window here: no display answers, or it has no OpenGL.
type NoWindowError struct{ Reason any }

// Error returns the reason, and what to do.
func (e *NoWindowError) Error() string {
	return fmt.Sprintf("no window can be opened: %v; run 'sluice serve' to do without one", e.Reason)
}

// Run opens the window and returns when the user has closed it. It must be called on the main goroutine. Where no window
// can be opened the error is a *NoWindowError.
func Run(o Options) error {
	if err := language.Load(); err != nil {
		return err
	}
	a := app.New()
	a.SetIcon(fyne.NewStaticResource("icon.png", assets.AppIcon))
	w := newWindow(a, a.NewWindow("Sluice"), o, fyne.Do)
	w.window.SetMaster()
	w.window.SetCloseIntercept(w.closeWindow)
	w.tray.begin()
	return w.showAndRun()
}

// showAndRun returns when the window is closed. The toolkit panics where it cannot open one.
func (w *window) showAndRun() (err error) {
	started := false
	defer func() { w.latest().close() }()
	defer func() {
		if started {
			return
		}
		if reason := recover(); reason != nil {
			err = &NoWindowError{Reason: reason}
		}
	}()
	w.app.Lifecycle().SetOnStarted(func() {
		started = true
		w.begin()
	})
	w.window.ShowAndRun()
	return nil
}

// quit remembers the layout and closes the window.
func (w *window) quit() {
	data, err := w.layoutNow()
	if err != nil {
		fyne.LogError("remembering the window's layout", err)
	}
	w.closePresentation()
	w.close()
	w.keepLayout(data)
	w.app.Quit()
}
