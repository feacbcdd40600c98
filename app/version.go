package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of Sluice, of Go and of the source",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			return printVersion(cmd.OutOrStdout(), info)
		},
	}
}

// printVersion prints what is known of the build; info may be nil.
func printVersion(w io.Writer, info *debug.BuildInfo) error {
	text := fmt.Sprintf("Sluice %s\n%s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info != nil {
		values := map[string]string{}
		for _, s := range info.Settings {
			values[s.Key] = s.Value
		}
		if revision := values["vcs.revision"]; revision != "" {
			text += "revision " + revision
			if values["vcs.modified"] == "true" {
				text += ", with changes"
			}
			if at := values["vcs.time"]; at != "" {
				text += ", " + at
			}
			text += "\n"
		}
	}
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("printing the version: %w", err)
	}
	return nil
}

// buildText is what printVersion prints of this program.
func buildText() string {
	info, _ := debug.ReadBuildInfo()
	var b strings.Builder
	_ = printVersion(&b, info) // a Builder takes everything
	return b.String()
}
