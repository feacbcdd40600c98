package observers

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// checkFilter says why a topic filter is none (MQTT 5, section 4.7.1).
func checkFilter(filter string) error {
	if filter == "" {
		return errors.New(lang.L("a topic filter has at least one character"))
	}
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		switch {
		case strings.Contains(level, "#") && (level != "#" || i != len(levels)-1):
			return errors.New(lang.L("# stands alone and at the end"))
		case strings.Contains(level, "+") && level != "+":
			return errors.New(lang.L("+ stands for a whole level"))
		}
	}
	return nil
}

// observe asks what to observe from this window.
func (p *Pane) observe() {
	p.host.Prompt(lang.L("Observe a topic"), "plant/+/temp", lang.L("Observe"), checkFilter, p.observeFilter)
}

func (p *Pane) observeFilter(filter string) {
	p.host.Run(func() {
		_, err := p.engine.ObserveTopic(filter)
		p.host.Do(func() {
			if err != nil {
				p.host.Failed(lang.L("Observing {{.Topic}} failed", map[string]any{"Topic": filter}), err)
				return
			}
			p.selected = filter
			p.host.Wake()
		})
	})
}

// end ends a relation after one question; one from this window needs none, it is observed again with a click.
func (p *Pane) end(r Relation) {
	if r.observer.Window {
		p.endNow(r)
		return
	}
	names := map[string]any{"Client": r.client, "Topic": r.observer.Filter}
	p.host.Ask(lang.L("End what {{.Client}} observes?", names),
		lang.L("{{.Client}} gets no more notifications of {{.Topic}} until it observes again.", names),
		lang.L("End"), func() { p.endNow(r) })
}

// endAll ends all relations of a card after one question, which says how many they are.
func (p *Pane) endAll(relations []Relation) {
	if len(relations) == 1 {
		p.end(relations[0])
		return
	}
	words := map[string]any{"Count": format.Count(int64(len(relations))), "Topic": relations[0].observer.Filter}
	p.host.Ask(lang.N("End {{.Count}} observations of {{.Topic}}?", len(relations), words),
		lang.L("Their clients get no more notifications until they observe again."), lang.L("End"), func() {
			for _, r := range relations {
				p.endNow(r)
			}
		})
}

func (p *Pane) endNow(r Relation) {
	names := map[string]any{"Client": r.client, "Topic": r.observer.Filter}
	p.host.Run(func() {
		found := p.engine.EndObservation(r.observer.ID)
		p.host.Do(func() {
			switch {
			case !found:
				p.host.Notify(theme.RoleLate, lang.L("{{.Client}} had already stopped observing {{.Topic}}", names), "", nil)
			case r.observer.Window:
				p.host.Undoable(lang.L("This window observes {{.Topic}} no more", names), func() error {
					_, err := p.engine.ObserveTopic(r.observer.Filter)
					return err
				})
			}
			p.host.Wake()
		})
	})
}

// menu is the context menu of a relation.
func (p *Pane) menu(r Relation) []*fyne.MenuItem {
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(copyLabel(r.observer), func() { widget.CopyText(r.observer.Filter) }),
		fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(string(r.observer.Value)) }),
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(r.asText()) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(r.asJSON()) }),
		fyne.NewMenuItem(lang.L("Copy as coap-client"), func() { widget.CopyText(observeCommand(p.host.Gateway(), r.observer)) }),
		fyne.NewMenuItemSeparator(),
	}
	return append(append(items, p.tellMe(r)...), fyne.NewMenuItem(lang.L("End…"), func() { p.end(r) }))
}
