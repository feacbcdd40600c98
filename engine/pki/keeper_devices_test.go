package pki

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func TestAPairEachIsIssuedOnceAndKept(t *testing.T) {
	k, set := inKeyFile(t).filled()
	before := len(k.Entries())
	first, err := k.PairEach([]string{"lamp-3", "door-1", "door-2", "door-1"})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(k.Entries()) - before; n != 2 {
		t.Errorf("%d certificates were issued", n)
	}
	if Fingerprint(first[0].Certificate().Raw) != set.Device || first[1].Certificate() != first[3].Certificate() || first[1].Key == nil {
		t.Error("what is kept was not taken")
	}
	revoked := Fingerprint(first[1].Certificate().Raw)
	if err := k.Revoke(revoked); err != nil {
		t.Fatal(err)
	}
	again, err := k.PairEach([]string{"door-1", "door-2"})
	if err != nil {
		t.Fatal(err)
	}
	if Fingerprint(again[0].Certificate().Raw) == revoked || again[1].Certificate() != first[2].Certificate() {
		t.Error("a revoked certificate is taken, or a good one is not")
	}
	if _, err := k.PairEach([]string{"good", ""}); err == nil || len(k.Entries()) != before+3 {
		t.Errorf("with a name that cannot be: %v, and %d are kept", err, len(k.Entries()))
	}
	if err := k.Revoke(set.Authority); err != nil {
		t.Fatal(err)
	}
	if _, err := k.PairEach([]string{"door-1"}); !errors.Is(err, ErrNoAuthority) {
		t.Errorf("without an authority: %v", err)
	}
}

func TestAPSKEachIsMadeOnceAndKept(t *testing.T) {
	k := inKeyFile(t).open()
	if err := k.AddPSK("door-1", []byte("of the user's own"), ""); err != nil {
		t.Fatal(err)
	}
	names := []string{"door-1", "door-2", "door-3"}
	first, err := k.PSKEach(names)
	if err != nil {
		t.Fatal(err)
	}
	if string(first[0]) != "of the user's own" || len(first[1]) != generatedKey || bytes.Equal(first[1], first[2]) {
		t.Error("the keys are not as they should be")
	}
	again, err := k.PSKEach(names)
	if err != nil || !slices.EqualFunc(first, again, bytes.Equal) {
		t.Errorf("other keys the second time: %v", err)
	}
	if k.BoundClientID("door-2") != "door-2" || k.BoundClientID("door-1") != "" {
		t.Error("client IDs are not bound as they should be")
	}
}
