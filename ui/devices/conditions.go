package devices

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/coap"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// conditions is the box of the network that all clients, or the selected one, live with.
type conditions struct {
	pane    *Pane
	object  fyne.CanvasObject
	column  *fyne.Container
	whom    *widget.Choice
	preset  *widget.Choice
	back    *widget.Button
	sliders []*slider
	about   *fynewidget.Label // what the preset stands for
	done    *fynewidget.Label
	client  string // whose are shown; empty: all
	chosen  string // the device that is selected
	shown   coap.Conditions
	set     map[string]coap.Conditions
	pending int // changes on their way to the engine
}

// slider is a condition that can be set.
type slider struct {
	get    func(*coap.Conditions) float64
	put    func(*coap.Conditions, float64)
	text   func(float64) string
	object fyne.CanvasObject
	value  *widget.Text
	*widget.Slider
}

func newConditions(p *Pane) *conditions {
	c := &conditions{pane: p, about: pane.Remark("", theme.RoleMuted), done: pane.Remark("", theme.RoleMuted)}
	c.whom = widget.NewChoice(nil, lang.L("All clients"), func(string) { c.switchTo() })
	c.offer()
	c.preset = widget.NewChoice(presetTitles(), lang.L("As it is"), c.usePreset)
	c.sliders = []*slider{
		c.part(lang.L("Loss"), func(k *coap.Conditions) *float64 { return &k.Loss }),
		c.duration(lang.L("Delay"), 5000, time.Millisecond, func(k *coap.Conditions) *time.Duration { return &k.Delay }),
		c.duration(lang.L("Jitter"), 5000, time.Millisecond, func(k *coap.Conditions) *time.Duration { return &k.Jitter }),
		c.part(lang.L("Duplication"), func(k *coap.Conditions) *float64 { return &k.Duplication }),
		c.part(lang.L("Reordering"), func(k *coap.Conditions) *float64 { return &k.Reordering }),
		c.duration(lang.L("Silent for"), 60, time.Second, func(k *coap.Conditions) *time.Duration { return &k.SilentFor }),
		c.duration(lang.L("every"), 600, time.Second, func(k *coap.Conditions) *time.Duration { return &k.SilentEvery }),
		c.duration(lang.L("New port after"), 300, time.Second, func(k *coap.Conditions) *time.Duration { return &k.PortAfter }),
		c.slider(lang.L("Longest message"), 1400, 1,
			func(k *coap.Conditions) float64 { return float64(k.MaxSize) },
			func(k *coap.Conditions, v float64) { k.MaxSize = int(v) },
			func(v float64) string { return format.Bytes(int64(v)) }),
	}
	rows := container.NewVBox()
	for _, s := range c.sliders {
		rows.Add(s.object)
	}
	head := container.NewBorder(nil, nil, widget.NewText(lang.L("Conditions"), widget.TextStrong), c.whom)
	c.back = widget.NewButton(lang.L("As all"), func() { c.put(nil) })
	c.back.Hide()
	tools := container.NewBorder(nil, nil, container.NewHBox(c.preset, c.back), widget.NewButton(lang.L("Change port now"), func() { p.changePort(c.client) }))
	c.column = pane.NewColumn(8, head, tools, c.about, rows, c.done)
	c.object = widget.NewCard(c.column)
	return c
}

// part is a slider of a part of all datagrams.
func (c *conditions) part(title string, of func(*coap.Conditions) *float64) *slider {
	return c.slider(title, 50, 0.5,
		func(k *coap.Conditions) float64 { return *of(k) * 100 },
		func(k *coap.Conditions, v float64) { *of(k) = v / 100 },
		func(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) + " %" })
}

