package settings

import (
	"reflect"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/units"
	"sluice/ui/widget/format"
)

// effect is what putting settings in force does to those who are connected.
type effect struct {
	running bool
	restart bool     // of the gateway and the broker
	closed  []string // listeners
	opened  []string
	clients int // that are disconnected
}

// effectOf compares settings.
func effectOf(now, next settings.Settings, state engine.State, clients []engine.Client) effect {
	e := effect{running: state != engine.Stopped}
	if !e.running {
		return e
	}
	if !reflect.DeepEqual(now.Gateway, next.Gateway) {
		e.restart, e.clients = true, len(clients)
		return e
	}
	for _, l := range missing(now.Listeners, next.Listeners) {
		e.closed = append(e.closed, l.Bind)
	}
	for _, l := range missing(next.Listeners, now.Listeners) {
		e.opened = append(e.opened, l.Bind)
	}
	for _, c := range clients {
		if slices.Contains(e.closed, c.Listener) {
			e.clients++
		}
	}
	return e
}

// words says what happens before it does.
func (e effect) words() string {
	switch {
	case !e.running:
		return lang.L("The gateway is stopped: they hold when it starts.")
	case e.restart:
		return units.Sentences(lang.L("The gateway and the broker restart."), e.disconnected())
	case len(e.closed) > 0:
		return units.Sentences(lang.L("{{.Listeners}} is closed and what is wanted instead opened.", map[string]any{"Listeners": strings.Join(e.closed, ", ")}), e.disconnected())
	case len(e.opened) > 0:
		return lang.L("{{.Listeners}} is opened. Nobody is disconnected.", map[string]any{"Listeners": strings.Join(e.opened, ", ")})
	}
	return lang.L("They hold at once. Who would not be let in any more is disconnected.")
}

func (e effect) disconnected() string {
	if e.clients == 0 {
		return lang.L("Nobody is connected there.")
	}
	return lang.N("{{.Count}} clients are disconnected.", e.clients, map[string]any{"Count": format.Count(int64(e.clients))})
}
