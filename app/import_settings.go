package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sluice/engine/settings"
	"sluice/engine/settings/emqx"
)

func newImportSettingsCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "import-settings FILE",
		Short: "Make a settings file of one of EMQX",
		Long: `Import-settings reads the block gateway.coap of an EMQX 5 configuration (HOCON), or the emqx_coap.conf of EMQX 4, and
writes what it says as settings of Sluice. Every key is reported: taken and as what, adjusted, or not taken and why.

Without --to it prints the settings with the report as a comment above them. With --to it writes the settings to a file
that is not there yet, and prints the report. Keys that are not taken are no failure; a file that cannot be read is.`,
		Example: `  sluice import-settings emqx.conf
  sluice import-settings emqx_coap.conf --to sluice.toml`,
		Args: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("reading the settings of EMQX: %w", err)
			}
			imported, report, err := emqx.Import(args[0], data, settings.Default())
			if err != nil {
				return fmt.Errorf("reading the settings of EMQX: %w", err)
			}
			text := report.String()
			if to == "" {
				text = asComment(text) + "\n" + string(settings.Encode(imported))
			} else if err := writeNew(to, settings.Encode(imported)); err != nil {
				return err
			}
			if _, err := fmt.Fprint(cmd.OutOrStdout(), text); err != nil {
				return fmt.Errorf("printing the report: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "TOML `FILE` to write, which must not be there yet")
	return cmd
}

// oneFile refuses anything but one argument.
func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{fmt.Errorf("%s takes one file, %d were given", cmd.Name(), len(args))}
	}
	return nil
}

func asComment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("# " + line)
	}
	return b.String()
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; name another file or remove it", path)
	}
	if err != nil {
		return fmt.Errorf("creating the settings file: %w", err)
	}
	if _, err := file.ReadFrom(bytes.NewReader(data)); err != nil {
		return fmt.Errorf("writing the settings file: %w", errors.Join(err, file.Close()))
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("writing the settings file: %w", err)
	}
	return nil
}
