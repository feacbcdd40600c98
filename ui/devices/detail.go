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
	wrong  *fynewidget.Label
	device string
	topic  string
}

func newDetail(p *Pane) *detail {
	d := &detail{pane: p,
		name: widget.NewText("", widget.TextStrong), state: widget.NewBadge("", theme.RoleNeutral), facts: widget.NewKeyValue(),
		value: widget.NewCode(), wrong: pane.Remark("", theme.RoleBad),
		none: pane.Remark(lang.L("Select a device to see what it does."), theme.RoleMuted),
	}
	d.lead = pane.NewLead(d.name, widget.TextStrong, d.state)
	buttons := container.NewHBox(
		widget.NewButton(lang.L("Show topic"), func() { p.host.Open(pane.Topics, d.topic) }),
		widget.NewDangerButton(lang.L("Stop"), func() { p.stop(d.device) }),
	)
	d.known = pane.NewColumn(8, container.NewBorder(nil, nil, nil, buttons, d.lead), d.facts, d.value, d.wrong)
	d.object = pane.NewColumn(0, d.none, d.known)
	return d
}

// kindOf is what a device is and how it speaks.
func kindOf(s *device.Snapshot) string {
	text := s.Kind + ", " + string(s.Dialect)
	if s.Scheme == "coaps" {
		text += ", coaps"
	}
	return text
}

// show shows a device; nil: none is selected.
func (d *detail) show(s *device.Snapshot) {
	pane.SetVisible(d.none, s == nil)
	pane.SetVisible(d.known, s != nil)
	if s == nil {
		d.device = ""
		return
	}
	d.device, d.topic = s.Name, s.Topic
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
		{Key: lang.L("Requests"), Value: lang.L("{{.Sent}} sent, {{.Answered}} answered, {{.Refused}} refused, {{.Lost}} lost", map[string]any{
			"Sent": format.Count(int64(s.Sent)), "Answered": format.Count(int64(s.Acknowledged)), "Refused": format.Count(int64(s.Refused)),
			"Lost": format.Count(int64(s.Lost))}), Role: lateIf(s.Lost > 0)},
		{Key: lang.L("Retransmissions"), Value: format.Count(int64(s.Retransmitted))},
		{Key: lang.L("Round trip"), Value: trip(s.RTT)},
	}
	if s.Observations > 0 || s.Received > 0 {
		facts = append(facts, widget.Pair{Key: lang.L("Observes"), Value: lang.L("{{.Count}}, {{.Received}} notifications", map[string]any{
			"Count": format.Count(int64(s.Observations)), "Received": format.Count(int64(s.Received))})})
	}
	d.facts.SetPairs(facts...)
	d.value.SetText(s.Last)
	pane.SetVisible(d.value, s.Last != "")
	wrong := ""
	if s.Err != nil {
		wrong = units.Moment(s.ErrAt) + ": " + language.Say(s.Err)
	}
	pane.SetRemark(d.wrong, wrong, theme.RoleBad)
}
