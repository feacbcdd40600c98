package access

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// overview is the right side while neither user nor rule is selected: who gets in at all.
type overview struct {
	pane    *Pane
	object  fyne.CanvasObject
	filling bool

	anonymous  *widget.Check
	opens      *fynewidget.Label
	commonName *widget.Check
	attempts   *widget.KeyValue
}

func newOverview(p *Pane) *overview {
	o := &overview{pane: p, opens: pane.Remark("", theme.RoleMuted), attempts: widget.NewKeyValue()}
	o.anonymous = widget.NewCheck(lang.L("Let anonymous clients in"), func(on bool) {
		if !o.filling {
			p.setAnonymous(on)
		}
	})
	o.commonName = widget.NewCheck(lang.L("Client ID is the certificate's common name"), func(on bool) {
		if !o.filling {
			p.setCommonName(on)
		}
	})
	card := func(check *widget.Check, remark *fynewidget.Label) fyne.CanvasObject {
		return widget.NewCard(pane.NewColumn(0, check, remark))
	}
	o.object = pane.NewColumn(12,
		widget.NewText(lang.L("Who gets in"), widget.TextStrong),
		card(o.anonymous, o.opens),
		card(o.commonName, pane.Remark(lang.L("Who shows a certificate and gives another client ID is refused. Clients without one are not concerned."), theme.RoleMuted)),
		o.attempts,
		pane.Remark(lang.L("A user has to give the right password. After that the rules decide, from the first on: the first that matches. What no rule matches is allowed."), theme.RoleMuted),
	)
	return o
}

// show brings the overview up to date.
func (o *overview) show(s *state) {
	o.filling = true
	if o.anonymous.Checked != s.anonymous {
		o.anonymous.SetChecked(s.anonymous)
	}
	if on := s.clientID == settings.CommonNameClientID; o.commonName.Checked != on {
		o.commonName.SetChecked(on)
	}
	o.filling = false
	if s.anonymous {
		pane.SetRemark(o.opens, lang.L("Whoever reaches a listener gets in without a password, or under any name that is no user's. What they may do is up to the rules."), theme.RoleLate)
	} else {
		pane.SetRemark(o.opens, lang.L("Only users get in, each with its password."), theme.RoleMuted)
	}
	o.attempts.SetPairs(
		widget.Pair{Key: lang.L("Wrong passwords"), Value: format.Count(int64(s.attempts.Wrong))},
		widget.Pair{Key: lang.L("Not checked"), Value: format.Count(int64(s.attempts.Refused)), Role: refusedRole(s.attempts.Refused)},
	)
}

func refusedRole(refused uint64) theme.Role {
	if refused > 0 {
		return theme.RoleLate
	}
	return theme.RoleNeutral
}
