package certificates

import (
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/pki"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// pskForm is the dialog for a pre-shared key: a new one, or another key for an identity.
type pskForm struct {
	pane     *Pane
	dialog   *pane.Dialog
	identity *pane.Entry
	client   *pane.Entry
	how      *widget.Choice
	key      *pane.Entry
	entered  fyne.CanvasObject
	remark   *fynewidget.Label
	replaces bool // the identity is given
}

// keySource is where the key of a form comes from: so many random bytes, or an encoding that it is entered in.
type keySource struct {
	title    string
	bytes    int
	encoding pki.KeyEncoding
}

func keySources() []keySource {
	return []keySource{
		{title: lang.L("Generate 16 bytes"), bytes: 16}, {title: lang.L("Generate 32 bytes"), bytes: 32}, {title: lang.L("Generate 64 bytes"), bytes: 64},
		{title: lang.L("Enter as hex"), encoding: pki.HexKey}, {title: lang.L("Enter as Base64"), encoding: pki.Base64Key}, {title: lang.L("Enter as text"), encoding: pki.TextKey},
	}
}

// addPSK asks for a pre-shared key; identity is what the form begins with.
func (p *Pane) addPSK(identity string) {
	f := &pskForm{pane: p}
	f.dialog = p.host.NewDialog(lang.L("Add a pre-shared key"), lang.L("Add"), f.submit)
	f.build()
	f.identity.SetText(identity)
	content := column(pane.Field(lang.L("PSK identity, as the device sends it"), f.identity), f.source(),
		pane.Field(lang.L("Client ID that may come with it (any, if left empty)"), f.client), f.remark)
	f.check()
	f.dialog.Open(content, 480, f.identity)
}

// replaceKey asks for another key for an identity.
func (p *Pane) replaceKey(k pki.PreSharedKey) {
	f := &pskForm{pane: p, replaces: true}
	f.dialog = p.host.NewDialog(lang.L("Replace the key of {{.Name}}", map[string]any{"Name": k.Identity}), lang.L("Replace"), f.submit)
	f.build()
	f.identity.SetText(k.Identity)
	f.client.SetText(k.ClientID)
	f.check()
	f.dialog.Open(column(pane.Remark(lang.L("New handshakes need the new key; sessions that are open stay."), theme.RoleText), f.source(), f.remark), 480, nil)
}

func (f *pskForm) build() {
	check := func() { f.check() }
	f.identity = f.dialog.NewEntry("sensor-1", check)
	f.client = f.dialog.NewEntry("", check)
	f.key = f.dialog.NewEntry("", check)
	f.key.TextStyle.Monospace = true
	f.entered = pane.Field(lang.L("Key, up to 64 bytes"), f.key)
	f.entered.Hide()
	f.remark = pane.Remark("", theme.RoleLate)
	var titles []string
	for _, s := range keySources() {
		titles = append(titles, s.title)
	}
	f.how = widget.NewChoice(titles, titles[0], func(string) {
		pane.SetVisible(f.entered, f.chosen().bytes == 0)
		f.check()
	})
}

func (f *pskForm) source() fyne.CanvasObject {
	return column(pane.Field(lang.L("Key"), container.NewHBox(f.how)), f.entered)
}

func (f *pskForm) chosen() keySource {
	all := keySources()
	return all[max(slices.IndexFunc(all, func(s keySource) bool { return s.title == f.how.Selected() }), 0)]
}

// check says what is wrong while the form is filled in, and what is weak.
func (f *pskForm) check() {
	identity, remark := f.identity.Text, ""
	ready, problem := strings.TrimSpace(identity) != "", error(nil)
	if !f.replaces && f.pane.hasPSK(identity) {
		problem = errors.New(lang.L("There is a key for this identity already; replace that one"))
	}
	if s := f.chosen(); s.bytes == 0 {
		switch key, err := pki.ParseKey(f.key.Text, s.encoding); {
		case f.key.Text == "":
			ready = false
		case err != nil:
			problem = err
		default:
			remark = weakness(key, s.encoding)
		}
	}
	pane.SetRemark(f.remark, remark, theme.RoleLate)
	f.dialog.Check(ready, problem)
}

// weakness says why a key is easy to find, empty where it is not.
func weakness(key []byte, encoding pki.KeyEncoding) string {
	different := map[byte]bool{}
	for _, b := range key {
		different[b] = true
	}
	switch {
	case pki.Weak(key):
		return lang.L("This key has {{.Count}} bytes: less than 16 can be found by trying. Use it for tests only.", map[string]any{"Count": len(key)})
	case len(different) < 8:
		return lang.L("This key has few different bytes and is easy to guess. Use it for tests only.")
	case encoding == pki.TextKey && len(key) < 2*pki.MinGeneratedKey:
		return lang.L("A text is easier to guess than random bytes. Where the device allows it, generate the key.")
	}
	return ""
}

func (p *Pane) hasPSK(identity string) bool {
	return p.state != nil && slices.ContainsFunc(p.state.psks, func(k pki.PreSharedKey) bool { return k.Identity == identity })
}

// makeKey is the key that the form asks for.
func (f *pskForm) makeKey() ([]byte, error) {
	if s := f.chosen(); s.bytes == 0 {
		return pki.ParseKey(f.key.Text, s.encoding)
	} else {
		return pki.GenerateKey(s.bytes)
	}
}

func (f *pskForm) submit() {
	identity, client := f.identity.Text, strings.TrimSpace(f.client.Text)
	key, err := f.makeKey()
	if err != nil {
		f.dialog.Check(true, err)
		return
	}
	f.pane.perform(f.dialog, lang.L("Keeping"), func(k Keeper) error { return k.AddPSK(identity, key, client) }, func() {
		f.pane.showPSK(identity)
		text := lang.L("The key of {{.Name}} was added", map[string]any{"Name": identity})
		if f.replaces {
			text = lang.L("The key of {{.Name}} was replaced", map[string]any{"Name": identity})
		}
		f.pane.host.Notify(theme.RoleGood, text, "", nil)
	})
}
