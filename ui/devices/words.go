package devices

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/device"
)

// wordMenu lists what expressions know; what is chosen is written where the cursor is.
func (f *templateForm) wordMenu() *fyne.Menu {
	var items []*fyne.MenuItem
	for _, w := range device.Words() {
		items = append(items, fyne.NewMenuItem(w.Use+"   "+wordText(w.Name), func() { f.insert(w.Use) }))
	}
	all := fyne.NewMenuItem(lang.L("Functions of expr-lang"), nil)
	for _, name := range device.Builtins() {
		if all.ChildMenu == nil {
			all.ChildMenu = fyne.NewMenu("")
		}
		all.ChildMenu.Items = append(all.ChildMenu.Items, fyne.NewMenuItem(name, func() { f.insert(name + "()") }))
	}
	topics := fyne.NewMenuItem(lang.L("In topics: {{.Names}}", map[string]any{"Names": strings.Join(device.Placeholders(), " ")}), nil)
	topics.Disabled = true
	return fyne.NewMenu("", append(items, fyne.NewMenuItemSeparator(), all, topics)...)
}

// insert writes text where the cursor is, as if it were typed.
func (f *templateForm) insert(text string) {
	f.pane.host.Window.Canvas().Focus(f.text)
	for _, r := range text {
		f.text.TypedRune(r)
	}
}

// wordText says what a name or a function is.
func wordText(name string) string {
	switch name {
	case "name":
		return lang.L("the device's name")
	case "index":
		return lang.L("its number, from 1")
	case "count":
		return lang.L("rounds of publishing so far")
	case "uptime":
		return lang.L("seconds since it began")
	case "clock":
		return lang.L("seconds since 1970")
	case "hour":
		return lang.L("hour of the day, 0 to 24, UTC")
	case "payload":
		return lang.L("text of the notification, in observe")
	case "command":
		return lang.L("the same read as JSON")
	case "uniform":
		return lang.L("a number between them, each as likely")
	case "normal":
		return lang.L("a number around the mean")
	case "walk":
		return lang.L("a step up or down")
	case "chance":
		return lang.L("true so often, from 0 to 1")
	case "pick":
		return lang.L("one of them")
	case "bytes":
		return lang.L("so many bytes at random")
	case "round":
		return lang.L("rounded to so many digits")
	case "clamp":
		return lang.L("not below and not above")
	case "wave":
		return lang.L("up and down, highest at x = 0")
	}
	return lang.L("of mathematics")
}
