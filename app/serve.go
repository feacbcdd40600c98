package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

func newServeCommand() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway and the broker without a window",
		Long: `Serve runs the gateway and the broker without a window. It logs to stderr and prints the line "ready" to stdout once
every listener is bound. SIGTERM and SIGINT (Ctrl+C) end it with status 0 after its state is on disk.

A listener that cannot be bound, a settings file with mistakes and a state file that cannot be used end it with
status 1 and a message.

A capture is a pcapng file for Wireshark with every CoAP and MQTT message that passes, on disk within a second. What was
in the file is overwritten. With --capture-filter it has those messages only that the filter of the Traffic pane would show,
as known when they pass: that a request stays unanswered is not. Passwords and tokens are written as asterisks, payloads as they are. When the file cannot be
written any more, the capture ends and the gateway goes on.

A key log is a file that Wireshark reads DTLS and TLS sessions with (SSLKEYLOGFILE format). Whoever has it can read them:
the log warns of it.`,
		Example: `  sluice serve
  sluice serve --config /etc/sluice.toml --state /var/lib/sluice/sluice.db
  sluice serve --capture traffic.pcapng
  sluice serve --capture lamp.pcapng --capture-filter 'peer:lamp-3 -code:2.*'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := o.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return serve(cmd.Context(), &o, log, cmd.OutOrStdout())
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.keyLog, "key-log", "", "`FILE` to append the secrets of DTLS and TLS sessions to, for Wireshark")
	cmd.Flags().StringVar(&o.capture, "capture", "", "pcapng `FILE` to write the traffic to, overwritten")
	cmd.Flags().StringVar(&o.captured, "capture-filter", "", "write only the messages that `EXPR` means, such as 'code:4.* peer:lamp-3'")
	return cmd
}

// serve runs an engine until ctx ends.
func serve(ctx context.Context, o *options, log *slog.Logger, stdout io.Writer) (err error) {
	wanted, err := o.captureFilter()
	if err != nil {
		return err
	}
	i, err := o.open(log, false)
	if err != nil {
		return err
	}
	var captured *capture
	defer func() {
		err = errors.Join(err, i.close())
		if captured != nil {
			err = errors.Join(err, captured.close())
		}
	}()
	served, err := startProfile(o.profile, i.engine, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, served.close()) }()
	if o.capture != "" {
		if captured, err = startCapture(o.capture, wanted, i.engine.Record(), log); err != nil {
			return err
		}
	}

	if err := i.engine.Start(ctx); err != nil {
		return err
	}
	log.Info("the state is kept", "file", i.store.Path())
	if _, err := fmt.Fprintln(stdout, "ready"); err != nil {
		return fmt.Errorf("saying that all is ready: %w", err)
	}
	<-ctx.Done()
	log.Info("ending")
	return i.endWell()
}
