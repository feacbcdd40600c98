package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sluice/engine/mistakes"
)

// Outcome is what became of one request of a run, for people and for programs. What a request is for is as the file has it,
// so that no value of a variable is in it.
type Outcome struct {
	File         string   `json:"file"`
	Line         int      `json:"line"`
	Title        string   `json:"title"`
	Verb         Verb     `json:"verb"`
	Target       string   `json:"target"`
	Expected     []string `json:"expected,omitempty"`
	Got          string   `json:"got,omitempty"` // a code, or why there is no answer
	Milliseconds float64  `json:"milliseconds,omitempty"`
	Passed       bool     `json:"passed"`
	Failures     []string `json:"failures,omitempty"`
}

// OutcomeOf tells what became of a request of a file.
func OutcomeOf(file string, r *Result) Outcome {
	o := Outcome{
		File: file, Line: r.Request.Line, Title: r.Request.Title, Verb: r.Request.Verb, Target: r.Request.Target,
		Passed: r.Passed(),
	}
	for _, failure := range r.Failures {
		o.Failures = append(o.Failures, failure.Error())
	}
	for _, e := range r.Request.Expect {
		o.Expected = append(o.Expected, e.String())
	}
	if a := r.Answer; a.Answered || a.Err != nil || r.Exchange != nil {
		o.Got = a.String()
		o.Milliseconds = float64(a.RTT.Microseconds()) / 1000
	}
	return o
}

// Report sums a run of collections up.
type Report struct {
	Passed       int       `json:"passed"`
	Failed       int       `json:"failed"`
	NotSent      int       `json:"not_sent,omitempty"` // the run ended before them
	Milliseconds float64   `json:"milliseconds"`       // of the whole run
	Requests     []Outcome `json:"requests"`
}

// Add takes in what became of the next request.
func (r *Report) Add(o Outcome) {
	r.Requests = append(r.Requests, o)
	if o.Passed {
		r.Passed++
	} else {
		r.Failed++
	}
}

// End notes how long the run took, and how many requests it was to have.
func (r *Report) End(took time.Duration, requests int) {
	r.Milliseconds = float64(took.Microseconds()) / 1000
	r.NotSent = requests - len(r.Requests)
}

// String is the report as a text: a line each request, and why it failed below it.
func (r *Report) String() string {
	var b strings.Builder
	file := ""
	for _, o := range r.Requests {
		if o.File != file {
			file = o.File
			fmt.Fprintf(&b, "%s\n", file)
		}
		verdict := "ok    "
		if !o.Passed {
			verdict = "FAILED"
		}
		title := o.Title
		if title == "" {
			title = o.Target
		}
		fmt.Fprintf(&b, "%s  %-6s  %s", verdict, o.Verb, title)
		if o.Got != "" {
			fmt.Fprintf(&b, ": %s, %.1f ms", o.Got, o.Milliseconds)
		}
		b.WriteString("\n")
		for _, failure := range o.Failures {
			fmt.Fprintf(&b, "        -> %s\n", failure)
		}
	}
	b.WriteString(r.Sum() + "\n")
	return b.String()
}

// Sum is the last line of the report.
func (r *Report) Sum() string {
	text := fmt.Sprintf("%d requests, %d passed, %d failed", r.Passed+r.Failed+r.NotSent, r.Passed, r.Failed)
	if r.NotSent > 0 {
		text += fmt.Sprintf(", %d not sent", r.NotSent)
	}
	return text
}

// JSON is the report for programs.
func (r *Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read URIs and links in it, too
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return nil, mistakes.Errorf("writing the report: %w", err)
	}
	return b.Bytes(), nil
}
