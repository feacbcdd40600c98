package palette

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Of are the items of a menu as commands, each with the name of what it is done to; thing may be empty. What cannot be
// chosen now is left out.
func Of(thing string, items []*fyne.MenuItem) []Command {
	var list []Command
	for _, item := range items {
		if item.ChildMenu != nil {
			list = append(list, Of(thing, item.ChildMenu.Items)...)
			continue
		}
		if item.IsSeparator || item.Disabled || item.Action == nil {
			continue
		}
		name := strings.TrimSuffix(item.Label, "…")
		c := Command{ID: item.Label, Name: name, Run: item.Action}
		if thing != "" {
			c.Name = lang.L("{{.Action}}: {{.Thing}}", map[string]any{"Action": name, "Thing": thing})
		}
		list = append(list, c)
	}
	return list
}
