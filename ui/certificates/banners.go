package certificates

import (
	"context"
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// banners say above the lists what needs attention, and below them where private keys are sealed.
type banners struct {
	pane    *Pane
	object  *fyne.Container
	locked  *widget.Banner
	expiry  *widget.Banner
	renewal *widget.Banner
	sealed  fyne.CanvasObject
	words   *widget.Text
	said    told
}

// told is what the banners say.
type told struct {
	locked, expiry, renewal, sealed string
	passphrase                      bool   // a passphrase would open what is locked
	server                          string // the certificate that is to be renewed
	expires                         string // the ID of the certificate that ends first
	kept                            seal.Kept
}

func newBanners(p *Pane) *banners {
	b := &banners{pane: p, locked: widget.NewBanner(), expiry: widget.NewBanner(), renewal: widget.NewBanner(), words: widget.NewText("", widget.TextCaption)}
	b.object = container.New(fynelayout.NewCustomPaddedVBoxLayout(0), b.locked, b.renewal, b.expiry)
	change := widget.NewQuietButton(lang.L("Change…"), p.changeSealing)
	b.sealed = pane.Border(widget.NewLine(), nil, nil, nil,
		widget.NewPadded(12, 1, pane.NewLead(b.words, widget.TextCaption, change)))
	return b
}

// gatherBanners reads what the banners are to say.
func (p *Pane) gatherBanners(k Keeper, s *state, now time.Time) told {
	t := told{kept: k.SealedBy()}
	t.sealed = sealedWords(t.kept)
	if err := k.Locked(); err != nil {
		t.locked = lockedWords(err)
		var why *seal.Error
		t.passphrase = errors.As(err, &why) && (why.Reason == seal.PassphraseNeeded || why.Reason == seal.WrongPassphrase)
	}
	if e := s.renewal; e != nil {
		t.server = e.Name
		t.renewal = lang.L("{{.Name}} ends soon, or this machine has got another name or address since it was issued. Devices that check it would be refused.", map[string]any{"Name": e.Name})
	}
	// Of the others the window warns above all panes, until the user closes that.
	told := slices.DeleteFunc(k.Warnings(now), func(w pki.Warning) bool { return !w.Told })
	t.expiry, t.expires = ExpiryWords(told, now)
	return t
}

// ExpiryWords say which certificates end soon or have ended, the next one by name; empty where none does. id is that of
// the next one.
func ExpiryWords(warnings []pki.Warning, now time.Time) (text, id string) {
	if len(warnings) == 0 {
		return "", ""
	}
	first := warnings[0]
	for _, w := range warnings[1:] {
		if w.Entry.NotAfter.Before(first.Entry.NotAfter) {
			first = w
		}
	}
	data := map[string]any{"Name": first.Entry.Name, "When": expires(first.Entry, now)}
	if first.Entry.NotAfter.After(now) {
		text = lang.L("The certificate {{.Name}} ends {{.When}}.", data)
	} else {
		text = lang.L("The certificate {{.Name}} is not valid any more: {{.When}}.", data)
	}
	if rest := len(warnings) - 1; rest > 0 {
		text = units.Sentences(text, lang.N("{{.Count}} others end within 30 days, or have ended.", rest, map[string]any{"Count": format.Count(int64(rest))}))
	}
	return text, first.Entry.ID
}

// lockedWords say why keys cannot be opened, and what to do.
func lockedWords(err error) string {
	return lang.L("Private keys and pre-shared keys cannot be used: {{.Reason}}.", map[string]any{"Reason": language.Say(err)})
}

// sealedWords say where the key is that seals the others.
func sealedWords(k seal.Kept) string {
	switch k.Where {
	case seal.Keyring:
		return lang.L("Private keys are sealed with a key in the system's keyring")
	case seal.KeyFile:
		return lang.L("Private keys are sealed with a key file, {{.Path}}", map[string]any{"Path": k.Path})
	case seal.Passphrase:
		return lang.L("Private keys are sealed with a passphrase")
	case seal.Memory:
		return lang.L("Nothing is kept: private keys are gone when Sluice ends")
	}
	return lang.L("Private keys will be sealed with a key in the system's keyring, or with a key file where there is none")
}

// show brings the banners up to date.
func (b *banners) show(t told) {
	p := b.pane
	if b.said.sealed != t.sealed {
		b.words.SetText(t.sealed)
		b.sealed.Refresh()
	}
	say := func(banner *widget.Banner, before, text string, role theme.Role, action string, do func()) {
		if text == before {
			return
		}
		if text == "" {
			banner.Hide()
			return
		}
		banner.Say(role, text, action, do)
	}
	unlock, label := p.tryUnlock, lang.L("Try again")
	if t.passphrase {
		unlock, label = p.askPassphrase, lang.L("Enter the passphrase")
	}
	say(b.locked, b.said.locked, t.locked, theme.RoleBad, label, unlock)
	say(b.expiry, b.said.expiry, t.expiry, theme.RoleLate, lang.L("Show it"), func() { p.showCertificate(t.expires) })
	say(b.renewal, b.said.renewal, t.renewal, theme.RoleLate, lang.L("Renew"), func() { p.renew(t.server) })
	changed := b.said.locked != t.locked || b.said.expiry != t.expiry || b.said.renewal != t.renewal
	b.said = t
	for range 2 { // how high wrapped lines are is known once they have their width
		if changed {
			p.content.Refresh()
		}
	}
}

func (p *Pane) tryUnlock() { p.unlock("") }

// unlock tries to open what is sealed.
func (p *Pane) unlock(passphrase string) {
	p.work(lang.L("The keys stay locked"), func(k Keeper) error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		return k.Unlock(ctx, passphrase)
	}, func() {
		p.host.Notify(theme.RoleGood, lang.L("Private keys and pre-shared keys can be used again"), "", nil)
	})
}

// patience is how long a keyring may ask its user.
const patience = 2 * time.Minute

func (p *Pane) askPassphrase() {
	var d *pane.Dialog
	var entry *pane.Entry
	d = p.host.NewDialog(lang.L("Unlock private keys"), lang.L("Unlock"), func() {
		d.Close()
		p.unlock(entry.Text)
	})
	entry = d.NewEntry(lang.L("Passphrase"), func() { d.Check(entry.Text != "", nil) })
	entry.Password = true
	d.Check(false, nil)
	d.Open(pane.Field(lang.L("The passphrase that seals them"), entry), 420, entry)
}
