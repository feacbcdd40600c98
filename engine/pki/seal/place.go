package seal

import (
	"fmt"
	"log/slog"

	"sluice/engine/mistakes"
)

// Where says what kind of place keeps a master key.
type Where uint8

// Places.
const (
	Nowhere    Where = iota // there is no master key yet; as a wish: the keyring, and where there is none a key file
	Keyring                 // of the system
	KeyFile                 // mode 0600
	Passphrase              // sealed in the state file
	Memory                  // nothing is kept: there is no state file
)

var places = [...]mistakes.Phrase{
	Nowhere: "nothing", Keyring: "the system's keyring", KeyFile: "a key file", Passphrase: "a passphrase", Memory: "memory",
}

// String says it in plain English; the window translates it.
func (w Where) String() string {
	if int(w) < len(places) {
		return string(places[w])
	}
	return "an unknown place"
}

// Kept says where a master key is.
type Kept struct {
	Where Where
	Path  string // of the key file
}

// String names the place, and the file if it is one.
func (k Kept) String() string { return k.words().Error() }

func (k Kept) words() error {
	where := mistakes.Phrase(k.Where.String())
	if k.Path != "" {
		return mistakes.Errorf("%s (%s)", where, k.Path)
	}
	return mistakes.Errorf("%s", where)
}

// Place is where a master key is to be looked for, or to be kept.
type Place struct {
	// Where is what a new master key is kept in. One that is there is where its Record says.
	Where Where
	// KeyFile is the path of the key file; it may differ from where it was when the Record was made.
	KeyFile string
	// Passphrase is needed only for what a passphrase seals.
	Passphrase string
}

// Format prints the place without the passphrase, whatever the verb.
func (p Place) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, Kept{Where: p.Where, Path: p.KeyFile}.String())
}

// LogValue logs the place without the passphrase.
func (p Place) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(p)) }

// MarshalText writes the place without the passphrase.
func (p Place) MarshalText() ([]byte, error) { return fmt.Append(nil, p), nil }
