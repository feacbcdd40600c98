// Command sluice is a workbench for CoAP devices: a CoAP gateway, an MQTT broker and a window that shows live what
// passes between them. It also runs without a window.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker; the value here is the one of FyneApp.toml.
var version = "0.1.0"

// Statuses of the program.
const (
	statusOK     = 0
	statusFailed = 1
	statusUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

// run executes the command line args and returns the status of the program. It ends early when ctx does. It must be
// called on the main goroutine, which a window needs.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return execute(ctx, newRootCommand(), args, stdout, stderr)
}

// execute is run for a root command that is there.
func execute(ctx context.Context, root *cobra.Command, args []string, stdout, stderr io.Writer) int {
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "sluice: %v\nRun 'sluice --help' for what there is.\n", err)
		return statusUsage
	default:
		fmt.Fprintf(stderr, "sluice: %v\n", err)
		return statusFailed
	}
}
