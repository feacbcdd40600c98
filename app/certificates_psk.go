package main

import (
	"cmp"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sluice/engine/pki"
)

func (c *certificates) psk() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "psk",
		Short: "List, add, delete and export pre-shared keys",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(c.pskList(), c.pskAdd(), c.pskBind(), c.pskDelete(), c.pskExport())
	return cmd
}

func (c *certificates) pskList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the pre-shared keys, without the keys",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.on(cmd, false, func(k *pki.Keeper) error {
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "IDENTITY\tBYTES\tCLIENT ID\tADDED")
				for _, p := range k.PSKs() {
					fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", p.Identity, p.Bytes, cmp.Or(p.ClientID, "any"), p.Created.Format(time.DateOnly))
				}
				return table.Flush()
			})
		},
	}
}

func (c *certificates) pskAdd() *cobra.Command {
	var asHex, asBase64, asText, replace bool
	var generate int
	var keyFile, clientID string
	cmd := &cobra.Command{
		Use:   "add IDENTITY (--hex | --base64 | --text | --generate BYTES)",
		Short: "Add a pre-shared key, read from stdin or a file",
		Long: `Add keeps a pre-shared key for a PSK identity. The key is read from stdin, or from the file of --key-file, never from an
argument, which other users of the machine could see. --generate makes a random one; psk export writes it out.`,
		Example: `  sluice certificates psk add lamp-3 --hex < key.txt
  sluice certificates psk add lamp-3 --generate 32 --client-id lamp-3`,
		Args: oneArgument("a PSK identity"),
		RunE: func(cmd *cobra.Command, args []string) error {
			read := func() (string, error) { return readSecret(keyFile, cmd.InOrStdin()) }
			key, err := keyFrom(asHex, asBase64, asText, generate, read)
			if err != nil {
				return err
			}
			return c.on(cmd, true, func(k *pki.Keeper) error {
				for _, p := range k.PSKs() {
					if p.Identity == args[0] && !replace {
						return fmt.Errorf("there is a pre-shared key %s already; --replace puts the new one in its place", args[0])
					}
				}
				if err := k.AddPSK(args[0], key, clientID); err != nil {
					return err
				}
				if pki.Weak(key) {
					fmt.Fprintf(cmd.ErrOrStderr(), "The key is short (%d bytes): it may be found by trying.\n", len(key))
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Added pre-shared key %s, %d bytes.\n", args[0], len(key))
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asHex, "hex", false, "the key is in hex")
	cmd.Flags().BoolVar(&asBase64, "base64", false, "the key is in Base64")
	cmd.Flags().BoolVar(&asText, "text", false, "the key is the text itself")
	cmd.Flags().IntVar(&generate, "generate", 0, "make a random key of `BYTES`, 16 to 64")
	cmd.Flags().StringVar(&keyFile, "key-file", "-", "`FILE` to read the key from, - for stdin")
	cmd.Flags().StringVar(&clientID, "client-id", "", "the only client `ID` that may come with it")
	cmd.Flags().BoolVar(&replace, "replace", false, "put it in place of the key that the identity has")
	return cmd
}

// keyFrom makes a pre-shared key as one of the flags says.
func keyFrom(asHex, asBase64, asText bool, generate int, read func() (string, error)) ([]byte, error) {
	var encodings []pki.KeyEncoding
	for encoding, chosen := range map[pki.KeyEncoding]bool{pki.HexKey: asHex, pki.Base64Key: asBase64, pki.TextKey: asText} {
		if chosen {
			encodings = append(encodings, encoding)
		}
	}
	switch {
	case generate != 0 && len(encodings) == 0:
		key, err := pki.GenerateKey(generate)
		if err != nil {
			return nil, usageError{err}
		}
		return key, nil
	case generate != 0 || len(encodings) != 1:
		return nil, usageError{errors.New("psk add takes one of --hex, --base64, --text and --generate")}
	}
	text, err := read()
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	return pki.ParseKey(text, encodings[0])
}

func (c *certificates) pskBind() *cobra.Command {
	var clientID string
	cmd := &cobra.Command{
		Use:   "bind IDENTITY [--client-id ID]",
		Short: "Let only one client ID come with a pre-shared key, or any again",
		Args:  oneArgument("a PSK identity"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.on(cmd, false, func(k *pki.Keeper) error { return k.BindPSK(args[0], clientID) })
		},
	}
	cmd.Flags().StringVar(&clientID, "client-id", "", "the only client `ID` that may come with it; without: any")
	return cmd
}

func (c *certificates) pskDelete() *cobra.Command {
	return &cobra.Command{
		Use:   "delete IDENTITY",
		Short: "Forget a pre-shared key",
		Args:  oneArgument("a PSK identity"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.on(cmd, false, func(k *pki.Keeper) error {
				_, err := k.DeletePSK(args[0])
				return err
			})
		},
	}
}

func (c *certificates) pskExport() *cobra.Command {
	var x exportFlags
	cmd := &cobra.Command{
		Use:   "export IDENTITY --format FORMAT",
		Short: "Write the file that a device needs",
		Args:  oneArgument("a PSK identity"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.on(cmd, false, func(k *pki.Keeper) error {
				files, err := k.ExportPSK(args[0], pki.Format(x.format), pki.ExportOptions{Host: x.host})
				if err != nil {
					return err
				}
				return x.write(cmd.OutOrStdout(), files)
			})
		},
	}
	x.add(cmd, "c-header, zephyr, mbedtls or coap-client")
	return cmd
}
