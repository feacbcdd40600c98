package settings

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
)

// detail is the right side: the setting that is selected, or the listener with all of its settings.
type detail struct {
	pane   *Pane
	object *fyne.Container
	place  string // what it was built for
	scheme string // of the listener: it decides which fields there are
	fields map[string]*field
	reset  *widget.Button
	now    *fynewidget.Label // what is in force, where that is another value
	title  *widget.Text
}

func newDetail(p *Pane) *detail {
	return &detail{pane: p, object: pane.NewColumn(12)}
}

// show brings the detail up to date; it is built anew for another row only, so that the keyboard stays in its field.
func (d *detail) show(r Row, selected bool, problems map[string]string) {
	scheme := ""
	if selected && r.listener != noListener {
		scheme, _, _ = strings.Cut(d.pane.draft.wanted.Listeners[r.listener].Bind, "://")
	}
	at := r.place
	if !selected {
		at = ""
	}
	if at != d.place || scheme != d.scheme || len(d.object.Objects) == 0 {
		d.rebuild(r, at, scheme)
	}
	for _, f := range d.fields {
		text, problem := d.pane.draft.text(f.key, r.listener), problems[place(f.key, r.listener)]
		if f.key.Path == "listener.bind" && problem == "" {
			problem = problems[listenerPlace(r.listener)]
		}
		f.show(text, problem)
	}
	if selected && r.listener == noListener && r.group != groupAppearance {
		d.showKey(r)
	}
	if selected && r.listener != noListener {
		d.title.SetText(r.name)
	}
	d.object.Refresh()
}

// rebuild makes the fields of a row.
func (d *detail) rebuild(r Row, at, scheme string) {
	keep := at == d.place && at != "" // the scheme of the listener changed while it was typed
	d.place, d.scheme, d.fields = at, scheme, map[string]*field{}
	d.object.RemoveAll()
	switch {
	case at == "":
		d.object.Add(pane.Remark(lang.L("Choose a setting to change it. What is changed is checked at once and holds when you apply it."), theme.RoleMuted))
	case at == themePlace:
		d.buildTheme(r)
	case at == languagePlace:
		d.buildLanguage(r)
	case r.listener != noListener:
		d.buildListener(r.listener, scheme)
	default:
		d.buildKey(r)
	}
	if f := d.fields["listener.bind"]; keep && f != nil {
		f.show(d.pane.draft.text(f.key, r.listener), "")
		f.entry.CursorColumn = len([]rune(f.entry.Text))
		d.pane.host.Window.Canvas().Focus(f.entry)
	}
}

func (d *detail) buildTheme(r Row) {
	modes := []theme.Mode{theme.System, theme.Dark, theme.Light}
	words := make([]string, len(modes))
	for i, m := range modes {
		words[i] = modeWord(m)
	}
	choice := widget.NewChoice(words, r.value, func(word string) {
		d.pane.look.SetMode(modes[slices.Index(words, word)])
		d.pane.refresh()
	})
	d.object.Add(widget.NewText(r.name, widget.TextTitle))
	d.object.Add(pane.Remark(r.meaning, theme.RoleMuted))
	d.object.Add(leading(choice))
}

func (d *detail) buildKey(r Row) {
	k := r.key
	f := newField(k, false, func(text string) { d.pane.edited(k, noListener, text) })
	d.fields[k.Path] = f
	d.reset = widget.NewButton(lang.L("Reset to the default"), func() { d.pane.edited(k, noListener, k.Default) })
	d.now = pane.Remark("", theme.RoleLate)
	standard := oneLine(k.Default)
	if standard == "" {
		standard = "—"
	}
	for _, o := range []fyne.CanvasObject{
		widget.NewText(k.Path, widget.TextStyle{Color: theme.ColorText, Size: theme.SizeText, Bold: true, Mono: true}),
		pane.Remark(lang.L(k.Meaning), theme.RoleText),
		f.object, d.now,
		widget.NewKeyValue(widget.Pair{Key: lang.L("Default"), Value: standard, Mono: true}, widget.Pair{Key: lang.L("Allowed"), Value: lang.L(k.Allowed)}),
		leading(d.reset),
	} {
		d.object.Add(o)
	}
}

func (d *detail) showKey(r Row) {
	if r.changed() {
		d.reset.Enable()
	} else {
		d.reset.Disable()
	}
	text := ""
	if r.pending {
		value := oneLine(r.key.Text(d.pane.draft.inForce))
		if value == "" {
			value = "—"
		}
		text = lang.L("In force is {{.Value}}.", map[string]any{"Value": value})
	}
	pane.SetRemark(d.now, text, theme.RoleLate)
}

// keysOf are the keys that listeners of a scheme have.
func keysOf(scheme string) []settings.Key {
	coap := settings.IsCoAP(scheme)
	var list []settings.Key
	for _, k := range settings.Keys() {
		name, ok := strings.CutPrefix(k.Path, "listener.")
		if !ok {
			continue
		}
		table, _, _ := strings.Cut(name, ".")
		var has bool
		switch table {
		case "bind":
			has = true
		case "dtls_options":
			has = scheme == "coaps"
		case "ssl_options":
			has = scheme == "mqtts" || scheme == "wss"
		case "health_check", "multicast":
			has = scheme == "coap"
		case "recbuf", "sndbuf":
			has = settings.Network(scheme) == "udp"
		default:
			has = coap
		}
		if has {
			list = append(list, k)
		}
	}
	return list
}

func (d *detail) buildListener(i int, scheme string) {
	remove := widget.NewDangerButton(lang.L("Remove"), func() { d.pane.removeListener(i) })
	d.title = widget.NewText("", widget.TextStyle{Color: theme.ColorText, Size: theme.SizeText, Bold: true, Mono: true}).Shrink()
	d.object.Add(container.NewBorder(nil, nil, nil, remove, d.title))
	for _, k := range keysOf(scheme) {
		f := newField(k, k.Path != "listener.bind", func(text string) { d.pane.edited(k, i, text) })
		d.fields[k.Path] = f
		name := widget.NewText(strings.TrimPrefix(k.Path, "listener."), widget.TextMonoMuted)
		d.object.Add(pane.NewColumn(3, name, f.object, pane.Remark(units.Sentences(lang.L(k.Meaning), lang.L("Allowed: {{.Allowed}}.", map[string]any{"Allowed": lang.L(k.Allowed)})), theme.RoleMuted)))
	}
}
