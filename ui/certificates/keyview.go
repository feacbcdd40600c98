package certificates

import (
	"encoding/base64"
	"encoding/hex"
	"time"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/ui/theme"
	"sluice/ui/widget"
)

// keyShown is how long a key that was asked for stays in view.
const keyShown = 30 * time.Second

// keyForm is how a key is written.
type keyForm uint8

const (
	hexKey keyForm = iota
	base64Key
	textKey
)

// write writes a key, empty where it cannot be written so.
func (f keyForm) write(key []byte) string {
	switch f {
	case hexKey:
		return hex.EncodeToString(key)
	case base64Key:
		return base64.StdEncoding.EncodeToString(key)
	}
	if !utf8.Valid(key) {
		return ""
	}
	for _, r := range string(key) {
		if !unicode.IsPrint(r) {
			return ""
		}
	}
	return string(key)
}

// keyView shows the key of a PSK identity for a while, and copies it.
type keyView struct {
	pane     *Pane
	object   fyne.CanvasObject
	reveal   *widget.Button
	code     *widget.Code
	shown    string              // the identity whose key is in view
	schedule func(func()) func() // runs a function after keyShown; what it returns stops that
	stop     func()
}

func newKeyView(p *Pane) *keyView {
	v := &keyView{pane: p, code: widget.NewCode()}
	v.schedule = func(f func()) func() {
		timer := time.AfterFunc(keyShown, func() { p.host.Do(f) })
		return func() { timer.Stop() }
	}
	v.reveal = widget.NewButton(lang.L("Show the key"), v.toggle)
	copyButton := widget.NewMenuButton(lang.L("Copy key"), func() *fyne.Menu {
		identity := p.chosen.id
		return fyne.NewMenu("",
			fyne.NewMenuItem(lang.L("As hex"), func() { p.copyKey(identity, hexKey) }),
			fyne.NewMenuItem(lang.L("As Base64"), func() { p.copyKey(identity, base64Key) }),
			fyne.NewMenuItem(lang.L("As text"), func() { p.copyKey(identity, textKey) }))
	})
	v.code.Hide()
	v.object = container.New(fynelayout.NewCustomPaddedVBoxLayout(8), v.code, container.New(fynelayout.NewCustomPaddedHBoxLayout(8), v.reveal, copyButton))
	return v
}

func (v *keyView) toggle() {
	if v.shown != "" {
		v.hide()
		return
	}
	identity := v.pane.chosen.id
	var key []byte
	v.pane.work(lang.L("Opening the key failed"), func(k Keeper) (err error) {
		key, err = k.RevealPSK(identity)
		return err
	}, func() {
		if v.pane.chosen != (selection{part: pskPart, id: identity}) {
			return // the user has gone on
		}
		text := lang.L("hex") + "     " + hexKey.write(key) + "\n" + "Base64  " + base64Key.write(key)
		if plain := textKey.write(key); plain != "" {
			text += "\n" + lang.L("text") + "    " + plain
		}
		v.shown = identity
		v.code.SetText(text)
		v.code.Show()
		v.pane.detail.fit()
		v.reveal.SetLabel(lang.L("Hide the key"))
		v.stop = v.schedule(v.hide)
	})
}

// hide takes the key out of view.
func (v *keyView) hide() {
	if v.shown == "" {
		return
	}
	v.shown = ""
	v.stop()
	v.code.SetText("")
	v.code.Hide()
	v.pane.detail.fit()
	v.reveal.SetLabel(lang.L("Show the key"))
}

// copyKey puts a key on the clipboard after a question.
func (p *Pane) copyKey(identity string, form keyForm) {
	name := map[string]any{"Name": identity}
	p.host.Ask(lang.L("Copy the key of {{.Name}}?", name), lang.L("Every program on this machine can read the clipboard until something else is copied."), lang.L("Copy"), func() {
		var key []byte
		p.work(lang.L("Opening the key failed"), func(k Keeper) (err error) {
			key, err = k.RevealPSK(identity)
			return err
		}, func() {
			text := form.write(key)
			if text == "" {
				p.host.Notify(theme.RoleLate, lang.L("The key of {{.Name}} is no text; copy it as hex or Base64", name), "", nil)
				return
			}
			widget.CopyText(text)
			p.host.Notify(theme.RoleGood, lang.L("The key of {{.Name}} is on the clipboard", name), "", nil)
		})
	})
}
