package devices

import (
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/device"
	"sluice/engine/mistakes"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// startForm asks what to start.
type startForm struct {
	pane     *Pane
	dialog   *pane.Dialog
	kind     *widget.Choice
	count    *pane.Entry
	interval *pane.Entry
	jitter   *pane.Entry
	dialect  *widget.Choice
	dialects map[string]device.Dialect // by their words
	security *security
	about    *fynewidget.Label
}

const startWidth = 460

func (p *Pane) openStart() { newStartForm(p).open() }

func newStartForm(p *Pane) *startForm {
	f := &startForm{pane: p, about: pane.Remark("", theme.RoleMuted)}
	f.dialog = p.host.NewDialog(lang.L("Start devices"), lang.L("Start"), f.submit)
	kinds := p.templates.kinds()
	f.kind = widget.NewChoice(kinds, kinds[0], func(string) { f.fill() })
	f.count = f.dialog.NewEntry("1", f.check)
	f.interval = f.dialog.NewEntry("10s", f.check)
	f.jitter = f.dialog.NewEntry("0s", f.check)
	f.dialects = map[string]device.Dialect{}
	dialects := make([]string, 0, len(device.Dialects()))
	for _, d := range device.Dialects() {
		word := dialectWord(d)
		dialects = append(dialects, word)
		f.dialects[word] = d
	}
	f.dialect = widget.NewChoice(dialects, dialects[0], func(string) { f.check() })
	f.security = newSecurity(p, f.check, f.dialog.Close)
	f.count.SetText("10")
	f.fill()
	return f
}

func (f *startForm) open() {
	grid := container.NewGridWithColumns(2,
		pane.Field(lang.L("Kind"), f.kind), pane.Field(lang.L("How many, up to 5,000"), f.count),
		pane.Field(lang.L("Interval"), f.interval), pane.Field(lang.L("Jitter"), f.jitter),
	)
	dialect := pane.Field(lang.L("Dialect"), container.NewHBox(f.dialect))
	f.dialog.Open(pane.NewColumn(10, grid, dialect, f.security.object, f.about), startWidth, f.count)
	f.count.TypedShortcut(&fyne.ShortcutSelectAll{}) // what is typed takes its place
	f.check()
}

// fill puts the template's own times in.
func (f *startForm) fill() {
	t := f.pane.templates.of(f.kind.Selected())
	f.interval.SetText(format.Interval(t.Interval))
	f.jitter.SetText(format.Interval(t.Jitter))
	about := lang.L(t.About)
	if about == "" {
		about = t.Topic()
	}
	pane.SetRemark(f.about, about, theme.RoleMuted)
	f.check()
}

// order reads the form.
func (f *startForm) order() (o device.Order, err error) {
	o.Template = f.pane.templates.of(f.kind.Selected())
	o.Dialect = f.dialects[f.dialect.Selected()]
	o.Count, err = strconv.Atoi(strings.NewReplacer(",", "", " ", "").Replace(strings.TrimSpace(f.count.Text)))
	if err != nil || o.Count < 1 || o.Count > device.MaxDevices {
		return o, errors.New(lang.L("How many: a number from 1 to 5,000"))
	}
	if there := f.pane.engine.DeviceCount(); there+o.Count > device.MaxDevices {
		return o, errors.New(lang.N("{{.Count}} devices run already, and no more than 5,000 at a time", there, counted(there)))
	}
	if o.Interval, err = readTime(f.interval.Text); err != nil || o.Interval < device.MinInterval || o.Interval > device.MaxInterval {
		return o, errors.New(lang.L("Interval: a time from 1ms to 24h, as 10s"))
	}
	if o.Jitter, err = readTime(f.jitter.Text); err != nil || o.Jitter < 0 || o.Jitter > o.Interval {
		return o, errors.New(lang.L("Jitter: a time up to the interval, as 500ms"))
	}
	return o, f.security.problem()
}

// readTime reads "10s"; a number without a unit is seconds.
func readTime(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, mistakes.Errorf("read a time: %w", err)
	}
	return d, nil
}

