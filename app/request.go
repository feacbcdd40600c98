package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/spf13/cobra"

	"sluice/engine/client"
	"sluice/engine/collection"
	"sluice/engine/record"
)

// requestOptions are the flags of request.
type requestOptions struct {
	environment string
	variables   []string
	timeout     time.Duration
	print       bool
	stop, json  bool
	as, from    string
	security    securityOptions
	state       string
	sealing     sealing
}

func newRequestCommand() *cobra.Command {
	var o requestOptions
	cmd := &cobra.Command{
		Use:   "request FILE...",
		Short: "Send the requests of a collection and judge the answers",
		Long: `Request sends the CoAP requests of files, one after the other, prints each answer and says what is not as the file
expects. Then it ends with status 1. A folder stands for its files *.coap; ready:NAME for a collection that comes with
Sluice: ` + strings.Join(collection.ReadyNames(), ", ") + `. With --print they are printed and not sent.

Over coaps a request shows and trusts what its file names by "with identity" and "with authority": certificates and keys of
the state file, which no other Sluice may have open. Where it names none, the flags count.

A file is plain text: variables @NAME = VALUE, then requests that begin with a line ###:

  @host = 127.0.0.1
  @host[plant] = 10.0.0.5

  ### Publish a reading
  POST coap://{{host}}/ps/plant/lamp-3?qos=1
  Content-Format: application/json
  with type NON
  expect code 2.04

  {"t": {{random 20.0 25.0}}, "n": {{counter}}}`,
		Example: `  sluice request ready:emqx5 --var host=192.0.2.1
  sluice request plant.coap --env plant
  sluice request --print ready:emqx4 > emqx4.coap
  sluice request plant.coap --as coap-client
  sluice request --from "coap-client -m put -e on 'coap://192.0.2.1/mqtt/lamp?c=lamp-3'" >> plant.coap`,
		Args: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) != (o.from != "") {
				if o.from != "" {
					return usageError{errors.New("--from takes a line and no file")}
				}
				return usageError{errors.New("request takes one file or more, none was given")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.from != "":
				return printFrom(cmd.OutOrStdout(), o.from)
			case o.print:
				return printReady(cmd.OutOrStdout(), args)
			}
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	cmd.Flags().StringVar(&o.environment, "env", "", "`NAME` of the environment whose values count")
	cmd.Flags().StringArrayVar(&o.variables, "var", nil, "`NAME=VALUE` of a variable, which counts before all else; may be repeated")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 10*time.Second, "`TIME` for a request that sets none")
	cmd.Flags().BoolVar(&o.stop, "stop-at-failure", false, "send nothing more once a request failed")
	cmd.Flags().BoolVar(&o.json, "json", false, "print what became of each request as JSON, without the answers")
	cmd.Flags().BoolVar(&o.print, "print", false, "print the collections ready:NAME and send nothing")
	cmd.Flags().StringVar(&o.as, "as", "", "print lines for another `CLIENT` and send nothing: "+strings.Join(otherClientNames, ", "))
	cmd.Flags().StringVar(&o.from, "from", "", "print a `LINE` of coap-client as a request and send nothing")
	o.security.addFlags(cmd)
	cmd.Flags().StringVar(&o.state, "state", "", "state `FILE` with what \"with identity\" and \"with authority\" name (default sluice/sluice.db in the folder for settings)")
	o.sealing.addFlags(cmd.Flags())
	return cmd
}

func printReady(out io.Writer, names []string) error {
	for _, name := range names {
		ready, ok := strings.CutPrefix(name, collection.ReadyPrefix)
		if !ok {
			return usageError{fmt.Errorf("%q is none of the collections %sNAME", name, collection.ReadyPrefix)}
		}
		source, err := collection.ReadySource(ready)
		if err != nil {
			return err
		}
		if _, err := out.Write(source); err != nil {
			return fmt.Errorf("printing %s: %w", name, err)
		}
	}
	return nil
}

