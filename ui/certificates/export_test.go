package certificates

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine/pki"
	"sluice/engine/secure"
)

func clipboard() string { return fyne.CurrentApp().Clipboard().Content() }

// Nothing of a private key is in the text before the user asks for it, in whatever form it is written.
func TestSecretsAreMasked(t *testing.T) {
	authority, err := pki.NewAuthority("Test", 0)
	if err != nil {
		t.Fatal(err)
	}
	device, err := authority.Issue(pki.Request{Name: "sensor-17", Kind: pki.Client})
	if err != nil {
		t.Fatal(err)
	}
	key := []byte("correct horse battery")
	for _, f := range []pki.Format{pki.PEM, pki.CHeader, pki.Zephyr, pki.MbedTLS, pki.CoAPClient} {
		files, err := device.Export(f, authority.Certificate(), pki.ExportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		psk, err := pki.ExportPSK("sensor-18", key, f, pki.ExportOptions{})
		if err == nil {
			files = append(files, psk...)
		}
		for _, file := range files {
			text := masked(file)
			if !file.Secret {
				if text != string(file.Data) {
					t.Errorf("%s: %s is no secret and masked", f, file.Name)
				}
				continue
			}
			if !strings.Contains(text, dots) {
				t.Errorf("%s: %s is not masked:\n%s", f, file.Name, text)
			}
			for _, secret := range secrets(string(file.Data)) {
				if strings.Contains(text, secret) {
					t.Errorf("%s: %s shows %q:\n%s", f, file.Name, secret, text)
				}
			}
		}
	}
	if got := masked(pki.File{Data: []byte("something else"), Secret: true}); got != dots {
		t.Errorf("what is not known is shown: %q", got)
	}
}

// secrets are pieces of a file that only its key has: of a PEM key its second line, of arrays and commands the key itself.
func secrets(text string) []string {
	list := []string{"correct horse", "63 6f 72 72", "0x63, 0x6f", "636f7272", `\x63\x6f`}
	if _, rest, found := strings.Cut(text, "PRIVATE KEY-----"); found {
		line, _, _ := strings.Cut(strings.TrimLeft(rest, "\"\\rn \n"), "\n")
		list = append(list, line[:24])
	}
	return list
}

func TestWhatADeviceNeedsIsShownCopiedAndSaved(t *testing.T) {
	b := newFilled(t)
	b.show(t, "sensor-17")
	e := b.detail.export
	if text := e.code.Text(); !strings.HasPrefix(text, "coap-client-openssl") || !strings.Contains(text, "coaps://"+machineName()+"/") {
		t.Errorf("the line is\n%s", text)
	}
	test.Tap(e.copy)
	if clipboard() != e.code.Text() {
		t.Error("a line without a secret is not copied at once")
	}
	b.press(t, "PEM files")
	if text := e.code.Text(); strings.Contains(text, "MIGH") || !strings.Contains(text, "# sensor-17.key\n-----BEGIN PRIVATE KEY-----\n"+dots) {
		t.Errorf("shows\n%s", text)
	}
	test.Tap(e.copy)
	if strings.Contains(clipboard(), "MIGH") {
		t.Error("a private key is copied without a question")
	}
	b.say(t, "Copy")
	if !strings.Contains(clipboard(), "MIGH") {
		t.Error("the private key is not copied")
	}
	b.press(t, "Show the key")
	if !strings.Contains(e.code.Text(), "MIGH") {
		t.Error("the private key is not shown although it was asked for")
	}
	b.show(t, "door-east")
	if strings.Contains(e.code.Text(), "MIGH") {
		t.Error("another one's private key is shown without being asked for")
	}
	b.press(t, "Save…")
	info, err := os.Stat(filepath.Join(b.files.path, "sensor-17.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	b.press(t, "Save…")
	if b.window.Canvas().Overlays().Top() != nil {
		t.Error("a question is asked although the files are the same")
	}
	if err := os.WriteFile(filepath.Join(b.files.path, "sensor-17.key"), []byte("another key"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.press(t, "Save…")
	if !says(b.window.Canvas().Overlays().Top(), "Replace sensor-17.key?") {
		t.Error("files are replaced without a question")
	}
	b.say(t, "Replace")
	left, err := os.ReadDir(b.files.path)
	if err != nil || len(left) != 2 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

func TestPKCS12TakesAPassword(t *testing.T) {
	b := newFilled(t)
	b.show(t, "sensor-17")
	b.press(t, "PKCS #12")
	if e := b.detail.export; e.copy.Visible() || e.reveal.Visible() {
		t.Error("bytes are offered as text")
	}
	b.press(t, "Save…")
	if findButton(b.window.Canvas().Overlays().Top(), "Choose a folder").Disabled() == false {
		t.Error("no password is taken for one")
	}
	test.Type(b.window.Canvas().Focused(), "secret")
	b.say(t, "Choose a folder")
	if last := b.engine.done[len(b.engine.done)-1]; !strings.HasSuffix(last, `with "secret"`) {
		t.Errorf("did %s", last)
	}
	if _, err := os.Stat(filepath.Join(b.files.path, "sensor-17.p12")); err != nil {
		t.Error(err)
	}
}

func TestSavingSaysWhatFailed(t *testing.T) {
	b := newFilled(t)
	b.files.path = filepath.Join(b.files.path, "gone")
	b.show(t, "sensor-17")
	b.press(t, "PEM files")
	b.press(t, "Save…")
	if last := b.notices[len(b.notices)-1]; !strings.Contains(last, "failed: writing sensor-17.pem") {
		t.Errorf("said %q", last)
	}
	b.engine.fail = errors.New("locked")
	b.press(t, "Zephyr")
	if last := b.notices[len(b.notices)-1]; last != "The export failed: locked" {
		t.Errorf("said %q", last)
	}
}

func TestFormatsFitTheKind(t *testing.T) {
	b := newFilled(t)
	for name, want := range map[string]string{
		"sensor-17": "pem pkcs12 c-header zephyr mbedtls coap-client", "gateway.local": "pem der pkcs12", "factory-root.pem": "pem der",
		"Workbench development CA": "pem der c-header zephyr mbedtls",
	} {
		b.show(t, name)
		var got []string
		for _, f := range b.detail.export.offered {
			got = append(got, string(f))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAKeyIsShownForHalfAMinute(t *testing.T) {
	b := newFilled(t)
	var later func()
	stopped := 0
	b.detail.key.schedule = func(f func()) func() { later = f; return func() { stopped++ } }
	b.Show("sensor-18")
	b.tick()
	code := b.detail.key.code
	if strings.Contains(b.detail.shown.asText()+b.detail.shown.asJSON(), "0123456789") || code.Visible() {
		t.Fatal("the key is shown before anybody asked")
	}
	show := func() { test.Tap(b.detail.key.reveal) }
	show()
	if text := code.Text(); !strings.Contains(text, "hex     30313233343536373839616263646566") || !strings.Contains(text, "text    0123456789abcdef") {
		t.Errorf("shows\n%s", text)
	}
	later()
	if code.Visible() || code.Text() != "" || b.detail.key.reveal.Label() != "Show the key" {
		t.Error("the key is still shown after its time")
	}
	show()
	b.Show("meter-a1")
	b.tick()
	if code.Visible() || code.Text() != "" || stopped != 2 {
		t.Errorf("the key of another one is shown, %d timers stopped", stopped)
	}
	if keyShown != 30*time.Second {
		t.Error("half a minute is said")
	}
}

func TestAKeyIsCopiedAfterAQuestion(t *testing.T) {
	b := newFilled(t)
	b.copyKey("sensor-18", base64Key)
	if clipboard() != "" || !says(b.window.Canvas().Overlays().Top(), "Copy the key of sensor-18?") {
		t.Fatal("copied without a question")
	}
	b.say(t, "Copy")
	if clipboard() != "MDEyMzQ1Njc4OWFiY2RlZg==" {
		t.Errorf("copied %q", clipboard())
	}
	b.copyKey("meter-a1", textKey)
	b.say(t, "Copy")
	if last := b.notices[len(b.notices)-1]; last != "The key of meter-a1 is no text; copy it as hex or Base64" {
		t.Errorf("said %q", last)
	}
}

func TestMenusOfferWhatTheDetailDoes(t *testing.T) {
	b := newFilled(t)
	labels := func(items []*fyne.MenuItem) string {
		var list []string
		for _, item := range items {
			if !item.IsSeparator {
				list = append(list, item.Label)
			}
		}
		return strings.Join(list, "|")
	}
	if got := labels(b.certificateMenu(b.rowOf(t, "door"))); got != "Copy name|Copy subject|Copy serial|Copy SHA-256|Copy as text|Copy as JSON|Revoke…|Rename…|Delete…" {
		t.Errorf("certificate: %s", got)
	}
	if got := labels(b.pskMenu(pskRow{PreSharedKey: b.engine.psks[0]})); got != "Copy PSK identity|Copy key…|Copy as text|Copy as JSON|Bind to a client…|Replace the key…|Delete…" {
		t.Errorf("key: %s", got)
	}
	if got := labels(b.handshakeMenu(handshakeRow{Handshake: b.engine.handshakes[1]})); got != "Copy address|Copy reason|Copy as text|Copy as JSON" {
		t.Errorf("handshake: %s", got)
	}
	if items := b.handshakeMenu(handshakeRow{Handshake: secure.Handshake{At: noon}}); items != nil {
		t.Error("what has gone has a menu")
	}
	for _, part := range []selection{{part: certificatePart, id: "door"}, {part: pskPart, id: "meter-a1"}, {part: handshakePart, handshake: keyOf(b.engine.handshakes[0])}} {
		s := buildShown(b.state, part, noon)
		if !strings.Contains(s.asText(), s.title) || !strings.HasPrefix(s.asJSON(), "{") {
			t.Errorf("as text\n%s\nas JSON\n%s", s.asText(), s.asJSON())
		}
	}
}
