package certificates

import (
	"context"
	"errors"
	"slices"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/pki/seal"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// leastPassphrase is how many characters a passphrase has at least.
const leastPassphrase = 10

// changeSealing asks where the key is to be kept that seals the others.
func (p *Pane) changeSealing() {
	k := p.keeper()
	if k == nil {
		return
	}
	now := k.SealedBy()
	places := []seal.Where{seal.Keyring, seal.KeyFile, seal.Passphrase}
	names := []string{lang.L("In the system's keyring"), lang.L("In a key file beside the state file"), lang.L("Under a passphrase")}
	var d *pane.Dialog
	var passphrase, again *pane.Entry
	var choice *widget.Choice
	place := func() seal.Where { return places[max(slices.Index(names, choice.Selected()), 0)] }
	check := func() {
		if place() != seal.Passphrase {
			d.Check(place() != now.Where, nil)
			return
		}
		switch {
		case len([]rune(passphrase.Text)) < leastPassphrase:
			d.Check(false, nil)
		case passphrase.Text != again.Text:
			d.Check(false, errors.New(lang.L("The two passphrases differ")))
		default:
			d.Check(true, nil)
		}
	}
	d = p.host.NewDialog(lang.L("Where private keys are sealed"), lang.L("Change"), func() {
		to := seal.Place{Where: place()}
		if to.Where == seal.Passphrase {
			to.Passphrase = passphrase.Text
		}
		p.keepIn(d, to)
	})
	passphrase, again = d.NewEntry(lang.L("At least {{.Count}} characters", map[string]any{"Count": leastPassphrase}), check), d.NewEntry(lang.L("The same again"), check)
	passphrase.Password, again.Password = true, true
	entries := container.NewVBox(pane.Field(lang.L("Passphrase"), passphrase), again,
		pane.Remark(lang.L("Sluice asks for it at every start, and secure listeners wait for it."), theme.RoleNeutral))
	first := max(slices.Index(places, now.Where), 0)
	choice = widget.NewChoice(names, names[first], func(string) {
		pane.SetVisible(entries, place() == seal.Passphrase)
		check()
	})
	pane.SetVisible(entries, place() == seal.Passphrase)
	check()
	d.Open(column(pane.Remark(sealedWords(now)+".", theme.RoleText), pane.Field(lang.L("Keep the key that seals them"), container.NewHBox(choice)), entries), 460, nil)
}

// keepIn moves the key that seals.
func (p *Pane) keepIn(d *pane.Dialog, to seal.Place) {
	var kept string
	p.perform(d, lang.L("Changing"), func(k Keeper) error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := k.KeepIn(ctx, to)
		kept = sealedWords(k.SealedBy())
		return err
	}, func() { p.host.Notify(theme.RoleGood, kept, "", nil) })
}

// startOver gives up what cannot be opened any more, after one question.
func (p *Pane) startOver() {
	p.host.Ask(lang.L("Give up the keys that cannot be opened?"),
		lang.L("All private keys and pre-shared keys that were kept are lost for good; certificates stay without their keys. Do this only if what opens them is lost."),
		lang.L("Give them up"), func() { p.work(lang.L("Starting over failed"), Keeper.StartOver, nil) })
}