// run runs all files; each has variables, connections and observations of its own.
func (o *requestOptions) run(ctx context.Context, out, stderr io.Writer, names []string) (err error) {
	given := map[string]string{}
	for _, variable := range o.variables {
		name, value, ok := strings.Cut(variable, "=")
		if !ok || name == "" {
			return usageError{fmt.Errorf("--var %q is not NAME=VALUE", variable)}
		}
		given[name] = value
	}
	files, err := openCollections(names)
	if err != nil {
		return err
	}
	if known := collection.Environments(slices.Collect(filesOf(files))...); o.environment != "" && !slices.Contains(known, o.environment) {
		return usageError{fmt.Errorf("no file has values for the environment %q; there are: %s", o.environment, strings.Join(known, ", "))}
	}
	if o.as != "" {
		return o.printLines(out, files, given)
	}
	security, err := o.security.read()
	if err != nil {
		return err
	}
	kept := &keptSecurity{flags: security, certificates: certificates{options{state: o.state, sealing: o.sealing, logLevel: "warn"}}, stderr: stderr}
	defer func() { err = errors.Join(err, kept.close()) }()
	report := &requestReport{out: out, quiet: o.json, stop: o.stop}
	began, requests := time.Now(), 0
	for _, f := range files {
		requests += len(f.file.Requests)
		if o.stop && report.sum.Failed > 0 {
			continue
		}
		runner := collection.NewRunner(f.scope(o.environment, given), collection.Config{
			Timeout: o.timeout, Security: kept.of,
		})
		report.file = f.file.Name
		report.printf("%s\n", f.file.Name)
		err := runner.RunFile(ctx, f.file, report.result)
		if err := errors.Join(err, runner.Close()); err != nil {
			return err
		}
	}
	report.sum.End(time.Since(began), requests)
	return report.end()
}

// opened is a file of requests with the variables beside it.
type opened struct {
	environments *collection.File // nil: none
	file         *collection.File
}

// all are the files whose variables count, the ones that count more last.
func (o opened) all() []*collection.File {
	if o.environments == nil {
		return []*collection.File{o.file}
	}
	return []*collection.File{o.environments, o.file}
}

// scope knows what the variables of the file stand for.
func (o opened) scope(environment string, given map[string]string) *collection.Scope {
	scope := collection.NewScope(environment, given)
	scope.CommandLine = true
	for _, one := range o.all() {
		scope.Add(one)
	}
	return scope
}

// folder is where files of payloads are seen from.
func (o opened) folder() string { return filepath.Dir(o.file.Name) }

