// Package pane holds what every pane of the window shares: the window's services, and series sampled for sparklines.
package pane

import (
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/watch"
	"sluice/ui/command"
	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/units"
)

// Host is what a pane needs of the window that holds it. The functions may be called from any goroutine unless said
// otherwise.
type Host struct {
	// Window is where dialogs and menus open.
	Window fyne.Window
	// Do runs f on the UI goroutine, soon; f is dropped when the window has closed.
	Do func(f func())
	// After runs f on the UI goroutine after d, unless the window has closed; nil: nothing is animated.
	After func(d time.Duration, f func())
	// Run runs f on another goroutine, for work that may take longer than a frame.
	Run func(f func())
	// Wake asks for a tick at once: what the pane shows has been asked differently.
	Wake func()
	// Notify tells the user something; action and do may be empty. UI goroutine only.
	Notify func(role theme.Role, text, action string, do func())
	// Retract takes back what Notify said in these words; nil: nothing is. UI goroutine only.
	Retract func(text string)
	// Gateway is where commands that are offered for copying point to.
	Gateway func() command.Gateway
	// Open goes to another pane and selects an item in it. UI goroutine only.
	Open func(paneID, item string)
	// Watch has the user told of what a spec says, or asks him first for what is missing in it. It is nil where the window
	// tells nothing. UI goroutine only.
	Watch func(spec watch.Spec, ask bool)
	// SettingsFile is laid over the settings at every start; empty: none is.
	SettingsFile string

	escapes escapes
	undos   undos
}

// The panes' IDs, as Open and the remembered layout use them.
const (
	Overview     = "overview"
	Clients      = "clients"
	Topics       = "topics"
	Observers    = "observers"
	Directory    = "directory"
	Traffic      = "traffic"
	Devices      = "devices"
	Certificates = "certificates"
	Access       = "access"
	Settings     = "settings"
	Request      = "request"
)

// ConditionsOf before a client ID is the item that shows in the Devices pane the conditions of that client.
const ConditionsOf = "\x00conditions of "

// SecureSetUp is the item that opens in the Certificates pane what sets up all that secure devices need.
const SecureSetUp = "\x00set up"

// Failed tells the user that something failed and why.
func (h *Host) Failed(what string, err error) {
	h.Notify(theme.RoleBad, what+": "+language.Say(err), "", nil)
}

// Hint gives an empty pane its words: what would fill it, or first that no device can reach the gateway.
func (h *Host) Hint(text string) string {
	switch g := h.Gateway(); {
	case g.Stopped:
		return units.Sentences(lang.L("No CoAP listener is open yet."), text)
	case g.Closed:
		return units.Sentences(lang.L("No CoAP listener is open: the listeners in Settings say why."), text)
	}
	return text
}

// InForce is called when settings were put in force: where a file is laid over them, what it sets too does not last, and the
// user is told so. UI goroutine only.
func (h *Host) InForce() {
	if h.SettingsFile != "" {
		h.Notify(theme.RoleLate, lang.L("{{.File}} (--config) is laid over the settings again at the next start. What stands in it and is to last is to be changed there too.",
			map[string]any{"File": filepath.Base(h.SettingsFile)}), "", nil)
	}
}

// SetVisible shows or hides o where it is not so already: each change lays its container out again.
func SetVisible(o fyne.CanvasObject, visible bool) {
	switch {
	case visible == o.Visible():
	case visible:
		o.Show()
	default:
		o.Hide()
	}
}
