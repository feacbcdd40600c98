package request

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"sluice/ui/theme"
)

func TestARequestIsSentAndItsAnswerShown(t *testing.T) {
	b := newBench(t)
	b.ask("### publish\nPUT coap://" + b.gateway + "/ps/plant/line1/temp?clientid=bench&retain=true\nContent-Format: application/json\npayload json\n\n{\"sensor\": \"sensor-17\", \"temp\": 23.4}\n")
	b.ask("### read\nGET coap://" + b.gateway + "/ps/plant/line1/temp?clientid=bench\nexpect code 2.05\nexpect json $.temp > 30\nsave sensor = json $.sensor\n")
	a := b.answer
	if a.shown == nil || a.shown.badge != "2.05 Content" || !strings.Contains(string(a.shown.payload), "sensor-17") {
		t.Fatalf("%+v", a.shown)
	}
	if facts := a.facts.Text(); !strings.Contains(facts, "2 datagrams") || !strings.Contains(facts, "bytes") && !strings.Contains(facts, " B") {
		t.Errorf("facts %q", facts)
	}
	if a.packets.table.Rows() != 2 || a.checks.Rows() != 3 || a.shown.unmet() != 1 {
		t.Errorf("%d datagrams, %d checks, %d not met", a.packets.table.Rows(), a.checks.Rows(), a.shown.unmet())
	}
	if v, err := b.scope.Value("sensor"); v != "sensor-17" || err != nil {
		t.Errorf("saved %q, %v", v, err)
	}
	if len(b.history.entries) != 2 || b.history.entries[0].Code != "2.05" {
		t.Errorf("history %+v", b.history.entries)
	}
	b.side.opened["ready:emqx5-connection"], b.side.opened["ready:emqx4"] = true, true
	b.side.refresh()
	picture(t, b, "request-dark")
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Light))
	picture(t, b, "request-light")
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
	for _, tab := range []string{tabDatagrams, tabOptions, tabChecks} {
		a.tabs.Select(tab)
		a.choose()
		picture(t, b, "answer-"+tab)
	}
	for _, tab := range []string{tabPayload, tabSecurity, tabTransmission, tabVariables, tabText, tabCode} {
		b.editor.tabs.Select(tab)
		b.editor.choose()
		b.settle()
		picture(t, b, "editor-"+tab)
	}
}
