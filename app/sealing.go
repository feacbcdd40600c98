package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/engine/store"
)

// maxSecretFile bounds files with a passphrase, password or key.
const maxSecretFile = 4 << 10

// sealing are the flags that say where the key is that seals private keys.
type sealing struct{ keyFile, passphraseFile string }

func (s *sealing) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&s.keyFile, "seal-key-file", "", "`FILE` with the key that seals private keys, created when missing (default the keyring if there is a window, else the state file's name with .key)")
	flags.StringVar(&s.passphraseFile, "seal-passphrase-file", "", "`FILE` with a passphrase that seals private keys instead")
}

// place is where the flags put the key that seals. Without any it is the system's keyring, or a key file where there is
// none; withoutWindow it is a key file, since nobody is there to unlock a keyring.
func (s *sealing) place(withoutWindow bool) (seal.Place, error) {
	switch {
	case s.keyFile != "" && s.passphraseFile != "":
		return seal.Place{}, usageError{errors.New("--seal-key-file and --seal-passphrase-file exclude each other")}
	case s.passphraseFile != "":
		passphrase, err := readSecret(s.passphraseFile, nil)
		if err != nil {
			return seal.Place{}, fmt.Errorf("reading the passphrase: %w", err)
		}
		return seal.Place{Where: seal.Passphrase, Passphrase: passphrase}, nil
	case s.keyFile != "" || withoutWindow:
		return seal.Place{Where: seal.KeyFile, KeyFile: s.keyFile}, nil
	}
	return seal.Place{}, nil
}

// openKeeper opens the certificates and keys of a state file, and logs why private keys cannot be used if they cannot.
func (s *sealing) openKeeper(kept *store.Store, log *slog.Logger, withoutWindow bool) (*pki.Keeper, error) {
	place, err := s.place(withoutWindow)
	if err != nil {
		return nil, err
	}
	keeper, err := pki.OpenKeeper(pki.Options{Store: kept, Place: place, Log: log})
	if err != nil {
		return nil, err
	}
	if locked := keeper.Locked(); locked != nil {
		log.Error("private keys and pre-shared keys cannot be used", "error", withHint(locked))
	}
	return keeper, nil
}

// withHint says which flag would help.
func withHint(err error) error {
	var e *seal.Error
	if errors.As(err, &e) && e.Reason == seal.PassphraseNeeded {
		return fmt.Errorf("%w; name the file that holds it with --seal-passphrase-file", err)
	}
	return err
}

// readSecret reads a short text from a file, or from stdin if path is "-", without the end of its last line.
func readSecret(path string, stdin io.Reader) (string, error) {
	from := stdin
	if path != "-" || stdin == nil {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxSecretFile+1))
	switch {
	case err != nil:
		return "", err
	case len(text) > maxSecretFile:
		return "", fmt.Errorf("%s is longer than %d bytes", path, maxSecretFile)
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if line == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return line, nil
}
