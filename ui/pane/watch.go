package pane

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/watch"
)

// Event is something that a user can ask to be told of.
type Event struct {
	// Label continues "Tell me when".
	Label string
	Spec  watch.Spec
	// Ask says that the user fills in the rest: what a value is compared with, or how long.
	Ask bool
}

// TellMe is the menu of what a user can ask to be told of a thing, for its context menu. There is none where the window
// tells nothing.
func (h *Host) TellMe(events ...Event) []*fyne.MenuItem {
	if h.Watch == nil || len(events) == 0 {
		return nil
	}
	item := fyne.NewMenuItem(lang.L("Tell me when"), nil)
	item.ChildMenu = fyne.NewMenu("")
	for _, e := range events {
		label := e.Label
		if e.Ask {
			label += "…"
		}
		item.ChildMenu.Items = append(item.ChildMenu.Items, fyne.NewMenuItem(label, func() { h.Watch(e.Spec, e.Ask) }))
	}
	return []*fyne.MenuItem{item, fyne.NewMenuItemSeparator()}
}
