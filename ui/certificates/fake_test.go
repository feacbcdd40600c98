package certificates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/engine/secure"
	"sluice/engine/settings"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// fakeEngine is an engine with a keeper that a test fills. Changes are noted in done.
type fakeEngine struct {
	entries    []pki.Entry
	psks       []pki.PreSharedKey
	handshakes []secure.Handshake
	clients    []engine.Client
	settings   settings.Settings
	status     engine.Status
	warnings   []pki.Warning
	keys       map[string][]byte
	kept       seal.Kept
	locked     error
	renewal    *pki.Entry
	keyLog     string
	revision   uint64
	fail       error
	done       []string
}

// note counts a change and says what a test wants it to say.
func (e *fakeEngine) note(format string, args ...any) error {
	e.done = append(e.done, fmt.Sprintf(format, args...))
	e.revision++
	return e.fail
}

func (e *fakeEngine) Keys() *pki.Keeper                { return nil }
func (e *fakeEngine) Clients() []engine.Client         { return slices.Clone(e.clients) }
func (e *fakeEngine) Status() engine.Status            { return e.status }
func (e *fakeEngine) Settings() settings.Settings      { return e.settings.Clone() }
func (e *fakeEngine) Revision() uint64                 { return e.revision }
func (e *fakeEngine) HandshakeRevision() uint64        { return 0 }
func (e *fakeEngine) KeyLog() string                   { return e.keyLog }
func (e *fakeEngine) Entries() []pki.Entry             { return slices.Clone(e.entries) }
func (e *fakeEngine) PSKs() []pki.PreSharedKey         { return slices.Clone(e.psks) }
func (e *fakeEngine) Handshakes() []secure.Handshake   { return slices.Clone(e.handshakes) }
func (e *fakeEngine) Warnings(time.Time) []pki.Warning { return e.warnings }
func (e *fakeEngine) SealedBy() seal.Kept              { return e.kept }
func (e *fakeEngine) Locked() error                    { return e.locked }
func (e *fakeEngine) Rename(id, name string) error     { return e.note("rename %s %s", id, name) }
func (e *fakeEngine) BindPSK(identity, client string) error {
	return e.note("bind %s to %q", identity, client)
}
func (e *fakeEngine) Unlock(_ context.Context, p string) error { return e.note("unlock with %q", p) }

func (e *fakeEngine) SetSettings(s settings.Settings) error {
	e.settings = s
	for _, l := range s.Listeners {
		e.status.Listeners = append(e.status.Listeners, engine.ListenerStatus{URL: l.Bind, Addr: l.Bind[len("coaps://"):]})
	}
	return e.note("settings")
}

func (e *fakeEngine) SetKeyLog(path string) error {
	e.keyLog = path
	return e.note("key log %q", path)
}

func (e *fakeEngine) ServerNeedsRenewal(time.Time) (pki.Entry, bool) {
	if e.renewal == nil {
		return pki.Entry{}, false
	}
	return *e.renewal, true
}

func (e *fakeEngine) RenewServer() (pki.Entry, error) {
	e.renewal = nil
	return e.entries[1], e.note("renew")
}

func (e *fakeEngine) SetUp(device string) (pki.Setup, error) {
	if e.fail == nil {
		e.entries = plant()[:3]
		e.entries[2].Name = device
	}
	return pki.Setup{Authority: "ca", Server: "gw", Device: plant()[2].ID}, e.note("set up %q", device)
}

func (e *fakeEngine) CreateAuthority(string, time.Duration) (pki.Entry, error) {
	e.entries = plant()[:1]
	return e.entries[0], e.note("authority")
}

func (e *fakeEngine) Issue(r pki.Request) (pki.Entry, error) {
	if len(e.entries) == 0 {
		return pki.Entry{}, pki.ErrNoAuthority
	}
	made := pki.Entry{ID: "made", Name: r.Name, Kind: r.Kind, IssuerID: "ca", NotBefore: noon, NotAfter: noon.Add(r.Lifetime), HasKey: true}
	e.entries = append(e.entries, made)
	return made, e.note("issue %s of %q for %v", r.Name, r.Organization, r.Lifetime)
}

func (e *fakeEngine) IssueServer(names ...string) (pki.Entry, error) {
	return e.entries[1], e.note("issue server %q", names)
}

func (e *fakeEngine) IssueCSV(table io.Reader) ([]pki.Entry, error) {
	text, err := io.ReadAll(table)
	if err != nil {
		return nil, err
	}
	return nil, e.note("table %q", text)
}

func (e *fakeEngine) Import(name string, data []byte, password string) (pki.Imports, error) {
	found, err := pki.Import(data, password)
	if err != nil {
		return pki.Imports{}, err
	}
	var kept pki.Imports
	for _, pair := range found.Pairs {
		entry := pki.Describe(pair.Certificate())
		entry.Name, entry.HasKey = name, pair.Key != nil
		kept.Entries = append(kept.Entries, entry)
	}
	e.entries = append(e.entries, kept.Entries...)
	return kept, e.note("import %s", name)
}

