package pki

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"unicode"

	"sluice/engine/mistakes"
)

// KeyEncoding is how a pre-shared key is written.
type KeyEncoding string

// Encodings of pre-shared keys.
const (
	HexKey    KeyEncoding = "hex"    // with or without spaces, colons and 0x
	Base64Key KeyEncoding = "base64" // both alphabets of RFC 4648, with or without padding
	TextKey   KeyEncoding = "text"   // its bytes as they are
)

// Bounds of pre-shared keys, in bytes. Short ones can be entered, since tests and examples have them; see Weak.
const (
	MinGeneratedKey = 16
	MaxKey          = 64
)

// ParseKey reads a pre-shared key of 1 to 64 bytes. No error shows any of it.
func ParseKey(text string, encoding KeyEncoding) ([]byte, error) {
	var key []byte
	var err error
	switch encoding {
	case HexKey:
		key, err = parseHex(text)
	case Base64Key:
		key, err = parseBase64(text)
	case TextKey:
		key = []byte(strings.TrimRight(text, "\r\n"))
	default:
		return nil, mistakes.Errorf("a key cannot be written as %q: hex, base64 and text are known", encoding)
	}
	switch {
	case err != nil:
		return nil, err
	case len(key) == 0:
		return nil, mistakes.New("the key is empty")
	case len(key) > MaxKey:
		return nil, mistakes.Errorf("the key has %d bytes, and up to %d are allowed", len(key), MaxKey)
	}
	return key, nil
}

// Weak reports whether a key is shorter than 128 bits, and so may be found by trying.
func Weak(key []byte) bool { return len(key) < MinGeneratedKey }

// GenerateKey makes a random pre-shared key of 16 to 64 bytes. None of them is zero: programs that take a key on the
// command line, such as libcoap's, end it there.
func GenerateKey(bytes int) ([]byte, error) {
	if bytes < MinGeneratedKey || bytes > MaxKey {
		return nil, mistakes.Errorf("a key of %d bytes cannot be made, only of %d to %d", bytes, MinGeneratedKey, MaxKey)
	}
	key := make([]byte, 0, bytes)
	for len(key) < bytes {
		var more [MaxKey]byte
		if _, err := rand.Read(more[:]); err != nil {
			return nil, mistakes.Errorf("making a key: %w", err)
		}
		for _, b := range more {
			if b != 0 && len(key) < bytes {
				key = append(key, b)
			}
		}
	}
	return key, nil
}

// parseHex also takes what comes out of a C source: 0x1a, 0x2b.
func parseHex(text string) ([]byte, error) {
	digits := strings.NewReplacer("0x", "", "0X", "", ":", "", "-", "", ",", "").Replace(withoutSpace(text))
	key, err := hex.DecodeString(digits)
	switch {
	case errors.Is(err, hex.ErrLength):
		return nil, mistakes.New("the key has an odd number of hex digits")
	case err != nil:
		return nil, mistakes.New("the key has characters that are no hex digits (0 to 9, a to f)")
	}
	return key, nil
}

func parseBase64(text string) ([]byte, error) {
	digits := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(withoutSpace(text)), "=")
	key, err := base64.RawStdEncoding.DecodeString(digits)
	if err != nil {
		return nil, mistakes.New("the key is no Base64")
	}
	return key, nil
}

func withoutSpace(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}