// duration is a slider of a time, in units.
func (c *conditions) duration(title string, most float64, unit time.Duration, of func(*coap.Conditions) *time.Duration) *slider {
	step := 1.0
	if most > 1000 {
		step = 10
	}
	return c.slider(title, most, step,
		func(k *coap.Conditions) float64 { return float64(*of(k)) / float64(unit) },
		func(k *coap.Conditions, v float64) { *of(k) = time.Duration(v) * unit },
		func(v float64) string {
			if unit == time.Millisecond {
				return format.Count(int64(v)) + " ms" // format.Duration would round what a step of the slider changes
			}
			return format.Duration(time.Duration(v) * unit)
		})
}

// Widths of the words beside a slider.
const (
	sliderTitle = 124
	sliderValue = 64
)

func (c *conditions) slider(title string, most, step float64, get func(*coap.Conditions) float64, put func(*coap.Conditions, float64), text func(float64) string) *slider {
	s := &slider{get: get, put: put, text: text, Slider: widget.NewSlider(0, most), value: widget.NewText("", widget.TextPlain)}
	s.Step = step
	s.OnChanged = func(v float64) { s.value.SetText(s.words(v)) }
	s.OnChangeEnded = func(v float64) {
		next := c.shown
		s.put(&next, v)
		c.apply(next)
	}
	s.value.SetText(s.words(0))
	fixed := func(width float32, o fyne.CanvasObject) fyne.CanvasObject {
		return container.New(fixedWidth(width), o)
	}
	s.object = container.NewBorder(nil, nil, fixed(sliderTitle, widget.NewText(title, widget.TextMuted)), fixed(sliderValue, s.value), s.Slider)
	return s
}

// words says a value; nothing is a dash.
func (s *slider) words(v float64) string {
	if v == 0 {
		return "–"
	}
	return s.text(v)
}

// fixedWidth gives its object a width, in the middle of its height.
type fixedWidth float32

// Layout implements [fyne.Layout].
func (w fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(float32(w), h))
		o.Move(fyne.NewPos(0, (size.Height-h)/2))
	}
}

// MinSize implements [fyne.Layout].
func (w fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(w), objects[0].MinSize().Height)
}

func presetTitles() []string {
	titles := []string{lang.L("As it is")}
	for _, preset := range coap.Presets() {
		titles = append(titles, lang.L(preset.Title))
	}
	return titles
}

// presetOf names conditions.
func presetOf(k coap.Conditions) string {
	if !k.Active() {
		return lang.L("As it is")
	}
	for _, preset := range coap.Presets() {
		if preset.Conditions == k {
			return lang.L(preset.Title)
		}
	}
	return lang.L("Of my own")
}

// presetWords say what a preset stands for.
func presetWords(k coap.Conditions) string {
	switch k {
	case coap.NBIoT:
		return lang.L("Narrowband IoT in ordinary coverage: 0.5 to 1.5 s each way, so that round trips come to the 2 s after which CoAP repeats, and little is lost.")
	case coap.LoRaLike:
		return lang.L("IP over LoRaWAN, class A: 1.5 to 3.5 s each way, a tenth is lost, nothing passes for 6 s of every 2 min (duty cycle), and no message over 222 bytes.")
	case coap.LossyWiFi:
		return lang.L("A crowded 2.4 GHz network at the edge of its range: 5 to 125 ms, one in twenty is lost, some come twice or overtake others.")
	case coap.HomeNAT:
		return lang.L("A router that forgets a device after 30 s of silence: notifications do not reach it, and it comes back from another port.")
	}
	return ""
}

func (c *conditions) usePreset(title string) {
	for _, preset := range coap.Presets() {
		if lang.L(preset.Title) == title {
			c.apply(preset.Conditions)
			return
		}
	}
	c.apply(coap.Conditions{})
}

// apply sets what is wanted, and shows what is in force.
func (c *conditions) apply(next coap.Conditions) {
	if err := next.Validate(); err != nil {
		c.pane.host.Failed(lang.L("The conditions were not set"), err)
		c.fill()
		return
	}
	c.shown = next
	c.fill()
	if c.client == "" && !next.Active() {
		c.put(nil)
	} else {
		c.put(&next)
	}
}

