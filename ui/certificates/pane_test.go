package certificates

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/engine/secure"
	"sluice/ui/theme"
)

// newFilled is a pane of the plant.
func newFilled(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, theme.Dark)
	b.engine.fill()
	b.tick()
	return b
}

// show selects a certificate by its name.
func (b *bench) show(t *testing.T, name string) *pki.Entry {
	t.Helper()
	at := slices.IndexFunc(b.engine.entries, func(e pki.Entry) bool { return e.Name == name })
	if at < 0 {
		t.Fatalf("there is no %s", name)
	}
	b.Show(name)
	b.tick()
	return &b.engine.entries[at]
}

// did reports what was asked of the engine since it was asked last, exports aside.
func (b *bench) did() []string {
	done := slices.DeleteFunc(b.engine.done, func(s string) bool { return strings.HasPrefix(s, "export") })
	b.engine.done = nil
	return done
}

func (b *bench) wantDone(t *testing.T, want ...string) {
	t.Helper()
	if got := b.did(); !slices.Equal(got, want) {
		t.Errorf("did %q, want %q", got, want)
	}
}

// press taps the button below what is shown in detail.
func (b *bench) press(t *testing.T, label string) {
	t.Helper()
	button := findButton(b.detail.object, label)
	if button == nil {
		t.Fatalf("the detail has no button %q", label)
	}
	test.Tap(button)
	b.tick()
	b.tick()
}

func TestOneButtonPutsADeviceOntoCoAPS(t *testing.T) {
	b := newBench(t, theme.Dark)
	b.tick()
	if b.split.Visible() || !b.start.Visible() {
		t.Fatal("without anything the pane is not the one button")
	}
	test.Tap(findButton(b.start, "Set up secure devices"))
	b.window.Canvas().Focused().TypedRune('x')
	b.say(t, "Set up")
	b.wantDone(t, `set up "x"`, "settings")
	listeners := b.engine.settings.Listeners
	if len(listeners) != 2 || listeners[1].Bind != "coaps://192.0.2.1:5684" || !listeners[1].DTLSOptions.FailIfNoPeerCert {
		t.Errorf("listeners %+v", listeners)
	}
	if d := b.detail; d.shown == nil || d.name.Text() != "x" || !strings.Contains(d.export.code.Text(), "coap-client-openssl") {
		t.Error("the device's certificate is not shown with what it needs")
	}
	if b.window.Canvas().Overlays().Top() != nil || !slices.Equal(b.notices, []string{"x is ready for coaps; put its certificate on the device"}) {
		t.Errorf("said %q", b.notices)
	}
}

func TestSettingUpSaysWhatFailed(t *testing.T) {
	b := newBench(t, theme.Dark)
	b.tick()
	b.engine.fail = errors.New("the disk is full")
	b.setUp()
	b.window.Canvas().Focused().TypedRune('x')
	b.say(t, "Set up")
	if top := b.window.Canvas().Overlays().Top(); top == nil || !says(top, "the disk is full") {
		t.Error("the dialog does not say it")
	}
	if len(b.engine.settings.Listeners) != 1 {
		t.Error("a listener was added all the same")
	}
}

func TestNothingIsDrawnWhereNothingChanged(t *testing.T) {
	b := newFilled(t)
	if b.tick() {
		t.Error("nothing changed, yet something is drawn")
	}
	b.engine.revision++
	if !b.tick() || b.tick() {
		t.Error("a change is drawn once")
	}
}

func TestOneThingIsSelectedAtATime(t *testing.T) {
	b := newFilled(t)
	b.show(t, "sensor-17")
	if d := b.detail; !d.body.Visible() || d.name.Text() != "sensor-17" || !d.users.object.Visible() || !d.chain.Visible() {
		t.Fatal("the certificate is not shown with its users and its chain")
	}
	b.psks.Select("meter-a1")
	b.tick()
	if _, still := b.table.Selected(); still || b.detail.name.Text() != "meter-a1" || b.detail.chain.Visible() {
		t.Error("a key is selected beside a certificate")
	}
	b.handshakes.Select(keyOf(b.engine.handshakes[1]))
	b.tick()
	if _, still := b.psks.Selected(); still || b.detail.name.Text() != "unknown authority" || !b.detail.means.Visible() || b.detail.export.object.Visible() {
		t.Error("the handshake is not shown alone")
	}
	b.engine.handshakes = nil
	b.engine.revision++
	b.tick()
	if b.detail.body.Visible() {
		t.Error("a handshake that has gone is still shown")
	}
}