func (e *fakeEngine) Revoke(id string) error {
	e.change(id, func(c *pki.Entry) { c.Revoked = noon })
	return e.note("revoke %s", id)
}

func (e *fakeEngine) Restore(id string) error {
	e.change(id, func(c *pki.Entry) { c.Revoked = time.Time{} })
	return e.note("restore %s", id)
}

func (e *fakeEngine) change(id string, f func(*pki.Entry)) {
	for i := range e.entries {
		if e.entries[i].ID == id {
			f(&e.entries[i])
		}
	}
}

func (e *fakeEngine) Delete(id string) (func() error, error) {
	before := e.entries
	e.entries = slices.DeleteFunc(slices.Clone(before), func(c pki.Entry) bool { return c.ID == id })
	return func() error { e.entries = before; return e.note("undo") }, e.note("delete %s", id)
}

func (e *fakeEngine) Export(id string, f pki.Format, o pki.ExportOptions) ([]pki.File, error) {
	e.done = append(e.done, fmt.Sprintf("export %s as %s for %s with %q", id, f, o.Host, o.Password))
	switch f {
	case pki.CoAPClient:
		return []pki.File{{Name: "line.sh", Data: []byte("coap-client-openssl -m get \\\n  -c sensor-17.pem -j sensor-17.key \\\n  -R ca.pem \\\n  coaps://" + o.Host + "/ps/plant/line1/temp\n")},
			{Name: "sensor-17.pem", Data: []byte("public\n")}, {Name: "sensor-17.key", Data: []byte(secretPEM), Secret: true}}, e.fail
	case pki.PKCS12:
		return []pki.File{{Name: "sensor-17.p12", Data: []byte{0x30, 0x82, 0}, Secret: true}}, e.fail
	}
	return []pki.File{{Name: "sensor-17.pem", Data: []byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")},
		{Name: "sensor-17.key", Data: []byte(secretPEM), Secret: true}}, e.fail
}

const secretPEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n"

func (e *fakeEngine) AddPSK(identity string, key []byte, client string) error {
	if e.keys == nil {
		e.keys = map[string][]byte{}
	}
	e.keys[identity] = key
	e.psks = append(slices.DeleteFunc(e.psks, func(k pki.PreSharedKey) bool { return k.Identity == identity }),
		pki.PreSharedKey{Identity: identity, Bytes: len(key), ClientID: client, Created: noon})
	return e.note("add %s of %d bytes for %q", identity, len(key), client)
}

func (e *fakeEngine) DeletePSK(identity string) (func() error, error) {
	before := e.psks
	e.psks = slices.DeleteFunc(slices.Clone(before), func(k pki.PreSharedKey) bool { return k.Identity == identity })
	return func() error { e.psks = before; return e.note("undo") }, e.note("delete %s", identity)
}

func (e *fakeEngine) RevealPSK(identity string) ([]byte, error) {
	if key, ok := e.keys[identity]; ok {
		return key, e.fail
	}
	return nil, errors.New("no such key")
}

func (e *fakeEngine) ExportPSK(identity string, f pki.Format, o pki.ExportOptions) ([]pki.File, error) {
	return pki.ExportPSK(identity, e.keys[identity], f, o)
}

func (e *fakeEngine) StartOver() error { return e.note("start over") }

func (e *fakeEngine) KeepIn(_ context.Context, p seal.Place) error {
	e.kept = seal.Kept{Where: p.Where}
	return e.note("keep in %v %q", p.Where, p.Passphrase)
}

// plant is what a small plant has: an authority with a server and devices, one of them about to expire and one revoked, and
// an authority from elsewhere.
func plant() []pki.Entry {
	ca := pki.Entry{ID: "ca", Name: "Workbench development CA", Kind: pki.Authority, Subject: "CN=Workbench development CA,O=Workbench",
		Issuer: "CN=Workbench development CA,O=Workbench", Serial: "01", Key: "P-256", Usages: []string{"issuing certificates"}, NotBefore: noon.Add(-day), NotAfter: noon.Add(3649 * day), HasKey: true}
	issued := func(id, name string, kind pki.Kind, days int) pki.Entry {
		return pki.Entry{ID: id, Name: name, Kind: kind, Subject: "CN=" + name + ",O=Workbench", Issuer: ca.Subject, IssuerID: "ca", Serial: "5f:02:9a:11", Key: "P-256",
			Usages: []string{"client authentication"}, NotBefore: noon.Add(-2 * day), NotAfter: noon.Add(time.Duration(days)*day + time.Hour), HasKey: true}
	}
	server := issued("gw", "gateway.local", pki.Server, 364)
	server.Usages, server.Names = []string{"server authentication"}, []string{"gateway.local", "192.0.2.1"}
	sensor := issued("s17", "sensor-17", pki.Client, 88)
	sensor.ID = "9d114e0f5b6c3a2d1e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8baa07"
	old := issued("old", "old-panel", pki.Client, 40)
	old.Revoked = noon.Add(-time.Hour)
	acme := pki.Entry{ID: "acme", Name: "factory-root.pem", Kind: pki.Trusted, Subject: "CN=Acme Root,O=Acme", Issuer: "CN=Acme Root,O=Acme", Serial: "77", Key: "RSA 2048",
		NotBefore: noon.Add(-year), NotAfter: noon.Add(3*year + day)}
	return []pki.Entry{ca, server, sensor, issued("door", "door-east", pki.Client, 6), acme, old}
}

func peer(addr string) netip.AddrPort { return netip.MustParseAddrPort(addr) }

// fill gives the engine the plant, with clients and handshakes.
func (e *fakeEngine) fill() {
	e.entries = plant()
	sensor := e.entries[2].ID
	e.keys = map[string][]byte{"sensor-18": []byte("0123456789abcdef"), "meter-a1": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}
	e.psks = []pki.PreSharedKey{{Identity: "sensor-18", Bytes: 16, ClientID: "sensor-18", Created: noon.Add(-day)},
		{Identity: "meter-a1", Bytes: 16, ClientID: "meter-a1", Created: noon.Add(-day), LastUsed: noon.Add(-11 * time.Second)}}
	e.clients = []engine.Client{
		{Key: "c/1", ID: "sensor-17", Identity: secure.Identity{CommonName: "sensor-17", Fingerprint: sensor}},
		{Key: "c/2", ID: "door-east", Identity: secure.Identity{CommonName: "door-east", Fingerprint: "door"}},
		{Key: "c/3", ID: "sensor-18", Identity: secure.Identity{PSK: "sensor-18"}},
	}
	listen := "coaps://0.0.0.0:5684"
	e.handshakes = []secure.Handshake{
		{At: noon.Add(-5 * time.Second), Took: 38 * time.Millisecond, Listener: listen, Peer: peer("192.0.2.91:61004"),
			Identity: secure.Identity{CommonName: "door-east", Subject: "CN=door-east,O=Workbench", Fingerprint: "door", Version: "DTLS 1.2", CipherSuite: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"}},
		{At: noon.Add(-48 * time.Second), Took: 21 * time.Millisecond, Listener: listen, Peer: peer("192.0.2.99:40100"),
			Outcome: secure.UnknownAuthority, Detail: "CN=Acme Test"},
	}
	e.settings = settings.Settings{Listeners: []settings.Listener{{Bind: "coap://0.0.0.0:5683"},
		{Bind: listen, DTLSOptions: &settings.TLSOptions{Verify: settings.VerifyPeer, FailIfNoPeerCert: true}}}}
	e.status.Listeners = []engine.ListenerStatus{{URL: listen, Addr: "0.0.0.0:5684", Scheme: "coaps"}}
	e.kept = seal.Kept{Where: seal.Keyring}
	e.revision++
}

// chosen answers what the pane asks the user for.
type chosen struct {
	path string
	data []byte
}

func (c *chosen) Open(do func(string, []byte, error)) { do("given.pem", c.data, nil) }
func (c *chosen) Folder(do func(string))              { do(c.path) }
func (c *chosen) Save(name string, do func(string))   { do(c.path + "/" + name) }

// bench is a pane in a window with everything on one goroutine.
type bench struct {
	*Pane
	window  fyne.Window
	engine  *fakeEngine
	files   *chosen
	notices []string
	undo    func() // of the last notice that had an action
	opened  []string
	now     time.Time
}

func newBench(t *testing.T, mode theme.Mode) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
	b := &bench{engine: &fakeEngine{}, window: test.NewTempWindow(t, nil), now: noon, files: &chosen{path: t.TempDir()}}
	b.engine.settings.Listeners = []settings.Listener{{Bind: "coap://192.0.2.1:5683"}}
	h := &pane.Host{
		Window: b.window, Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Notify: func(_ theme.Role, text, _ string, do func()) {
			b.notices = append(b.notices, text)
			if do != nil {
				b.undo = do
			}
		},
		Gateway: func() command.Gateway { return command.Gateway{CoAP: "127.0.0.1:5683"} },
		Open:    func(p, item string) { b.opened = append(b.opened, p+" "+item) },
	}
	b.Pane = newPane(b.engine, func() Keeper { return b.engine }, h)
	b.Pane.files = b.files
	b.window.SetPadded(false)
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1196, 868))
	return b
}

// tick does what the window's ticker does; it reports whether anything had changed.
func (b *bench) tick() bool {
	b.now = b.now.Add(100 * time.Millisecond)
	update := b.Gather(b.now)
	if update != nil {
		update()
	}
	return update != nil
}

// say presses the button of the dialog on top whose label is given, and ticks.
func (b *bench) say(t *testing.T, label string) {
	t.Helper()
	top := b.window.Canvas().Overlays().Top()
	if top == nil {
		t.Fatalf("there is no dialog for %q", label)
	}
	button := findButton(top, label)
	if button == nil {
		t.Fatalf("the dialog has no button %q", label)
	}
	test.Tap(button)
	b.tick()
	b.tick()
}
