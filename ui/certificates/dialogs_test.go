package certificates

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"sluice/engine/pki"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// form is the dialog on top: its fields from top to bottom, and its button.
type form struct {
	*bench
	t *testing.T
}

func (b *bench) form(t *testing.T) form { return form{b, t} }

func (f form) top() fyne.CanvasObject { return f.window.Canvas().Overlays().Top() }

func (f form) fill(texts ...string) {
	f.t.Helper()
	fields := entries(f.top())
	if len(fields) != len(texts) {
		f.t.Fatalf("%d fields, want %d", len(fields), len(texts))
	}
	for i, text := range texts {
		fields[i].SetText(text)
	}
}

// rests reports whether the button cannot be pressed.
func (f form) rests(label string) bool {
	f.t.Helper()
	button := findButton(f.top(), label)
	if button == nil {
		f.t.Fatalf("there is no button %q", label)
	}
	return button.Disabled()
}

func TestIssue(t *testing.T) {
	b := newFilled(t)
	b.issue("")
	f := b.form(t)
	for _, c := range []struct {
		name, organization, days string
		problem                  string
		ready                    bool
	}{
		{"", "", "90", "", false},
		{"lamp-4", "", "90", "", true},
		{"lamp-4", "", "0", "The lifetime is a number of days from 1 to 36,500", false},
		{"lamp-4", "", "soon", "The lifetime is a number of days from 1 to 36,500", false},
		{strings.Repeat("x", 65), "", "90", "64", false},
		{"sensor-17", "", "90", "sensor-17 has a certificate already.", true},
		{"lamp-4", "Plant", " 30 ", "", true},
	} {
		f.fill(c.name, c.organization, c.days)
		if f.rests("Issue") == c.ready || c.problem != "" && !says(f.top(), c.problem) {
			t.Errorf("%+v: ready %v, says it %v", c, !f.rests("Issue"), says(f.top(), c.problem))
		}
	}
	b.say(t, "Issue")
	b.wantDone(t, `issue lamp-4 of "Plant" for 720h0m0s`)
	if b.detail.name.Text() != "lamp-4" || b.window.Canvas().Overlays().Top() != nil {
		t.Error("the new certificate is not shown")
	}
}

func TestIssueMakesTheAuthorityThatIsMissing(t *testing.T) {
	b := newBench(t, theme.Dark)
	b.tick()
	b.issue("lamp-4")
	if !says(b.window.Canvas().Overlays().Top(), "There is no authority yet; one is made with it.") {
		t.Error("nothing says so")
	}
	b.say(t, "Issue")
	b.wantDone(t, "authority", `issue lamp-4 of "" for 2160h0m0s`)
}

func TestIssueManyFromATable(t *testing.T) {
	b := newFilled(t)
	b.issueMany()
	f := b.form(t)
	preview := func() string {
		text := ""
		walk(f.top(), func(o fyne.CanvasObject) {
			if c, ok := o.(*widget.Code); ok {
				text = c.Text()
			}
		})
		return text
	}
	f.fill("lamp-1,Plant,30d\nlamp-2,,soon\nlamp-1")
	if !f.rests("Issue") || !strings.Contains(preview(), "line 2:") || !strings.Contains(preview(), "line 3:") || strings.Contains(preview(), "line 1:") {
		t.Errorf("mistakes\n%s", preview())
	}
	f.fill("lamp-1,Plant,30d\nlamp-2")
	if f.rests("Issue") || preview() != "lamp-1  30 days  Plant\nlamp-2  90 days  Workbench" {
		t.Errorf("preview\n%s", preview())
	}
	b.say(t, "Issue")
	b.wantDone(t, `table "lamp-1,Plant,30d\nlamp-2"`)
	if b.notices[0] != "2 certificates were issued" {
		t.Errorf("said %q", b.notices)
	}
}

