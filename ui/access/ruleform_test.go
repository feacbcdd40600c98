package access

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"sluice/engine/settings"
)

func TestChangeARule(t *testing.T) {
	b := newBench(t, plant())
	before := b.engine.Rules()
	b.list.Select(1)
	f := b.form
	if f.title.Text() != "Rule 2" || f.topics.Text != "plant/${clientid}/#\nstate/${clientid}" || !f.save.Disabled() {
		t.Fatalf("%q, %q", f.title.Text(), f.topics.Text)
	}
	f.topics.SetText("plant/#/x")
	if f.wrong.Text != "Line 1: # stands alone and at the end" || !f.wrong.Visible() || !f.save.Disabled() || !f.up.Disabled() {
		t.Errorf("problem %q", f.wrong.Text)
	}
	f.topics.SetText("line/${clientid}")
	b.engine.revision++
	b.tick()
	if f.topics.Text != "line/${clientid}" {
		t.Error("a tick takes the change back")
	}
	f.topics.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierShortcutDefault})
	if got := b.engine.rules[1]; !sameRule(got, rule(settings.Allow, "all", settings.Publish, "line/${clientid}")) {
		t.Fatalf("saved %+v", got)
	}
	if b.said().text != "Rule 2 was changed" || f.dirty() || f.title.Text() != "Rule 2" {
		t.Errorf("said %q", b.said().text)
	}
	b.said().do()
	if !slices.EqualFunc(b.engine.rules, before, sameRule) {
		t.Errorf("undone: %+v", b.engine.rules)
	}
}

func TestUndoDoesNotTakeBackWhatOthersDid(t *testing.T) {
	b := newBench(t, plant())
	b.list.Select(0)
	b.form.topics.SetText("x")
	b.form.submit()
	undo := b.said().do
	b.engine.change(func() { b.engine.rules = b.engine.rules[:2] })
	undo()
	if len(b.engine.rules) != 2 || !strings.Contains(b.said().text, "changed elsewhere") {
		t.Errorf("%d rules, said %q", len(b.engine.rules), b.said().text)
	}
}

func TestARuleIsFoundWhereItHasMovedTo(t *testing.T) {
	b := newBench(t, plant())
	b.list.Select(3)
	b.form.topics.SetText("x")
	b.engine.change(func() { b.engine.rules = b.engine.rules[1:] })
	b.form.submit()
	if got := b.engine.rules[2]; !slices.Equal(got.Topics, []string{"x"}) || len(b.engine.rules) != 4 {
		t.Errorf("changed %+v", b.engine.rules)
	}
	b.form.topics.SetText("y")
	b.engine.change(func() { b.engine.rules = nil })
	b.form.submit()
	if len(b.engine.rules) != 0 || !strings.Contains(b.said().text, "changed elsewhere") {
		t.Errorf("said %q", b.said().text)
	}
}

func TestAddARule(t *testing.T) {
	b := newBench(t, plant())
	b.list.Select(1)
	pressed(t, b.header, "Add rule")
	f := b.form
	if f.title.Text() != "New rule, as number 3" || !f.save.Disabled() || f.up.Visible() {
		t.Fatalf("%q", f.title.Text())
	}
	f.permission.SetSelected("allow")
	f.who.SetSelected("client")
	f.edited()
	if !f.name.Visible() || f.nameWrong.Visible() {
		t.Error("a field nobody came to is wrong already")
	}
	f.name.SetText("lamp")
	f.topics.SetText("room/lamp")
	if f.save.Disabled() || f.save.Label() != "Add" {
		t.Fatal("it cannot be added")
	}
	b.tick()
	test.Tap(f.save)
	if got := b.engine.rules[2]; len(b.engine.rules) != 6 || !sameRule(got, rule(settings.Allow, "client:lamp", settings.AllAction, "room/lamp")) {
		t.Errorf("%+v", b.engine.rules)
	}
	if row, ok := b.list.Selected(); !ok || row.index != 2 || f.title.Text() != "Rule 3" {
		t.Errorf("selected is %q", f.title.Text())
	}
	f.action.SetSelected("connect")
	f.edited()
	test.Tap(f.save)
	if got := b.engine.rules[2]; got.Topics != nil || got.Action != settings.Connect || f.topicsBox.Visible() {
		t.Errorf("%+v", got)
	}
	pressed(t, b.header, "Add rule")
	b.users.Select("admin")
	pressed(t, b.header, "Add rule")
	pressed(t, b.content, "Discard")
	if b.side != sideOverview || len(b.engine.rules) != 6 || len(b.notices) != 2 {
		t.Error("discarding is no end")
	}
}

