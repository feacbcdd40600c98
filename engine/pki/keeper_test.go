package pki

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"sluice/engine/pki/seal"
	"sluice/engine/store"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keeperOf(t *testing.T, o Options) *Keeper {
	t.Helper()
	k, err := OpenKeeper(o)
	must(t, err)
	return k
}

// inMemory returns a keeper without a state file.
func inMemory(t *testing.T) *Keeper { return keeperOf(t, Options{}) }

// stateFile is a state file that a test opens and closes as often as it likes.
type stateFile struct {
	t     *testing.T
	path  string
	store *store.Store
	place seal.Place
}

func newStateFile(t *testing.T, place seal.Place) *stateFile {
	f := &stateFile{t: t, path: filepath.Join(t.TempDir(), "sluice.db"), place: place}
	t.Cleanup(f.close)
	return f
}

func (f *stateFile) close() {
	if f.store != nil {
		must(f.t, f.store.Close())
		f.store = nil
	}
}

// open opens the file (again) as another start of Sluice would.
func (f *stateFile) open() *Keeper {
	f.t.Helper()
	f.close()
	var err error
	f.store, err = store.Open(f.path)
	must(f.t, err)
	return keeperOf(f.t, Options{Store: f.store, Place: f.place})
}

func inKeyFile(t *testing.T) *stateFile { return newStateFile(t, seal.Place{Where: seal.KeyFile}) }

func names(entries []Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Kind.String()+" "+e.Name)
	}
	return all
}

func TestSetUpMakesWhatIsMissing(t *testing.T) {
	f := inKeyFile(t)
	k := f.open()
	first, err := k.SetUp("lamp-3")
	must(t, err)
	if len(first.Made) != 3 || first.Authority == "" || first.Server == "" || first.Device == "" {
		t.Errorf("%+v", first)
	}
	host := MachineNames()[0]
	want := []string{"authority " + authorityName, "server " + host, "client lamp-3"}
	if got := names(k.Entries()); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, e := range k.Entries() {
		if !e.HasKey || e.Kind != Authority && e.IssuerID != first.Authority {
			t.Errorf("%+v", e)
		}
		if e.Kind == Server && !slices.Equal(e.Names, MachineNames()) {
			t.Errorf("the server is %q, the machine %q", e.Names, MachineNames())
		}
	}

	k = f.open()
	second, err := k.SetUp("lamp-4")
	must(t, err)
	if len(second.Made) != 1 || second.Made[0] != second.Device || second.Authority != first.Authority || second.Server != first.Server {
		t.Errorf("a second device: %+v", second)
	}
	again, err := k.SetUp("lamp-3")
	must(t, err)
	if len(again.Made) != 0 || again.Device != first.Device {
		t.Errorf("the first device again: %+v", again)
	}
	must(t, k.Revoke(first.Device))
	instead, err := k.SetUp("lamp-3")
	must(t, err)
	if len(instead.Made) != 1 || instead.Device == first.Device {
		t.Errorf("after its certificate was revoked: %+v", instead)
	}
	none, err := k.SetUp("")
	must(t, err)
	if none.Device != "" || len(none.Made) != 0 {
		t.Errorf("without a device: %+v", none)
	}
	must(t, k.Revoke(first.Authority))
	afresh, err := k.SetUp("lamp-3")
	must(t, err)
	if len(afresh.Made) != 3 || afresh.Authority == first.Authority {
		t.Errorf("after the authority was revoked: %+v", afresh)
	}
}

func TestSetUpMakesAllOrNothing(t *testing.T) {
	k := inMemory(t)
	if _, err := k.SetUp(strings.Repeat("x", 65)); err == nil {
		t.Error("a name that fits no certificate is accepted")
	}
	if n := len(k.Entries()); n != 0 {
		t.Errorf("%d certificates were made", n)
	}
}

func TestWhatIsKeptIsThereAgain(t *testing.T) {
	f := inKeyFile(t)
	k := f.open()
	set, err := k.SetUp("lamp-3")
	must(t, err)
	must(t, k.AddPSK("lamp-4", []byte("0123456789abcdef"), "lamp-4"))
	must(t, k.Rename(set.Device, "the lamp in the hall"))
	must(t, k.Revoke(set.Device))
	entries, psks := k.Entries(), k.PSKs()

	k = f.open()
	if got := k.Entries(); len(got) != len(entries) {
		t.Fatalf("%d entries, want %d", len(got), len(entries))
	} else {
		for i := range got {
			if !got[i].Revoked.Equal(entries[i].Revoked) || got[i].Name != entries[i].Name || got[i].ID != entries[i].ID ||
				got[i].IssuerID != entries[i].IssuerID || got[i].Kind != entries[i].Kind || !got[i].HasKey {
				t.Errorf("%+v, was %+v", got[i], entries[i])
			}
		}
	}
	if got := k.PSKs(); len(got) != 1 || got[0].Identity != psks[0].Identity || got[0].ClientID != "lamp-4" || got[0].Bytes != 16 ||
		!got[0].Created.Equal(psks[0].Created) {
		t.Errorf("%+v, was %+v", got, psks)
	}
	if key, err := k.RevealPSK("lamp-4"); err != nil || string(key) != "0123456789abcdef" {
		t.Errorf("%q, %v", key, err)
	}
	if k.BoundClientID("lamp-4") != "lamp-4" || k.BoundClientID("lamp-5") != "" {
		t.Error("the client ID is not bound")
	}
	if _, err := k.Issue(Request{Name: "lamp-5", Kind: Client}); err != nil {
		t.Errorf("the authority cannot issue any more: %v", err)
	}
}

