package devices

import (
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/engine/device"
	"sluice/engine/device/keys"
	"sluice/engine/pki"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// maxShared bounds the certificates, and the pre-shared keys, that are offered for all devices: a menu has room for some.
const maxShared = 25

// security is the part of the start form that says what devices show over coaps.
type security struct {
	pane    *Pane
	object  fyne.CanvasObject
	choice  *widget.Choice
	check   *fynewidget.Check
	remark  *fynewidget.Label
	mend    *fyne.Container         // holds the button that goes where what is missing is made
	choices map[string]*keys.Choice // by their titles; nil: coap
}

// newSecurity makes the part; changed is told of what is chosen, and left that the user goes to the Certificates pane.
func newSecurity(p *Pane, changed, left func()) *security {
	s := &security{pane: p, remark: pane.Remark("", theme.RoleMuted), choices: map[string]*keys.Choice{}}
	s.check = fynewidget.NewCheck(lang.L("Check the gateway's certificate"), nil)
	s.check.Checked = true
	s.choice = widget.NewChoice(nil, "", func(string) { changed() })
	s.mend = container.NewHBox(widget.NewButton(lang.L("Set up secure devices"), func() {
		left()
		p.host.Open(pane.Certificates, pane.SecureSetUp)
	}), widget.NewButton(lang.L("Certificates"), func() {
		left()
		p.host.Open(pane.Certificates, "")
	}))
	s.offer()
	s.object = pane.NewColumn(6, pane.Field(lang.L("Security"), container.NewHBox(s.choice)), s.check, s.remark, s.mend)
	return s
}

// offer lists what can be chosen: nothing, one each, and what is kept.
func (s *security) offer() {
	titles := []string{}
	add := func(title string, c *keys.Choice) {
		if _, there := s.choices[title]; !there {
			titles = append(titles, title)
			s.choices[title] = c
		}
	}
	add(lang.L("None: coap"), nil)
	add(lang.L("A certificate each"), &keys.Choice{Kind: keys.CertificateEach})
	add(lang.L("A pre-shared key each"), &keys.Choice{Kind: keys.PSKEach})
	if k := s.pane.engine.Keys(); k != nil {
		offered := 0
		for _, e := range k.Entries() {
			if e.Kind == pki.Client && e.HasKey && e.Revoked.IsZero() && !s.madeForOne(e.Name) && offered < maxShared {
				add(lang.L("Certificate {{.Name}}", map[string]any{"Name": e.Name}), &keys.Choice{Kind: keys.Certificate, Name: e.ID})
				offered++
			}
		}
		offered = 0
		for _, key := range k.PSKs() {
			if key.ClientID == "" && offered < maxShared { // with one that is bound no other device may come
				add(lang.L("PSK {{.Identity}}", map[string]any{"Identity": key.Identity}), &keys.Choice{Kind: keys.PSK, Name: key.Identity})
				offered++
			}
		}
	}
	s.choice.SetOptions(titles)
	s.choice.SetSelected(titles[0])
}

// madeForOne reports whether a certificate has the name of a simulated device, as "lamp-0001": there may be thousands.
func (s *security) madeForOne(name string) bool {
	at := strings.LastIndexByte(name, '-')
	return at > 0 && strings.Trim(name[at+1:], "0123456789") == "" && s.pane.templates.of(name[:at]) != nil
}

// chosen is what devices are to show; nil: nothing, over coap.
func (s *security) chosen() *keys.Choice {
	c := s.choices[s.choice.Selected()]
	if c == nil {
		return nil
	}
	chosen := *c
	chosen.AnyServer = !s.check.Checked
	return &chosen
}

// problem says what is missing for what is chosen.
func (s *security) problem() error {
	c, k := s.chosen(), s.pane.engine.Keys()
	switch {
	case c == nil:
		return nil
	case k == nil:
		return errors.New(lang.L("This gateway keeps no certificates and keys."))
	case k.Locked() != nil:
		return errors.New(lang.L("Private keys are locked: {{.Reason}}. Unlock them in Certificates.", map[string]any{"Reason": language.Say(k.Locked())}))
	case c.Kind == keys.CertificateEach && !keys.CanIssue(k):
		return errors.New(lang.L("There is no authority that could issue certificates."))
	case !listensSecurely(s.pane.engine.Status()):
		return errors.New(lang.L("No coaps listener is open."))
	}
	return nil
}

// refresh says what the choice means.
func (s *security) refresh() {
	c := s.chosen()
	pane.SetVisible(s.check, c != nil && (c.Kind == keys.Certificate || c.Kind == keys.CertificateEach))
	pane.SetVisible(s.mend, s.problem() != nil && s.pane.engine.Keys() != nil)
	pane.SetRemark(s.remark, securityWords(c), theme.RoleMuted)
}

func securityWords(c *keys.Choice) string {
	switch {
	case c == nil:
		return ""
	case c.Kind == keys.CertificateEach:
		return lang.L("The newest authority issues a certificate for each name, such as lamp-0001. They are kept in Certificates and used again.")
	case c.Kind == keys.PSKEach:
		return lang.L("Each gets a key of 16 bytes with its name as the identity. They are kept in Certificates and used again.")
	}
	return lang.L("All of them show the same.")
}

// secure fills in what an order needs for coaps.
func (s *security) secure(o *device.Order) error {
	c := s.chosen()
	if c == nil {
		return nil
	}
	credentials, err := keys.Of(s.pane.engine.Keys(), *c)
	if err != nil {
		return err
	}
	o.Scheme, o.Credentials = "coaps", credentials
	return nil
}

func listensSecurely(s engine.Status) bool {
	return slices.ContainsFunc(s.Listeners, func(l engine.ListenerStatus) bool { return l.Scheme == "coaps" && l.Err == nil && l.Addr != "" })
}
