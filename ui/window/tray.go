package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"sluice/assets"
	"sluice/engine"
	"sluice/ui/theme"
)

// tray is the icon in the system's tray: the state of the gateway, and what is done without the window. It lets the
// gateway run on when the window is closed, where the user wants that and sees a tray.
type tray struct {
	window *window
	app    desktop.App // nil: there is no tray
	// seen reports whether the desktop shows an icon in a tray now.
	seen  func() bool
	keep  bool // the user wants the program to run on in the tray
	menu  *fyne.Menu
	state *fyne.MenuItem
	power *fyne.MenuItem
	shown string
	item  *fyne.MenuItem // of the main menu
}

func newTray(w *window, keep bool) *tray {
	t := &tray{window: w, keep: keep, seen: traySeen}
	t.item = fyne.NewMenuItem(lang.L("Keep running in the tray when the window is closed"), t.toggle)
	t.item.Checked = keep
	t.state = fyne.NewMenuItem("", nil)
	t.state.Disabled = true
	t.power = fyne.NewMenuItem("", func() { w.power(w.top.now == engine.Stopped) })
	quit := fyne.NewMenuItem(lang.L("Quit"), w.quit)
	quit.IsQuit = true
	t.menu = fyne.NewMenu("Sluice", t.state, fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Open the window"), t.open), t.power, fyne.NewMenuItemSeparator(), quit)
	return t
}

// begin puts the icon into the tray, where there is one.
func (t *tray) begin() {
	app, ok := t.window.app.(desktop.App)
	if !ok || !t.seen() {
		return
	}
	t.app = app
	t.update()
	app.SetSystemTrayMenu(t.menu)
	app.SetSystemTrayIcon(fyne.NewStaticResource("icon.png", assets.AppIcon))
	app.SetSystemTrayWindow(t.window.window)
}

// update says the state of the gateway; it leaves the menu alone where nothing changed.
func (t *tray) update() {
	w := t.window
	stopped := w.top.now == engine.Stopped
	state := lang.L("The gateway runs")
	power := lang.L("Stop the gateway")
	switch {
	case stopped:
		state, power = lang.L("The gateway is stopped"), lang.L("Start the gateway")
	case w.top.now == engine.Degraded:
		state = lang.L("The gateway runs, but not all listeners are open")
	}
	t.state.Label, t.power.Label, t.power.Disabled = state, power, w.busy
	shown := state + power
	if w.busy {
		shown += "…"
	}
	if shown == t.shown {
		return
	}
	t.shown = shown
	if t.app != nil {
		t.menu.Refresh()
	}
}

// toggle changes whether the program runs on when the window is closed.
func (t *tray) toggle() { t.setKeep(!t.keep) }

func (t *tray) setKeep(keep bool) {
	t.keep, t.item.Checked = keep, keep
	t.window.menu.main.Refresh()
	if note := t.note(); keep && note != "" {
		t.window.notify(theme.RoleLate, note, "", nil)
	}
}

// note says why the wish to keep running in the tray has no effect, empty where it has.
func (t *tray) note() string {
	if t.app != nil && t.seen() {
		return ""
	}
	return lang.L("This desktop shows no tray now, so closing the window still quits. A tray that appears later is used after the next start.")
}

// open brings the window back.
func (t *tray) open() {
	t.window.window.Show()
	t.window.window.RequestFocus()
}

// closeWindow is what closing the window means: to hide it where an icon in the tray brings it back, or else to quit. A
// program that nobody sees would be stranded.
func (w *window) closeWindow() {
	t := w.tray
	if !t.keep || t.app == nil || !t.seen() {
		w.quit()
		return
	}
	w.watches.front.Store(false)
	w.window.Hide()
}
