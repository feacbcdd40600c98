// Package seal keeps small secrets, such as private keys, where anybody may read: sealed with a master key of 32 random
// bytes that is kept elsewhere. That is the system's keyring, a key file for the user only, or, sealed again with a
// passphrase, the state file itself.
//
// A Record says where the master key of a state file is. It holds no secret, except the master key sealed with a
// passphrase, and a check value by which a wrong key is told at once.
package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"log/slog"

	"golang.org/x/crypto/chacha20poly1305"

	"sluice/engine/mistakes"
)

const (
	masterSize = chacha20poly1305.KeySize
	// formatXChaCha is the first byte of what is sealed with XChaCha20-Poly1305: the nonce and the ciphertext follow.
	formatXChaCha = 1
	overhead      = 1 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

// ErrOpen is what Open returns for what was changed, was sealed with another key, or is another entry's.
var ErrOpen = mistakes.New("a sealed secret cannot be opened: it was changed, or another key sealed it")

// Box seals and opens. Its methods may be called from any goroutine. It prints itself without its key.
type Box struct {
	master *[masterSize]byte // a pointer, so that printing what holds the box does not reach the key
	aead   cipher.AEAD
	kept   Kept
}

func newBox(master []byte, kept Kept) (*Box, error) {
	aead, err := chacha20poly1305.NewX(master)
	if err != nil {
		return nil, mistakes.Errorf("set up sealing: %w", err)
	}
	return &Box{master: (*[masterSize]byte)(master), aead: aead, kept: kept}, nil
}

// InMemory returns a box whose key is gone with the process.
func InMemory() *Box {
	b, err := newBox(newMaster(), Kept{Where: Memory})
	if err != nil {
		panic(err) // only a key of the wrong length is an error
	}
	return b
}

func newMaster() []byte {
	master := make([]byte, masterSize)
	_, _ = rand.Read(master) // never fails
	return master
}

// Kept says where the master key is.
func (b *Box) Kept() Kept { return b.kept }

// Seal returns plain sealed. What is sealed under one label cannot be opened under another.
func (b *Box) Seal(plain, label []byte) []byte {
	sealed := make([]byte, 1+chacha20poly1305.NonceSizeX, overhead+len(plain))
	sealed[0] = formatXChaCha
	_, _ = rand.Read(sealed[1:]) // never fails
	return b.aead.Seal(sealed, sealed[1:], plain, label)
}

// Open returns what Seal sealed under the label, or ErrOpen.
func (b *Box) Open(sealed, label []byte) ([]byte, error) {
	if len(sealed) < overhead || sealed[0] != formatXChaCha {
		return nil, ErrOpen
	}
	nonce, text := sealed[1:1+chacha20poly1305.NonceSizeX], sealed[1+chacha20poly1305.NonceSizeX:]
	plain, err := b.aead.Open(nil, nonce, text, label)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// String names where the key is, not the key.
func (b *Box) String() string { return "sealed by " + b.kept.String() }

// Format prints String, whatever the verb.
func (b *Box) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, b.String()) }

// LogValue logs String.
func (b *Box) LogValue() slog.Value { return slog.StringValue(b.String()) }

// MarshalText writes String.
func (b *Box) MarshalText() ([]byte, error) { return []byte(b.String()), nil }
