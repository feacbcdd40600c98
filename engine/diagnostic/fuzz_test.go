package diagnostic

import (
	"bytes"
	"testing"
)

// FuzzRead: what is read is well-formed CBOR, and what is written of it is read as the same.
func FuzzRead(f *testing.F) {
	for _, text := range []string{`{1: [h'00', b64'AA==', -1.5e3_2], "a": 1(<<true, (_ "b")>>)}`, "[_ simple(3), NaN] / c / # d", "{_ 0x1_3: 'x'}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		data, err := Read(text)
		if err != nil {
			return
		}
		written, err := WriteSequence(data)
		if err != nil {
			t.Fatalf("%q became %x: %v", text, data, err)
		}
		again, err := Read(written)
		if err != nil {
			t.Fatalf("%q became %x, which is written %s: %v", text, data, written, err)
		}
		if twice, err := WriteSequence(again); err != nil || twice != written {
			t.Fatalf("%s became %x, then %x, %v", written, data, again, err)
		}
		if len(again) > len(data) && !bytes.Contains(data, []byte{0xff}) {
			t.Fatalf("%x became longer: %x", data, again)
		}
	})
}