func (f *startForm) check() {
	if f.security == nil {
		return // it is being built
	}
	_, err := f.order()
	f.security.refresh()
	f.dialog.Check(true, err)
}

func (f *startForm) submit() {
	o, err := f.order()
	if err != nil {
		return
	}
	if err := f.security.secure(&o); err != nil {
		f.dialog.Check(true, err)
		return
	}
	starting, err := f.pane.engine.StartDevices(o)
	if err != nil {
		f.dialog.Check(true, err)
		return
	}
	f.dialog.Close()
	f.pane.progress.watch(starting)
	f.pane.host.Wake()
}

// progress is the line below the header while devices start.
type progress struct {
	pane   *Pane
	object fyne.CanvasObject
	bar    *fynewidget.ProgressBar
	words  *widget.Text
	cancel *widget.Button

	starting device.Starting // the latest; written on the UI goroutine and handed to Gather by watched
	watched  atomic.Pointer[device.Starting]
}

func newProgress(p *Pane) *progress {
	g := &progress{pane: p, bar: fynewidget.NewProgressBar(), words: widget.NewText("", widget.TextMuted)}
	g.cancel = widget.NewButton(lang.L("Cancel"), func() {
		if g.starting != nil {
			g.starting.Cancel()
			p.host.Wake()
		}
	})
	g.bar.TextFormatter = func() string { return "" } // the words beside it say more
	bar := container.New(fixedWidth(220), g.bar)
	g.object = widget.NewPadded(16, 6, container.NewBorder(nil, nil, bar, g.cancel, widget.NewPadded(10, 0, g.words.Shrink())))
	g.object.Hide()
	return g
}

func (g *progress) watch(s device.Starting) {
	g.starting = s
	g.watched.Store(&s)
}

// now is how far the latest start is, nil when it is done. It is called by Gather.
func (g *progress) now() *device.Progress {
	s := g.watched.Load()
	if s == nil || *s == nil {
		return nil
	}
	p := (*s).Progress()
	if !p.Done {
		return &p
	}
	if g.watched.CompareAndSwap(s, nil) {
		g.pane.host.Do(func() { g.finished(p) })
	}
	return nil
}

// finished says how a start ended, where that is not what the list shows.
func (g *progress) finished(p device.Progress) {
	p.Kind = kindWord(p.Kind)
	names := map[string]any{"Started": format.Count(int64(p.Started)), "Total": format.Count(int64(p.Total)), "Kind": p.Kind,
		"Failed": format.Count(int64(p.Failed)), "Why": language.Say(p.Why)}
	switch {
	case p.Failed > 0:
		g.pane.host.Notify(theme.RoleBad, lang.L("{{.Failed}} of {{.Total}} {{.Kind}} devices did not start: {{.Why}}", names), "", nil)
	case p.Cancelled:
		g.pane.host.Notify(theme.RoleLate, lang.L("Cancelled: {{.Started}} of {{.Total}} {{.Kind}} devices run", names), "", nil)
	}
}

// kindWord is the kind of devices that are being started; they may be of several.
func kindWord(kind string) string {
	if kind == "" {
		return lang.L("simulated")
	}
	return kind
}

func (g *progress) show(p *device.Progress) {
	pane.SetVisible(g.object, p != nil)
	if p == nil {
		return
	}
	g.bar.SetValue(float64(p.Started+p.Failed) / float64(max(p.Total, 1)))
	g.words.SetText(lang.L("Starting {{.Kind}} devices: {{.Started}} of {{.Total}}, {{.Failed}} failed", map[string]any{
		"Kind": kindWord(p.Kind), "Started": format.Count(int64(p.Started)), "Total": format.Count(int64(p.Total)), "Failed": format.Count(int64(p.Failed))}))
}
