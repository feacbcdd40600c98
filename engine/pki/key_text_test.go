package pki

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	for _, test := range []struct {
		text     string
		encoding KeyEncoding
		want     string
	}{
		{"736563726574", HexKey, "secret"},
		{"73:65:63 72-65\n74", HexKey, "secret"},
		{"0x73, 0x65, 0x63, 0X72, 0x65, 0x74", HexKey, "secret"},
		{"0x736563726574", HexKey, "secret"},
		{"c2VjcmV0UFNLIQ==", Base64Key, "secretPSK!"},
		{"c2VjcmV0UFNLIQ", Base64Key, "secretPSK!"},
		{"_-__ ", Base64Key, "\xff\xef\xff"},
		{"/+//", Base64Key, "\xff\xef\xff"},
		{"secretPSK", TextKey, "secretPSK"},
		{" Schlüssel \r\n", TextKey, " Schlüssel "},
		{strings.Repeat("x", 64), TextKey, strings.Repeat("x", 64)},
	} {
		if got, err := ParseKey(test.text, test.encoding); err != nil || string(got) != test.want {
			t.Errorf("%q as %s: %q, %v", test.text, test.encoding, got, err)
		}
	}
}

func TestParseKeyRefusesWithoutShowingTheKey(t *testing.T) {
	for _, test := range []struct {
		text     string
		encoding KeyEncoding
		want     string
	}{
		{"", TextKey, "empty"},
		{" ", HexKey, "empty"},
		{"\n", TextKey, "empty"},
		{"5ec3e75ec3e7a", HexKey, "odd number"},
		{"5ec3e7zz", HexKey, "no hex digits"},
		{"5ec3e7!!", Base64Key, "no Base64"},
		{strings.Repeat("5ec3e7", 11), TextKey, "66 bytes"},
		{"5ec3e7", "rot13", "hex, base64 and text"},
	} {
		_, err := ParseKey(test.text, test.encoding)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "5ec3e7") {
			t.Errorf("%q as %s: %v", test.text, test.encoding, err)
		}
	}
}

func TestGenerateKey(t *testing.T) {
	for _, size := range []int{16, 32, 64} {
		one, err := GenerateKey(size)
		if err != nil || len(one) != size || Weak(one) {
			t.Fatalf("%d bytes: %d, %v", size, len(one), err)
		}
		if other, _ := GenerateKey(size); bytes.Equal(one, other) {
			t.Errorf("two keys of %d bytes are one", size)
		}
	}
	for range 500 {
		if key, err := GenerateKey(64); err != nil || bytes.IndexByte(key, 0) >= 0 {
			t.Fatalf("a byte is zero, or %v", err)
		}
	}
	for _, size := range []int{-1, 0, 15, 65} {
		if _, err := GenerateKey(size); err == nil {
			t.Errorf("a key of %d bytes", size)
		}
	}
	if !Weak([]byte("secretPSK")) || Weak(make([]byte, 16)) {
		t.Error("keys of less than 16 bytes are weak, and others are not")
	}
}