// put hands what is wanted to the engine; nil: a client has the conditions of all again.
func (c *conditions) put(set *coap.Conditions) {
	client := c.client
	c.pending++
	c.pane.host.Run(func() {
		err := c.pane.engine.SetConditions(client, set)
		c.pane.host.Do(func() {
			c.pending--
			if err != nil {
				c.pane.host.Failed(lang.L("The conditions were not set"), err)
			}
			c.pane.host.Wake()
		})
	})
}

// choose offers the selected device beside all, and shows its conditions if those of one client are shown.
func (c *conditions) choose(device string) {
	c.chosen = device
	if c.client != "" {
		c.showOf(device)
	}
	c.offer()
}

// offer lists whose conditions may be shown: of all, the selected device, and those that have their own.
func (c *conditions) offer() {
	options := []string{lang.L("All clients")}
	for _, client := range slices.Sorted(maps.Keys(c.set)) {
		if client != "" && client != c.chosen {
			options = append(options, client)
		}
	}
	if c.chosen != "" {
		options = append(options, c.chosen)
	}
	c.whom.SetOptions(append(options, lang.L("Another client…")))
}

// switchTo shows the conditions of whom the user chose.
func (c *conditions) switchTo() {
	switch chosen := c.whom.Selected(); chosen {
	case lang.L("All clients"):
		c.showOf("")
	case lang.L("Another client…"):
		c.showOf(c.client) // until there is an answer
		c.pane.host.Prompt(lang.L("Conditions of one client"), lang.L("Client ID"), lang.L("Show"), func(id string) error {
			if strings.TrimSpace(id) == "" {
				return errors.New(lang.L("a client ID has at least one character"))
			}
			return nil
		}, func(id string) { c.showOf(strings.TrimSpace(id)) })
	default:
		c.showOf(chosen)
	}
}

// showOf shows the conditions of a client, or of all if it is empty.
func (c *conditions) showOf(client string) {
	c.client = client
	word := client
	if client == "" {
		word = lang.L("All clients")
	}
	c.whom.SetSelected(word)
	c.own()
	c.take()
}

// own lets a client that has conditions of its own have those of all again.
func (c *conditions) own() {
	_, own := c.set[c.client]
	if c.client != "" && own {
		c.back.Enable()
	} else {
		c.back.Disable()
	}
	pane.SetVisible(c.back, c.client != "")
}

// show brings the box up to date.
func (c *conditions) show(s *stats) {
	c.set = s.conditions
	c.offer()
	c.own()
	if c.pending == 0 {
		c.take()
	}
	words := ""
	if d := s.done; d.Lost+d.Delayed+d.Duplicated > 0 {
		words = lang.L("{{.Lost}} lost, {{.Delayed}} delayed, {{.Duplicated}} duplicated; {{.Waiting}} on their way", map[string]any{
			"Lost": format.Count(int64(d.Lost)), "Delayed": format.Count(int64(d.Delayed)), "Duplicated": format.Count(int64(d.Duplicated)),
			"Waiting": format.Count(int64(d.Waiting))})
	}
	pane.SetRemark(c.done, words, theme.RoleMuted)
}

// take shows what is set: a client without conditions of its own has those of all.
func (c *conditions) take() {
	now, own := c.set[c.client]
	if !own {
		now = c.set[""]
	}
	if now != c.shown {
		c.shown = now
		c.fill()
	}
}

// fill moves the sliders to what is shown.
func (c *conditions) fill() {
	for _, s := range c.sliders {
		v := s.get(&c.shown)
		if s.Value != v {
			s.Value = v
			s.Refresh()
		}
		s.value.SetText(s.words(v))
	}
	c.preset.SetSelected(presetOf(c.shown))
	pane.SetRemark(c.about, presetWords(c.shown), theme.RoleMuted)
}