func TestKeeperIssues(t *testing.T) {
	k := inMemory(t)
	if _, err := k.Issue(Request{Name: "lamp-3", Kind: Client}); !errors.Is(err, ErrNoAuthority) {
		t.Errorf("without an authority: %v", err)
	}
	if _, err := k.IssueServer(); !errors.Is(err, ErrNoAuthority) {
		t.Errorf("without an authority: %v", err)
	}
	authority, err := k.CreateAuthority("Plant", 0)
	must(t, err)
	e, err := k.Issue(Request{Name: "lamp-3", Kind: Client, Lifetime: 48 * time.Hour})
	must(t, err)
	if e.IssuerID != authority.ID || e.Kind != Client || !e.HasKey || time.Until(e.NotAfter) > 48*time.Hour {
		t.Errorf("%+v", e)
	}
	many, err := k.IssueCSV(strings.NewReader("name\nlamp-4\nlamp-5\n"))
	must(t, err)
	if len(many) != 2 || many[0].Name != "lamp-4" || many[1].Name != "lamp-5" {
		t.Errorf("%q", names(many))
	}
	before := len(k.Entries())
	if _, err := k.IssueCSV(strings.NewReader("name\nlamp-6\n" + strings.Repeat("x", 99) + "\n")); err == nil {
		t.Error("a table with a mistake is accepted")
	}
	if len(k.Entries()) != before {
		t.Error("half a table was issued")
	}
}

func TestTheNewestOfOneSecondIsTheLastThatWasAdded(t *testing.T) {
	f := inKeyFile(t)
	k := f.open()
	var last Entry
	for range 8 {
		var err error
		last, err = k.CreateAuthority("", 0)
		must(t, err)
	}
	for range 2 {
		e, err := k.Issue(Request{Name: "lamp-3", Kind: Client})
		must(t, err)
		if e.IssuerID != last.ID {
			t.Errorf("issued by %s", e.IssuerID)
		}
		k = f.open()
	}
}

func TestChangesOfWhatIsNotKept(t *testing.T) {
	k := inMemory(t)
	_, deleteErr := k.Delete("x")
	_, pskErr := k.DeletePSK("x")
	_, revealErr := k.RevealPSK("x")
	_, renewErr := k.RenewServer()
	for doing, err := range map[string]error{
		"rename": k.Rename("x", "y"), "revoke": k.Revoke("x"), "restore": k.Restore("x"), "delete": deleteErr,
		"delete key": pskErr, "reveal": revealErr, "bind": k.BindPSK("x", "y"), "renew": renewErr,
	} {
		if !errors.Is(err, ErrNotKept) {
			t.Errorf("%s: %v", doing, err)
		}
	}
}

func TestKeeperRenames(t *testing.T) {
	k := inMemory(t)
	e, err := k.CreateAuthority("", 0)
	must(t, err)
	for _, name := range []string{"", strings.Repeat("x", 201), "a\nb", "\xff"} {
		if k.Rename(e.ID, name) == nil {
			t.Errorf("%q is accepted", name)
		}
	}
	must(t, k.Rename(e.ID, "Plant 7 – Küche"))
	if got, _ := k.Entry(e.ID); got.Name != "Plant 7 – Küche" {
		t.Errorf("%q", got.Name)
	}
}

func TestDeleteIsTakenBack(t *testing.T) {
	f := inKeyFile(t)
	k := f.open()
	set, err := k.SetUp("lamp-3")
	must(t, err)
	must(t, k.Revoke(set.Device))
	undo, err := k.Delete(set.Device)
	must(t, err)
	if _, there := k.Entry(set.Device); there {
		t.Error("it is still there")
	}
	must(t, undo())
	must(t, undo()) // once is enough, twice does no harm
	k = f.open()
	e, there := k.Entry(set.Device)
	if !there || !e.HasKey || e.Revoked.IsZero() {
		t.Errorf("%+v", e)
	}

	must(t, k.AddPSK("lamp-4", []byte("0123456789abcdef"), ""))
	undo, err = k.DeletePSK("lamp-4")
	must(t, err)
	must(t, undo())
	if key, err := f.open().RevealPSK("lamp-4"); err != nil || string(key) != "0123456789abcdef" {
		t.Errorf("%q, %v", key, err)
	}
}

