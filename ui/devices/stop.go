package devices

import (
	"fyne.io/fyne/v2/lang"

	"sluice/engine/device"
	"sluice/ui/theme"
	"sluice/ui/widget/format"
)

// stop stops a device: that can be taken back, so nothing is asked.
func (p *Pane) stop(name string) {
	p.host.Run(func() {
		p.stopped(p.engine.StopDevices(name), lang.L("{{.Name}} was stopped", map[string]any{"Name": name}))
	})
}

// stopped offers to start again what was stopped. It may be called from any goroutine.
func (p *Pane) stopped(stopped *device.Stopped, text string) {
	p.host.Wake()
	if stopped.Len() == 0 {
		return
	}
	p.host.Do(func() {
		p.host.Undoable(text, func() error {
			starting, err := p.engine.StartAgain(stopped)
			if err != nil {
				return err
			}
			p.host.Do(func() { p.progress.watch(starting) })
			return nil
		})
	})
}

// askStop asks before all devices are stopped, or those that the filter leaves.
func (p *Pane) askStop() {
	all := p.filter.Text == ""
	var names []string
	count := p.engine.DeviceCount()
	title, action := lang.L("Stop all simulated devices?"), lang.L("Stop all")
	if !all {
		for i := range p.rows {
			names = append(names, p.rows[i].Name)
		}
		count = len(names)
		title, action = lang.L("Stop the devices that match the filter?"), stopThese(count)
	}
	p.host.Ask(title, lang.N("{{.Count}} devices close their connections and are gone from the list.", count, counted(count)), action, func() {
		p.host.Run(func() {
			var stopped *device.Stopped
			if all {
				stopped = p.engine.StopAllDevices()
			} else {
				stopped = p.engine.StopDevices(names...)
			}
			p.stopped(stopped, lang.N("{{.Count}} devices were stopped", stopped.Len(), counted(stopped.Len())))
		})
	})
}

func counted(n int) map[string]any { return map[string]any{"Count": format.Count(int64(n))} }

// stopThese is the label of what stops as many devices as the filter leaves.
func stopThese(n int) string { return lang.L("Stop these {{.Count}}", counted(n)) }

// offerStop says on its button what would be stopped.
func (p *Pane) offerStop(all int) {
	label, count := lang.L("Stop all"), all
	if p.filter.Text != "" {
		label, count = stopThese(len(p.rows)), len(p.rows)
	}
	p.stopAll.SetLabel(label)
	if count > 0 {
		p.stopAll.Enable()
	} else {
		p.stopAll.Disable()
	}
}

func (p *Pane) changePort(name string) {
	p.host.Run(func() {
		changed := p.engine.ChangePort(name)
		p.host.Do(func() {
			if changed == 0 {
				p.host.Notify(theme.RoleLate, lang.L("The gateway knows no such client over UDP"), "", nil)
				return
			}
			p.host.Notify(theme.RoleGood, lang.N("{{.Count}} clients come from another port next", changed, counted(changed)), "", nil)
		})
	})
}
