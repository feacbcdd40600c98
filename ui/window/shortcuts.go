package window

import (
	"runtime"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/theme"
	"sluice/ui/widget"
)

// What keys do, besides going to a pane, which is named by the pane's ID.
const (
	actPalette   = "palette"
	actFilter    = "filter"
	actDrawer    = "drawer"
	actShortcuts = "shortcuts"
	actPresent   = "present" // Overview alone, full screen
	actQuit      = "quit"
	actSend      = "send" // the request in the Request pane
	actUndo      = "undo"
)

// shortcut is a key of the window.
type shortcut struct {
	action   string
	key      fyne.KeyName
	modifier fyne.KeyModifier
}

// shortcuts is every key that the window binds; the menu takes its keys from here.
var shortcuts = append(paneShortcuts(),
	shortcut{actPalette, fyne.KeyK, fyne.KeyModifierShortcutDefault},
	shortcut{actFilter, fyne.KeyF, fyne.KeyModifierShortcutDefault},
	shortcut{actDrawer, fyne.KeyJ, fyne.KeyModifierShortcutDefault},
	shortcut{actShortcuts, fyne.KeyF1, 0},
	shortcut{actPresent, fyne.KeyF11, 0},
	shortcut{actSend, fyne.KeyReturn, fyne.KeyModifierShortcutDefault},
	shortcut{actUndo, fyne.KeyZ, fyne.KeyModifierShortcutDefault},
	shortcut{actQuit, fyne.KeyQ, fyne.KeyModifierShortcutDefault},
)

// paneKeys go to the panes by their numbers in the rail; the comma is where settings are everywhere.
var paneKeys = []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9, fyne.Key0, fyne.KeyComma}

func paneShortcuts() []shortcut {
	var list []shortcut
	for i, id := range paneOrder {
		list = append(list, shortcut{id, paneKeys[i], fyne.KeyModifierShortcutDefault})
	}
	return list
}

// find is the shortcut of an action.
func find(action string) (shortcut, bool) {
	at := slices.IndexFunc(shortcuts, func(s shortcut) bool { return s.action == action })
	if at < 0 {
		return shortcut{}, false
	}
	return shortcuts[at], true
}

// bind gives a menu item the key of what it does, where there is one.
func bind(item *fyne.MenuItem, action string) {
	if s, ok := find(action); ok {
		item.Shortcut = s.shortcut()
	}
}

func (s shortcut) shortcut() fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: s.key, Modifier: s.modifier}
}

// typedKey does what keys without a modifier mean: those of the menu come only with one.
func (w *window) typedKey(ev *fyne.KeyEvent) {
	for _, s := range shortcuts {
		switch {
		case s.modifier != 0 || s.key != ev.Name:
		case s.action == actShortcuts:
			w.showShortcuts()
		case s.action == actPresent:
			w.present()
		}
	}
}

// keysOf writes the keys of an action, nothing where there are none.
func keysOf(action string) string {
	s, ok := find(action)
	if !ok {
		return ""
	}
	return s.String()
}

// String writes the keys as they stand on the keyboard.
func (s shortcut) String() string {
	switch {
	case s.modifier == 0:
		return string(s.key)
	case runtime.GOOS == "darwin":
		return "⌘ " + string(s.key)
	}
	return lang.L("Ctrl") + " " + string(s.key)
}

// words says what a shortcut of the window does.
func (m *menu) words(s shortcut) string {
	switch s.action {
	case actPalette:
		return lang.L("Find anything: panes, clients, topics, settings, commands")
	case actFilter:
		return lang.L("Filter this pane")
	case actDrawer:
		return lang.L("Show or hide the traffic drawer")
	case actShortcuts:
		return lang.L("This list")
	case actPresent:
		return lang.L("Show Overview alone, full screen; Esc ends it")
	case actSend:
		return lang.L("Send the request, in the Request pane")
	case actUndo:
		return lang.L("Take back what was deleted last; in a field, what was typed")
	case actQuit:
		return lang.L("Quit")
	}
	return lang.L("Go to {{.Pane}}", map[string]any{"Pane": m.names[s.action]})
}

// shortcutRow is a line of the list of shortcuts.
type shortcutRow struct{ keys, does, where string }

// listed is every shortcut: those of the window, and those of what its panes are made of.
func (m *menu) listed() []shortcutRow {
	var rows []shortcutRow
	for _, s := range shortcuts {
		rows = append(rows, shortcutRow{s.String(), m.words(s), lang.L("Everywhere")})
	}
	for _, k := range widgetKeys {
		rows = append(rows, shortcutRow{k.keys, k.does(), k.where()})
	}
	return rows
}

// widgetKey is a key of a kind of widget.
type widgetKey struct {
	keys        string
	does, where func() string
}

// widgetKeys are the keys of what panes are made of.
var widgetKeys = []widgetKey{
	{"↑ ↓ PgUp PgDn Home End", func() string { return lang.L("Move from row to row") }, inLists},
	{"Enter", func() string { return lang.L("Open the row") }, inLists},
	{"Shift F10", func() string { return lang.L("The menu of the row") }, inLists},
	{"Delete", func() string { return lang.L("Delete the row, where it can be deleted") }, inLists},
	{"Alt ↑ Alt ↓", func() string { return lang.L("Move the row, where their order matters") }, inLists},
	{"← →", func() string { return lang.L("Close or open a branch") }, func() string { return lang.L("In trees") }},
	{"↓", func() string { return lang.L("From the filter to the rows; Esc leads back") }, func() string { return lang.L("In filters") }},
	{"Esc", func() string { return lang.L("Empty the filter") }, func() string { return lang.L("In filters") }},
	{"Esc", func() string { return lang.L("Close it") }, func() string { return lang.L("In dialogs") }},
	{"Tab, Shift Tab", func() string { return lang.L("To the next or the former control") }, func() string { return lang.L("Everywhere") }},
}

func inLists() string { return lang.L("In lists") }

// shortcutsSize is how large the list of shortcuts is.
var shortcutsSize = fyne.NewSize(720, 480)

// showShortcuts lists all shortcuts in a dialog, which may lie over another one.
func (w *window) showShortcuts() {
	if w.listing {
		return
	}
	w.listing = true
	w.host.InformWide(lang.L("Keyboard shortcuts"), newShortcutTable(w.menu.listed()), shortcutsSize, func() { w.listing = false })
}

// shortcutWords is how wide what the shortcuts do is written.
const shortcutWords = 390

func newShortcutTable(rows []shortcutRow) *widget.DataTable[shortcutRow, shortcutRow] {
	table := widget.NewDataTable(func(r shortcutRow) shortcutRow { return r }, []widget.Column[shortcutRow]{
		{ID: "keys", Title: lang.L("Keys"), Width: 190, Mono: true, Text: func(r shortcutRow) string { return r.keys }},
		{ID: "does", Title: lang.L("What they do"), Width: shortcutWords, Text: func(r shortcutRow) string { return r.does }},
		{ID: "where", Title: lang.L("Where"), Width: 120, Tone: theme.RoleMuted, Text: func(r shortcutRow) string { return r.where },
			Compare: func(a, b shortcutRow) int { return strings.Compare(a.where, b.where) }},
	})
	table.SetRows(rows)
	return table
}
