package dtls

import (
	"encoding/binary"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"
)

func TestResumptionsAreBounded(t *testing.T) {
	var r resumptions
	now := time.Unix(1_700_000_000, 0)
	id := func(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
	for n := range maxResumptions + 10 {
		r.put(pion.Session{ID: id(n)}, now)
		r.put(pion.Session{ID: id(n)}, now) // once more is not another one
	}
	for _, test := range []struct {
		n     int
		after time.Duration
		want  bool
	}{
		{9, 0, false},
		{10, 0, true},
		{maxResumptions, resumptionLifetime, true},
		{maxResumptions, resumptionLifetime + 1, false},
		{maxResumptions, 0, false}, // it is gone
	} {
		if _, ok := r.get(id(test.n), now.Add(test.after)); ok != test.want {
			t.Errorf("session %d after %v: %v", test.n, test.after, ok)
		}
	}
	if r.drop(id(10)); r.latest.Len() != maxResumptions-2 || len(r.byID) != r.latest.Len() {
		t.Errorf("%d and %d are left", r.latest.Len(), len(r.byID))
	}
}
