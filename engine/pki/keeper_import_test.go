package pki

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestKeeperImports(t *testing.T) {
	theirs := inMemory(t)
	their, err := theirs.SetUp("lamp-3")
	must(t, err)
	deviceCert, deviceKey := pemOf(t, theirs, their.Device)
	serverCert, serverKey := pemOf(t, theirs, their.Server)
	authorityCert, authorityKey := pemOf(t, theirs, their.Authority)

	for name, test := range map[string]struct {
		data    [][]byte
		want    []string // kinds
		hasKeys bool
	}{
		"trusted":                  {[][]byte{authorityCert}, []string{"trusted"}, false},
		"authority":                {[][]byte{authorityCert, authorityKey}, []string{"authority"}, true},
		"client":                   {[][]byte{deviceCert, deviceKey}, []string{"client"}, true},
		"client without a key":     {[][]byte{deviceCert}, []string{"client"}, false},
		"client with its issuer":   {[][]byte{deviceCert, deviceKey, authorityCert}, []string{"client"}, true},
		"server":                   {[][]byte{serverKey, serverCert}, []string{"server"}, true},
		"all":                      {[][]byte{serverKey, serverCert, authorityCert, authorityKey, deviceKey, deviceCert}, []string{"server", "authority", "client"}, true},
		"client and trusted other": {[][]byte{deviceCert, deviceKey}, []string{"client"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := inMemory(t)
			in, err := k.Import("", bytes.Join(test.data, nil), "")
			must(t, err)
			var kinds []string
			for _, e := range in.Entries {
				kinds = append(kinds, e.Kind.String())
				if e.HasKey != test.hasKeys {
					t.Errorf("%s has its key: %v", e.Name, e.HasKey)
				}
			}
			if !slices.Equal(kinds, test.want) {
				t.Errorf("%q, want %q", kinds, test.want)
			}
			again, err := k.Import("", bytes.Join(test.data, nil), "")
			must(t, err)
			if len(again.Entries) != len(in.Entries) || len(k.Entries()) != len(in.Entries) {
				t.Errorf("a second time: %q, kept %q", names(again.Entries), names(k.Entries()))
			}
		})
	}

	t.Run("an issuer that comes along is not trusted, but shown", func(t *testing.T) {
		k := inMemory(t)
		in, err := k.Import("gateway", slices.Concat(serverCert, serverKey, authorityCert), "")
		must(t, err)
		c := credentialsOf(t, k, CredentialOptions{})
		if c.VerifyClient([][]byte{theirs.der(their.Device)}) == nil {
			t.Error("its clients are let in")
		}
		files, err := k.Export(in.Entries[0].ID, PEM, ExportOptions{})
		must(t, err)
		if !slices.ContainsFunc(files, func(f File) bool { return bytes.Contains(f.Data, authorityCert) }) {
			t.Error("the issuer is not exported")
		}
	})
	t.Run("the key comes later", func(t *testing.T) {
		k := inMemory(t)
		_, err := k.Import("the lamp", deviceCert, "")
		must(t, err)
		in, err := k.Import("", deviceKey, "")
		must(t, err)
		if e := in.Entries[0]; e.ID != their.Device || !e.HasKey || e.Name != "the lamp" {
			t.Errorf("%+v", e)
		}
		_, err = k.Import("", authorityCert, "")
		must(t, err)
		in, err = k.Import("", authorityKey, "")
		must(t, err)
		if e := in.Entries[0]; e.Kind != Authority || !e.HasKey {
			t.Errorf("%+v", e)
		}
		if _, err := k.Issue(Request{Name: "lamp-9", Kind: Client}); err != nil {
			t.Error(err)
		}
	})
	t.Run("a key of nothing", func(t *testing.T) {
		if _, err := inMemory(t).Import("", deviceKey, ""); err == nil {
			t.Error("accepted")
		}
	})
	t.Run("revoked before", func(t *testing.T) {
		k := inMemory(t)
		_, err := k.Import("", deviceCert, "")
		must(t, err)
		must(t, k.Revoke(their.Device))
		_, err = k.Delete(their.Device)
		must(t, err)
		in, err := k.Import("", deviceCert, "")
		must(t, err)
		if in.Entries[0].Revoked.IsZero() {
			t.Error("it was good again by importing it")
		}
	})
	t.Run("a password", func(t *testing.T) {
		files, err := theirs.Export(their.Device, PKCS12, ExportOptions{Password: "open"})
		must(t, err)
		k := inMemory(t)
		if _, err := k.Import("", files[0].Data, ""); !errors.Is(err, ErrPassword) {
			t.Errorf("without: %v", err)
		}
		in, err := k.Import("", files[0].Data, "open")
		must(t, err)
		if e, _ := k.Entry(their.Device); !e.HasKey {
			t.Errorf("%q", names(in.Entries))
		}
	})
}

func TestImportsAreKept(t *testing.T) {
	theirs := inMemory(t)
	their, err := theirs.SetUp("lamp-3")
	must(t, err)
	cert, key := pemOf(t, theirs, their.Server)
	authority, _ := pemOf(t, theirs, their.Authority)
	f := inKeyFile(t)
	_, err = f.open().Import("", slices.Concat(cert, key, authority), "")
	must(t, err)
	k := f.open()
	files, err := k.Export(their.Server, PEM, ExportOptions{})
	must(t, err)
	all := slices.Concat(files[0].Data, files[1].Data)
	if len(files) > 2 {
		all = slices.Concat(all, files[2].Data)
	}
	for name, part := range map[string][]byte{"certificate": cert, "key": key, "issuer": authority} {
		if !bytes.Contains(all, part) {
			t.Errorf("the %s is gone", name)
		}
	}
}

func TestExportOfWhatIsNotThere(t *testing.T) {
	k := inMemory(t)
	if _, err := k.Export("x", PEM, ExportOptions{}); !errors.Is(err, ErrNotKept) {
		t.Error(err)
	}
	if _, err := k.ExportPSK("x", CHeader, ExportOptions{}); !errors.Is(err, ErrNotKept) {
		t.Error(err)
	}
	must(t, k.AddPSK("lamp-3", []byte("0123456789abcdef"), ""))
	files, err := k.ExportPSK("lamp-3", CoAPClient, ExportOptions{})
	must(t, err)
	if len(files) == 0 || !strings.Contains(string(files[0].Data), "lamp-3") {
		t.Errorf("%d files", len(files))
	}
}
