package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/engine/pki"
	"sluice/engine/store"
)

// keyringPatience is how long a command waits for the user to unlock the keyring.
const keyringPatience = time.Minute

// certificates are the flags that all commands on certificates and keys have.
type certificates struct{ options }

func newCertificatesCommand() *cobra.Command {
	c := certificates{options{logLevel: "warn"}}
	cmd := &cobra.Command{
		Use:   "certificates",
		Short: "Make, import, export and revoke certificates and pre-shared keys",
		Long: `Certificates works on the state file of a Sluice that is not running: what the window's Certificates pane does, for
machines without one. A certificate is named by its name or by the first characters of its fingerprint, at least eight.

Private keys and pre-shared keys are sealed in the state file. The key that seals them is where "sluice certificates seal"
says: in the system's keyring if the window made it there, otherwise in a key file of mode 0600 beside the state file, in
that of --seal-key-file, or sealed with the passphrase of --seal-passphrase-file.`,
		Example: `  sluice certificates setup lamp-3
  sluice certificates export lamp-3 --format pem --to lamp-3
  sluice certificates psk add lamp-4 --generate 32`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	cmd.PersistentFlags().StringVar(&c.state, "state", "", "state `FILE` (default sluice/sluice.db in the folder for settings)")
	c.sealing.addFlags(cmd.PersistentFlags())
	cmd.AddCommand(c.list(), c.setup(), c.issue(), c.importing(), c.exporting(), c.revoke(), c.restore(), c.delete(), c.sealed(), c.psk())
	return cmd
}

// on runs work on the keeper of the state file. Only what makes something may make the file.
func (c *certificates) on(cmd *cobra.Command, makes bool, work func(*pki.Keeper) error) (err error) {
	kept, keeper, err := c.keeper(cmd.ErrOrStderr(), makes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	return withHint(work(keeper))
}

// keeper opens the state file, which is to be closed, and what it keeps.
func (c *certificates) keeper(stderr io.Writer, makes bool) (*store.Store, *pki.Keeper, error) {
	path := c.state
	if path == "" {
		var err error
		if path, err = defaultState(); err != nil {
			return nil, nil, fmt.Errorf("there is no folder for the state file, name one with --state: %w", err)
		}
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !makes {
		return nil, nil, fmt.Errorf("there is no state file %s; name another with --state, or begin with sluice certificates setup", path)
	}
	log, err := c.logger(stderr)
	if err != nil {
		return nil, nil, err
	}
	kept, err := store.Open(path)
	var locked *store.LockedError
	if errors.As(err, &locked) {
		return nil, nil, fmt.Errorf("%w; end it first, or use its Certificates pane", err)
	}
	if err != nil {
		return nil, nil, err
	}
	place, err := c.sealing.place(true)
	if err != nil {
		return nil, nil, errors.Join(err, kept.Close())
	}
	keeper, err := pki.OpenKeeper(pki.Options{Store: kept, Place: place, KeyringPatience: keyringPatience, Log: log})
	if err != nil {
		return nil, nil, errors.Join(err, kept.Close())
	}
	return kept, keeper, nil
}

// minIDPrefix is how much of a fingerprint names a certificate.
const minIDPrefix = 8

// named finds the certificate that a user means. Of several with one name it is the one that is not revoked.
func named(k *pki.Keeper, name string) (pki.Entry, error) {
	prefix := strings.ToLower(strings.ReplaceAll(name, ":", ""))
	var found []pki.Entry
	for _, e := range k.Entries() {
		if e.Name == name || len(prefix) >= minIDPrefix && strings.HasPrefix(e.ID, prefix) {
			found = append(found, e)
		}
	}
	if len(found) > 1 {
		good := slices.DeleteFunc(slices.Clone(found), func(e pki.Entry) bool { return !e.Revoked.IsZero() })
		if len(good) == 1 {
			found = good
		}
	}
	switch len(found) {
	case 0:
		return pki.Entry{}, fmt.Errorf("there is no certificate called %q; sluice certificates list shows all", name)
	case 1:
		return found[0], nil
	}
	text := fmt.Sprintf("%d certificates are called %q; name one by its fingerprint:", len(found), name)
	for _, e := range found {
		text += fmt.Sprintf("\n  %s  %s, issued %s", e.ID[:16], e.Kind, e.NotBefore.Format(time.DateOnly))
	}
	return pki.Entry{}, errors.New(text)
}

// oneArgument refuses any other number of arguments.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s takes one argument, %s; %d were given", cmd.Name(), what, len(args))}
		}
		return nil
	}
}

// atMostOneArgument refuses more than one argument.
func atMostOneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("%s takes one argument at most, %s; %d were given", cmd.Name(), what, len(args))}
		}
		return nil
	}
}
