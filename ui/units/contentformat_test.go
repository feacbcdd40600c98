package units

import "testing"

func TestContentFormat(t *testing.T) {
	for number, want := range map[uint16]string{0: "0 text/plain", 50: "50 json", 112: "112 senml+cbor", 17: "17 cose", 65000: "65000"} {
		if got := ContentFormat(number); got != want {
			t.Errorf("%d is %q, want %q", number, got, want)
		}
	}
}
