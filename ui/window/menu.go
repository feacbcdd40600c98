package window

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/watch"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// menu is the main menu; its items carry the shortcuts.
type menu struct {
	main   *fyne.MainMenu
	start  *fyne.MenuItem
	stop   *fyne.MenuItem
	drawer *fyne.MenuItem
	keyLog *fyne.MenuItem
	undo   *fyne.MenuItem
	panes  map[string]*fyne.MenuItem
	names  map[string]string // of the panes
	themes map[theme.Mode]*fyne.MenuItem
	shown  string // the state of the items, to leave the menu alone where nothing changed
}

func newMenu(w *window) *menu {
	m := &menu{panes: map[string]*fyne.MenuItem{}, themes: map[theme.Mode]*fyne.MenuItem{}}
	quit := fyne.NewMenuItem(lang.L("Quit"), w.quit)
	quit.IsQuit = true
	bind(quit, actQuit)
	m.start = fyne.NewMenuItem(lang.L("Start"), func() { w.power(true) })
	m.stop = fyne.NewMenuItem(lang.L("Stop"), func() { w.power(false) })

	m.names = map[string]string{pane.Overview: lang.L("Overview"), pane.Clients: lang.L("Clients"), pane.Topics: lang.L("Topics"), pane.Observers: lang.L("Observers"),
		pane.Directory: lang.L("Directory"), pane.Traffic: lang.L("Traffic"), pane.Request: lang.L("Request"), pane.Devices: lang.L("Devices"),
		pane.Certificates: lang.L("Certificates"), pane.Access: lang.L("Access"), pane.Settings: lang.L("Settings")}
	view := fyne.NewMenu(lang.L("View"))
	for _, id := range paneOrder {
		item := fyne.NewMenuItem(m.names[id], func() { w.goTo(id) })
		bind(item, id)
		m.panes[id] = item
		view.Items = append(view.Items, item)
	}
	m.drawer = fyne.NewMenuItem(lang.L("Traffic drawer"), func() { w.showDrawer(!w.drawerShown()) })
	bind(m.drawer, actDrawer)
	filter := fyne.NewMenuItem(lang.L("Filter this pane"), func() { w.window.Canvas().Focus(w.panes[w.current].Filter()) })
	bind(filter, actFilter)
	search := fyne.NewMenuItem(lang.L("Find anything"), w.togglePalette)
	bind(search, actPalette)
	look := fyne.NewMenuItem(lang.L("Theme"), nil)
	look.ChildMenu = fyne.NewMenu("")
	for _, t := range []struct {
		mode theme.Mode
		name string
	}{{theme.System, lang.L("As the system")}, {theme.Dark, lang.L("Dark")}, {theme.Light, lang.L("Light")}} {
		item := fyne.NewMenuItem(t.name, func() { w.setMode(t.mode) })
		m.themes[t.mode] = item
		look.ChildMenu.Items = append(look.ChildMenu.Items, item)
	}
	present := fyne.NewMenuItem(lang.L("Present full screen"), w.present)
	bind(present, actPresent)
	view.Items = append(view.Items, fyne.NewMenuItemSeparator(), m.drawer, filter, search, present, fyne.NewMenuItemSeparator(), look, languageMenu(w))

	keys := fyne.NewMenuItem(lang.L("Keyboard shortcuts"), w.showShortcuts)
	bind(keys, actShortcuts)
	m.keyLog = w.secrets.pane.KeyLogItem()
	var edit *fyne.Menu
	edit, m.undo = newEditMenu(w)
	m.main = fyne.NewMainMenu(
		fyne.NewMenu(lang.L("File"), w.tray.item, fyne.NewMenuItemSeparator(), quit),
		edit,
		fyne.NewMenu(lang.L("Gateway"), m.start, m.stop, fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(lang.L("Who can reach it…"), w.showReach), fyne.NewMenuItem(lang.L("Tell me when…"), func() { newWatchForm(w.watches, watch.Spec{}).open() }),
			fyne.NewMenuItem(lang.L("Notifications…"), w.watches.showList),
			fyne.NewMenuItem(lang.L("Limits"), w.showLimits), m.keyLog),
		view,
		requestMenu(w),
		fyne.NewMenu(lang.L("Help"), w.demo.menuItem(), w.demo.endItem(), fyne.NewMenuItemSeparator(), keys, fyne.NewMenuItem(lang.L("About Sluice"), w.about)),
	)
	return m
}

// requestMenu are the commands of the Request pane, which comes into view with them.
func requestMenu(w *window) *fyne.Menu {
	menu := fyne.NewMenu(lang.L("Request"))
	for i, c := range w.request.Commands() {
		menu.Items = append(menu.Items, fyne.NewMenuItem(c.Label, func() {
			w.goTo(pane.Request)
			if now := w.request.Commands()[i]; !now.Disabled {
				now.Do()
			}
		}))
		if c.Last {
			menu.Items = append(menu.Items, fyne.NewMenuItemSeparator())
		}
	}
	return menu
}

// update ticks and enables the items as the window is now.
func (m *menu) update(w *window) {
	stopped := w.top.now == engine.Stopped
	m.start.Disabled = w.busy || !stopped
	m.stop.Disabled = w.busy || stopped
	m.drawer.Checked = w.drawerShown()
	m.keyLog.Checked = w.secrets.shownLog != ""
	w.tray.update()
	for id, item := range m.panes {
		item.Checked = id == w.current
	}
	for mode, item := range m.themes {
		item.Checked = mode == w.mode
	}
	var state strings.Builder
	for _, on := range []bool{m.start.Disabled, m.stop.Disabled, m.drawer.Checked, m.keyLog.Checked} {
		if on {
			state.WriteByte('x')
		}
		state.WriteByte('.')
	}
	state.WriteString(w.current + string(w.mode))
	if state.String() != m.shown {
		m.shown = state.String()
		m.main.Refresh()
	}
}
