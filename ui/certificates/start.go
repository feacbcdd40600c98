package certificates

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/pki"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// newStart stands in the pane until something is set up.
func newStart(p *Pane) *widget.EmptyState {
	s := widget.NewEmptyState(lang.L("A device speaks coaps with a certificate or a pre-shared key. One button makes an authority, the certificate of this gateway and that of your first device."), "")
	s.SetAction(widget.NewPrimaryButton(lang.L("Set up secure devices"), p.setUp))
	return s
}

// setUp makes all that a first device needs on coaps and shows what is to be put on it.
func (p *Pane) setUp() {
	if p.keeper() == nil {
		return
	}
	bind := newCoAPS(p.engine.Settings())
	var d *pane.Dialog
	var name *pane.Entry
	listen := widget.NewCheck(lang.L("Open {{.URL}} for it", map[string]any{"URL": bind}), nil)
	listen.Checked = bind != ""
	d = p.host.NewDialog(lang.L("Set up secure devices"), lang.L("Set up"), func() {
		if !listen.Checked {
			bind = ""
		}
		p.setUpFor(d, strings.TrimSpace(name.Text), bind)
	})
	name = d.NewEntry("sensor-1", func() { d.Check(checkDevice(name.Text)) })
	name.SetText("sensor-1") // Enter is enough; typing replaces it
	name.TypedShortcut(&fyne.ShortcutSelectAll{})
	content := column(pane.Field(lang.L("Name of the device"), name))
	if bind != "" {
		content.Add(listen)
		content.Add(pane.Remark(lang.L("It checks clients, and refuses those without a certificate or a pre-shared key."), theme.RoleNeutral))
	}
	d.Open(content, 460, name)
}

// setUpFor makes what is missing and, unless bind is empty, opens a listener there.
func (p *Pane) setUpFor(d *pane.Dialog, device, bind string) {
	var made pki.Setup
	var opened error
	p.perform(d, lang.L("Setting up"), func(k Keeper) (err error) {
		if made, err = k.SetUp(device); err == nil && bind != "" {
			opened = p.engine.SetSettings(withCoAPS(p.engine.Settings(), bind))
		}
		return err
	}, func() {
		p.detail.export.format = pki.CoAPClient
		p.showCertificate(made.Device)
		if opened != nil {
			p.host.Failed(lang.L("Opening {{.URL}} failed", map[string]any{"URL": bind}), opened)
			return
		}
		p.host.Notify(theme.RoleGood, lang.L("{{.Name}} is ready for coaps; put its certificate on the device", map[string]any{"Name": device}), "", nil)
	})
}

// checkDevice says what is wrong with the name of a device, and whether there is one.
func checkDevice(name string) (ready bool, problem error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return false, nil
	}
	request := pki.Request{Name: name, Kind: pki.Client}
	if err := request.Check(); err != nil {
		return false, err
	}
	return true, nil
}

// perform does the work of a dialog off the UI goroutine and closes it where that went well; an error is said in it.
func (p *Pane) perform(d *pane.Dialog, working string, do func(Keeper) error, done func()) {
	k := p.keeper()
	if k == nil {
		d.Check(false, errors.New(lang.L("This gateway keeps no certificates and keys.")))
		return
	}
	d.Working(working)
	p.host.Run(func() {
		err := do(k)
		p.host.Do(func() {
			p.host.Wake()
			d.Working("")
			if err != nil {
				d.Check(true, err)
				return
			}
			d.Close()
			done()
		})
	})
}

// column stacks the fields of a dialog.
func column(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(fynelayout.NewCustomPaddedVBoxLayout(9), objects...)
}
