package request

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine/collection"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

const greenhouse = `# What the greenhouse is asked.
@host = 127.0.0.1
@host[field] = 192.0.2.7
@password = {{getenv GREENHOUSE}}

### Read the temperature
GET coap://{{host}}/ps/{{topic}}
expect code 2.05

### Open the window
PUT coap://{{host}}/ps/window

on
`

// withGreenhouse puts a collection and environments into the folder.
func withGreenhouse(t *testing.T, b *bench) *book {
	t.Helper()
	if err := os.MkdirAll(b.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"greenhouse.coap": greenhouse, collection.EnvironmentsName: "@topic = temp\n@topic[field] = field/temp\n", "notes.txt": "no collection"} {
		if err := os.WriteFile(filepath.Join(b.folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.tick()
	return b.green(t)
}

func (b *bench) green(t *testing.T) *book {
	t.Helper()
	found := b.library.book(filepath.Join(b.folder, "greenhouse.coap"))
	if found == nil {
		t.Fatal("the collection is not listed")
	}
	return found
}

func (b *bench) onDisk(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(b.folder, "greenhouse.coap"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (b *bench) undo(t *testing.T) {
	t.Helper()
	last := b.notices[len(b.notices)-1]
	if last.do == nil {
		t.Fatalf("%q cannot be undone", last.text)
	}
	last.do()
	b.settle()
}

func TestCollectionsOfAFolder(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.side.toggle(green.key)
	b.openRequest(green.key, 0)
	var titles []string
	for _, row := range b.side.rows[:3] {
		titles = append(titles, row.word+" "+row.title)
	}
	if got := strings.Join(titles, ", "); got != " greenhouse, GET Read the temperature, PUT Open the window" {
		t.Errorf("listed %s", got)
	}
	b.editor.tabs.Select(tabVariables)
	b.editor.choose()
	for environment, want := range map[string]string{"": "coap://127.0.0.1/ps/temp", "field": "coap://192.0.2.7/ps/field/temp"} {
		b.chooseEnvironment(environment)
		if got, err := resolved(b.draft.Target, b.scope); got != want || err != nil {
			t.Errorf("in %q: %q, %v", environment, got, err)
		}
	}
	if !b.bar.hint.object.Visible() {
		t.Error("what the URL stands for is not shown")
	}
	for _, v := range b.variables() {
		if v.name == "password" && (v.shown() == "" || strings.Contains(v.shown(), "•") == (v.err != nil)) {
			t.Errorf("the password is shown as %q", v.shown())
		}
	}
	picture(t, b, "collection")
}

func TestARequestIsSavedWhereItIsFrom(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.openRequest(green.key, 1)
	b.draft.Payload.Text = "off"
	b.changed()
	if !b.dirty() || !b.editor.save.Visible() {
		t.Error("a change is not offered to be saved")
	}
	b.save()
	b.settle()
	if got, want := b.onDisk(t), strings.Replace(greenhouse, "\non\n", "\noff\n", 1); got != want {
		t.Errorf("%s", got)
	}
	if b.dirty() || b.origin != (origin{green.key, 1}) {
		t.Errorf("dirty %v, %+v", b.dirty(), b.origin)
	}
}

func TestChangesOfOtherProgramsAreNotOverwritten(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.openRequest(green.key, 1)
	b.draft.Payload.Text = "off"
	theirs := "# theirs\n" + greenhouse
	if err := os.WriteFile(green.key, []byte(theirs), 0o644); err != nil {
		t.Fatal(err)
	}
	b.save()
	b.settle()
	if b.onDisk(t) != theirs || len(b.notices) != 1 || b.notices[0].role != theme.RoleBad {
		t.Errorf("%s, %+v", b.onDisk(t), b.notices)
	}
	b.save()
	b.settle()
	if got := b.onDisk(t); !strings.Contains(got, "# theirs") || !strings.Contains(got, "\noff\n") {
		t.Errorf("%s", got)
	}
}

func TestRequestsAreDuplicatedAndDeletedWithUndo(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.duplicateRequest(green, 0)
	b.settle()
	if b.draft.Title != "Read the temperature copy" || len(b.green(t).file.Requests) != 3 {
		t.Errorf("%q of %d", b.draft.Title, len(b.green(t).file.Requests))
	}
	b.deleteRequest(b.green(t), 1)
	b.settle()
	b.deleteRequest(b.green(t), 0)
	b.settle()
	if n := len(b.green(t).file.Requests); n != 1 {
		t.Fatalf("%d requests", n)
	}
	b.host.Undo()
	b.settle()
	b.host.Undo()
	b.settle()
	if got := b.green(t).file.Requests; len(got) != 3 || got[0].Title != "Read the temperature" || got[1].Title != "Read the temperature copy" {
		t.Errorf("put back %s", b.onDisk(t))
	}
}

// TestADeletionIsUndoneInAFileThatWasChangedSince: what others wrote meanwhile stays.
func TestADeletionIsUndoneInAFileThatWasChangedSince(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.deleteRequest(green, 0)
	b.settle()
	theirs := "# theirs\n" + b.onDisk(t)
	if err := os.WriteFile(green.key, []byte(theirs), 0o644); err != nil {
		t.Fatal(err)
	}
	b.undo(t)
	if got := b.onDisk(t); got != "# theirs\n"+greenhouse {
		t.Errorf("put back %s", got)
	}
}

func TestACollectionThatOthersChangedIsNotDeleted(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	theirs := greenhouse + "\n### more\nGET coap://h\n"
	if err := os.WriteFile(green.key, []byte(theirs), 0o644); err != nil {
		t.Fatal(err)
	}
	b.deleteBook(green)
	confirm(b)
	if b.onDisk(t) != theirs || b.notices[len(b.notices)-1].role != theme.RoleBad {
		t.Errorf("%s, %+v", b.onDisk(t), b.notices)
	}
}

func TestVariablesAndHistoryAreDeletedWithUndo(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.openRequest(green.key, 0)
	variables := b.editor.parts[tabVariables].(*variablesView)
	for _, v := range b.variables() {
		if v.name == "host" {
			variables.table.OnDelete(v)
		}
	}
	b.settle()
	if got := b.onDisk(t); strings.Contains(got, "@host = ") || !strings.Contains(got, "@host[field] = ") {
		t.Errorf("%s", got)
	}
	b.undo(t)
	if got := b.onDisk(t); !strings.Contains(got, "@host = 127.0.0.1\n") || b.green(t).err != nil {
		t.Errorf("%s", got)
	}
	b.ask("###\nPING coap://" + b.gateway + "\n")
	b.ask("###\nGET coap://" + b.gateway + "/.well-known/core\n")
	b.forgetHistory(b.history.entries[0])
	b.forgetHistory(nil)
	if len(b.history.entries) != 0 {
		t.Errorf("%d entries", len(b.history.entries))
	}
	b.host.Undo()
	b.settle()
	b.host.Undo()
	b.settle()
	if len(b.history.entries) != 2 || b.history.entries[1].Verb != collection.Ping {
		t.Errorf("%+v", b.history.entries)
	}
}

func TestCollectionsAreMadeRenamedAndDeletedWithUndo(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.deleteBook(green)
	confirm(b)
	if b.library.book(green.key) != nil {
		t.Fatal("it is still there")
	}
	b.undo(t)
	if b.onDisk(t) != greenhouse {
		t.Error("it is not put back")
	}
	b.renameBook(b.green(t))
	b.answerPrompt("glasshouse")
	renamed := b.library.book(filepath.Join(b.folder, "glasshouse.coap"))
	if renamed == nil {
		t.Fatal("it has no other name")
	}
	b.newBook()
	b.answerPrompt("fields")
	if b.library.book(filepath.Join(b.folder, "fields.coap")) == nil || b.origin.index != -1 {
		t.Errorf("%+v", b.origin)
	}
	b.save()
	b.settle()
	if got := b.library.book(b.origin.key); got == nil || len(got.file.Requests) != 1 || b.dirty() {
		t.Errorf("%+v", b.origin)
	}
}

// confirm says yes to a question.
func confirm(b *bench) {
	b.t.Helper()
	c := b.window.Canvas()
	c.FocusNext()
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.settle()
}

// answerPrompt types into a dialog of one line.
func (b *bench) answerPrompt(text string) {
	b.t.Helper()
	c := b.window.Canvas()
	test.Type(c.Focused(), text)
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.settle()
}

func TestReadyCollectionsAreReadOnlyAndTheirRequestsSavedElsewhere(t *testing.T) {
	b := newBench(t)
	const ready = "ready:emqx5-connection"
	b.openRequest(ready, 0)
	if !b.readOnly() || len(b.requestMenu(b.library.book(ready), 0)) != 2 {
		t.Error("it can be changed")
	}
	b.saveTo("mine", "Open")
	b.settle()
	mine := b.library.book(filepath.Join(b.folder, "mine.coap"))
	if mine == nil {
		t.Fatal("it is not saved")
	}
	var names []string
	for _, v := range mine.file.Variables {
		names = append(names, v.Name)
	}
	if !slices.Equal(names, []string{"host", "clientid"}) || mine.file.Requests[0].Title != "Open" || mine.err != nil {
		t.Errorf("%q, %s, %v", names, mine.data, mine.err)
	}
}

func TestMistakesOfAFileAreListedAtTheirLine(t *testing.T) {
	b := newBench(t)
	if err := os.MkdirAll(b.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.folder, "bad.coap"), []byte("### a\nGET coap://h\nwith blocks\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.tick()
	b.side.toggle(filepath.Join(b.folder, "bad.coap"))
	var found bool
	for _, row := range b.side.rows {
		found = found || strings.HasPrefix(row.title, "Line 3: ")
	}
	if !found {
		t.Errorf("%+v", b.side.rows)
	}
}

func TestARequestIsEditedAsText(t *testing.T) {
	b := newBench(t)
	b.editor.tabs.Select(tabText)
	b.editor.choose()
	text := b.editor.parts[tabText].(*textEditor)
	text.text.SetText("### new\nPUT coap://127.0.0.1/a\nMax-Age: 7\nwith type NON\n\non\n")
	if b.draft.Verb != collection.PUT || b.bar.target.Text != "coap://127.0.0.1/a" || b.draft.Settings.Type != "NON" || b.editor.payload.text.Text != "on" {
		t.Errorf("%s", b.draft)
	}
	text.text.SetText("### new\nPUT coap://127.0.0.1/a\nMax-Age: x\n\non\n")
	if !text.problem.Visible() || !strings.HasPrefix(text.problem.Text(), "Line 3: ") || b.draft.Options[0].Value != "7" {
		t.Errorf("%q, %s", text.problem.Text(), b.draft)
	}
}

func TestLayoutAndHistoryAreRememberedWithoutSecrets(t *testing.T) {
	b := newBench(t)
	b.ask("###\nPOST coap://" + b.gateway + "/mqtt/connection?clientid=a&username=u&password=hidden\n")
	b.ask("###\nGET coap://" + b.gateway + "/ps/a\nUri-Query: token=12345678\nUri-Query: clientid=a\n")
	b.ask("###\nGET coap://" + b.gateway + "/mqtt/a?c=a&u=u&p=hidden\n")
	b.split.SetOffset(0.3)
	b.editor.tabs.Select(tabCode)
	data, err := b.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hidden", "12345678"} {
		if strings.Contains(string(data), secret) {
			t.Errorf("%s is remembered", secret)
		}
	}
	again := newBench(t)
	if err := again.RestoreLayout(data); err != nil {
		t.Fatal(err)
	}
	if again.split.Offset() != 0.3 || again.editor.tabs.Selected() != tabCode || len(again.history.entries) != 3 || again.draft.Target != "coap://"+b.gateway+"/mqtt/a?c=a&u=u&p={{password}}" {
		t.Errorf("%v, %s, %d, %s", again.split.Offset(), again.editor.tabs.Selected(), len(again.history.entries), again.draft.Target)
	}
	if again.RestoreLayout([]byte("{")) == nil {
		t.Error("a broken layout is no error")
	}
	again.settle()
}

func TestHistoryIsBounded(t *testing.T) {
	var h history
	long := &collection.Request{Verb: collection.PUT, Target: "coap://h/a", Payload: collection.Payload{Text: strings.Repeat("x", maxHistoryText)}}
	for i := range 2 * maxHistory {
		r := long.Clone()
		r.Title = strings.Repeat("i", i+1)
		h.add(r, &shown{badge: "2.04 Changed"}, "")
	}
	if len(h.entries) != maxHistory {
		t.Errorf("%d entries", len(h.entries))
	}
	size := 0
	for _, e := range h.kept() {
		size += len(e.Request)
	}
	if size > maxHistoryBytes || size == 0 {
		t.Errorf("%d bytes are kept", size)
	}
}

// The title of what is opened is not cut to the room of the one before.
func TestTheTitleHasItsRoom(t *testing.T) {
	b := newBench(t)
	b.openRequest("ready:emqx5-connection", 0)
	if need := pane.NaturalWidth("EMQX 5 connection / Open a connection", widget.TextDim); b.editor.saved.Size().Width < need {
		t.Errorf("%q has %g of %g", b.editor.saved.Text(), b.editor.saved.Size().Width, need)
	}
}
