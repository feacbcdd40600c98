package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

func secured(t *testing.T, s *Store, table Table) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, s.Secured(table, func(key string, value []byte) error {
		all[key] = string(value)
		return nil
	}))
	return all
}

func TestSecuredValuesAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(path)
	must(t, err)
	must(t, s.PutSecured(Secured{Certificates, "a", []byte("certificate")}, Secured{Keys, "a", []byte("key")},
		Secured{PreSharedKeys, "b", []byte{}}))
	must(t, s.PutSecured(Secured{Table: Keys, Key: "a"}, Secured{Revoked, "a", []byte("then")}))
	must(t, s.Close())
	s = openStore(t, path)
	if got := secured(t, s, Certificates); len(got) != 1 || got["a"] != "certificate" {
		t.Errorf("certificates: %v", got)
	}
	if got := secured(t, s, Keys); len(got) != 0 {
		t.Errorf("keys: %v", got)
	}
	if _, there := secured(t, s, PreSharedKeys)["b"]; !there {
		t.Error("an empty value is not kept")
	}
	if got := secured(t, s, Revoked); got["a"] != "then" {
		t.Errorf("revoked: %v", got)
	}
}

func TestSecuredValuesAreMadeTogetherOrNotAtAll(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "state.db"))
	for name, bad := range map[string]Secured{
		"no key":        {Keys, "", []byte("x")},
		"long key":      {Keys, strings.Repeat("x", bbolt.MaxKeySize+1), []byte("x")},
		"unknown table": {Table(99), "x", []byte("x")},
	} {
		if err := s.PutSecured(Secured{Certificates, "a", []byte("certificate")}, bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if got := secured(t, s, Certificates); len(got) != 0 {
		t.Errorf("half a change was made: %v", got)
	}
	if err := s.Secured(Table(99), nil); err == nil {
		t.Error("an unknown table can be read")
	}
	must(t, s.Close())
	if err := s.PutSecured(Secured{Certificates, "a", []byte("x")}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
