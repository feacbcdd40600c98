package window

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/settings"
	"sluice/ui/observers"
	"sluice/ui/palette"
	"sluice/ui/pane"
)

// togglePalette opens the palette, or closes it.
func (w *window) togglePalette() {
	if w.palette != nil {
		w.palette.Close()
		return
	}
	if w.window.Canvas().Overlays().Top() != nil {
		return // a dialog is answered first
	}
	w.palette = palette.Open(w.host, palette.Options{
		Commands: w.commands(),
		Load:     w.items,
		Recent:   w.recent,
		Used:     func(id string) { w.recent = palette.Used(w.recent, id) },
		Closed:   func() { w.palette = nil },
	})
}

// commands are the panes, what the pane in view can do, and what the menu can do.
func (w *window) commands() []palette.Command {
	var list []palette.Command
	for _, id := range paneOrder {
		list = append(list, palette.Command{ID: "pane:" + id, Kind: lang.L("Pane"), Name: w.menu.names[id], Keys: keysOf(id), Run: func() { w.goTo(id) }})
	}
	if p, ok := w.panes[w.current].(palette.Commander); ok {
		for _, c := range p.Commands() {
			c.ID, c.Kind = w.current+":"+c.ID, w.menu.names[w.current]
			list = append(list, c)
		}
	}
	for _, menu := range w.menu.main.Items {
		list = append(list, w.menuCommands(menu.Label, menu.Items)...)
	}
	return list
}

// menuCommands are the items of a menu and its submenus that can be chosen now, panes aside.
func (w *window) menuCommands(path string, items []*fyne.MenuItem) []palette.Command {
	var list []palette.Command
	for _, item := range items {
		switch {
		case item.ChildMenu != nil:
			list = append(list, w.menuCommands(path+" › "+item.Label, item.ChildMenu.Items)...)
		case item.IsSeparator || item.Disabled || item.Action == nil || w.isPane(item) || item.Label == lang.L("Find anything"):
		default:
			list = append(list, palette.Command{ID: "menu:" + path + ":" + item.Label, Kind: path, Name: item.Label, Keys: keysIn(item), Run: item.Action})
		}
	}
	return list
}

func (w *window) isPane(item *fyne.MenuItem) bool {
	for _, of := range w.menu.panes {
		if of == item {
			return true
		}
	}
	return false
}

// keysIn writes the keys of a menu item.
func keysIn(item *fyne.MenuItem) string {
	for _, s := range shortcuts {
		bound := &fyne.MenuItem{}
		bind(bound, s.action)
		if item.Shortcut != nil && bound.Shortcut.ShortcutName() == item.Shortcut.ShortcutName() {
			return s.String()
		}
	}
	return ""
}

// reach goes to a pane and, once it is filled, to an item in it.
func (w *window) reach(id, item string) {
	w.goTo(id)
	w.arrived.item = item
}

// items are the things that panes show, of which there may be many. It is called off the UI goroutine.
func (w *window) items() []palette.Items {
	list := []palette.Items{w.clientItems(), w.topicItems(), w.observerItems()}
	if keeper := w.engine.Keys(); keeper != nil {
		var certificates, psks palette.Items
		for _, e := range keeper.Entries() {
			certificates.Names, certificates.Notes = append(certificates.Names, e.Name), append(certificates.Notes, e.Subject)
		}
		for _, k := range keeper.PSKs() {
			psks.Names = append(psks.Names, k.Identity)
		}
		certificates.Prefix, certificates.Kind = "certificate:", lang.L("Certificate")
		psks.Prefix, psks.Kind = "psk:", lang.L("Pre-shared key")
		certificates.Run = func(i int) { w.reach(pane.Certificates, certificates.Names[i]) }
		psks.Run = func(i int) { w.reach(pane.Certificates, psks.Names[i]) }
		list = append(list, certificates, psks)
	}
	return append(list, w.settingItems())
}

func (w *window) clientItems() palette.Items {
	items := palette.Items{Prefix: "client:", Kind: lang.L("Client")}
	var keys []string
	for _, c := range w.engine.Clients() {
		keys, items.Names, items.Notes = append(keys, c.Key), append(items.Names, c.ID), append(items.Notes, c.Addr)
	}
	items.Run = func(i int) { w.reach(pane.Clients, keys[i]) }
	return items
}

func (w *window) topicItems() palette.Items {
	names := w.engine.Topics().Below("")
	return palette.Items{Prefix: "topic:", Kind: lang.L("Topic"), Names: names, Run: func(i int) { w.reach(pane.Topics, names[i]) }}
}

// observerItems are what is observed, each once.
func (w *window) observerItems() palette.Items {
	items := palette.Items{Prefix: "observer:", Kind: lang.L("Observer")}
	var keys []string
	known := map[string]bool{}
	for _, o := range w.engine.Observers() {
		if key := observers.KeyOf(o); !known[key] {
			known[key] = true
			keys, items.Names = append(keys, key), append(items.Names, o.Filter)
		}
	}
	items.Run = func(i int) { w.reach(pane.Observers, keys[i]) }
	return items
}

// settingItems are found by their names and by what they mean.
func (w *window) settingItems() palette.Items {
	items := palette.Items{Prefix: "setting:", Kind: lang.L("Setting")}
	for _, k := range settings.Keys() {
		if !strings.HasPrefix(k.Path, "listener.") {
			items.Names, items.Notes = append(items.Names, k.Path), append(items.Notes, lang.L(k.Meaning))
		}
	}
	items.Run = func(i int) { w.reach(pane.Settings, items.Names[i]) }
	return items
}
