package window

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/watch"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

const watchFormWidth = 520

// watchForm asks what is to be told.
type watchForm struct {
	watches *watches
	dialog  *pane.Dialog
	spec    watch.Spec // what it began with
	kinds   []watchKind
	kind    *widget.Choice
	compare *widget.Choice
	of      *pane.Entry
	client  *pane.Entry
	path    *pane.Entry
	value   *pane.Entry
	silent  *pane.Entry
	rows    struct{ topic, device, observer, meets, silent fyne.CanvasObject }
	ofs     *widget.Text // the caption of of
}

func newWatchForm(t *watches, s watch.Spec) *watchForm {
	f := &watchForm{watches: t, spec: s, kinds: watchKinds()}
	f.dialog = t.window.host.NewDialog(lang.L("Tell me when"), lang.L("Tell me"), f.submit)
	names := make([]string, len(f.kinds))
	for i, k := range f.kinds {
		names[i] = k.name
	}
	at := max(0, slices.IndexFunc(f.kinds, func(k watchKind) bool { return k.kind == s.Kind }))
	f.kind = widget.NewChoice(names, names[at], func(string) { f.check() })
	f.compare = widget.NewChoice(watch.Comparisons(), watch.Comparisons()[0], func(string) { f.check() })
	f.of = f.dialog.NewEntry("", f.check)
	f.client = f.dialog.NewEntry("lamp-3", f.check)
	f.path = f.dialog.NewEntry("$.temperature", f.check)
	f.value = f.dialog.NewEntry("30", f.check)
	f.silent = f.dialog.NewEntry("60s", f.check)
	f.of.Text, f.client.Text, f.path.Text = s.Of, s.Client, s.Path
	return f
}

func (f *watchForm) open() {
	f.ofs = widget.NewText("", widget.TextCaption)
	f.rows.topic = pane.NewColumn(4, f.ofs, f.of)
	f.rows.observer = pane.Field(lang.L("Client ID of who observes"), f.client)
	f.rows.meets = pane.NewColumn(10,
		beside(pane.Field(lang.L("Comparison"), f.compare), pane.Field(lang.L("Value"), f.value)),
		pane.Field(lang.L("Field of a payload in JSON or CBOR, nothing for the whole payload"), f.path),
		pane.Remark(lang.L("You are told when a value meets this and the one before did not."), theme.RoleMuted))
	f.rows.silent = pane.Field(lang.L("For how long"), f.silent)
	focus := fyne.Focusable(f.of)
	switch {
	case f.spec.Of == "":
	case f.spec.Kind == watch.TopicMeets:
		focus = f.value
	case f.spec.Kind == watch.TopicSilent || f.spec.Kind == watch.ClientSilent:
		focus = f.silent
		f.silent.Text = "60s"
	}
	f.dialog.Open(pane.NewColumn(10, container.NewHBox(f.kind), f.rows.topic, f.rows.observer, f.rows.meets, f.rows.silent), watchFormWidth, focus)
	f.check()
}

// beside places a field and, behind it, one that takes the rest of the line. The Tab key goes from the first to the second.
func beside(first, second fyne.CanvasObject) *fyne.Container {
	const gap = 12
	left := container.New(fynelayout.NewCustomPaddedLayout(0, 0, 0, gap), first)
	return container.New(fynelayout.NewBorderLayout(nil, nil, left, nil), left, second)
}

// read is the spec as the form says it.
func (f *watchForm) read() (s watch.Spec, err error) {
	s.Kind = f.kinds[slices.IndexFunc(f.kinds, func(k watchKind) bool { return k.name == f.kind.Selected() })].kind
	switch s.Kind {
	case watch.ClientRefused, watch.CertificateExpires, watch.ListenerFails, watch.LimitReached:
		return s, nil
	}
	s.Of = strings.TrimSpace(f.of.Text)
	switch s.Kind {
	case watch.ObserverLost:
		s.Client = strings.TrimSpace(f.client.Text)
	case watch.TopicMeets:
		s.Path, s.Compare, s.Value = strings.TrimSpace(f.path.Text), f.compare.Selected(), strings.TrimSpace(f.value.Text)
	case watch.TopicSilent, watch.ClientSilent:
		if text := strings.TrimSpace(f.silent.Text); text != "" {
			if s.For, err = readTime(text); err != nil || s.For < watch.MinSilent || s.For > watch.MaxSilent {
				return s, errors.New(lang.L("For how long: a time from 1s to 168h, as 60s"))
			}
		}
	}
	return s, nil
}

// readTime reads "90s"; a number without a unit is seconds.
func readTime(text string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		text += "s"
	}
	return time.ParseDuration(text)
}

// check shows the fields of the kind, and says what is wrong.
func (f *watchForm) check() {
	if f.rows.silent == nil {
		return // it is being built
	}
	s, err := f.read()
	meets, silent := s.Kind == watch.TopicMeets, s.Kind == watch.TopicSilent || s.Kind == watch.ClientSilent
	topic := meets || s.Kind == watch.TopicSilent || s.Kind == watch.TopicValue
	client := s.Kind == watch.ClientConnects || s.Kind == watch.ClientDisconnects || s.Kind == watch.ClientSilent
	observer := s.Kind == watch.ObserverLost
	pane.SetVisible(f.rows.topic, topic || client || observer)
	pane.SetVisible(f.rows.observer, observer)
	pane.SetVisible(f.rows.meets, meets)
	pane.SetVisible(f.rows.silent, silent)
	switch {
	case client:
		f.ofs.SetText(lang.L("Client ID"))
		f.of.SetPlaceHolder("lamp-3")
	case observer:
		f.ofs.SetText(lang.L("What is observed"))
		f.of.SetPlaceHolder("plant/lamp-3")
	default:
		f.ofs.SetText(lang.L("Topic"))
		f.of.SetPlaceHolder("plant/line1/temp")
	}
	unfinished := (topic || client || observer) && s.Of == "" || observer && s.Client == "" || meets && s.Value == "" || s.Kind == watch.TopicSilent && s.For == 0
	if err == nil && !unfinished {
		err = s.Validate()
	}
	f.dialog.Check(!unfinished, err)
}

func (f *watchForm) submit() {
	s, err := f.read()
	if err == nil {
		err = f.watches.add(s)
	}
	if err != nil {
		f.dialog.Check(true, err)
		return
	}
	f.dialog.Close()
}
