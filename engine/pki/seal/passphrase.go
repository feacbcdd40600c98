package seal

import (
	"crypto/rand"

	"golang.org/x/crypto/argon2"
)

// Parameters of new passphrases: the second that RFC 9106, section 4, recommends, on fewer lanes.
const (
	argonMemory  = 64 << 10 // KiB
	argonTime    = 3
	argonThreads = 1
	argonSalt    = 16 // bytes
)

// Bounds of parameters in a state file, so that opening it does not stop the machine.
const (
	maxArgonMemory  = 1 << 20 // KiB
	maxArgonTime    = 64
	maxArgonThreads = 64
)

// wrapped is a master key that a passphrase seals.
type wrapped struct {
	Memory  uint32 `json:"memory"` // KiB
	Time    uint32 `json:"time"`
	Threads uint8  `json:"threads"`
	Salt    []byte `json:"salt"`
	Sealed  []byte `json:"sealed"`
}

func wrap(master []byte, passphrase string, label []byte) (*wrapped, error) {
	if passphrase == "" {
		return nil, &Error{Reason: PassphraseNeeded, Kept: Kept{Where: Passphrase}}
	}
	w := &wrapped{Memory: argonMemory, Time: argonTime, Threads: argonThreads, Salt: make([]byte, argonSalt)}
	_, _ = rand.Read(w.Salt) // never fails
	box, err := w.box(passphrase)
	if err != nil {
		return nil, err
	}
	w.Sealed = box.Seal(master, label)
	return w, nil
}

func (w *wrapped) open(passphrase string, label []byte) ([]byte, error) {
	kept := Kept{Where: Passphrase}
	if w.Time < 1 || w.Time > maxArgonTime || w.Threads < 1 || w.Threads > maxArgonThreads ||
		w.Memory < 8*uint32(w.Threads) || w.Memory > maxArgonMemory || len(w.Salt) < 8 {
		return nil, &Error{Reason: RecordBroken, Kept: kept}
	}
	if passphrase == "" {
		return nil, &Error{Reason: PassphraseNeeded, Kept: kept}
	}
	box, err := w.box(passphrase)
	if err != nil {
		return nil, err
	}
	master, err := box.Open(w.Sealed, label)
	if err != nil || len(master) != masterSize {
		return nil, &Error{Reason: WrongPassphrase, Kept: kept}
	}
	return master, nil
}

// box returns one whose key is made from the passphrase, which takes a tenth of a second.
func (w *wrapped) box(passphrase string) (*Box, error) {
	key := argon2.IDKey([]byte(passphrase), w.Salt, w.Time, w.Memory, w.Threads, masterSize)
	return newBox(key, Kept{Where: Passphrase})
}
