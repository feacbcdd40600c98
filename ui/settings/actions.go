package settings

import (
	"errors"
	"fmt"
	"net"
	"reflect"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// moreIDs name the commands of more in the palette.
var moreIDs = []string{"import", "import-emqx", "export", "reset"}

// more is what the pane can do besides.
func (p *Pane) more() []*fyne.MenuItem {
	return []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Import a settings file…"), p.importFile),
		fyne.NewMenuItem(lang.L("Import settings of EMQX…"), p.importEMQX),
		fyne.NewMenuItem(lang.L("Export the settings…"), p.export),
		fyne.NewMenuItem(lang.L("Reset everything to its default"), p.resetAll),
	}
}

func (p *Pane) moreMenu() *fyne.Menu { return fyne.NewMenu("", p.more()...) }

// menu is what can be done with a row.
func (p *Pane) menu(r Row) []*fyne.MenuItem {
	if r.listener != noListener {
		return []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Remove"), func() { p.removeListener(r.listener) })}
	}
	reset := fyne.NewMenuItem(lang.L("Reset to the default"), func() { p.resetRow(r) })
	reset.Disabled = !r.changed()
	if r.group == groupAppearance {
		return []*fyne.MenuItem{reset}
	}
	line := func() { widget.CopyText(r.place + " = " + strconv.Quote(r.value)) }
	return []*fyne.MenuItem{reset, fyne.NewMenuItem(lang.L("Copy as a line of a settings file"), line)}
}

// resetRow gives a setting its default, and takes a listener away.
func (p *Pane) resetRow(r Row) {
	switch {
	case r.place == themePlace:
		p.look.SetMode(theme.System)
		p.refresh()
	case r.place == languagePlace:
		p.look.SetLanguage(language.System)
	case r.listener != noListener:
		p.removeListener(r.listener)
	default:
		p.edited(r.key, noListener, r.key.Default)
	}
}

// resetAll wants the defaults, but leaves alone who gets in, and how the window looks: users and rules are no defaults that
// anybody wants back, and the window is not what is applied.
func (p *Pane) resetAll() {
	next := settings.Default()
	next.Access.Users, next.Access.Rules = p.draft.wanted.Access.Users, p.draft.wanted.Access.Rules
	p.draft.replace(next)
	p.refresh()
}

// addListener adds one for CoAP at a port that none has yet.
func (p *Pane) addListener() {
	port := 5683
	for p.hasPort(port) {
		port++
	}
	at := p.draft.addListener(settings.Listener{Bind: fmt.Sprintf("coap://127.0.0.1:%d", port), Dialect: settings.DialectAuto})
	p.Show(listenerPlace(at))
	p.edit()
}

func (p *Pane) hasPort(port int) bool {
	for _, l := range p.draft.wanted.Listeners {
		_, rest, _ := strings.Cut(l.Bind, "://")
		if _, of, err := net.SplitHostPort(rest); err == nil && of == strconv.Itoa(port) {
			return true
		}
	}
	return false
}

func (p *Pane) removeListener(at int) {
	p.table.Unselect()
	p.draft.removeListener(at)
	p.refresh()
}

// applyAll puts in force what is wanted.
func (p *Pane) applyAll() {
	if p.busy || len(p.draft.problems()) > 0 {
		return
	}
	before := p.draft.inForce
	p.put(p.draft.wanted.Clone(), before)
}

// put puts settings in force; before are those that undoing brings back.
func (p *Pane) put(s, before settings.Settings) {
	p.busy = true
	p.apply.SetLabel(lang.L("Applying"))
	p.refresh()
	p.host.Run(func() {
		err := p.engine.SetSettings(s)
		current := p.engine.Settings()
		p.host.Do(func() { p.wasPut(current, err, before) })
	})
}

func (p *Pane) wasPut(current settings.Settings, err error, before settings.Settings) {
	p.busy = false
	p.apply.SetLabel(lang.L("Apply"))
	if err = otherThanListeners(err); err != nil {
		p.host.Failed(lang.L("Applying the settings failed"), err)
		p.refresh()
		return
	}
	p.draft = newDraft(current)
	p.host.Undoable(lang.L("The settings are in force"), func() error { return p.putBack(current, before) })
	p.host.InForce()
	p.refresh()
}

// putBack puts former settings in force, unless those of after were changed meanwhile. It is called off the UI goroutine.
func (p *Pane) putBack(after, before settings.Settings) error {
	if !reflect.DeepEqual(p.engine.Settings(), after) {
		return errors.New(lang.L("the settings were changed since"))
	}
	return otherThanListeners(p.engine.SetSettings(before))
}

// otherThanListeners is err unless it is of a listener that cannot be bound: the settings hold all the same, and the window
// shows it.
func otherThanListeners(err error) error {
	if _, listener := errors.AsType[*engine.ListenerError](err); listener {
		return nil
	}
	return err
}