func TestGoingFromAClientToItsCertificateAndBack(t *testing.T) {
	b := newFilled(t)
	b.Show("door") // by ID
	b.tick()
	if b.detail.name.Text() != "door-east" {
		t.Errorf("shows %q", b.detail.name.Text())
	}
	b.press(t, "door-east")
	b.Show("sensor-18") // by PSK identity
	b.tick()
	if b.detail.name.Text() != "sensor-18" || !slices.Equal(b.opened, []string{"clients c/2"}) {
		t.Errorf("shows %q, opened %q", b.detail.name.Text(), b.opened)
	}
	b.show(t, "door-east")
	test.Tap(findButton(b.detail.chain, "Workbench development CA"))
	b.tick()
	if b.detail.name.Text() != "Workbench development CA" {
		t.Error("the chain does not lead to the authority")
	}
}

func TestRevokeAsksOnceAndCanBeUndone(t *testing.T) {
	b := newFilled(t)
	b.show(t, "door-east")
	b.press(t, "Revoke")
	if top := b.window.Canvas().Overlays().Top(); !says(top, "Revoke door-east?") || !says(top, "door-east is connected with it and will be disconnected at once.") {
		t.Error("the question does not name what is revoked and who must go")
	}
	b.wantDone(t)
	b.say(t, "Revoke")
	b.wantDone(t, "revoke door")
	if row := b.rowOf(t, "door"); row.expires != "revoked" || row.usedBy != "—" {
		t.Errorf("row %q, %q", row.expires, row.usedBy)
	}
	b.undo()
	b.wantDone(t, "restore door")
	b.show(t, "old-panel")
	b.press(t, "Restore")
	b.wantDone(t, "restore old")
}

