package window

import (
	"errors"
	"maps"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/coap"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// conditions say above all panes that simulated conditions hold: who forgets them looks for faults that are none.
type conditions struct {
	window *window
	banner *widget.Banner
	said   string // the ticker's
	text   string // what the banner says, or is to say. UI goroutine only
}

func newConditions(w *window) *conditions {
	c := &conditions{window: w, banner: widget.NewBanner()}
	c.banner.Lasting()
	c.banner.Also(lang.L("Devices"), func() { w.open(pane.Devices, "") })
	return c
}

// gather returns what brings the banner up to date, nil if it is.
func (c *conditions) gather(time.Time) func() {
	text := conditionWords(c.window.engine.Conditions())
	if text == c.said {
		return nil
	}
	c.said = text
	return func() {
		c.text = text
		c.show()
	}
}

// show brings the banner up to date. It does not appear over the sliders that give the conditions: it would push them from
// under the mouse that moves them. They say what it says; it appears with the next pane.
func (c *conditions) show() {
	switch {
	case c.text == "":
		c.banner.Hide()
	case c.banner.Visible() || c.window.current != pane.Devices:
		c.banner.Say(theme.RoleLate, c.text, lang.L("Clear conditions"), c.clear)
	}
}

// clear gives all clients the network as it is.
func (c *conditions) clear() {
	w := c.window
	w.run(func() {
		var failed []error
		for client := range w.engine.Conditions() {
			failed = append(failed, w.engine.SetConditions(client, nil))
		}
		w.wakeUp()
		if err := errors.Join(failed...); err != nil {
			w.do(func() { w.host.Failed(lang.L("The conditions were not cleared"), err) })
		}
	})
}

// conditionWords say who lives with which conditions; nothing if nobody does.
func conditionWords(set map[string]coap.Conditions) string {
	all, others := set[""], 0
	one := ""
	for _, client := range slices.Sorted(maps.Keys(set)) {
		if k := set[client]; client != "" && k != all && k.Active() {
			others, one = others+1, client
		}
	}
	names := map[string]any{"Name": conditionName(all), "Client": one, "Count": format.Count(int64(others))}
	switch {
	case all.Active() && others > 0:
		return lang.N("Conditions apply to all clients: {{.Name}}; {{.Count}} clients have others", others, names)
	case all.Active():
		return lang.L("Conditions apply to all clients: {{.Name}}", names)
	case others == 1:
		names["Name"] = conditionName(set[one])
		return lang.L("Conditions apply to {{.Client}}: {{.Name}}", names)
	case others > 1:
		return lang.N("Conditions apply to {{.Count}} clients", others, names)
	}
	return ""
}

func conditionName(k coap.Conditions) string {
	if preset, ok := coap.PresetOf(&k); ok {
		return lang.L(preset.Title)
	}
	return lang.L("of your own")
}
