package pane

import (
	"cmp"
	"testing"
)

func TestNamesAreOrderedAsPeopleCount(t *testing.T) {
	want := []string{"", "02", "2", "10", "a", "d", "d1", "d2", "d2a", "d02b", "d10", "d10/", "e", "é"}
	for i, a := range want {
		for j, b := range want {
			if got := CompareNames(a, b); got != cmp.Compare(i, j) {
				t.Errorf("%q and %q: %d, want %d", a, b, got, cmp.Compare(i, j))
			}
		}
	}
}
