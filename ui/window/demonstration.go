package window

import (
	"errors"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/demonstration"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
)

// demo is the demonstration as the window runs it, and the banner that says so as long as it does.
type demo struct {
	window *window
	banner *widget.Banner
	busy   bool // it starts or ends. UI goroutine only
	said   string
	// refused is the message that says what the last start needed. UI goroutine only
	refused string

	gathered string // by the ticker

	mu      sync.Mutex
	running *demonstration.Demonstration
	closed  bool // the window closes: none starts any more
}

func newDemo(w *window) *demo {
	d := &demo{window: w, banner: widget.NewBanner()}
	d.banner.Lasting()
	return d
}

func (d *demo) current() *demonstration.Demonstration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running
}

// demonstrate starts the demonstration, or goes to where it is seen when it runs. One whose devices were stopped begins anew.
func (w *window) demonstrate() {
	d := w.demo
	if d.busy {
		return
	}
	running := d.current()
	if running != nil && !running.Stopped() {
		d.show()
		return
	}
	d.busy = true
	w.run(func() {
		ended := d.endNow()
		started, err := demonstration.Start(w.engine)
		err = errors.Join(ended, err)
		if err == nil && !d.take(started) {
			_ = started.End() // the window closes
			return
		}
		w.do(func() { d.started(err) })
	})
}

// take keeps a demonstration that has started; it reports whether the window still wants it.
func (d *demo) take(started *demonstration.Demonstration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.running = started
	}
	return !d.closed
}

// started shows how the start went.
func (d *demo) started(err error) {
	d.busy = false
	w := d.window
	w.toaster.Retract(d.refused)
	d.refused = ""
	switch {
	case err == nil:
		d.say()
		d.show()
	case errors.Is(err, engine.ErrStopped):
		d.refused = lang.L("The demonstration needs the gateway, which is stopped.")
		w.notify(theme.RoleBad, d.refused, lang.L("Start"), func() { w.power(true) })
	case errors.Is(err, engine.ErrNoListener):
		d.refused = lang.L("The demonstration needs an open listener for CoAP over UDP (coap://) with the dialect auto, emqx5 or emqx4. There is none.")
		w.notify(theme.RoleBad, d.refused, lang.L("Settings"), func() { w.goTo(pane.Settings) })
	default:
		w.host.Failed(lang.L("The demonstration did not start"), err)
	}
	w.wakeUp()
}

// handOver gives away the demonstration that runs, nil where none does: the window is built anew.
func (d *demo) handOver() *demonstration.Demonstration {
	d.mu.Lock()
	defer d.mu.Unlock()
	running := d.running
	d.running = nil
	return running
}

// show goes to where the demonstration is seen best.
func (d *demo) show() { d.window.goTo(pane.Overview) }

// words say that a demonstration runs, and what is missing in it; empty where none runs.
func (d *demo) words() (text string) {
	if running := d.current(); running != nil {
		text = lang.L("A demonstration runs: the devices named demo-… are simulated, and demo-dashboard and demo-controller are MQTT clients of this program. Nothing of it is kept.")
		if !running.Dashboard() {
			text = lang.L("A demonstration runs: the devices named demo-… are simulated. No mqtt:// listener is open, so the window itself observes their topics. Nothing of it is kept.")
		}
		switch why := running.Failure(); {
		case why == nil && running.Stopped():
			text = lang.L("The devices of the demonstration were stopped. Its MQTT clients and topics are there until it is ended.")
		case why != nil:
			text = units.Sentences(text, lang.L("Some devices did not start: {{.Why}}.", map[string]any{"Why": language.Say(why)}))
		}
	}
	return text
}

// say shows the words in the banner.
func (d *demo) say() {
	text := d.words()
	if text == d.said {
		return
	}
	d.said = text
	if text == "" {
		d.banner.Hide()
		return
	}
	d.banner.Say(theme.RoleAccent, text, lang.L("End it"), d.end)
}

// end ends the demonstration and says when it is gone.
func (d *demo) end() {
	if d.busy || d.current() == nil {
		return
	}
	d.busy = true
	w := d.window
	w.run(func() {
		err := d.endNow()
		w.do(func() {
			d.busy = false
			d.say()
			if err != nil {
				w.host.Failed(lang.L("Not all of the demonstration is gone"), err)
			} else {
				w.notify(theme.RoleGood, lang.L("The demonstration is over; its devices and topics are gone"), "", nil)
			}
			w.wakeUp()
		})
	})
}

// endNow ends the demonstration if one runs. It takes up to a second and may be called from any goroutine.
func (d *demo) endNow() error {
	d.mu.Lock()
	running := d.running
	d.mu.Unlock()
	if running == nil {
		return nil
	}
	err := running.End()
	d.mu.Lock()
	if d.running == running {
		d.running = nil
	}
	d.mu.Unlock()
	return err
}

// close ends it for good.
func (d *demo) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	if err := d.endNow(); err != nil {
		fyne.LogError("ending the demonstration", err)
	}
}

// gather returns what brings the banner up to date, nil if it is. It is called by the ticker.
func (d *demo) gather() func() {
	words := d.words()
	if words == d.gathered {
		return nil
	}
	d.gathered = words
	return d.say
}

// menuItem starts or ends it.
func (d *demo) menuItem() *fyne.MenuItem {
	return fyne.NewMenuItem(lang.L("Show a demonstration"), d.window.demonstrate)
}

// endItem ends it.
func (d *demo) endItem() *fyne.MenuItem {
	return fyne.NewMenuItem(lang.L("End the demonstration"), d.end)
}
