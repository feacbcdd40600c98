package seal

import (
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"sluice/engine/mistakes"
)

// A key file is one line: this, and the master key in base64.
const keyFileStart = "sluice-key-1 "

const maxKeyFile = 1 << 10

// fromFile reads a key file.
func fromFile(path string) ([]byte, error) {
	kept := Kept{Where: KeyFile, Path: path}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Reason: FileMissing, Kept: kept}
	}
	if err != nil {
		return nil, &Error{Reason: FileUnusable, Kept: kept, Err: err}
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, &Error{Reason: FileUnusable, Kept: kept, Err: err}
	case !info.Mode().IsRegular():
		return nil, &Error{Reason: FileUnusable, Kept: kept, Err: mistakes.New("it is not a regular file")}
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, &Error{Reason: FileReadable, Kept: kept}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, &Error{Reason: FileUnusable, Kept: kept, Err: err}
	}
	encoded, found := strings.CutPrefix(strings.TrimSpace(string(text)), keyFileStart)
	master, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !found || err != nil || len(master) != masterSize {
		return nil, &Error{Reason: FileUnusable, Kept: kept, Err: mistakes.New("it is not a key file of Sluice")}
	}
	return master, nil
}

// toFile writes a key file that is not there yet, whole or not at all, and durably.
func toFile(path string, master []byte) error {
	if err := writeKeyFile(path, keyFileStart+base64.StdEncoding.EncodeToString(master)+"\n"); err != nil {
		return &Error{Reason: FileUnusable, Kept: Kept{Where: KeyFile, Path: path}, Err: err}
	}
	return nil
}

func writeKeyFile(path, text string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*.new") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, never replaces a key that is there.
	err = os.Link(f.Name(), path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = copyToNew(path, text) // the file system has no links
	}
	if err != nil {
		return err
	}
	if d, err := os.Open(folder); err == nil { // not every system can sync a folder, so errors do not count
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

func copyToNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(mistakes.Errorf("write: %w", err), os.Remove(path))
	}
	return nil
}
