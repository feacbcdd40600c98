package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/engine/pki"
)

// maxImportFile is a little more than what pki.Import takes.
const maxImportFile = 1<<20 + 1

func (c *certificates) importing() *cobra.Command {
	var name, passwordFile string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Keep the certificates and private keys of a file: PEM, DER or PKCS #12",
		Long: `Import keeps what a PEM, DER or PKCS #12 file holds. A certificate that may issue becomes an authority if its private key
is there; without it, it is trusted: clients with certificates that it issued are let in.`,
		Args: oneArgument("a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := readImport(args[0])
			if err != nil {
				return fmt.Errorf("import: %w", err)
			}
			password := ""
			if passwordFile != "" {
				if password, err = readSecret(passwordFile, cmd.InOrStdin()); err != nil {
					return fmt.Errorf("reading the password: %w", err)
				}
			}
			return c.on(cmd, true, func(k *pki.Keeper) error {
				in, err := k.Import(name, data, password)
				if errors.Is(err, pki.ErrPassword) {
					return fmt.Errorf("import %s: %w; name the file that holds it with --password-file", args[0], err)
				}
				if err != nil {
					return fmt.Errorf("import %s: %w", args[0], err)
				}
				for _, skipped := range in.Skipped {
					fmt.Fprintf(cmd.ErrOrStderr(), "Not taken: %s.\n", skipped)
				}
				return printEntries(cmd.OutOrStdout(), in.Entries, time.Now())
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "`NAME` for the first certificate (default its common name)")
	cmd.Flags().StringVar(&passwordFile, "password-file", "", "`FILE` with the password of the file, - for stdin")
	return cmd
}

func readImport(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxImportFile))
}

// exportFlags are those of both exports.
type exportFlags struct {
	format, folder, host string
	passwordFile         string
	force                bool
}

func (x *exportFlags) add(cmd *cobra.Command, formats string) {
	cmd.Flags().StringVar(&x.format, "format", "", "`FORMAT`: "+formats)
	cmd.Flags().StringVar(&x.folder, "to", ".", "`FOLDER` for the files, created when missing")
	cmd.Flags().StringVar(&x.host, "host", "", "`HOST` of the server that the coap-client line connects to (default localhost)")
	cmd.Flags().BoolVar(&x.force, "force", false, "overwrite files that are there")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if x.format == "" {
			return usageError{errors.New("--format is missing: " + formats)}
		}
		return nil
	}
}

func (c *certificates) exporting() *cobra.Command {
	var x exportFlags
	cmd := &cobra.Command{
		Use:   "export NAME --format FORMAT",
		Short: "Write the files that a device needs",
		Args:  oneArgument("the name of a certificate"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := pki.ExportOptions{Host: x.host}
			if x.passwordFile != "" {
				var err error
				if o.Password, err = readSecret(x.passwordFile, cmd.InOrStdin()); err != nil {
					return fmt.Errorf("reading the password: %w", err)
				}
			}
			return c.on(cmd, false, func(k *pki.Keeper) error {
				e, err := named(k, args[0])
				if err != nil {
					return err
				}
				files, err := k.Export(e.ID, pki.Format(x.format), o)
				if err != nil {
					return err
				}
				return x.write(cmd.OutOrStdout(), files)
			})
		},
	}
	x.add(cmd, "pem, der, pkcs12, c-header, zephyr, mbedtls or coap-client")
	cmd.Flags().StringVar(&x.passwordFile, "password-file", "", "`FILE` with the password for pkcs12, - for stdin")
	return cmd
}

// write writes all files of an export, or none if another of the name of one is there and is not to be overwritten. What
// holds a secret is for the user only.
func (x *exportFlags) write(out io.Writer, files []pki.File) error {
	if err := os.MkdirAll(x.folder, 0o700); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	var there []string
	for _, f := range files {
		path := filepath.Join(x.folder, f.Name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !isExported(path, f) {
			there = append(there, path)
		}
	}
	if len(there) > 0 && !x.force {
		return fmt.Errorf("%s: already there, nothing was written; --force overwrites", strings.Join(there, ", "))
	}
	for _, f := range files {
		path := filepath.Join(x.folder, f.Name)
		if !isExported(path, f) {
			if err := writeExport(path, f, x.force); err != nil {
				return fmt.Errorf("writing %s: %w", path, err)
			}
		}
		fmt.Fprintln(out, path)
	}
	return nil
}

// isExported reports whether a file is there already as it would be written: devices share the certificate of their
// authority.
func isExported(path string, f pki.File) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(f.Data)) ||
		f.Secret && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return false
	}
	data, err := os.ReadFile(path)
	return err == nil && bytes.Equal(data, f.Data)
}

// writeExport writes a file whole under another name first, so that its mode and data are there at once.
func writeExport(path string, f pki.File, overwrite bool) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.new") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(f.Data)
	if !f.Secret {
		err = errors.Join(err, temporary.Chmod(0o644))
	}
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if overwrite {
		return os.Rename(temporary.Name(), path)
	}
	err = os.Link(temporary.Name(), path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(temporary.Name(), path) // the file system has no links
	}
	return err
}