// exported is the PEM of a new authority, with its key encrypted where there is a password.
func authorityPEM(t *testing.T, withKey bool) []byte {
	t.Helper()
	authority, err := pki.NewAuthority("Acme Test", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !withKey {
		authority.Key = nil
	}
	files, err := authority.Export(pki.PEM, nil, pki.ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		all = append(all, f.Data...)
	}
	return all
}

func TestImportSaysWhatWillBeBeforeItIsKept(t *testing.T) {
	for _, c := range []struct {
		withKey bool
		want    string
	}{{false, "Will be: trusted authority, its clients are let in"}, {true, "Will be: authority, issues certificates"}} {
		b := newFilled(t)
		b.importFile(nil)
		f := b.form(t)
		if !f.rests("Import") {
			t.Error("nothing can be imported")
		}
		entries(f.top())[0].SetText(string(authorityPEM(t, c.withKey)))
		if !says(f.top(), c.want) || f.rests("Import") {
			t.Errorf("does not say %q", c.want)
		}
		entries(f.top())[1].SetText("Acme")
		b.wantDone(t)
		b.say(t, "Import")
		b.wantDone(t, "import Acme")
		if b.detail.name.Text() != "Acme" {
			t.Error("what was imported is not shown")
		}
	}
}

func TestImportOfAFileWithAPassword(t *testing.T) {
	authority, err := pki.NewAuthority("Acme Test", 0)
	if err != nil {
		t.Fatal(err)
	}
	device, err := authority.Issue(pki.Request{Name: "lamp-4", Kind: pki.Client})
	if err != nil {
		t.Fatal(err)
	}
	files, err := device.Export(pki.PKCS12, authority.Certificate(), pki.ExportOptions{Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	b := newFilled(t)
	b.files.data = files[0].Data
	b.importFile(nil)
	f := b.form(t)
	if len(entries(f.top())) != 1 {
		t.Fatal("a password is asked for without need")
	}
	b.say(t, "Choose a file…")
	if !says(f.top(), "given.pem") || len(entries(f.top())) != 2 || !f.rests("Import") {
		t.Fatal("no password is asked for")
	}
	password := entries(f.top())[1]
	if focused, ok := b.window.Canvas().Focused().(*pane.Entry); !ok || &focused.Entry.Entry != password {
		t.Error("the password cannot be typed at once")
	}
	password.SetText("wrong")
	if !says(f.top(), "The password is another one") {
		t.Error("a wrong password is not said to be one")
	}
	password.SetText("secret")
	if !says(f.top(), "Will be: client certificate") || !says(f.top(), "with its private key") || f.rests("Import") {
		t.Error("what was found is not said")
	}
	b.say(t, "Import")
	b.wantDone(t, "import given")
}

func TestImportOfNothing(t *testing.T) {
	b := newFilled(t)
	b.importFile(nil)
	f := b.form(t)
	for _, text := range []string{"hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		entries(f.top())[0].SetText(text)
		if !f.rests("Import") {
			t.Errorf("%q can be imported", text)
		}
	}
}

func TestAddPSK(t *testing.T) {
	b := newFilled(t)
	b.addPSK("")
	f := b.form(t)
	f.fill("sensor-18", "")
	if !f.rests("Add") || !says(f.top(), "There is a key for this identity already") {
		t.Error("a key is replaced silently")
	}
	f.fill("lamp-4", "lamp-4")
	b.say(t, "Add")
	b.wantDone(t, `add lamp-4 of 16 bytes for "lamp-4"`)
}

func TestEnteredKeysAreCheckedAsTheyAreTyped(t *testing.T) {
	b := newFilled(t)
	form := &pskForm{pane: b.Pane}
	form.dialog = b.host.NewDialog("", "Add", form.submit)
	form.build()
	form.dialog.Open(column(form.identity, form.source(), form.remark), 400, nil)
	form.identity.SetText("lamp-4")
	for _, c := range []struct {
		how, key string
		ready    bool
		says     string
	}{
		{"Enter as hex", "", false, ""},
		{"Enter as hex", "00112233445566778899aabbccddeeff", true, ""},
		{"Enter as hex", "0011", true, "This key has 2 bytes: less than 16 can be found by trying."},
		{"Enter as hex", "xyz", false, "hex"},
		{"Enter as hex", strings.Repeat("00", 16), true, "few different bytes"},
		{"Enter as Base64", "ABEiM0RVZneImaq7zN3u/w==", true, ""},
		{"Enter as text", "sixteen letters.", true, "A text is easier to guess than random bytes."},
		{"Enter as text", strings.Repeat("x", 65), false, "65"},
	} {
		form.how.SetSelected(c.how)
		form.entered.Show()
		form.key.SetText("x")
		form.key.SetText(c.key)
		top := b.window.Canvas().Overlays().Top()
		if ready := !findButton(top, "Add").Disabled(); ready != c.ready || c.says != "" && !says(top, c.says) {
			t.Errorf("%+v: ready %v", c, ready)
		}
		if c.says == "" && form.remark.Visible() {
			t.Errorf("%+v: says %q", c, form.remark.Text)
		}
	}
}

func TestReplaceAndBindAKey(t *testing.T) {
	b := newFilled(t)
	b.Show("sensor-18")
	b.tick()
	b.press(t, "Replace the key")
	b.say(t, "Replace")
	b.wantDone(t, `add sensor-18 of 16 bytes for "sensor-18"`)
	b.press(t, "Bind to a client")
	b.form(t).fill(" lamp-9 ")
	b.say(t, "Bind")
	b.wantDone(t, `bind sensor-18 to "lamp-9"`)
	b.press(t, "Delete")
	b.say(t, "Delete")
	b.wantDone(t, "delete sensor-18")
	b.undo()
	b.wantDone(t, "undo")
}

func TestTheListenerThatIsMissingIsAButton(t *testing.T) {
	b := newFilled(t)
	if b.listen.Visible() {
		t.Error("it is offered although there is one")
	}
	b.engine.settings.Listeners = b.engine.settings.Listeners[:1]
	b.engine.revision++
	b.tick()
	if !b.listen.Visible() {
		t.Fatal("it is not offered")
	}
	b.addListener()
	b.tick()
	b.wantDone(t, `set up ""`, "settings")
	if b.listen.Visible() || b.engine.settings.Listeners[1].Bind != "coaps://0.0.0.0:5684" {
		t.Error("it was not added")
	}
}
