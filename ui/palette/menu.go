package palette

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Of are the items of a menu as commands, each with the name of what it is done to; thing may be empty. Those of a submenu
// have its name before their own. What cannot be chosen now is left out.
func Of(thing string, items []*fyne.MenuItem) []Command { return of("", thing, items) }

func of(path, thing string, items []*fyne.MenuItem) []Command {
	var list []Command
	for _, item := range items {
		if item.ChildMenu != nil {
			list = append(list, of(path+item.Label+" › ", thing, item.ChildMenu.Items)...)
			continue
		}
		if item.IsSeparator || item.Disabled || item.Action == nil {
			continue
		}
		name := path + strings.TrimSuffix(item.Label, "…")
		c := Command{ID: path + item.Label, Name: name, Run: item.Action}
		if thing != "" {
			c.Name = lang.L("{{.Action}}: {{.Thing}}", map[string]any{"Action": name, "Thing": thing})
		}
		list = append(list, c)
	}
	return list
}
