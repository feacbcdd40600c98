package keys_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/client"
	"sluice/engine/device"
	"sluice/engine/device/keys"
	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// gateway runs an engine with a coaps listener that refuses clients without a certificate or a pre-shared key.
func gateway(t testing.TB, k *pki.Keeper) *engine.Engine {
	t.Helper()
	s := settings.Default()
	s.Listeners = []settings.Listener{{
		Bind: "coaps://127.0.0.1:0", DTLSOptions: &settings.TLSOptions{Verify: settings.VerifyPeer, FailIfNoPeerCert: true},
	}}
	e, err := engine.New(engine.Config{Settings: s, Keys: k})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

func keeper(t testing.TB) *pki.Keeper {
	t.Helper()
	kept, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	k, err := pki.OpenKeeper(pki.Options{Store: kept, Place: seal.Place{Where: seal.KeyFile, KeyFile: filepath.Join(t.TempDir(), "key")}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func lamp() *device.Template {
	all := device.Templates()
	return all[slices.IndexFunc(all, func(one *device.Template) bool { return one.Kind == "lamp" })]
}

// run starts lamps that show what c says, and stops them.
func run(t testing.TB, e *engine.Engine, c device.Credentials, count int) device.Progress {
	t.Helper()
	s, err := e.StartDevices(device.Order{Template: lamp(), Count: count, Scheme: "coaps", Credentials: c})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
	case <-time.After(time.Minute):
		t.Fatalf("not started: %+v", s.Progress())
	}
	e.StopAllDevices()
	return s.Progress()
}

func TestDevicesShowWhatIsKept(t *testing.T) {
	k := keeper(t)
	made, err := k.SetUp("all-lamps")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.AddPSK("lamps", []byte("swordfish-swordfish"), ""); err != nil {
		t.Fatal(err)
	}
	e := gateway(t, k)
	for _, test := range []struct {
		name         string
		choice       keys.Choice
		certificates int // that are kept afterwards, beside the authority's, the gateway's and that of all lamps
		psks         int
	}{
		{"one certificate", keys.Choice{Kind: keys.Certificate, Name: made.Device}, 0, 1},
		{"one pre-shared key", keys.Choice{Kind: keys.PSK, Name: "lamps"}, 0, 1},
		{"a certificate each", keys.Choice{Kind: keys.CertificateEach}, 20, 1},
		{"a certificate each again", keys.Choice{Kind: keys.CertificateEach, AnyServer: true}, 20, 1},
		{"a pre-shared key each", keys.Choice{Kind: keys.PSKEach}, 20, 21},
		{"a pre-shared key each again", keys.Choice{Kind: keys.PSKEach}, 20, 21},
	} {
		t.Run(test.name, func(t *testing.T) {
			credentials, err := keys.Of(k, test.choice)
			if err != nil {
				t.Fatal(err)
			}
			if p := run(t, e, credentials, 20); p.Started != 20 || p.Failed != 0 {
				t.Errorf("%+v", p)
			}
			if n := len(k.Entries()) - 3; n != test.certificates || len(k.PSKs()) != test.psks {
				t.Errorf("%d certificates and %d pre-shared keys are kept", n, len(k.PSKs()))
			}
		})
	}
	for _, p := range k.PSKs() {
		if p.Identity != "lamps" && (p.ClientID != p.Identity || p.Bytes != 16) {
			t.Errorf("%+v", p)
		}
	}
}

func TestAStartWithHandshakesIsCancelled(t *testing.T) {
	k := keeper(t)
	if _, err := k.SetUp(""); err != nil {
		t.Fatal(err)
	}
	e := gateway(t, k)
	credentials, err := keys.Of(k, keys.Choice{Kind: keys.CertificateEach})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.StartDevices(device.Order{Template: lamp(), Count: 2000, Scheme: "coaps", Credentials: credentials})
	if err != nil {
		t.Fatal(err)
	}
	for s.Progress().Started == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	s.Cancel()
	select {
	case <-s.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on")
	}
	if p := s.Progress(); !p.Cancelled || p.Started == 2000 || p.Started != e.DeviceCount() || len(k.Entries()) > 2+p.Started+2*32 {
		t.Errorf("%+v, %d devices, %d certificates", p, e.DeviceCount(), len(k.Entries()))
	}
}

func TestAnAuthorityThatIsNotKeptIssuesForEach(t *testing.T) {
	k := keeper(t)
	made, err := k.SetUp("")
	if err != nil {
		t.Fatal(err)
	}
	authority, err := k.Pair(made.Authority)
	if err != nil {
		t.Fatal(err)
	}
	p := run(t, gateway(t, k), keys.IssuedBy(authority, client.Security{SkipVerify: true}), 5)
	if p.Started != 5 || len(k.Entries()) != 2 {
		t.Errorf("%+v, %d are kept", p, len(k.Entries()))
	}
}

func TestWhatCannotBeShownIsSaid(t *testing.T) {
	empty := keeper(t)
	locked := filepath.Join(t.TempDir(), "state.db")
	kept, err := store.Open(locked)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	key := filepath.Join(t.TempDir(), "key")
	k, err := pki.OpenKeeper(pki.Options{Store: kept, Place: seal.Place{Where: seal.KeyFile, KeyFile: key}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.SetUp("lamp"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if k, err = pki.OpenKeeper(pki.Options{Store: kept, Place: seal.Place{Where: seal.KeyFile, KeyFile: key}}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		keeper *pki.Keeper
		choice keys.Choice
		want   string
	}{
		{"nothing is kept", nil, keys.Choice{}, "no state is kept"},
		{"keys are locked", k, keys.Choice{Kind: keys.CertificateEach}, "locked"},
		{"no authority", empty, keys.Choice{Kind: keys.CertificateEach}, pki.ErrNoAuthority.Error()},
		{"no such certificate", empty, keys.Choice{Kind: keys.Certificate, Name: "lamp"}, pki.ErrNotKept.Error()},
		{"no such key", empty, keys.Choice{Kind: keys.PSK, Name: "lamp"}, pki.ErrNotKept.Error()},
	} {
		if _, err := keys.Of(test.keeper, test.choice); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// Who asks while a batch is being made is in the next one, whatever its size.
func TestKeysAreMadeInBatches(t *testing.T) {
	var batches [][]string
	begun, go1 := make(chan struct{}), make(chan struct{})
	c := keys.Each(func(names []string) ([]*client.Security, error) {
		batches = append(batches, slices.Clone(names))
		if len(batches) == 1 {
			close(begun)
			<-go1
		}
		all := make([]*client.Security, len(names))
		for i, name := range names {
			if all[i] = (&client.Security{PSKIdentity: name}); name == "bad" {
				return nil, errors.New("no key for bad")
			}
		}
		return all, nil
	})
	var asking sync.WaitGroup
	ask := func(name string) {
		asking.Go(func() {
			if s, err := c.SecurityOf(name); err != nil || s.PSKIdentity != name {
				t.Errorf("%s gets %+v, %v", name, s, err)
			}
		})
	}
	ask("first")
	<-begun
	for _, name := range []string{"a", "b", "c"} {
		ask(name)
	}
	for c.Waiting() < 3 {
		time.Sleep(time.Millisecond)
	}
	close(go1)
	asking.Wait()
	if len(batches) != 2 || len(batches[1]) != 3 {
		t.Errorf("batches are %v", batches)
	}
	if s, err := c.SecurityOf("a"); err != nil || s == nil || len(batches) != 2 {
		t.Errorf("what is known is made again: %v", batches)
	}
	if _, err := c.SecurityOf("bad"); err == nil {
		t.Error("an error is not told")
	}
}

// BenchmarkStart500 starts 500 devices with a certificate each, first made and then taken from what is kept.
func BenchmarkStart500(b *testing.B) {
	k := keeper(b)
	if _, err := k.SetUp(""); err != nil {
		b.Fatal(err)
	}
	e := gateway(b, k)
	for b.Loop() {
		c, err := keys.Of(k, keys.Choice{Kind: keys.CertificateEach})
		if err != nil {
			b.Fatal(err)
		}
		if p := run(b, e, c, 500); p.Started != 500 {
			b.Fatalf("%+v", p)
		}
	}
}
