package window

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// failure is what the banner says went wrong, until it is mended.
type failure struct {
	other error // not of one listener: the start, the stop, the state file
	stop  bool  // it was the stop
	shown string
}

// power starts or stops the gateway.
func (w *window) power(start bool) {
	if w.busy {
		return
	}
	w.busy = true
	w.top.showPower()
	w.menu.update(w)
	w.run(func() {
		var err error
		if start {
			err = w.engine.Start(w.ctx)
		} else {
			err = errors.Join(w.demo.endNow(), w.engine.Stop())
		}
		w.do(func() {
			w.busy = false
			w.failure.other, w.failure.stop = otherThanListeners(err), !start
			w.forgetFailure()
			w.wakeUp()
			w.top.showPower()
			w.menu.update(w)
			w.showFailure(w.engine.Status().Listeners)
		})
	})
}

// otherThanListeners is err unless it only says which listeners failed: those are shown one by one.
func otherThanListeners(err error) error {
	var listener *engine.ListenerError
	if errors.As(err, &listener) {
		return nil
	}
	return err
}

// showFailure shows the worst of what is wrong in the banner, or hides it.
func (w *window) showFailure(listeners []engine.ListenerStatus) {
	text, action, do := w.describeFailure(listeners)
	if text == w.failure.shown {
		return
	}
	w.failure.shown = text
	if text == "" {
		w.banner.Hide()
		return
	}
	w.banner.Say(theme.RoleBad, text, action, do)
}

// forgetFailure takes the banner away, so that the same failure is said again when it comes again.
func (w *window) forgetFailure() {
	w.failure.shown = ""
	w.banner.Hide()
}

func (w *window) describeFailure(listeners []engine.ListenerStatus) (text, action string, do func()) {
	if err := w.failure.other; err != nil {
		start := !w.failure.stop
		return sentence(err), lang.L("Try again"), func() { w.power(start) }
	}
	for _, l := range listeners {
		if l.Err != nil {
			text := explainListener(l.Err)
			if to := freeAddress(l.Err); to != "" {
				return text, moveLabel(l.Err), func() { w.move(l.URL, to) }
			}
			return text, lang.L("Try again"), func() { w.move(l.URL, l.URL) }
		}
	}
	return "", "", nil
}

// explainListener says which listener failed and why.
func explainListener(err *engine.ListenerError) string {
	data := map[string]any{"URL": err.URL, "Reason": language.Say(err.Err)}
	switch {
	case err.InUse && err.NextFree > 0:
		return lang.L("{{.URL}} was not opened: another program uses the port. The next free one is {{.Port}}.",
			map[string]any{"URL": err.URL, "Port": err.NextFree})
	case err.InUse:
		return lang.L("{{.URL}} was not opened: another program uses the port. End that program, then try again.", data)
	}
	return lang.L("{{.URL}} was not opened: {{.Reason}}. Mend that, then try again.", data)
}

// sentence writes an error as a sentence.
func sentence(err error) string {
	first, size := utf8.DecodeRuneInString(language.Say(err))
	return lang.L("{{.Text}}.", map[string]any{"Text": string(unicode.ToUpper(first)) + language.Say(err)[size:]})
}

func moveLabel(err *engine.ListenerError) string {
	return lang.L("Use port {{.Port}}", map[string]any{"Port": err.NextFree})
}

// freeAddress is the listener's URL with the next free port, empty where none is known.
func freeAddress(err *engine.ListenerError) string {
	if !err.InUse || err.NextFree == 0 {
		return ""
	}
	u, parseErr := url.Parse(err.URL)
	if parseErr != nil {
		return ""
	}
	u.Host = net.JoinHostPort(u.Hostname(), strconv.Itoa(err.NextFree))
	return u.String()
}

// move gives a listener another address, or the same one again.
func (w *window) move(from, to string) {
	w.run(func() {
		err := w.engine.MoveListener(from, to)
		w.do(func() {
			w.forgetFailure()
			if err != nil {
				w.notify(theme.RoleBad, sentence(err), "", nil)
			} else {
				w.notify(theme.RoleGood, lang.L("{{.URL}} is open", map[string]any{"URL": to}), "", nil)
				w.host.InForce()
			}
			w.showFailure(w.engine.Status().Listeners)
			w.wakeUp()
		})
	})
}

// chipTapped goes to the settings of a listener; of one that failed it says why, and what can be done.
func (w *window) chipTapped(c chipState, at fyne.CanvasObject) {
	if c.listener.Err == nil {
		w.open(pane.Settings, c.listener.URL)
		return
	}
	w.chipMenu(c, at)
}

// chipMenu says what there is to say of a listener: how to reach it, or why it failed and what can be done.
func (w *window) chipMenu(c chipState, at fyne.CanvasObject) {
	l := c.listener
	var items []*fyne.MenuItem
	title := func(text string) {
		item := fyne.NewMenuItem(text, nil)
		item.Disabled = true
		items = append(items, item, fyne.NewMenuItemSeparator())
	}
	switch {
	case l.Err != nil:
		title(explainListener(l.Err))
		if to := freeAddress(l.Err); to != "" {
			items = append(items, fyne.NewMenuItem(moveLabel(l.Err), func() { w.move(l.URL, to) }))
		}
		items = append(items, fyne.NewMenuItem(lang.L("Try again"), func() { w.move(l.URL, l.URL) }))
	default:
		about := l.URL
		if l.Dialect != "" {
			about += " · " + lang.L("dialect {{.Dialect}}", map[string]any{"Dialect": l.Dialect})
		}
		title(about)
	}
	items = append(items, fyne.NewMenuItem(lang.L("Show its settings"), func() { w.open(pane.Settings, l.URL) }),
		fyne.NewMenuItem(lang.L("Copy address"), func() { widget.CopyText(addressOf(l)) }))
	if line := tryCommand(l); line != "" {
		items = append(items, fyne.NewMenuItem(lang.L("Copy a command that uses it"), func() { widget.CopyText(line) }))
	}
	widget.ShowMenuBelow(fyne.NewMenu("", items...), at)
}

// addressOf is the address that is bound, or that was to be.
func addressOf(l engine.ListenerStatus) string {
	if l.Addr != "" {
		return l.Addr
	}
	return address(l.URL)
}

// tryCommand is a command that reaches the listener, empty where it is not bound or none of the tools does.
func tryCommand(l engine.ListenerStatus) string {
	if l.Err != nil || l.Addr == "" {
		return ""
	}
	g := gatewayOf(engine.Status{Listeners: []engine.ListenerStatus{l}})
	switch l.Scheme {
	case "coap", "coap+tcp":
		return g.Publish("plant/line1/temp", []byte("23.4"), 0, false)
	case "mqtt":
		return g.MosquittoSub("#")
	}
	return ""
}

// address is the host and port of a listener's URL.
func address(listener string) string {
	if _, rest, found := strings.Cut(listener, "://"); found {
		return rest
	}
	return listener
}
