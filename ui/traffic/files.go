package traffic

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"path/filepath"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record/filter"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// files asks the user for files, by their paths.
type files interface {
	// open hands over that of a file to read.
	open(do func(path string))
	// save hands over that of a file that is to be written.
	save(name string, do func(path string))
}

// dialogs asks by the dialogs that panes share.
type dialogs struct{ host *pane.Host }

func (d dialogs) open(do func(string)) {
	d.host.AskForFile([]string{".pcapng", ".ntar", ".pcap", ".cap", ".dmp"}, do)
}

func (d dialogs) save(name string, do func(string)) { pane.NewFiles(d.host).Save(name, do) }

// work is what is being read or written off the UI goroutine, one at a time.
type work struct {
	host   *pane.Host
	banner *widget.Banner
	cancel context.CancelFunc // nil while nothing is
}

// start runs do with a context and a way to tell how far it is, and then finish on the UI goroutine. What runs already is
// cancelled.
func (w *work) start(text func(percent string) string, failed string, do func(ctx context.Context, done func(float64)) error, finish func()) {
	w.stop()
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	say := func(share float64) {
		w.banner.Say(theme.RoleAccent, text(format.Count(int64(math.Floor(share*100)))+" %"), lang.L("Cancel"), w.stop)
	}
	say(0)
	var shown atomic.Int64
	w.host.Run(func() {
		err := do(ctx, func(share float64) {
			if percent := int64(share * 100); shown.Swap(percent) != percent {
				w.host.Do(func() {
					if ctx.Err() == nil {
						say(share)
					}
				})
			}
		})
		w.host.Do(func() {
			if errors.Is(err, context.Canceled) || ctx.Err() != nil {
				cancel()
				return
			}
			w.stop()
			if err != nil {
				w.host.Failed(failed, err)
				return
			}
			finish()
		})
	})
}

// stop cancels what is being done.
func (w *work) stop() {
	if w.cancel != nil {
		w.cancel()
		w.cancel = nil
	}
	w.banner.Hide()
}

// saveCapture asks for a file and writes the messages that a filter means to it.
func (p *Pane) saveCapture(wanted filter.Filter) {
	ring := p.view.asked.Load().source.ring
	p.files.save("traffic.pcapng", func(path string) {
		written := 0
		p.work.start(func(percent string) string {
			return lang.L("Saving the capture, {{.Percent}}", map[string]any{"Percent": percent})
		}, lang.L("Saving the capture failed"), func(ctx context.Context, done func(float64)) (err error) {
			written, err = writeCapture(ctx, path, ring, wanted, done)
			return err
		}, func() {
			p.host.Notify(theme.RoleGood, lang.N("{{.Count}} messages saved in {{.File}}", written,
				map[string]any{"Count": format.Count(int64(written)), "File": path}), "", nil)
		})
	})
}

// saveMenu offers what can be saved.
func (p *Pane) saveMenu() *fyne.Menu {
	wanted := p.view.asked.Load().filter
	all := fyne.NewMenuItem(lang.L("All that is kept"), func() { p.saveCapture(filter.Filter{}) })
	shown := fyne.NewMenuItem(lang.L("What the filter shows"), func() { p.saveCapture(wanted) })
	shown.Disabled = wanted.Empty()
	exchange := fyne.NewMenuItem(lang.L("This exchange"), func() { p.saveExchange(p.detail.row) })
	exchange.Disabled = p.detail.row == nil
	return fyne.NewMenu("", all, shown, exchange)
}

func (p *Pane) saveExchange(r *Row) {
	if wanted, err := filter.Parse(exchangeFilter(r)); err == nil {
		p.saveCapture(wanted)
	}
}

// openCapture asks for a file and shows its messages in place of the live ones.
func (p *Pane) openCapture() {
	p.files.open(func(path string) {
		var opened *source
		var damage error
		name, ports := filepath.Base(path), p.coapPorts()
		p.work.start(func(percent string) string {
			return lang.L("Opening {{.File}}, {{.Percent}}", map[string]any{"File": name, "Percent": percent})
		}, lang.L("Opening the capture failed"), func(ctx context.Context, done func(float64)) (err error) {
			opened, damage = openCapture(ctx, path, ports, done)
			if opened == nil {
				return damage
			}
			return nil
		}, func() {
			p.showSource(opened)
			if damage != nil {
				kept := opened.ring.Stats().Kept
				p.host.Notify(theme.RoleLate, lang.N("The file is damaged, {{.Count}} messages could be read: {{.Error}}", kept,
					map[string]any{"Count": format.Count(int64(kept)), "Error": language.Say(damage)}), "", nil)
			}
		})
	})
}

// coapPorts are those of the gateway, which a capture of its traffic by another program has.
func (p *Pane) coapPorts() []uint16 {
	address, err := netip.ParseAddrPort(p.host.Gateway().CoAP)
	if err != nil {
		return nil
	}
	return []uint16{address.Port()}
}

// showSource shows a file's messages, or the live ones.
func (p *Pane) showSource(s *source) {
	p.view.change(func(q *question) { q.source, q.paused, q.chosen = s, false, 0 })
	p.view.labelPause()
	p.view.setFollow(s.live())
	p.view.table.Unselect()
	p.detail.clear()
	for o, shown := range map[fyne.CanvasObject]bool{p.live: !s.live(), p.view.pause: s.live(), p.clearButton: s.live()} {
		pane.SetVisible(o, shown)
	}
	p.header.Refresh()
}
