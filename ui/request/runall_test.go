package request

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"sluice/engine/collection"
	"sluice/ui/theme"
)

// withBook puts a file into the folder and reads it.
func withBook(t *testing.T, b *bench, name, text string) *book {
	t.Helper()
	if err := os.MkdirAll(b.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(b.folder, name+collection.Extension)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	b.tick()
	found := b.library.book(path)
	if found == nil {
		t.Fatal("the collection is not listed")
	}
	return found
}

// verdicts are those of the run in view.
func (b *bench) verdicts() string {
	rows, _ := b.answer.runs.run.snapshot()
	words := make([]string, len(rows))
	for i, r := range rows {
		words[i] = r.word()
	}
	return strings.Join(words, ", ")
}

// meter stores a value, reads what it was told to remember, and is wrong about another.
func meter(gateway string) string {
	return fmt.Sprintf(`@host = %s
@id = {{random 1000 9999}}

### Store
PUT coap://{{host}}/ps/meter/{{id}}?retain=true
expect code 2.04

{"n": {{id}}}

### Read
GET coap://{{host}}/ps/meter/{{id}}
expect code 2.05
expect json $.n = {{id}}
save n = json $.n

### Nothing is there
GET coap://{{host}}/ps/meter/none
expect code 2.05

### Store what was read
PUT coap://{{host}}/ps/meter/again
expect code 2.04

{{n}}
`, gateway)
}

func TestACollectionIsRun(t *testing.T) {
	b := newBench(t)
	one := withBook(t, b, "meter", meter(b.gateway))
	b.runBooks([]*book{one})
	if b.bar.send.Label() != "Cancel" || b.answer.tabs.Selected() != tabRun {
		t.Errorf("%q, %q", b.bar.send.Label(), b.answer.tabs.Selected())
	}
	b.settle()
	if got := b.verdicts(); got != "passed, passed, failed, passed" {
		t.Errorf("%s", got)
	}
	if b.origin != (origin{one.key, 2}) || b.answer.shown.badge != "4.04 Not Found" || b.answer.shown.unmet() != 1 {
		t.Errorf("opened %+v with %q", b.origin, b.answer.shown.badge)
	}
	if words := b.answer.runs.facts.Text(); !strings.HasPrefix(words, "meter · 4 of 4 · 3 passed · 1 failed") {
		t.Errorf("%q", words)
	}
	if got := b.answer.problem; !got.Visible() || got.Text != "expected code 2.05: it is 4.04 Not Found" {
		t.Errorf("why it failed is not said in full: %q", got.Text)
	}
	if got := b.runCommand(one); got != "sluice request "+one.key {
		t.Errorf("%s", got)
	}
	n, err := b.scope.Value("n")
	if id, _ := b.scope.Value("id"); err != nil || n != id {
		t.Errorf("the value of the run is %q and not %q: %v", n, id, err)
	}
	picture(t, b, "run-dark")
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Light))
	picture(t, b, "run-light")

	b.answer.runs.stop.SetChecked(true)
	b.answer.runs.repeat()
	b.settle()
	if got := b.verdicts(); got != "passed, passed, failed, not sent" {
		t.Errorf("stopped at the first failure: %s", got)
	}
	report := &b.answer.runs.run.report
	data, err := report.JSON()
	var again collection.Report
	if err != nil || json.Unmarshal(data, &again) != nil || again.Failed != 1 || again.NotSent != 1 || len(again.Requests) != 3 {
		t.Errorf("%s, %v", data, err)
	}
	if text := report.String(); !strings.Contains(text, "FAILED  GET     Nothing is there: 4.04 Not Found") || !strings.HasSuffix(text, "4 requests, 2 passed, 1 failed, 1 not sent\n") {
		t.Errorf("%s", text)
	}
}

