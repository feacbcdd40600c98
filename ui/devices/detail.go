package devices

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/device"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// detail is the device that is selected.
type detail struct {
	pane   *Pane
	object fyne.CanvasObject
	known  fyne.CanvasObject
	none   *fynewidget.Label
	name   *widget.Text
	state  *widget.Badge
	lead   *fyne.Container
	facts  *widget.KeyValue
	value  *widget.Code
	bar    *fynewidget.ProgressBar // of a firmware image on its way
	order  *widget.Button          // sends a command
	wrong  *fynewidget.Label
	device string
	topic  string
	listen string // the topic it observes
}

func newDetail(p *Pane) *detail {
	d := &detail{pane: p,
		name: widget.NewText("", widget.TextStrong), state: widget.NewBadge("", theme.RoleNeutral), facts: widget.NewKeyValue(),
		value: widget.NewCode(), wrong: pane.Remark("", theme.RoleBad),
		bar:  fynewidget.NewProgressBar(),
		none: pane.Remark(lang.L("Select a device to see what it does."), theme.RoleMuted),
	}
	d.bar.TextFormatter = func() string { return "" } // the words above it say more
	d.lead = pane.NewLead(d.name, widget.TextStrong, d.state)
	d.order = widget.NewButton(lang.L("Send a command"), func() { p.host.Open(pane.Topics, d.listen) })
	buttons := container.NewBorder(nil, nil,
		container.NewHBox(widget.NewButton(lang.L("Show topic"), func() { p.host.Open(pane.Topics, d.topic) }), d.order),
		widget.NewDangerButton(lang.L("Stop"), func() { p.stop(d.device) }))
	d.known = pane.NewColumn(8, d.lead, buttons, d.facts, d.value, d.bar, d.wrong)
	d.object = pane.NewColumn(0, d.none, d.known)
	return d
}

// kindOf is what a device is and how it speaks.
func kindOf(s *device.Snapshot) string {
	text := s.Kind + ", " + dialectWord(s.Dialect)
	if s.Scheme == "coaps" {
		text += ", coaps"
	}
	return text
}

// requests counts what became of requests; what is bad is left out where there is none.
func requests(c *device.Counters) string {
	counts := map[string]any{"Sent": format.Count(int64(c.Sent)), "Answered": format.Count(int64(c.Acknowledged)),
		"Refused": format.Count(int64(c.Refused)), "Lost": format.Count(int64(c.Lost))}
	switch {
	case c.Refused > 0 && c.Lost > 0:
		return lang.L("{{.Sent}} sent, {{.Answered}} answered, {{.Refused}} refused, {{.Lost}} lost", counts)
	case c.Refused > 0:
		return lang.L("{{.Sent}} sent, {{.Answered}} answered, {{.Refused}} refused", counts)
	case c.Lost > 0:
		return lang.L("{{.Sent}} sent, {{.Answered}} answered, {{.Lost}} lost", counts)
	}
	return lang.L("{{.Sent}} sent, {{.Answered}} answered", counts)
}

// show shows a device; nil: none is selected.
func (d *detail) show(s *device.Snapshot) {
	pane.SetVisible(d.none, s == nil)
	pane.SetVisible(d.known, s != nil)
	if s == nil {
		d.device = ""
		return
	}
	d.device, d.topic, d.listen = s.Name, s.Topic, s.Observed
	pane.SetVisible(d.order, s.Observed != "")
	d.name.SetText(s.Name)
	d.state.Set(stateWord(s.State), stateRole(*s))
	d.lead.Refresh()
	interval := format.Interval(s.Interval)
	if s.Jitter > 0 {
		interval += " ± " + format.Interval(s.Jitter)
	}
	local := ""
	if s.Local.IsValid() {
		local = s.Local.String()
	}
	facts := []widget.Pair{
		{Key: lang.L("Kind"), Value: kindOf(s)},
		{Key: lang.L("Topic"), Value: s.Topic, Mono: true},
		{Key: lang.L("Address"), Value: local, Mono: true},
		{Key: lang.L("Interval"), Value: interval},
		{Key: lang.L("Requests"), Value: requests(&s.Counters), Role: lateIf(s.Lost > 0)},
		{Key: lang.L("Retransmissions"), Value: format.Count(int64(s.Retransmitted))},
		{Key: lang.L("Round trip"), Value: trip(s.RTT)},
	}
	if s.Observed != "" {
		facts = append(facts, widget.Pair{Key: lang.L("Observes"), Value: s.Observed, Mono: true, Role: lateIf(s.Observations == 0)},
			widget.Pair{Key: lang.L("Notifications"), Value: format.Count(int64(s.Received))})
	}
	d.facts.SetPairs(facts...)
	value := valueOf(s)
	d.value.SetText(value)
	pane.SetVisible(d.value, value != "")
	done, all := s.Transfer.Sent+s.Transfer.Received, s.Transfer.ToSend+s.Transfer.ToReceive
	d.bar.SetValue(float64(done) / float64(max(all, 1)))
	pane.SetVisible(d.bar, all > 0)
	wrong := ""
	if s.Err != nil {
		wrong = units.Moment(s.ErrAt) + ": " + language.Say(s.Err)
	}
	pane.SetRemark(d.wrong, wrong, theme.RoleBad)
}
