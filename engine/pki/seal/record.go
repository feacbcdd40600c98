package seal

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Record says where the master key of a state file is. The state file keeps it; the zero Record is none.
type Record struct {
	account string // in the keyring
	where   Where
	keyFile string
	wrapped *wrapped
	check   []byte // nothing, sealed
}

type recordJSON struct {
	Account string   `json:"account"`
	Where   string   `json:"where"`
	KeyFile string   `json:"key_file,omitempty"`
	Wrapped *wrapped `json:"wrapped,omitempty"`
	Check   []byte   `json:"check"`
}

var recordPlaces = map[Where]string{Keyring: "keyring", KeyFile: "file", Passphrase: "passphrase"}

// ParseRecord reads what Bytes returned. The error is a *Error.
func ParseRecord(data []byte) (Record, error) {
	var j recordJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return Record{}, &Error{Reason: RecordBroken, Err: err}
	}
	for where, name := range recordPlaces {
		if name == j.Where && (where != Passphrase || j.Wrapped != nil) {
			return Record{account: j.Account, where: where, keyFile: j.KeyFile, wrapped: j.Wrapped, check: j.Check}, nil
		}
	}
	return Record{}, &Error{Reason: RecordBroken}
}

// Bytes returns the record as the state file keeps it.
func (r Record) Bytes() []byte {
	data, err := json.Marshal(recordJSON{r.account, recordPlaces[r.where], r.keyFile, r.wrapped, r.check})
	if err != nil {
		panic(err) // there is nothing in it that JSON cannot say
	}
	return data
}

// Kept says where the master key is, without looking whether it is there.
func (r Record) Kept() Kept { return Kept{Where: r.where, Path: r.keyFile} }

var (
	masterLabel = []byte("sluice master key ")
	checkLabel  = []byte("sluice key check ")
)

func (r Record) label(label []byte) []byte {
	return append(label[:len(label):len(label)], r.account...)
}

// Create makes a master key and keeps it as p says. A key file that is there gives its key rather than be overwritten.
// The Record is to be on disk before anything that the Box sealed. Where p is Nowhere it is the keyring; if that cannot
// be had before ctx ends, it is the key file. The error is a *Error.
func Create(ctx context.Context, p Place) (*Box, Record, error) {
	if p.Where != Nowhere {
		return keep(ctx, newMaster(), p)
	}
	p.Where = Keyring
	box, record, err := keep(ctx, newMaster(), p)
	if err == nil {
		return box, record, nil
	}
	p.Where = KeyFile
	return keep(context.WithoutCancel(ctx), newMaster(), p)
}

// keep puts master where p says, under a new account.
func keep(ctx context.Context, master []byte, p Place) (*Box, Record, error) {
	r := Record{account: "state-" + base32.StdEncoding.EncodeToString(randomBytes(10)), where: p.Where}
	var err error
	switch p.Where {
	case Keyring:
		err = toKeyring(ctx, r.account, master)
	case KeyFile:
		if r.keyFile, err = filepath.Abs(p.KeyFile); err == nil {
			master, err = intoFile(r.keyFile, master)
		}
	case Passphrase:
		r.wrapped, err = wrap(master, p.Passphrase, r.label(masterLabel))
	default:
		err = &Error{Reason: RecordBroken, Kept: Kept{Where: p.Where}}
	}
	if err != nil {
		return nil, Record{}, err
	}
	box, err := newBox(master, r.Kept())
	if err != nil {
		return nil, Record{}, err
	}
	r.check = box.Seal(nil, r.label(checkLabel))
	return box, r, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// intoFile returns the key of a key file that is there, and otherwise writes master.
func intoFile(path string, master []byte) ([]byte, error) {
	there, err := fromFile(path)
	var missing *Error
	if !errors.As(err, &missing) || missing.Reason != FileMissing {
		return there, err
	}
	return master, toFile(path, master)
}

// Open returns the box of a record. What p has beyond it counts: the passphrase, and a key file in another place. The
// error is a *Error; nothing that is sealed is touched then.
func Open(ctx context.Context, r Record, p Place) (*Box, error) {
	var master []byte
	var err error
	kept := r.Kept()
	switch r.where {
	case Keyring:
		master, err = fromKeyring(ctx, r.account)
	case KeyFile:
		if p.KeyFile != "" {
			kept.Path = p.KeyFile
		}
		master, err = fromFile(kept.Path)
	case Passphrase:
		master, err = r.wrapped.open(p.Passphrase, r.label(masterLabel))
	default:
		err = &Error{Reason: RecordBroken}
	}
	if err != nil {
		return nil, err
	}
	box, err := newBox(master, kept)
	if err != nil {
		return nil, err
	}
	if _, err := box.Open(r.check, r.label(checkLabel)); err != nil {
		return nil, &Error{Reason: WrongKey, Kept: kept}
	}
	return box, nil
}

// Move keeps the master key of b in another place as well. When the new Record is on disk, Forget removes the key from
// the old place; a kill in between leaves it in both. The error is a *Error.
func (b *Box) Move(ctx context.Context, p Place) (*Box, Record, error) {
	moved, record, err := keep(ctx, b.master[:], p)
	if err != nil {
		return nil, Record{}, err
	}
	if subtle.ConstantTimeCompare(moved.master[:], b.master[:]) != 1 {
		return nil, Record{}, &Error{Reason: FileOccupied, Kept: moved.kept}
	}
	return moved, record, nil
}

// Forget removes the key of a record that was replaced by another. A key file goes only if it is at own, the path that
// is this state file's, and not in use: others may share one that is elsewhere.
func Forget(ctx context.Context, old, now Record, own string) error {
	switch {
	case old.where == Keyring && old.account != now.account:
		return forgetInKeyring(ctx, old.account)
	case old.where == KeyFile && old.keyFile == own && old.keyFile != now.keyFile:
		if err := os.Remove(own); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
