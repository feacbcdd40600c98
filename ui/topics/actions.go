package topics

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/engine/gateway"
	"sluice/engine/topics"
	"sluice/ui/command"
	"sluice/ui/units"
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

// remove deletes a topic after one question, which asks whether its configuration is to go too. known says that it has
// messages; without them there is nothing but the configuration.
func (p *Pane) remove(name string, known bool, configured *gateway.Topic) {
	title := lang.L("Delete {{.Topic}}?", map[string]any{"Topic": name})
	text := lang.L("Its last value, its history and a retained message are removed. Clients may publish to it again.")
	switch {
	case configured == nil:
		p.host.Ask(title, text, lang.L("Delete"), func() { p.removeNow(name, "") })
	case !known:
		p.host.Ask(title, lang.L("Its configuration at {{.Path}} is deleted. Clients may create the topic again.", map[string]any{"Path": configured.Path}),
			lang.L("Delete"), func() { p.removeNow(name, configured.ID) })
	default:
		option := lang.L("Delete its configuration at {{.Path}} as well; observers are told", map[string]any{"Path": configured.Path})
		p.host.AskWith(title, text, option, lang.L("Delete"), func(also bool) {
			if also {
				p.removeNow(name, configured.ID)
			} else {
				p.removeNow(name, "")
			}
		})
	}
}

// removeNow deletes a topic and, unless id is empty, the configured topic with that ID.
func (p *Pane) removeNow(name, id string) {
	topic := map[string]any{"Topic": name}
	p.host.Run(func() {
		if id != "" {
			p.engine.DeleteConfiguredTopic(id)
		}
		deleted, err := p.engine.DeleteTopic(name)
		p.host.Do(func() {
			switch {
			case err != nil:
				p.host.Failed(lang.L("Deleting {{.Topic}} failed", topic), err)
			case id != "":
				p.offer(name, lang.L("{{.Topic}} was deleted; its configuration does not come back", topic), keptOf(deleted))
			default:
				p.offer(name, lang.L("{{.Topic}} was deleted", topic), keptOf(deleted))
			}
			p.host.Wake()
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
func (p *Pane) showMenu(row treeRow, at fyne.Position) {
	canvas, path := p.host.Window.Canvas(), row.path
	charted := ""
	if s := p.detail.shown; s != nil && s.name != path {
		charted = s.name
	}
	p.host.Run(func() {
		topic, known := p.table.Topic(path)
		configured := p.configuration(path)
		var numbers []string
		if known && charted != "" {
			numbers = numbersIn(&topic)
		}
		p.host.Do(func() {
			menu := fyne.NewMenu("", fyne.NewMenuItem(lang.L("Copy topic"), func() { widget.CopyText(path) }))
			if known {
				menu.Items = p.copyItems(topic, configured)
			}
			if len(numbers) > 0 {
				chart := fyne.NewMenuItem(lang.L("Add to the chart of {{.Topic}}", map[string]any{"Topic": charted}), nil)
				chart.ChildMenu = fyne.NewMenu("", p.numberItems(charted, path, numbers)...)
				menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), chart)
			}
			menu.Items = append(menu.Items, p.tellMe(path, topic, known)...)
			if known || configured != nil {
				menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), p.deleteItem(path, known, configured))
			}
			if row.branch {
				menu.Items = append(append(menu.Items, fyne.NewMenuItemSeparator()), p.branchItems(path)...)
			}
			if row.branch || known && topic.Retained {
				menu.Items = append(menu.Items, p.clearItem(path))
			}
			fynewidget.ShowPopUpMenuAtPosition(menu, canvas, at)
		})
	})
}

func (p *Pane) deleteItem(path string, known bool, configured *gateway.Topic) *fyne.MenuItem {
	return fyne.NewMenuItem(lang.L("Delete…"), func() { p.remove(path, known, configured) })
}

func (p *Pane) clearItem(path string) *fyne.MenuItem {
	return fyne.NewMenuItem(lang.L("Clear retained messages…"), func() { p.askBranch(path, true) })
}

// branchItems are what can be done with all that is below a topic.
func (p *Pane) branchItems(path string) []*fyne.MenuItem {
	return []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Open all below"), func() { p.toggleBelow(path, true) }),
		fyne.NewMenuItem(lang.L("Close all below"), func() { p.toggleBelow(path, false) }),
		fyne.NewMenuItem(lang.L("Delete this branch…"), func() { p.askBranch(path, false) }),
	}
}

// configuration is the configuration of a topic, nil if it has none. It is not called on the UI goroutine.
func (p *Pane) configuration(name string) *gateway.Topic {
	for _, t := range p.engine.ConfiguredTopics() {
		if t.MQTT == name {
			return &t
		}
	}
	return nil
}

// requestOf publishes the value of a topic over CoAP.
func requestOf(t topics.Topic) command.Request {
	r := command.Request{Method: "PUT", Path: append([]string{"ps"}, strings.Split(t.Name, "/")...), ContentFormat: units.DeclaredFormat(t.Type), Payload: t.Payload}
	if t.QoS > 0 {
		r.Query = append(r.Query, "qos="+strconv.Itoa(int(t.QoS)))
	}
	if t.Retained {
		r.Query = append(r.Query, "retain=true")
	}
	return r
}

func (p *Pane) copyItems(t topics.Topic, configured *gateway.Topic) []*fyne.MenuItem {
	g := p.host.Gateway()
	var data []*fyne.MenuItem
	if configured != nil {
		uri := configured.Properties.TopicData
		data = []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Copy as coap-client that observes its data"), func() { widget.CopyText(g.Get(uri, true)) })}
	}
	data = append(data, fyne.NewMenuItem(lang.L("Open in Request"), func() { p.host.OpenRequest(requestOf(t)) }), fyne.NewMenuItemSeparator())
	return append(data, []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Copy as coap-client"), func() { widget.CopyText(g.Again(requestOf(t))) }),
		fyne.NewMenuItem(lang.L("Copy as coap-client that observes"), func() { widget.CopyText(g.Observe(t.Name)) }),
		fyne.NewMenuItem(lang.L("Copy as mosquitto_pub"), func() { widget.CopyText(g.MosquittoPub(t.Name, t.Payload, t.QoS, t.Retained)) }),
		fyne.NewMenuItem(lang.L("Copy as mosquitto_sub"), func() { widget.CopyText(g.MosquittoSub(t.Name)) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy topic"), func() { widget.CopyText(t.Name) }),
		fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(string(t.Payload)) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(asJSON(t)) }),
	}...)
}
