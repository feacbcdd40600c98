package seal

import "sluice/engine/mistakes"

// Reason says why a master key cannot be had.
type Reason uint8

// Reasons.
const (
	NotAnswering     Reason = iota // the keyring is locked, not there, or silent
	Lost                           // the keyring answers, but does not have the key
	FileMissing                    // the key file
	FileReadable                   // the key file can be read by others than its owner
	FileUnusable                   // the key file cannot be read or written, or is no key file
	FileOccupied                   // the key file holds another key, which is not overwritten
	PassphraseNeeded               // none was given
	WrongPassphrase
	WrongKey     // the key that was found is not the one that sealed
	RecordBroken // what says where the key is cannot be understood
)

// Error says why a master key cannot be had or kept, and what to do. Nothing that is sealed was changed.
type Error struct {
	Reason Reason
	Kept   Kept
	Err    error // more, or nil
}

// Error says what happened and what to do.
func (e *Error) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *Error) Words() error {
	if e.Err != nil {
		return mistakes.Errorf("%w (%w)", e.text(), e.Err)
	}
	return e.text()
}

func (e *Error) text() error {
	path := e.Kept.Path
	switch e.Reason {
	case NotAnswering:
		return mistakes.New("the system's keyring does not answer, and the key that opens the private keys belongs there; unlock it and try again")
	case Lost:
		return mistakes.New("the system's keyring does not have the key that opens the private keys any more; restore the keyring, or start over with new keys")
	case FileMissing:
		return mistakes.Errorf("the key file %s, which opens the private keys, is missing; put it back, or start over with new keys", path)
	case FileReadable:
		return mistakes.Errorf("the key file %s can be read by others; make it yours alone (chmod 600 %s)", path, path)
	case FileUnusable:
		return mistakes.Errorf("the key file %s cannot be used", path)
	case FileOccupied:
		return mistakes.Errorf("the key file %s holds another key; name another file", path)
	case PassphraseNeeded:
		return mistakes.New("a passphrase opens the private keys, and none was given")
	case WrongPassphrase:
		return mistakes.New("the passphrase is wrong")
	case WrongKey:
		return mistakes.Errorf("the key of %w is not the one that sealed the private keys", e.Kept.words())
	}
	return mistakes.New("the state file does not say in a way that this Sluice understands where the key is that opens the private keys")
}

// Unwrap returns what lies behind, or nil.
func (e *Error) Unwrap() error { return e.Err }