func TestThePSKThatTookADeletedOnesPlaceStays(t *testing.T) {
	k := inMemory(t)
	must(t, k.AddPSK("lamp", []byte("0123456789abcdef"), ""))
	undo, err := k.DeletePSK("lamp")
	must(t, err)
	must(t, k.AddPSK("lamp", []byte("fedcba9876543210"), ""))
	must(t, undo())
	if key, _ := k.RevealPSK("lamp"); string(key) != "fedcba9876543210" {
		t.Error("the new key is gone")
	}
}

func TestPSKsThatAreRefused(t *testing.T) {
	k := inMemory(t)
	for name, p := range map[string]struct{ identity, key string }{
		"no identity":        {"", "0123456789abcdef"},
		"long identity":      {strings.Repeat("x", 129), "0123456789abcdef"},
		"control characters": {"lamp\n3", "0123456789abcdef"},
		"no UTF-8":           {"lamp\xff", "0123456789abcdef"},
		"empty key":          {"lamp", ""},
		"long key":           {"lamp", strings.Repeat("hunter2+", 8) + "x"},
	} {
		err := k.AddPSK(p.identity, []byte(p.key), "")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, k.AddPSK(strings.Repeat("x", 128), []byte(strings.Repeat("k", 64)), ""))
}

func TestAuthorityThatComesLaterIsTheIssuer(t *testing.T) {
	other := inMemory(t)
	set, err := other.SetUp("lamp-3")
	must(t, err)
	k := inMemory(t)
	device, _ := other.certs[set.Device], 0
	authority := other.certs[set.Authority]
	in, err := k.Import("", device.cert.Raw, "")
	must(t, err)
	if in.Entries[0].IssuerID != "" {
		t.Errorf("%+v", in.Entries[0])
	}
	in, err = k.Import("theirs", authority.cert.Raw, "")
	must(t, err)
	if in.Entries[0].Kind != Trusted || in.Entries[0].Name != "theirs" || in.Entries[0].HasKey {
		t.Errorf("%+v", in.Entries[0])
	}
	if e, _ := k.Entry(set.Device); e.IssuerID != set.Authority {
		t.Errorf("%+v", e)
	}
	if _, err := k.Issue(Request{Name: "x", Kind: Client}); !errors.Is(err, ErrNoAuthority) {
		t.Errorf("issued without the authority's key: %v", err)
	}
}

func TestRevisionGrowsWithChanges(t *testing.T) {
	k := inMemory(t)
	last := k.Revision()
	grew := func(doing string, err error) {
		t.Helper()
		must(t, err)
		now := k.Revision()
		if now <= last {
			t.Errorf("%s: %d after %d", doing, now, last)
		}
		last = now
	}
	e, err := k.CreateAuthority("", 0)
	grew("create", err)
	grew("rename", k.Rename(e.ID, "x"))
	grew("revoke", k.Revoke(e.ID))
	grew("restore", k.Restore(e.ID))
	undo, err := k.Delete(e.ID)
	grew("delete", err)
	grew("undo", undo())
	grew("add", k.AddPSK("a", []byte("0123456789abcdef"), ""))
	grew("bind", k.BindPSK("a", "b"))
	_, err = k.DeletePSK("a")
	grew("delete key", err)
}

func TestMain(m *testing.M) {
	if path := os.Getenv("SLUICE_PKI_CHILD"); path != "" {
		changeForever(path)
		return
	}
	keyring.MockInit()
	os.Exit(m.Run())
}

func BenchmarkChangeAmongMany(b *testing.B) {
	k, err := OpenKeeper(Options{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := k.CreateAuthority("", 0); err != nil {
		b.Fatal(err)
	}
	var table strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&table, "lamp-%d\n", i)
	}
	start := time.Now()
	entries, err := k.IssueCSV(strings.NewReader(table.String()))
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("issued %d in %v", len(entries), time.Since(start))
	start = time.Now()
	k.Entries()
	b.Logf("listed in %v", time.Since(start))
	for b.Loop() {
		if err := k.Rename(entries[0].ID, "x"); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzReadKept(f *testing.F) {
	k, err := OpenKeeper(Options{})
	if err != nil {
		f.Fatal(err)
	}
	set, err := k.SetUp("lamp-3")
	if err != nil {
		f.Fatal(err)
	}
	value, err := k.certs[set.Device].bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(set.Device, value)
	f.Add("lamp-4", []byte(`{"bytes":16,"client_id":"lamp-4","created":"2026-11-24T09:00:00Z"}`))
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		if c, err := readCertificate(key, value); err == nil {
			if again, err := c.bytes(); err != nil {
				t.Error(err)
			} else if _, err := readCertificate(key, again); err != nil {
				t.Errorf("what was read cannot be read again: %v", err)
			}
			_ = c.Kind.String()
		}
		if p, err := readPreSharedKey(key, value); err == nil {
			if _, err := p.bytes(); err != nil {
				t.Error(err)
			}
		}
	})
}