// filesOf are all files whose variables count.
func filesOf(all []opened) iter.Seq[*collection.File] {
	return func(yield func(*collection.File) bool) {
		for _, o := range all {
			for _, f := range o.all() {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// openCollections reads files, folders of files and ready collections, and reports the mistakes of all.
func openCollections(names []string) ([]opened, error) {
	var all []opened
	var errs []error
	add := func(f *collection.File, err error, folder string) {
		o := opened{file: f}
		errs = append(errs, err)
		if path := filepath.Join(folder, collection.EnvironmentsName); folder != "" && isFile(path) {
			environments, err := collection.Open(path)
			o.environments = environments
			errs = append(errs, err)
		}
		all = append(all, o)
	}
	for _, name := range names {
		if ready, ok := strings.CutPrefix(name, collection.ReadyPrefix); ok {
			f, err := collection.Ready(ready)
			add(f, err, "")
			continue
		}
		paths := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if paths, err = filepath.Glob(filepath.Join(name, "*"+collection.Extension)); err != nil || len(paths) == 0 {
				errs = append(errs, fmt.Errorf("the folder %s has no files *%s", name, collection.Extension))
			}
		}
		for _, path := range paths {
			if filepath.Base(path) == collection.EnvironmentsName && len(paths) > 1 {
				continue
			}
			f, err := collection.Open(path)
			add(f, err, filepath.Dir(path))
		}
	}
	return all, errors.Join(errs...)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// requestReport prints what becomes of requests.
type requestReport struct {
	out   io.Writer
	quiet bool // only the sum is printed, as JSON
	stop  bool // at the first failure
	file  string
	sum   collection.Report
	err   error // of out
}

func (r *requestReport) printf(format string, args ...any) {
	if r.err == nil && !r.quiet {
		_, r.err = fmt.Fprintf(r.out, format, args...)
	}
}

const reportIndent = "        "

// result prints what became of a request, and reports whether the run goes on.
func (r *requestReport) result(result *collection.Result) bool {
	r.sum.Add(collection.OutcomeOf(r.file, result))
	verdict := "ok    "
	if !result.Passed() {
		verdict = "FAILED"
	}
	r.printf("%s  %s\n", verdict, result.Request.Title)
	r.printf(reportIndent+"%s\n", requestLine(result))
	if a := result.Answer; a.Answered || result.Exchange != nil && a.Err == nil {
		r.printf(reportIndent+"%s%s\n", a, effort(result.Exchange))
		r.answer(a)
	}
	for _, name := range slices.Sorted(maps.Keys(result.Saved)) {
		r.printf(reportIndent+"saved as {{%s}}\n", name)
	}
	for _, failure := range result.Failures {
		r.printf(reportIndent+"-> %s\n", failure)
	}
	return result.Passed() || !r.stop
}

// answer prints options and payload.
func (r *requestReport) answer(a collection.Answer) {
	format := record.NoContentFormat
	for _, o := range a.Options {
		described := collection.DescribeOption(o)
		r.printf(reportIndent+"%s: %s\n", described.Name, described.Value)
		if o.ID == message.ContentFormat && len(o.Value) <= 2 {
			format = 0
			for _, b := range o.Value {
				format = format<<8 | int(b)
			}
		}
	}
	if len(a.Payload) == 0 {
		return
	}
	kind, text := collection.DescribePayload(a.Payload, format)
	r.printf(reportIndent+"%s, %d bytes\n", kind, len(a.Payload))
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		r.printf(reportIndent+"| %s\n", line)
	}
}

// requestLine says what was sent, without what is secret in it.
func requestLine(result *collection.Result) string {
	r := result.Request
	if x := result.Exchange; x != nil && len(x.Datagrams) > 0 && r.Verb.IsMethod() {
		m := record.Decode(record.Frame{Protocol: x.Datagrams[0].Protocol, Outgoing: true, Data: x.Datagrams[0].Data})
		return strings.TrimSpace(fmt.Sprintf("%s %s %s at %s", m.Type, m.Code, m.Resource, result.Sent.Endpoint))
	}
	if result.Sent != nil {
		return fmt.Sprintf("%s %s", r.Verb, result.Sent.Endpoint)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Verb, r.Target, r.Ending))
}

// effort says how long an exchange took, and what beyond one message each way.
func effort(x *client.Exchange) string {
	if x == nil {
		return ""
	}
	text := fmt.Sprintf(", %.1f ms", float64(x.RTT)/float64(time.Millisecond))
	if x.Retransmissions > 0 {
		text += fmt.Sprintf(", %d sent again", x.Retransmissions)
	}
	if x.Blocks > 0 {
		text += fmt.Sprintf(", %d blocks in %s", x.Blocks, x.Took.Round(time.Millisecond))
	}
	return text
}

// end prints the sum; the error says that requests failed.
func (r *requestReport) end() error {
	r.printf("%s\n", r.sum.Sum())
	if r.quiet {
		data, err := r.sum.JSON()
		if err == nil {
			_, err = r.out.Write(data)
		}
		r.err = err
	}
	switch {
	case r.err != nil:
		return fmt.Errorf("printing the answers: %w", r.err)
	case r.sum.Failed > 0:
		return fmt.Errorf("%d of %d requests failed", r.sum.Failed, r.sum.Passed+r.sum.Failed)
	}
	return nil
}
