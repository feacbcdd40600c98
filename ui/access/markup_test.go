package access

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/settings"
)

// What the pane is drawn from: the tables, the three right sides, and an answer.
func TestMarkup(t *testing.T) {
	b := newBench(t, plant())
	b.engine.throttled = throttled()
	b.engine.answer = engine.Answer{Login: engine.PasswordNeeded, Connect: access.Decision{Allowed: true, Index: -1},
		Topic: access.Decision{Ground: access.ByRule, Index: 3, Rule: b.engine.rules[3], Filter: "secret/#"}}
	b.check.ask(engine.Question{ClientID: "sensor-17", Username: "line1", Action: settings.Subscribe, Topic: "secret/a"})
	b.tick()
	compare := func(file string, o fyne.CanvasObject) {
		t.Helper()
		b.tick()
		test.AssertObjectRendersToMarkup(t, file, o)
	}
	compare("overview.xml", b.overview.object)
	compare("tables.xml", b.sections)
	compare("check.xml", b.check.object)
	b.users.Select("line1")
	compare("user.xml", b.detail.object)
	b.list.Select(1)
	compare("rule.xml", b.form.object)
}
