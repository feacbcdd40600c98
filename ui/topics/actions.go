package topics

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/engine/topics"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// publish sends what the form holds; a retained message is on disk before the user is told.
func (p *Pane) publish(m engine.Publication) {
	f := p.detail.form
	f.publish.Disable()
	p.host.Run(func() {
		err := p.engine.Publish(m)
		p.host.Do(func() {
			f.publish.Enable()
			if err != nil {
				p.host.Failed(lang.L("Publishing to {{.Topic}} failed", map[string]any{"Topic": m.Topic}), err)
			}
			p.host.Wake()
		})
	})
}

// toggleObserve observes a topic from this window, or ends that.
func (p *Pane) toggleObserve(name string, observed bool) {
	p.host.Run(func() {
		var err error
		if observed {
			for _, o := range p.engine.Observers() {
				if o.Window && o.Filter == name {
					p.engine.EndObservation(o.ID)
				}
			}
		} else {
			_, err = p.engine.ObserveTopic(name)
		}
		p.host.Do(func() {
			if err != nil {
				p.host.Failed(lang.L("Observing {{.Topic}} failed", map[string]any{"Topic": name}), err)
			}
			p.host.Wake()
		})
	})
}

// remove deletes a topic after one question.
func (p *Pane) remove(name string) {
	topic := map[string]any{"Topic": name}
	p.host.Ask(lang.L("Delete {{.Topic}}?", topic),
		lang.L("Its last value, its history and a retained message are removed. Clients may publish to it again."),
		lang.L("Delete"), func() {
			p.host.Run(func() {
				err := p.engine.DeleteTopic(name)
				p.host.Do(func() {
					if err != nil {
						p.host.Failed(lang.L("Deleting {{.Topic}} failed", topic), err)
					} else {
						p.host.Notify(theme.RoleGood, lang.L("{{.Topic}} was deleted", topic), "", nil)
					}
					p.host.Wake()
				})
			})
		})
}

// newTopic asks for a topic to publish to.
func (p *Pane) newTopic() {
	p.host.Prompt(lang.L("New topic"), "plant/line1/temp", lang.L("Next"), checkTopic, func(topic string) {
		p.Show(topic)
		p.host.Window.Canvas().Focus(p.detail.form.body)
	})
}

// showMenu opens the context menu of a line.
func (p *Pane) showMenu(path string, at fyne.Position) {
	canvas := p.host.Window.Canvas()
	p.host.Run(func() {
		topic, known := p.table.Topic(path)
		p.host.Do(func() {
			menu := fyne.NewMenu("", fyne.NewMenuItem(lang.L("Copy topic"), func() { widget.CopyText(path) }))
			if known {
				menu.Items = append(p.copyItems(topic), fyne.NewMenuItemSeparator(),
					fyne.NewMenuItem(lang.L("Delete…"), func() { p.remove(path) }))
			}
			fynewidget.ShowPopUpMenuAtPosition(menu, canvas, at)
		})
	})
}

func (p *Pane) copyItems(t topics.Topic) []*fyne.MenuItem {
	g := p.host.Gateway()
	return []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Copy as coap-client"), func() { widget.CopyText(g.Publish(t.Name, t.Payload, t.QoS, t.Retained)) }),
		fyne.NewMenuItem(lang.L("Copy as coap-client that observes"), func() { widget.CopyText(g.Observe(t.Name)) }),
		fyne.NewMenuItem(lang.L("Copy as mosquitto_pub"), func() { widget.CopyText(g.MosquittoPub(t.Name, t.Payload, t.QoS, t.Retained)) }),
		fyne.NewMenuItem(lang.L("Copy as mosquitto_sub"), func() { widget.CopyText(g.MosquittoSub(t.Name)) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy topic"), func() { widget.CopyText(t.Name) }),
		fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(string(t.Payload)) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(asJSON(t)) }),
	}
}
