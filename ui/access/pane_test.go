package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/settings"
	"sluice/ui/widget"
)

// pressed finds the button with a label and presses it.
func pressed(t *testing.T, o fyne.CanvasObject, label string) {
	t.Helper()
	for _, found := range test.LaidOutObjects(o) {
		if b, ok := found.(*widget.Button); ok && b.Label() == label && !b.Disabled() {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("there is no button %q to press", label)
}

func (b *bench) dialog() fyne.CanvasObject {
	b.t.Helper()
	top := b.window.Canvas().Overlays().Top()
	if top == nil {
		b.t.Fatal("no dialog is open")
	}
	return top
}

func TestUsersAndRulesAreListed(t *testing.T) {
	b := newBench(t, plant())
	if b.users.Rows() != 3 || b.list.Rows() != 5 || b.slowed.Visible() {
		t.Errorf("%d users, %d rules, slowed down: %t", b.users.Rows(), b.list.Rows(), b.slowed.Visible())
	}
	if b.tick() {
		t.Error("nothing changed, yet something is drawn")
	}
	b.engine.change(func() { b.engine.throttled = throttled() })
	b.tick()
	if b.slowed.Rows() != 2 || !b.slowed.Visible() {
		t.Error("who is slowed down is not listed")
	}
}

func TestFilterByTyping(t *testing.T) {
	b := newBench(t, plant())
	test.Type(b.filter, "SECRET")
	b.tick()
	if b.users.Rows() != 0 || b.list.Rows() != 1 {
		t.Errorf("%d users, %d rules match", b.users.Rows(), b.list.Rows())
	}
	b.list.Select(3)
	if b.form.title.Text() != "Rule 4" {
		t.Errorf("the rule that is filtered for is %q", b.form.title.Text())
	}
	b.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	b.tick()
	if b.users.Rows() != 3 || b.list.Rows() != 5 {
		t.Error("Escape does not end the filter")
	}
}

func TestAnEmptyPaneSaysWhatHolds(t *testing.T) {
	b := newBench(t, &fakeEngine{passwords: map[string]string{}})
	if got := summary(&b.state); got != "Only users are let in" {
		t.Errorf("summary %q", got)
	}
	if b.Keyboard() != nil {
		t.Error("there is nothing to move through")
	}
	if emptyUsers(0) == emptyUsers(1) || emptyRules(0) == emptyRules(1) {
		t.Error("nothing and nothing that matches read the same")
	}
}

func TestAUserInDetail(t *testing.T) {
	b := newBench(t, plant())
	b.users.Select("backend")
	b.tick()
	if b.side != sideUser || b.detail.name.Text() != "backend" || !slices.Equal(b.detail.clients.keys, []string{"mqtt/alarms", "mqtt/history"}) {
		t.Fatalf("%q with %v", b.detail.name.Text(), b.detail.clients.keys)
	}
	test.Tap(b.detail.clients.box.Objects[0].(*widget.Button))
	if !slices.Equal(b.opened, []string{"clients mqtt/alarms"}) {
		t.Errorf("opened %v", b.opened)
	}
	b.list.Select(0)
	if _, ok := b.users.Selected(); ok || b.side != sideRule {
		t.Error("a user and a rule are selected at once")
	}
	b.users.Select("admin")
	b.engine.change(func() { b.engine.users = b.engine.users[1:] })
	b.tick()
	if b.side != sideOverview {
		t.Error("a user that has gone is still shown")
	}
	b.Show("line1")
	if row, ok := b.users.Selected(); !ok || row.Username != "line1" {
		t.Error("Show does not select")
	}
}

func TestAddUser(t *testing.T) {
	b := newBench(t, plant())
	pressed(t, b.header, "Add user")
	d := b.dialog()
	name := b.window.Canvas().Focused()
	test.Type(name, "admin")
	entries := entriesOf(d)
	first, second, attrs := entries[1], entries[2], entries[3]
	add := func() bool {
		for _, o := range test.LaidOutObjects(d) {
			if button, ok := o.(*widget.Button); ok && button.Label() == "Add" {
				return !button.Disabled()
			}
		}
		return false
	}
	if says(d, "admin is there already") == false || add() {
		t.Error("a name that is taken is let pass")
	}
	test.Type(name, "2")
	test.Type(first, "correct horse")
	test.Type(second, "correct hors")
	if !says(d, "the two passwords differ") || add() {
		t.Error("two passwords are let pass")
	}
	test.Type(second, "e")
	if says(d, "the two passwords differ") || !add() {
		t.Error("it cannot be added")
	}
	test.Type(attrs, "site north")
	if !says(d, "Line 1: write NAME = VALUE") || add() {
		t.Error("wrong attributes are let pass")
	}
	attrs.SetText("site = north")

	b.hold = true
	second.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(b.held) != 1 || !hasButton(d, "Hashing…") {
		t.Fatal("it does not say that it works")
	}
	second.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) // a second time, while it works
	b.held[0]()
	if len(b.held) != 1 || b.engine.passwords["admin2"] != "correct horse" || b.said().text != "admin2 was added" {
		t.Errorf("kept %v, said %q", b.engine.passwords, b.said().text)
	}
	if first.Text != "" || second.Text != "" || b.window.Canvas().Overlays().Top() != nil {
		t.Error("the password is still in the form")
	}
	b.tick()
	if b.users.Rows() != 4 {
		t.Error("the user is not listed")
	}
}

func TestWhatFailsStaysInTheForm(t *testing.T) {
	b := newBench(t, plant())
	b.engine.fail = errDisk
	b.changePassword(b.engine.users[0])
	entries := entriesOf(b.dialog())
	test.Type(entries[0], "correct horse")
	test.Type(entries[1], "correct horse")
	pressed(t, b.dialog(), "Change")
	if b.said().text != "Changing the password of admin failed: disk full" || entries[0].Text == "" {
		t.Errorf("said %q", b.said().text)
	}
	pressed(t, b.dialog(), "Cancel")
	if entries[0].Text != "" || b.window.Canvas().Overlays().Top() != nil {
		t.Error("the password is still in the form")
	}
}

func TestChangeAttributes(t *testing.T) {
	b := newBench(t, plant())
	b.changeAttributes(b.engine.users[2])
	entry := entriesOf(b.dialog())[0]
	if entry.Text != "line = 1\nsite = north" {
		t.Errorf("it begins with %q", entry.Text)
	}
	entry.SetText("site = south")
	pressed(t, b.dialog(), "Save")
	if got := b.engine.users[2].ClientAttrs; !maps.Equal(got, map[string]string{"site": "south"}) || len(b.engine.passwords) > 0 {
		t.Errorf("attributes %v, passwords %v", got, b.engine.passwords)
	}
}

func TestDeleteUserAsksOnceAndCanBeUndone(t *testing.T) {
	b := newBench(t, plant())
	b.users.Select("admin")
	b.window.Canvas().Focus(b.users.Keyboard())
	b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if len(b.engine.users) != 3 || !says(b.dialog(), "Delete the user admin?") {
		t.Fatal("deleted without a question")
	}
	b.confirm()
	if len(b.engine.users) != 2 || b.said().text != "admin was deleted" || b.said().action != "Undo" {
		t.Fatalf("%d users, said %+v", len(b.engine.users), b.said())
	}
	b.said().do()
	if b.engine.restored != 1 || b.said().text != "Undone: admin was deleted" {
		t.Errorf("said %q", b.said().text)
	}
}

func TestWhoGetsIn(t *testing.T) {
	b := newBench(t, plant())
	test.Tap(b.overview.anonymous)
	if !b.engine.anonymous || !b.overview.anonymous.Checked || !says(b.dialog(), "Refuse anonymous clients?") {
		t.Fatal("switched without a question")
	}
	b.confirm()
	b.tick()
	if b.engine.anonymous || b.overview.anonymous.Checked {
		t.Fatal("anonymous clients are still let in")
	}
	b.said().do()
	b.tick()
	if !b.engine.anonymous || !b.overview.anonymous.Checked {
		t.Error("it cannot be taken back")
	}
	test.Tap(b.overview.commonName)
	b.tick()
	if b.engine.clientID != settings.CommonNameClientID || !b.overview.commonName.Checked {
		t.Error("the common name is not demanded")
	}
}

func TestTheRuleThatDecidesIsNamed(t *testing.T) {
	b := newBench(t, plant())
	b.engine.answer = engine.Answer{Login: engine.PasswordNeeded, Connect: access.Decision{Allowed: true, Index: -1},
		Topic: access.Decision{Ground: access.ByRule, Index: 3, Rule: b.engine.rules[3], Filter: "secret/#"}}
	if len(b.engine.questions) > 0 {
		t.Error("nothing was asked, yet the engine is")
	}
	test.Type(b.check.client, "sensor-17")
	test.Type(b.check.user, "line1")
	b.check.action.SetSelected("subscribe")
	test.Type(b.check.topic, "secret/+")
	b.tick()
	want := engine.Question{ClientID: "sensor-17", Username: "line1", Action: settings.Subscribe, Topic: "secret/+"}
	if got := b.engine.questions[len(b.engine.questions)-1]; got != want {
		t.Errorf("asked %+v", got)
	}
	if b.check.title.Text() != "May sensor-17 subscribe to secret/+?" || b.check.verdict.word != "denied" ||
		b.check.answer.Text != "line1 is let in with the right password.\nRule 4 denies it: everybody · subscribe · secret/#  $SYS/#." {
		t.Errorf("%q: %s: %q", b.check.title.Text(), b.check.verdict.word, b.check.answer.Text)
	}
	if rows := buildRuleRows(b.rules, "", b.check.verdict.rule); !rows[3].decides || rows[2].decides {
		t.Error("the row is not marked")
	}
	b.check.action.SetSelected("publish")
	b.check.changed()
	b.tick()
	if b.check.badge.Visible() || !strings.Contains(b.check.answer.Text, "stand for many topics") {
		t.Errorf("to publish to a filter: %q", b.check.answer.Text)
	}
	b.askAbout(b.engine.rules[4])
	if q := b.check.question(); q.ClientID != "sensor-18" || q.Action != settings.Publish {
		t.Errorf("about a rule it asks %+v", q)
	}
}

func TestTheRuleThatDecidesComesIntoView(t *testing.T) {
	e := plant()
	for i := range 200 {
		e.rules = append(e.rules, rule(settings.Deny, "all", settings.Publish, fmt.Sprint("topic/", i)))
	}
	e.answer = engine.Answer{Login: engine.LetInAnonymous, Connect: access.Decision{Allowed: true, Index: -1},
		Topic: access.Decision{Ground: access.ByRule, Index: 150, Rule: e.rules[150]}}
	b := newBench(t, e)
	seen := func() bool {
		for _, o := range test.LaidOutObjects(b.list) {
			if text, ok := o.(*canvas.Text); ok && text.Visible() && text.Text == "decides" {
				return true
			}
		}
		return false
	}
	b.check.ask(engine.Question{Action: settings.Publish, Topic: "topic/145"})
	b.tick()
	if !seen() {
		t.Error("it is out of view")
	}
	b.list.ScrollTo(0)
	b.engine.revision++
	b.tick()
	if seen() {
		t.Error("it scrolls back by itself")
	}
}

func TestLongNamesDoNotWidenThePane(t *testing.T) {
	e := plant()
	long := strings.Repeat("level/", 200)
	e.users = append(e.users, engine.User{Username: strings.Repeat("x", 300), Hash: "argon2id", ClientAttrs: map[string]string{"site": long}, Clients: 100})
	e.clients = nil
	for i := range 100 {
		e.clients = append(e.clients, engine.Client{Key: fmt.Sprint(i), ID: strings.Repeat("y", 300), Username: e.users[3].Username})
	}
	e.rules = append(e.rules, rule(settings.Deny, "user:"+e.users[3].Username, settings.AllAction, long))
	b := newBench(t, e)
	b.users.Select(e.users[3].Username)
	b.tick()
	if n := len(b.detail.clients.box.Objects); n != listedClients+1 {
		t.Errorf("%d lines for 100 clients", n)
	}
	b.list.Select(5)
	b.tick()
	if width := b.Content().MinSize().Width; width > 900 {
		t.Errorf("the pane needs %v", width)
	}
	b.deleteRule(5, e.rules[5])
	if width := b.dialog().MinSize().Width; width > 600 {
		t.Errorf("the question needs %v", width)
	}
}

func TestLayoutIsRemembered(t *testing.T) {
	a, b := newBench(t, plant()), newBench(t, plant())
	a.split.SetOffset(0.5)
	a.users.SortBy("connected", true)
	data, err := a.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RestoreLayout(data); err != nil {
		t.Fatal(err)
	}
	if state := b.users.State(); b.split.Offset() != 0.5 || state.Sort != "connected" || !state.Descending {
		t.Errorf("restored %v, %+v", b.split.Offset(), state)
	}
	if b.RestoreLayout([]byte("{")) == nil {
		t.Error("a broken layout is no error")
	}
}
