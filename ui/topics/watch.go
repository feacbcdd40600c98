package topics

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection"
	"sluice/engine/topics"
	"sluice/engine/watch"
	"sluice/ui/pane"
)

// tellMe is what a user can ask to be told of a topic.
func (p *Pane) tellMe(path string, t topics.Topic, known bool) []*fyne.MenuItem {
	if !known {
		return nil
	}
	meets := watch.Spec{Kind: watch.TopicMeets, Of: path}
	if numbers := numbersIn(&t); len(numbers) > 0 && numbers[0] != "" {
		meets.Path = fieldPath(numbers[0], t.Payload)
	}
	items := p.host.TellMe(
		pane.Event{Label: lang.L("a value comes"), Spec: watch.Spec{Kind: watch.TopicValue, Of: path}},
		pane.Event{Label: lang.L("a value is above, below or equal"), Spec: meets, Ask: true},
		pane.Event{Label: lang.L("no value comes for some time"), Spec: watch.Spec{Kind: watch.TopicSilent, Of: path}, Ask: true},
	)
	if len(items) == 0 {
		return nil
	}
	return []*fyne.MenuItem{fyne.NewMenuItemSeparator(), items[0]}
}

// fieldPath writes the path of a number as watches have it; empty where it leads nowhere, as the names of SenML do.
func fieldPath(path string, payload []byte) string {
	if path[0] != '[' {
		path = "." + path
	}
	if read, err := collection.ParsePath("$" + path); err == nil {
		if _, found := read.In(payload); found {
			return "$" + path
		}
	}
	return ""
}
