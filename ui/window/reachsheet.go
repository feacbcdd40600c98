package window

import (
	"net/netip"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

const (
	// firstStartKey is where the engine keeps that the question of the first start was answered.
	firstStartKey = "first-start"
	// reachWidth is how wide the sheet is, reachLines how many addresses it names.
	reachWidth = 560
	reachLines = 8
)

// reachSheet asks who may reach the gateway, and names what opens.
type reachSheet struct {
	window    *window
	dialog    *pane.Dialog
	now       settings.Settings
	addresses []netip.Addr
	first     bool // it is the question of the first start
	answers   *answers
	does      *widget.Text // the caption of urls
	urls      *widget.Selectable
	warning   *fynewidget.Label
	access    fyne.CanvasObject
}

// askFirst asks on the first start. It asks once; who closes the sheet has answered "this machine only".
func (w *window) askFirst() {
	if w.options.FirstStart && len(w.engine.LayoutValue(firstStartKey)) == 0 {
		w.askReach(true)
	}
}

// showReach asks again, from the menu.
func (w *window) showReach() { w.askReach(false) }

func (w *window) askReach(first bool) {
	s := &reachSheet{window: w, first: first, now: w.engine.Settings(), addresses: w.addresses()}
	action := lang.L("Apply")
	if first {
		action = lang.L("Continue")
	}
	s.dialog = w.host.NewDialog(lang.L("Who may reach this gateway?"), action, func() { s.submit(false) })
	selected := 0
	if reachOf(s.now) != thisMachine {
		selected = 1
	}
	s.answers = newAnswers(selected,
		answer{lang.L("This machine only"), lang.L("Devices on other machines cannot connect. You can open the gateway later: Gateway → Who can reach it.")},
		answer{lang.L("Devices on my network"), lang.L("Every listener opens on all addresses of this machine.")})
	s.answers.changed, s.answers.submit, s.answers.escape = s.show, s.dialog.Submit, s.dialog.Close
	s.open()
}

func (s *reachSheet) open() {
	s.does = widget.NewText("", widget.TextCaption)
	s.urls = widget.NewSelectable("")
	s.urls.TextStyle.Monospace, s.urls.SizeName = true, theme.SizeSmall
	s.warning = pane.Remark("", theme.RoleLate)
	s.access = container.NewHBox(widget.NewButton(lang.L("Set up access first"), func() {
		s.dialog.Close()
		s.window.goTo(pane.Access)
	}))
	content := widget.NewPadded(0, 6, pane.NewColumn(10, s.answers, s.does, widget.NewWell(s.urls), s.warning, s.access))
	if !s.first {
		s.dialog.Open(content, reachWidth, s.answers)
		s.show()
		return
	}
	s.dialog.OnClosed(func() { s.window.engine.PutLayoutValue(firstStartKey, []byte("answered")) })
	s.dialog.OpenBeside(content, reachWidth, s.answers,
		widget.NewQuietButton(lang.L("Show me a demonstration"), func() { s.submit(true) }))
	s.show()
}

// wanted are the settings that the answer means.
func (s *reachSheet) wanted() settings.Settings {
	if s.answers.selected == 0 {
		return withReach(s.now, thisMachine)
	}
	return withReach(s.now, theNetwork)
}

// show names what the answer opens.
func (s *reachSheet) show() {
	open := s.answers.selected == 1
	urls := urlsOf(s.wanted(), s.addresses)
	rest := 0
	if len(urls) > reachLines {
		urls, rest = urls[:reachLines-1], len(urls)-reachLines+1
	}
	text := strings.Join(urls, "\n")
	if rest > 0 {
		text += "\n" + lang.N("and {{.Count}} more addresses", rest, map[string]any{"Count": rest})
	}
	caption := lang.L("Then open to this machine:")
	if open {
		caption = lang.L("Then open to everybody on the network:")
	}
	s.does.SetText(caption)
	s.urls.SetText(text)
	anonymous := open && s.now.Access.Anonymous
	words := ""
	switch {
	case anonymous:
		words = lang.L("Anonymous access is on: whoever reaches these addresses may connect, read and publish without a password.")
	case open:
		words = lang.L("Only users of the Access pane get in. CoAP and MQTT without DTLS or TLS can be read by others on the network.")
	}
	pane.SetRemark(s.warning, words, theme.RoleLate)
	pane.SetVisible(s.access, anonymous)
	s.dialog.Fit()
}

// submit puts the answer in force, and shows the demonstration where that was asked for.
func (s *reachSheet) submit(demonstrate bool) {
	w, next, before := s.window, s.wanted(), s.now
	open := s.answers.selected == 1
	s.dialog.Close()
	after := func() {
		if demonstrate {
			w.demonstrate()
		}
	}
	if sameListeners(next, before) {
		after()
		return
	}
	said := lang.L("The gateway is open to this machine only")
	if open {
		said = lang.L("The gateway is open to your network")
	}
	w.setReach(next, said, before.Listeners, after)
}

func sameListeners(a, b settings.Settings) bool {
	for i := range a.Listeners {
		if a.Listeners[i].Bind != b.Listeners[i].Bind {
			return false
		}
	}
	return true
}

// withListeners are settings with other listeners.
func withListeners(s settings.Settings, listeners []settings.Listener) settings.Settings {
	s.Listeners = listeners
	return s.Clone()
}

// setReach puts settings in force that differ in their listeners, before are those that undoing brings back. One that cannot
// be bound is shown by the banner.
func (w *window) setReach(s settings.Settings, said string, before []settings.Listener, after func()) {
	w.run(func() {
		err := otherThanListeners(w.engine.SetSettings(s))
		w.do(func() {
			w.forgetFailure()
			w.wakeUp()
			if err != nil {
				w.host.Failed(lang.L("Changing the listeners failed"), err)
				return
			}
			w.host.Undoable(said, func() error {
				err := otherThanListeners(w.engine.SetSettings(withListeners(w.engine.Settings(), before)))
				w.do(w.forgetFailure)
				return err
			})
			w.host.InForce()
			after()
		})
	})
}