func (b *bench) rowOf(t *testing.T, id string) Row {
	t.Helper()
	for _, r := range buildRows(b.state, "", b.now) {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("there is no %s", id)
	return Row{}
}

func TestDeleteSaysWhatItMeansAndCanBeUndone(t *testing.T) {
	for name, means := range map[string]string{
		"Workbench development CA": "Nothing more can be issued with it", "gateway.local": "Listeners show another server certificate", "factory-root.pem": "Clients with its certificates",
		"sensor-17": "to keep it out, revoke it", "old-panel": "It stays revoked.",
	} {
		b := newFilled(t)
		e := *b.show(t, name)
		b.press(t, "Delete")
		if !says(b.window.Canvas().Overlays().Top(), means) {
			t.Errorf("%s: the question does not say %q", name, means)
		}
		b.say(t, "Delete")
		b.wantDone(t, "delete "+e.ID)
		if b.detail.body.Visible() || b.notices[0] != name+" was deleted" {
			t.Errorf("%s: said %q", name, b.notices)
		}
		b.undo()
		b.tick()
		if len(b.engine.entries) != 6 || b.detail.name.Text() != name {
			t.Errorf("%s is not back", name)
		}
	}
}

func TestFailuresAreSaid(t *testing.T) {
	b := newFilled(t)
	b.engine.fail = errors.New("disk full")
	b.show(t, "door-east")
	b.press(t, "Revoke")
	b.say(t, "Revoke")
	if last := b.notices[len(b.notices)-1]; last != "Revoking door-east failed: disk full" {
		t.Errorf("said %q", b.notices)
	}
}

func TestRename(t *testing.T) {
	b := newFilled(t)
	b.show(t, "sensor-17")
	b.press(t, "Rename")
	test.Type(b.window.Canvas().Focused(), "  north ")
	b.say(t, "Rename")
	b.wantDone(t, "rename "+b.engine.entries[2].ID+" north")
}

func TestTheServerCertificateIsRenewedWhenNeeded(t *testing.T) {
	b := newFilled(t)
	b.show(t, "gateway.local")
	if findButton(b.detail.object, "Renew") != nil || b.banners.renewal.Visible() {
		t.Error("renewal is offered without need")
	}
	b.engine.renewal = &b.engine.entries[1]
	b.now = b.now.Add(time.Minute)
	b.tick()
	b.tick()
	if !b.banners.renewal.Visible() {
		t.Error("nothing says that it is to be renewed")
	}
	b.press(t, "Renew")
	b.wantDone(t, "renew")
	b.now = b.now.Add(time.Minute)
	b.tick()
	b.tick()
	if b.banners.renewal.Visible() {
		t.Error("it is renewed, and still said to be due")
	}
}

func TestBanners(t *testing.T) {
	b := newFilled(t)
	b.engine.warnings = []pki.Warning{{Entry: b.engine.entries[3], Told: true}, {Entry: b.engine.entries[2], Told: true}}
	b.engine.locked = &seal.Error{Reason: seal.PassphraseNeeded}
	b.engine.revision++
	b.tick()
	if got := b.banners.expiry.Text(); got != "The certificate door-east ends in 6 days. 1 other ends within 30 days, or has ended." {
		t.Errorf("expiry %q", got)
	}
	if got := b.banners.locked.Text(); !strings.Contains(got, "a passphrase opens the private keys, and none was given") {
		t.Errorf("locked %q", got)
	}
	test.Tap(findButton(b.banners.expiry, "Show it"))
	b.tick()
	if b.detail.name.Text() != "door-east" {
		t.Error("the certificate that ends is not shown")
	}
	test.Tap(findButton(b.banners.locked, "Enter the passphrase"))
	test.Type(b.window.Canvas().Focused(), "correct horse")
	b.say(t, "Unlock")
	b.wantDone(t, `unlock with "correct horse"`)
	b.engine.locked = &seal.Error{Reason: seal.NotAnswering}
	b.engine.revision++
	b.tick()
	test.Tap(findButton(b.banners.locked, "Try again"))
	b.wantDone(t, `unlock with ""`)
	b.engine.locked, b.engine.warnings = nil, nil
	b.engine.revision++
	b.tick()
	if b.banners.locked.Visible() || b.banners.expiry.Visible() {
		t.Error("what is mended is still said")
	}
}

func TestWhereKeysAreSealed(t *testing.T) {
	b := newFilled(t)
	for kept, want := range map[seal.Kept]string{
		{Where: seal.Keyring}:                        "Private keys are sealed with a key in the system's keyring",
		{Where: seal.KeyFile, Path: "/s/sluice.key"}: "Private keys are sealed with a key file, /s/sluice.key",
		{Where: seal.Passphrase}:                     "Private keys are sealed with a passphrase",
		{Where: seal.Memory}:                         "Nothing is kept: private keys are gone when Sluice ends",
		{}:                                           "Private keys will be sealed with a key in the system's keyring, or with a key file where there is none",
	} {
		b.engine.kept = kept
		b.engine.revision++
		b.tick()
		if got := b.banners.words.Text(); got != want {
			t.Errorf("%v: %q", kept, got)
		}
	}
}

func TestTheKeyIsMovedUnderAPassphrase(t *testing.T) {
	b := newFilled(t)
	b.engine.kept = seal.Kept{Where: seal.Passphrase}
	b.changeSealing()
	top := b.window.Canvas().Overlays().Top()
	fields := entries(top)
	if button := findButton(top, "Change"); len(fields) != 2 || !button.Disabled() {
		t.Fatalf("%d fields", len(fields))
	}
	fields[0].SetText("long enough")
	fields[1].SetText("long enougj")
	if !says(top, "The two passphrases differ") || !findButton(top, "Change").Disabled() {
		t.Error("passphrases that differ are taken")
	}
	fields[1].SetText("long enough")
	b.say(t, "Change")
	b.wantDone(t, `keep in a passphrase "long enough"`)
}

func TestKeyLog(t *testing.T) {
	b := newFilled(t)
	if b.KeyLogItem().Checked {
		t.Error("a key log is on from the start")
	}
	b.toggleKeyLog()
	b.wantDone(t)
	b.say(t, "Choose a file")
	b.wantDone(t, `key log "`+b.files.path+`/sluice-keylog.txt"`)
	if !b.KeyLogItem().Checked || !strings.Contains(KeyLogWarning(b.engine.keyLog), b.files.path) {
		t.Error("the warning does not name the file")
	}
	b.toggleKeyLog()
	b.wantDone(t, `key log ""`)
}

func TestRemedies(t *testing.T) {
	b := newFilled(t)
	b.engine.handshakes = []secure.Handshake{
		{At: noon, Peer: peer("192.0.2.7:1"), Outcome: secure.UnknownPSKIdentity, Detail: "meter-9", Identity: secure.Identity{PSK: "meter-9"}},
		{At: noon, Peer: peer("192.0.2.8:1"), Outcome: secure.Revoked, Identity: secure.Identity{Fingerprint: "old", CommonName: "old-panel"}},
		{At: noon, Peer: peer("192.0.2.9:1"), Outcome: secure.WrongKey, Identity: secure.Identity{PSK: "meter-a1"}},
		{At: noon, Peer: peer("192.0.2.10:1"), Outcome: secure.Expired, Identity: secure.Identity{Fingerprint: "elsewhere", CommonName: "lamp-4"}},
	}
	b.engine.revision++
	b.tick()
	at := func(i int) {
		b.handshakes.Select(keyOf(b.engine.handshakes[i]))
		b.tick()
	}
	at(0)
	b.press(t, "Add this PSK identity")
	b.say(t, "Add")
	b.wantDone(t, `add meter-9 of 16 bytes for ""`)
	if b.detail.name.Text() != "meter-9" {
		t.Error("the new key is not shown")
	}
	at(1)
	b.press(t, "Show the certificate")
	if b.detail.name.Text() != "old-panel" {
		t.Error("the revoked certificate is not shown")
	}
	at(2)
	b.press(t, "Show the key here")
	if b.detail.name.Text() != "meter-a1" {
		t.Error("the key is not shown")
	}
	at(3)
	if findButton(b.detail.object, "Show the certificate") != nil {
		t.Error("a certificate that is not kept is offered")
	}
	b.press(t, "Issue device certificate")
	if fields := entries(b.window.Canvas().Overlays().Top()); fields[0].Text != "lamp-4" {
		t.Errorf("the form begins with %q", fields[0].Text)
	}
}

func TestLayoutIsRemembered(t *testing.T) {
	a, b := newFilled(t), newFilled(t)
	a.split.SetOffset(0.5)
	a.table.SortBy("expires", true)
	a.detail.export.choose(pki.Zephyr)
	data, err := a.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RestoreLayout(data); err != nil {
		t.Fatal(err)
	}
	if state := b.table.State(); b.split.Offset() != 0.5 || state.Sort != "expires" || !state.Descending || b.detail.export.format != pki.Zephyr {
		t.Errorf("restored %v, %+v, %v", b.split.Offset(), state, b.detail.export.format)
	}
	if b.RestoreLayout([]byte("{")) == nil {
		t.Error("a broken layout is no error")
	}
}

func TestLongNamesFit(t *testing.T) {
	b := newFilled(t)
	long := strings.Repeat("n", 200)
	b.engine.entries[2].Name, b.engine.entries[2].Subject = long, "CN="+long
	b.engine.entries[2].Names = slices.Repeat([]string{strings.Repeat("host.", 40)}, 100)
	b.engine.psks[0].Identity = long
	b.engine.handshakes[1].Detail = "CN=" + long
	b.engine.revision++
	b.tick()
	b.showCertificate(b.engine.entries[2].ID)
	b.tick()
	if width := b.Content().MinSize().Width; width > 600 {
		t.Errorf("the pane needs %v", width)
	}
	b.revoke(b.engine.entries[2], b.engine.clients)
	if width := b.window.Canvas().Overlays().Top().MinSize().Width; width > 700 {
		t.Errorf("the question needs %v", width)
	}
}

func TestManyRowsAreScrolled(t *testing.T) {
	b := newFilled(t)
	for i := range 1000 {
		e := b.engine.entries[2]
		e.ID += string(rune('A' + i))
		b.engine.entries = append(b.engine.entries, e)
		b.engine.handshakes = append(b.engine.handshakes, secure.Handshake{At: noon.Add(time.Duration(i)), Outcome: secure.TooMany})
	}
	b.engine.revision++
	b.tick()
	y := b.psks.Position().Y
	if height := b.sections.Size().Height; y < 100 || y+b.psks.Size().Height > height || b.handshakes.Size().Height < 100 {
		t.Errorf("keys at %v of %v, handshakes %v high", y, height, b.handshakes.Size().Height)
	}
}

func TestAnEngineWithoutAKeeper(t *testing.T) {
	b := newBench(t, theme.Dark)
	b.Pane.keeper = func() Keeper { return nil }
	b.engine.revision++
	b.tick()
	if b.split.Visible() || !says(b.start, "This gateway keeps no certificates and keys.") {
		t.Error("the pane does not say so")
	}
	b.setUp() // nothing to press leads to a crash
	b.Show("x")
}