func TestWhatIsTypedWhileARuleIsSavedStays(t *testing.T) {
	b := newBench(t, plant())
	for name, begin := range map[string]func(){"another": func() { b.list.Select(1) }, "a new one": b.addRule} {
		begin()
		b.form.topics.SetText("one")
		b.hold, b.held = true, nil
		b.form.submit()
		b.form.topics.SetText("one\ntwo")
		b.held[0]()
		b.hold = false
		at := b.form.draft.index
		if b.form.topics.Text != "one\ntwo" || b.form.draft.fresh || !slices.Equal(b.engine.rules[at].Topics, []string{"one"}) {
			t.Errorf("%s: %q, the engine has %+v", name, b.form.topics.Text, b.engine.rules[at])
		}
		b.tick()
		b.form.submit()
		if !slices.Equal(b.engine.rules[at].Topics, []string{"one", "two"}) || b.form.dirty() {
			t.Errorf("%s: the engine has %+v", name, b.engine.rules[at])
		}
	}
	b.list.Select(0)
	b.form.topics.SetText("x")
	b.hold, b.held = true, nil
	b.form.submit()
	b.users.Select("admin") // and goes elsewhere
	notices := len(b.notices)
	b.held[0]()
	if b.side != sideUser || !slices.Equal(b.engine.rules[0].Topics, []string{"x"}) || len(b.notices) != notices+1 {
		t.Errorf("the right side shows %d, the engine has %+v", b.side, b.engine.rules[0])
	}
}

func TestMoveByKey(t *testing.T) {
	b := newBench(t, plant())
	b.list.Select(0)
	b.window.Canvas().Focus(b.list.Keyboard())
	keys := b.list.Keyboard().(fyne.Shortcutable)
	alt := func(key fyne.KeyName) {
		keys.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierAlt})
	}
	at := func() int {
		return slices.IndexFunc(b.engine.rules, func(r settings.Rule) bool { return r.Who == "user:backend" })
	}
	alt(fyne.KeyDown)
	alt(fyne.KeyDown)
	if at() != 2 || b.form.title.Text() != "Rule 3" {
		t.Errorf("after two steps it is at %d, shown is %q", at(), b.form.title.Text())
	}
	b.tick()
	alt(fyne.KeyUp)
	if at() != 1 {
		t.Errorf("after a step back it is at %d", at())
	}
	b.hold = true // the keys are faster than the disk
	alt(fyne.KeyDown)
	alt(fyne.KeyDown)
	for _, work := range b.held {
		work()
	}
	if at() != 3 {
		t.Errorf("after two quick steps it is at %d", at())
	}
	b.hold = false
	for range 9 {
		alt(fyne.KeyDown)
	}
	if at() != 4 || len(b.engine.rules) != 5 {
		t.Errorf("at the end it is at %d", at())
	}
	if b.host.LastUndoable() != "Rule 4 was moved" {
		t.Errorf("%q can be undone", b.host.LastUndoable())
	}
	for b.host.LastUndoable() != "" {
		b.host.Undo()
	}
	if at() != 0 {
		t.Errorf("when all steps are taken back it is at %d", at())
	}
}

func TestDuplicateAndDeleteARule(t *testing.T) {
	b := newBench(t, plant())
	b.list.Select(3)
	items := b.ruleItems(buildRuleRows(b.rules, "", -1)[3])
	choose(t, items, "Duplicate")
	test.Tap(b.form.save)
	if len(b.engine.rules) != 6 || !sameRule(b.engine.rules[3], b.engine.rules[4]) {
		t.Fatalf("%+v", b.engine.rules)
	}
	b.window.Canvas().Focus(b.list.Keyboard())
	b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if len(b.engine.rules) != 6 || !says(b.dialog(), "Delete rule 5?") {
		t.Fatal("deleted without a question")
	}
	b.confirm()
	if len(b.engine.rules) != 5 || b.side != sideOverview {
		t.Errorf("%d rules", len(b.engine.rules))
	}
	b.said().do()
	if len(b.engine.rules) != 6 {
		t.Error("it cannot be taken back")
	}
}

func TestWhatWasNotSavedCanBeComeBackTo(t *testing.T) {
	b := newBench(t, plant())
	b.list.Select(1)
	b.form.topics.SetText("half/done")
	b.users.Select("admin")
	if b.said().text != "The change of rule 2 was not saved" || b.said().action != "Go back" {
		t.Fatalf("said %+v", b.said())
	}
	b.tick()
	b.said().do()
	b.tick()
	if b.side != sideRule || b.form.topics.Text != "half/done" || b.form.save.Disabled() || len(b.notices) != 1 {
		t.Errorf("%q, %d notices", b.form.topics.Text, len(b.notices))
	}
	b.form.topics.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.form.topics.Text != "plant/${clientid}/#\nstate/${clientid}" {
		t.Error("Escape does not take back")
	}
}
