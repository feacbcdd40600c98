package window

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/pki"
	"sluice/ui/certificates"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// warnEvery is how often certificates are looked at that end soon.
const warnEvery = time.Hour

// secrets warns above all panes: of certificates that end soon, and as long as a key log is written.
type secrets struct {
	window   *window
	pane     *certificates.Pane
	keyLog   *widget.Banner
	expiry   *widget.Banner
	shownLog string // the file of the key log that the banner names

	// The rest belongs to the ticker.
	log    string
	looked time.Time
	said   string
}

func newSecrets(w *window, p *certificates.Pane) *secrets {
	s := &secrets{window: w, pane: p, keyLog: widget.NewBanner(), expiry: widget.NewBanner()}
	s.keyLog.Lasting()
	return s
}

// gather returns what brings the banners up to date, nil if they are.
func (s *secrets) gather(now time.Time) func() {
	var told func()
	if log := s.window.engine.KeyLog(); log != s.log {
		s.log = log
		told = func() { s.showLog(log) }
	}
	return pane.Together(told, s.gatherExpiry(now))
}

// gatherExpiry looks for certificates that end soon of which nobody was told.
func (s *secrets) gatherExpiry(now time.Time) func() {
	keeper := s.window.engine.Keys()
	if keeper == nil || !s.looked.IsZero() && now.Sub(s.looked) < warnEvery && !now.Before(s.looked) {
		return nil
	}
	s.looked = now
	var untold []pki.Warning
	for _, w := range keeper.Warnings(now) {
		if !w.Told {
			untold = append(untold, w)
		}
	}
	text, id := certificates.ExpiryWords(untold, now)
	if text == s.said {
		return nil
	}
	s.said = text
	return func() { s.showExpiry(keeper, untold, text, id) }
}

func (s *secrets) showLog(path string) {
	s.shownLog = path
	s.window.menu.update(s.window)
	if path == "" {
		s.keyLog.Hide()
		return
	}
	s.keyLog.Say(theme.RoleLate, certificates.KeyLogWarning(path), lang.L("Stop writing"), s.pane.StopKeyLog)
}

// showExpiry says what ends soon until the user has seen to it.
func (s *secrets) showExpiry(keeper *pki.Keeper, warnings []pki.Warning, text, id string) {
	if text == "" {
		s.expiry.Hide()
		return
	}
	told := func() {
		s.window.run(func() {
			if err := keeper.MarkTold(warnings); err != nil {
				s.window.do(func() { s.window.notify(theme.RoleBad, sentence(err), "", nil) })
			}
		})
	}
	s.expiry.OnClosed(told)
	s.expiry.Say(theme.RoleLate, text, lang.L("Show it"), func() {
		s.expiry.Hide()
		told()
		s.window.open(pane.Certificates, id)
	})
}