// TestEveryCollectionOfTheFolderIsRunByItself: what one saves is nothing to the next, and an answer of any can be opened.
func TestEveryCollectionOfTheFolderIsRunByItself(t *testing.T) {
	b := newBench(t)
	withBook(t, b, "a", "### a\nGET coap://"+b.gateway+"/.well-known/core\nsave seen = code\n")
	second := withBook(t, b, "b", "### b\nGET coap://"+b.gateway+"/ps/{{seen}}\n### c\nPING coap://"+b.gateway+"\n")
	b.runFolder()
	b.settle()
	if got := b.verdicts(); got != "passed, failed, passed" {
		t.Errorf("%s", got)
	}
	rows, _ := b.answer.runs.run.snapshot()
	if !strings.Contains(rows[1].why, "{{seen}} has no value") {
		t.Errorf("%q", rows[1].why)
	}
	b.answer.runs.table.OnActivated(rows[2])
	if b.origin != (origin{second.key, 1}) || b.answer.tabs.Selected() != tabPayload || b.answer.shown.badge != "RST, it is there" {
		t.Errorf("%+v, %q", b.origin, b.answer.shown.badge)
	}
}

func TestARunIsCancelled(t *testing.T) {
	b := newBench(t)
	one := withBook(t, b, "slow", "### a\nPING coap://"+b.gateway+"\n### b\nWAIT 1m\n### c\nPING coap://"+b.gateway+"\n")
	b.runBooks([]*book{one})
	b.until("the second does not run", func() bool { return b.verdicts() == "passed, running, " })
	b.send()
	b.settle()
	if got := b.verdicts(); got != "passed, not sent, not sent" || b.answer.shown.badge != "Cancelled" || b.running != nil {
		t.Errorf("%s, %q", got, b.answer.shown.badge)
	}
}

func TestACollectionWithMistakesIsNotRun(t *testing.T) {
	b := newBench(t)
	b.runBooks([]*book{withBook(t, b, "bad", "### a\nGET coap://h\nwith blocks\n")})
	if b.running != nil || len(b.notices) != 1 || !strings.Contains(b.notices[0].text, "bad.coap:3: ") {
		t.Errorf("%+v", b.notices)
	}
}

func TestReadyCollectionsAreRunAtThisGateway(t *testing.T) {
	b := newBench(t)
	b.runBooks([]*book{b.library.book(firstOpened)})
	b.settle()
	if got := b.verdicts(); strings.Contains(got, "failed") || !strings.Contains(got, "passed") || b.answer.shown.role != theme.RoleGood {
		t.Errorf("%s", got)
	}
	picture(t, b, "run-ready")
}

// TestChangesAreKeptWhenAnotherRequestIsOpened: nothing that was typed is lost by a click.
func TestChangesAreKeptWhenAnotherRequestIsOpened(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.side.toggle(green.key)
	b.openRequest(green.key, 1)
	b.draft.Payload.Text = "off"
	b.changed()
	b.openRequest(green.key, 0)
	if !slices.ContainsFunc(b.side.rows, func(r sideRow) bool { return r.title == "Open the window" && r.detail == "changed" }) {
		t.Error("the list does not say that it is changed")
	}
	b.openRequest(green.key, 1)
	if b.draft.Payload.Text != "off" || !b.dirty() {
		t.Errorf("%s", b.draft)
	}
	b.revert()
	if b.draft.Payload.Text != "on" || b.dirty() {
		t.Errorf("dropped: %s", b.draft)
	}
	b.notices[len(b.notices)-1].do()
	if b.draft.Payload.Text != "off" || !b.dirty() {
		t.Errorf("taken back: %s", b.draft)
	}
	b.newRequest()
	b.draft.Target = "coap://h/typed"
	b.changed()
	b.openRequest(green.key, 0)
	b.notices[len(b.notices)-1].do()
	if b.draft.Target != "coap://h/typed" {
		t.Errorf("back to %s", b.draft)
	}
}

// The line that is copied does what Run does.
func TestTheCommandOfARunGoesWhereTheRunGoes(t *testing.T) {
	b := newBench(t)
	b.environment = "plant"
	want := "sluice request ready:emqx4 --var host=" + b.gateway + " --env plant"
	if got := b.runCommand(b.library.book("ready:emqx4")); got != want {
		t.Errorf("%s", got)
	}
}
