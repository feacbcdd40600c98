package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sluice/engine/client"
	"sluice/engine/device"
)

// simulation is the flags of simulate.
type simulation struct {
	order       device.Order
	kind        string
	template    string
	dialect     string
	list        bool
	duration    time.Duration
	ackTimeout  time.Duration
	retransmits int
	security    fleetSecurity
}

func newSimulateCommand() *cobra.Command {
	var s simulation
	cmd := &cobra.Command{
		Use:   "simulate URI",
		Short: "Run simulated devices against a CoAP gateway",
		Long: `Simulate runs devices that are CoAP clients of the gateway at URI (coap://HOST:PORT or coaps://HOST:PORT), each with a
socket of its own. It prints a line a second and a summary when it ends: after --for, or by Ctrl+C. The status is 1 if
no device could be started.

What a device does is a template. --list shows those that come with Sluice; "--list --kind lamp" prints one to begin with.`,
		Example: `  sluice simulate coap://127.0.0.1:5683
  sluice simulate --kind lamp --count 1000 --for 1m coap://127.0.0.1:5683
  sluice simulate --count 200 --interval 100ms --dialect emqx4 coap://192.0.2.7
  sluice simulate --template pump.toml --psk-identity pumps --pskfile key coaps://gateway.example.org
  sluice simulate --count 500 --issuer ca.pem --cacertfile ca.pem coaps://gateway.example.org`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.list {
				return s.listTemplates(cmd.OutOrStdout(), cmd.Flags().Changed("kind"))
			}
			if len(args) != 1 {
				return usageError{errors.New("name the gateway, as in coap://127.0.0.1:5683")}
			}
			if err := s.prepare(args[0]); err != nil {
				return err
			}
			return s.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.kind, "kind", "thermometer", "`KIND` of device")
	f.StringVar(&s.template, "template", "", "`FILE` with a template, instead of --kind")
	f.BoolVar(&s.list, "list", false, "list the kinds")
	f.IntVar(&s.order.Count, "count", 1, "how many, up to 5000")
	f.DurationVar(&s.order.Interval, "interval", 0, "time between two messages (default: the template's)")
	f.DurationVar(&s.order.Jitter, "jitter", 0, "how far the interval varies")
	f.StringVar(&s.dialect, "dialect", "emqx5", "emqx5, emqx5-connectionless, emqx4 or ietf")
	f.StringVar(&s.order.Collection, "collection", "", "path of the topic collection, for ietf (default: it is discovered)")
	f.StringVar(&s.order.Username, "username", "", "user that the devices name")
	f.StringVar(&s.order.Password, "password", "", "and its password")
	f.DurationVar(&s.duration, "for", 0, "end after this time (default: Ctrl+C)")
	f.Uint64Var(&s.order.Seed, "seed", 0, "makes what is random the same each time")
	f.IntVar(&s.order.AtOnce, "at-once", 0, "how many connect at a time (default: 64, over coaps 32)")
	f.DurationVar(&s.ackTimeout, "ack-timeout", 2*time.Second, "ACK_TIMEOUT")
	f.IntVar(&s.retransmits, "max-retransmit", 4, "MAX_RETRANSMIT")
	s.security.addFlags(cmd)
	return cmd
}

func (s *simulation) listTemplates(out io.Writer, one bool) error {
	if one {
		t, err := s.chosen()
		if err != nil {
			return err
		}
		_, err = io.WriteString(out, t.Source)
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tINTERVAL\tTOPIC\tWHAT IT DOES")
	for _, t := range device.Templates() {
		fmt.Fprintf(table, "%s\t%v\t%s\t%s\n", t.Kind, t.Interval, t.Topic(), t.About)
	}
	return table.Flush()
}

// chosen is the template of --template or --kind.
func (s *simulation) chosen() (*device.Template, error) {
	if s.template != "" {
		source, err := os.ReadFile(s.template)
		if err != nil {
			return nil, fmt.Errorf("reading the template: %w", err)
		}
		t, err := device.ParseTemplate(string(source))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.template, err)
		}
		return t, nil
	}
	var kinds []string
	for _, t := range device.Templates() {
		if t.Kind == s.kind {
			return t, nil
		}
		kinds = append(kinds, t.Kind)
	}
	return nil, usageError{fmt.Errorf("--kind %s: must be one of %s", s.kind, strings.Join(kinds, ", "))}
}

func (s *simulation) prepare(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "coap" && u.Scheme != "coaps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		return usageError{fmt.Errorf("%q: must be coap://HOST:PORT or coaps://HOST:PORT", uri)}
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"coap": "5683", "coaps": "5684"}[u.Scheme]
	}
	s.order.Scheme, s.order.Address = u.Scheme, net.JoinHostPort(u.Hostname(), port)
	s.order.Dialect = device.Dialect(s.dialect)
	if s.order.Template, err = s.chosen(); err != nil {
		return err
	}
	if s.ackTimeout <= 0 || s.retransmits < 0 || s.retransmits > 20 {
		return usageError{errors.New("--ack-timeout must be more than 0, and --max-retransmit from 0 to 20")}
	}
	s.order.Transmission = &client.Transmission{ACKTimeout: s.ackTimeout, ACKRandomFactor: 1.5, MaxRetransmit: s.retransmits}
	s.order.Credentials, err = s.security.read()
	return err
}

// errNoneStarted ends a simulation without devices.
var errNoneStarted = errors.New("no device could be started")

// run runs the devices until ctx or the duration ends.
func (s *simulation) run(ctx context.Context, out io.Writer) error {
	if s.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.duration)
		defer cancel()
	}
	fleet := device.NewFleet()
	began := time.Now()
	start, err := fleet.Start(s.order)
	if err != nil {
		return err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	starting := start.Done()
	var before device.Summary
	for running := true; running; {
		select {
		case <-ctx.Done():
			running = false
		case <-starting:
			starting = nil
			p := start.Progress()
			fmt.Fprintf(out, "started %d of %d %s in %v", p.Started, p.Total, s.order.Template.Kind, time.Since(began).Round(time.Millisecond))
			if p.Failed > 0 {
				fmt.Fprintf(out, ", %d failed: %s", p.Failed, p.Why)
			}
			fmt.Fprintln(out)
			running = p.Started > 0
		case <-tick.C:
			now := fleet.Summary()
			fmt.Fprintln(out, second(time.Since(began), &before, &now))
			before = now
		}
	}
	sum := fleet.Summary()
	took := time.Since(began)
	p := start.Progress()
	if err := fleet.Close(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d devices, %v: %d requests, %.1f/s; %d answered, %d refused, %d lost; %d retransmissions; %d notifications\n",
		p.Started, took.Round(time.Second), sum.Sent, float64(sum.Sent)/took.Seconds(), sum.Acknowledged, sum.Refused, sum.Lost,
		sum.Retransmitted, sum.Received)
	if p.Started == 0 {
		return errNoneStarted
	}
	return nil
}

// second is a line of what happened since the one before.
func second(at time.Duration, before, now *device.Summary) string {
	return fmt.Sprintf("%5.0fs  %d running, %d connecting  sent %d  answered %d  refused %d  lost %d  retransmitted %d  notified %d  rtt %v",
		at.Seconds(), now.States[device.Running], now.States[device.Connecting]+now.States[device.Waiting],
		now.Sent-before.Sent, now.Acknowledged-before.Acknowledged, now.Refused-before.Refused, now.Lost-before.Lost,
		now.Retransmitted-before.Retransmitted, now.Received-before.Received, now.RTT.Round(10*time.Microsecond))
}
