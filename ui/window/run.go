// Package window is the workbench's window: the frame around the panes, and the ticker that asks the engine what
// changed. The engine is asked at most ten times a second, by one goroutine, and only for what is in view; what changed
// is drawn in one function on the UI goroutine.
package window

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/lang"

	"sluice/assets"
)

// Options is what the window is opened with.
type Options struct {
	// Engine is shown and driven. It is not closed by the window.
	Engine Engine
	// Version is the program's version.
	Version string
	// StartErr is what Engine.Start said before the window was there, nil for nothing. It is said in a banner.
	StartErr error
}

// Run opens the window and returns when the user has closed it. It must be called on the main goroutine.
func Run(o Options) error {
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		return fmt.Errorf("reading the translations: %w", err)
	}
	a := app.New()
	a.SetIcon(fyne.NewStaticResource("icon.png", assets.AppIcon))
	w := newWindow(a, a.NewWindow("Sluice"), o, fyne.Do)
	w.window.SetMaster()
	w.window.SetCloseIntercept(w.quit)
	a.Lifecycle().SetOnStarted(func() { w.run(w.ticks) })
	w.window.ShowAndRun()
	w.close()
	return nil
}

// quit remembers the layout and closes the window.
func (w *window) quit() {
	data, err := w.layoutNow()
	if err != nil {
		fyne.LogError("remembering the window's layout", err)
	}
	w.close()
	w.keepLayout(data)
	w.app.Quit()
}
