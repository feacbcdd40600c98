package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sluice/engine/pki"
	"sluice/engine/pki/seal"
)

func (c *certificates) list() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the certificates",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.on(cmd, false, func(k *pki.Keeper) error {
				if err := k.Locked(); err != nil {
					fmt.Fprintf(cmd.ErrOrStderr(), "Private keys cannot be used: %v.\n", withHint(err))
				}
				return printEntries(cmd.OutOrStdout(), k.Entries(), time.Now())
			})
		},
	}
}

func printEntries(out io.Writer, entries []pki.Entry, now time.Time) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tKIND\tKEY\tPRIVATE KEY\tVALID UNTIL\tISSUER\tFINGERPRINT")
	for _, e := range entries {
		kept, state := "-", ""
		if e.HasKey {
			kept = "kept"
		}
		switch {
		case !e.Revoked.IsZero():
			state = " (revoked)"
		case now.After(e.NotAfter):
			state = " (expired)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s%s\t%s\t%s\n", e.Name, e.Kind, e.Key, kept, e.NotAfter.Format(time.DateOnly), state, e.Issuer, e.ID[:16])
	}
	return table.Flush()
}

func (c *certificates) setup() *cobra.Command {
	return &cobra.Command{
		Use:   "setup [DEVICE]",
		Short: "Make what is missing of an authority, the server's certificate and that of a device",
		Args:  atMostOneArgument("the name of a device"),
		RunE: func(cmd *cobra.Command, args []string) error {
			device := ""
			if len(args) == 1 {
				device = args[0]
			}
			return c.on(cmd, true, func(k *pki.Keeper) error {
				set, err := k.SetUp(device)
				if err != nil {
					return err
				}
				if len(set.Made) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "Nothing was missing.")
				}
				for _, id := range set.Made {
					e, _ := k.Entry(id)
					fmt.Fprintf(cmd.OutOrStdout(), "Made %s %s.\n", e.Kind, e.Name)
				}
				return nil
			})
		},
	}
}

func (c *certificates) issue() *cobra.Command {
	var days int
	var server bool
	var names []string
	var table string
	cmd := &cobra.Command{
		Use:   "issue NAME | issue --csv FILE",
		Short: "Issue a certificate for a device, or those of a table",
		Long: `Issue makes the certificate of a device, or with --server that of a server. A table has one certificate a line: name,
organization, lifetime, kind, alternative names, of which only the name is needed. It is issued whole or not at all.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 1) == (table != "") || len(args) > 1 {
				return usageError{errors.New("issue takes either one name or --csv FILE")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if days < 0 {
				return usageError{fmt.Errorf("--days %d is not positive", days)}
			}
			return c.on(cmd, false, func(k *pki.Keeper) error {
				var entries []pki.Entry
				var err error
				if table != "" {
					entries, err = issueTable(k, table)
				} else {
					r := pki.Request{Name: args[0], Kind: pki.Client, Lifetime: time.Duration(days) * 24 * time.Hour, Names: names}
					if server {
						r.Kind = pki.Server
					}
					var e pki.Entry
					e, err = k.Issue(r)
					entries = []pki.Entry{e}
				}
				if err != nil {
					return err
				}
				return printEntries(cmd.OutOrStdout(), entries, time.Now())
			})
		},
	}
	cmd.Flags().IntVar(&days, "days", 0, "lifetime in `DAYS` (default 90, of a server 365)")
	cmd.Flags().BoolVar(&server, "server", false, "for a server")
	cmd.Flags().StringSliceVar(&names, "alt", nil, "alternative `NAME`s: host names, addresses, URIs")
	cmd.Flags().StringVar(&table, "csv", "", "`FILE` with a certificate a line")
	return cmd
}

func issueTable(k *pki.Keeper, path string) ([]pki.Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the table: %w", err)
	}
	defer func() { _ = f.Close() }()
	entries, err := k.IssueCSV(f)
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", path, err)
	}
	return entries, nil
}

func (c *certificates) revoke() *cobra.Command {
	return c.change("revoke", "Let a certificate count no longer, and what it issued neither", func(k *pki.Keeper, e pki.Entry) error {
		return k.Revoke(e.ID)
	})
}

func (c *certificates) restore() *cobra.Command {
	return c.change("restore", "Take back that a certificate was revoked", func(k *pki.Keeper, e pki.Entry) error {
		return k.Restore(e.ID)
	})
}

func (c *certificates) delete() *cobra.Command {
	return c.change("delete", "Forget a certificate and its private key; one that was revoked stays revoked", func(k *pki.Keeper, e pki.Entry) error {
		_, err := k.Delete(e.ID)
		return err
	})
}

// change is a command that does something with one certificate.
func (c *certificates) change(verb, short string, do func(*pki.Keeper, pki.Entry) error) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " NAME",
		Short: short,
		Args:  oneArgument("the name of a certificate"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.on(cmd, false, func(k *pki.Keeper) error {
				e, err := named(k, args[0])
				if err != nil {
					return err
				}
				if err := do(k, e); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s, %s.\n", verb, e.Kind, e.Name, e.ID[:16])
				return nil
			})
		},
	}
}

func (c *certificates) sealed() *cobra.Command {
	var passphraseFile, keyFile string
	var startOver bool
	cmd := &cobra.Command{
		Use:   "seal [keyring | file | passphrase]",
		Short: "Say where the key is that seals private keys, or keep it elsewhere",
		Long: `Seal says where the key is that seals private keys and pre-shared keys. With an argument it moves that key: what is
sealed stays as it is. --start-over is for a key that is lost for good: it gives up the private keys and pre-shared keys,
which nothing can open any more, and keeps the certificates.`,
		Args: atMostOneArgument("keyring, file or passphrase"),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := newPlace(args, keyFile, passphraseFile)
			if err != nil {
				return err
			}
			return c.on(cmd, to.Where != seal.Nowhere, func(k *pki.Keeper) error {
				var err error
				switch {
				case startOver:
					err = k.StartOver()
				case to.Where != seal.Nowhere:
					err = k.KeepIn(cmd.Context(), to)
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Sealed by %s.\n", k.SealedBy())
				return k.Locked()
			})
		},
	}
	cmd.Flags().StringVar(&keyFile, "new-key-file", "", "`FILE` to move the key to (default the state file's name with .key)")
	cmd.Flags().StringVar(&passphraseFile, "new-passphrase-file", "", "`FILE` with the new passphrase")
	cmd.Flags().BoolVar(&startOver, "start-over", false, "give up what cannot be opened any more")
	return cmd
}

// newPlace is where the arguments of seal move the key to.
func newPlace(args []string, keyFile, passphraseFile string) (seal.Place, error) {
	if len(args) == 0 {
		return seal.Place{}, nil
	}
	switch args[0] {
	case "keyring":
		return seal.Place{Where: seal.Keyring}, nil
	case "file":
		return seal.Place{Where: seal.KeyFile, KeyFile: keyFile}, nil
	case "passphrase":
		passphrase, err := readSecret(cmp.Or(passphraseFile, "-"), os.Stdin)
		if err != nil {
			return seal.Place{}, fmt.Errorf("reading the new passphrase: %w", err)
		}
		return seal.Place{Where: seal.Passphrase, Passphrase: passphrase}, nil
	}
	return seal.Place{}, usageError{fmt.Errorf("seal takes keyring, file or passphrase, %q was given", args[0])}
}
