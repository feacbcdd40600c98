package pki

import (
	"errors"
	"testing"
)

func TestAClientShowsAKeptCertificate(t *testing.T) {

	k, set := inKeyFile(t).filled()
	pair, err := k.Pair(set.Device)
	if err != nil {
		t.Fatal(err)
	}
	if pair.Key == nil || pair.Certificate().Subject.CommonName != "lamp-3" || len(pair.TLS().Certificate) == 0 {
		t.Errorf("%+v", pair)
	}
	if _, err := k.Pair("none"); !errors.Is(err, ErrNotKept) {
		t.Errorf("of one that is not kept: %v", err)
	}
}
