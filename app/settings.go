package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"sluice/engine/settings"
)

func newSettingsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "settings",
		Short: "Print a settings file with everything that can be set",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := cmd.OutOrStdout().Write(settings.Reference()); err != nil {
				return fmt.Errorf("printing the settings: %w", err)
			}
			return nil
		},
	}
}
