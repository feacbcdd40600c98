// Testsum reads what go test -json prints from standard input and tells it in short.
//
// With -follow it prints one line a package as it ends, and the output of what failed. Without, it lists what was
// skipped and what failed and closes with the line "N passed, M failed", over all packages. Its status is 1 when
// anything failed, or when nothing ran.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	follow := flag.Bool("follow", false, "print packages and failures as they come instead of the sum")
	flag.Parse()
	s := newSum()
	if *follow {
		s.live = os.Stdout
	}
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if !*follow {
		s.print(os.Stdout)
	}
	if !s.ok() {
		os.Exit(1)
	}
}

// event is what test2json writes a line of (go doc test2json), and cmd/go for builds (go help buildjson).
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// sum counts results. A failure of a package that is not the failure of one of its tests (it does not build, it
// panicked, it ran out of time) counts as one.
type sum struct {
	live     io.Writer // nil: say nothing while reading
	passed   int
	failed   []string
	skipped  []string
	output   map[string][]string // what a test, package or build printed so far
	failedIn map[string]bool     // packages with a failed test
}

func newSum() *sum {
	return &sum{output: map[string][]string{}, failedIn: map[string]bool{}}
}

func (s *sum) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Action == "" {
			s.tell("%s\n", lines.Text()) // what is no event comes from the toolchain itself
			continue
		}
		s.note(e)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading test results: %w", err)
	}
	return nil
}

func (s *sum) note(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		s.output[e.ImportPath] = append(s.output[e.ImportPath], e.Output)
	case "build-fail":
		s.tell("%s", strings.Join(s.output[e.ImportPath], ""))
	case "output":
		s.output[key] = append(s.output[key], e.Output)
	case "pass", "fail", "skip":
		if e.Test != "" {
			s.noteTest(e, key)
		} else {
			s.notePackage(e, key)
		}
		delete(s.output, key)
	}
}

func (s *sum) noteTest(e event, key string) {
	switch e.Action {
	case "pass":
		s.passed++
	case "skip":
		s.skipped = append(s.skipped, key)
	case "fail":
		s.failed = append(s.failed, key)
		s.failedIn[e.Package] = true
		s.tell("%s", strings.Join(s.output[key], ""))
	}
}

func (s *sum) notePackage(e event, key string) {
	switch {
	case e.Action == "skip": // no test files
	case e.Action == "pass":
		s.tell("ok    %6.1f s  %s\n", e.Elapsed, e.Package)
	default:
		if !s.failedIn[e.Package] {
			s.failed = append(s.failed, e.Package)
		}
		s.tell("%sFAIL  %6.1f s  %s\n", strings.Join(s.output[key], ""), e.Elapsed, e.Package)
	}
}

func (s *sum) tell(format string, args ...any) {
	if s.live != nil {
		fmt.Fprintf(s.live, format, args...)
	}
}

func (s *sum) print(w io.Writer) {
	for _, name := range s.skipped {
		fmt.Fprintln(w, "skipped:", name)
	}
	for _, name := range s.failed {
		fmt.Fprintln(w, "failed:", name)
	}
	fmt.Fprintf(w, "%d passed, %d failed\n", s.passed, len(s.failed))
}

func (s *sum) ok() bool { return len(s.failed) == 0 && s.passed > 0 }
