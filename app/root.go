package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

// options are the flags that opening the window and serving have in common.
type options struct {
	config   string
	state    string
	logLevel string
	// resetLayout and language are for the window only, capture, captured and keyLog for serving.
	resetLayout bool
	language    string
	capture     string
	captured    string // the filter of the capture
	keyLog      string
	profile     string
	sealing     sealing
}

func newRootCommand() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:   "sluice",
		Short: "Workbench for CoAP devices: gateway, MQTT broker and a live view",
		Long: `Sluice is a workbench for people who build CoAP devices. It holds a CoAP gateway that speaks EMQX's dialects, an MQTT
broker, and a window that shows live what passes between them.

Without a command it opens the window, or serves where there is no display. It listens on this machine only
(coap://127.0.0.1:5683, mqtt://127.0.0.1:1883, ws://127.0.0.1:8083) until the settings say otherwise.`,
		Example: `  sluice                                     open the workbench
  sluice serve --config sluice.toml          run without a window`,
		Version:       version,
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return workbench(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.addFlags(root)
	root.Flags().BoolVar(&o.resetLayout, "reset-layout", false, "open the window as on its first start")
	root.Flags().StringVar(&o.language, "lang", "", "`LANGUAGE` of the window from now on: system, en, de or zh")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.SetVersionTemplate("Sluice {{.Version}}\n")
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newServeCommand(), newCertificatesCommand(), newSettingsCommand(), newImportSettingsCommand(), newRequestCommand(), newSimulateCommand(), newVersionCommand())
	return root
}

// noArguments refuses arguments; to what has commands they are commands that do not exist.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return usageError{fmt.Errorf("%s takes no argument, %q was given", cmd.Name(), args[0])}
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usageError{fmt.Errorf("%s", text)}
}

func (o *options) addFlags(cmd *cobra.Command) {
	state := "sluice/sluice.db in the folder for settings"
	if path, err := defaultState(); err == nil {
		state = path
	}
	cmd.Flags().StringVar(&o.config, "config", "", "TOML `FILE` of settings, laid over those of the state file")
	cmd.Flags().StringVar(&o.state, "state", "", "`FILE` that keeps settings, users and messages, created when missing (default "+state+")")
	o.sealing.addFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.profile, "profile", "", "`ADDRESS` of this machine to serve profiles and counters at, as 127.0.0.1:6060")
	cmd.Flags().Lookup("profile").Hidden = true
	cmd.Flags().StringVar(&o.logLevel, "log-level", "info", "`LEVEL` from which on to log: debug, info, warn or error")
}

// logger writes text to stderr.
func (o *options) logger(stderr io.Writer) (*slog.Logger, error) {
	var level slog.Level
	switch o.logLevel {
	case "debug", "info", "warn", "error":
		if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
			return nil, fmt.Errorf("reading the log level: %w", err)
		}
	default:
		return nil, usageError{fmt.Errorf("log level %q is unknown; allowed: debug, info, warn, error", o.logLevel)}
	}
	return slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})), nil
}

// displayMissing reports whether no window can be opened here.
func displayMissing() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return false
	}
	return os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == ""
}
