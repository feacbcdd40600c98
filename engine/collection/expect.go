package collection

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/mistakes"
)

// Subject is what an expectation is about.
type Subject string

// Subjects.
const (
	Code       Subject = "code"
	PayloadIs  Subject = "payload"
	JSON       Subject = "json"
	CBOR       Subject = "cbor"
	OptionIs   Subject = "option"
	NoOption   Subject = "no option"
	Within     Subject = "within"
	Reset      Subject = "reset"
	Unanswered Subject = "no answer"
)

// Expectation is a line expect.
type Expectation struct {
	Subject Subject
	Of      string // the option's name, or the path in JSON or CBOR
	Op      string // of a payload, a path or an option
	Value   string
}

var (
	payloadOps = []string{"equals", "contains", "matches", "empty", "hex"}
	pathOps    = []string{"=", "!=", "<=", ">=", "<", ">", "contains", "exists"}
	codeForm   = regexp.MustCompile(`^[0-7]\.(?:[0-9]{2}|\*)$`)
)

func readExpectation(text string) (Expectation, error) {
	subject, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	e := Expectation{Subject: Subject(subject), Value: rest}
	switch e.Subject {
	case Code:
		for _, code := range strings.Fields(rest) {
			if !codeForm.MatchString(code) && !placeholder.MatchString(code) {
				return e, mistakes.Errorf("%q is no code such as 2.05 or 2.*", code)
			}
		}
		if rest == "" {
			return e, mistakes.New("expect code needs a code such as 2.05 or 2.*")
		}
		return e, nil
	case PayloadIs:
		return e.readPayload(rest)
	case JSON, CBOR:
		return e.readPath(rest)
	case OptionIs:
		return e.readOption(rest)
	case Within:
		_, err := positive(rest)
		if err != nil {
			return e, mistakes.Errorf("expect within: %q %w", rest, err)
		}
		return e, nil
	case Reset:
		if rest == "" {
			return e, nil
		}
	case "no":
		if rest == "answer" {
			return Expectation{Subject: Unanswered}, nil
		}
		if name, ok := strings.CutPrefix(rest, "option "); ok {
			name = strings.TrimSpace(name)
			_, err := optionNumber(name)
			return Expectation{Subject: NoOption, Of: name}, err
		}
	}
	return e, mistakes.Errorf("%q can not be expected; code, payload, json, cbor, option, no option, within, reset and no answer can", text)
}

func (e Expectation) readPayload(text string) (Expectation, error) {
	e.Op, e.Value, _ = strings.Cut(text, " ")
	var err error
	switch {
	case !slices.Contains(payloadOps, e.Op):
		err = mistakes.Errorf("expect payload %q is none of equals, contains, matches, empty and hex", e.Op)
	case (e.Op == "empty") != (e.Value == ""):
		err = mistakes.Errorf("expect payload %s: %q", e.Op, e.Value)
	case placeholder.MatchString(e.Value):
	case e.Op == "matches":
		_, err = regexp.Compile(e.Value)
	case e.Op == "hex":
		_, err = hexBytes(e.Value)
	}
	return e, err
}

func (e Expectation) readPath(text string) (Expectation, error) {
	for _, op := range pathOps {
		if path, value, found := strings.Cut(text, " "+op); found && (value == "" || value[0] == ' ') {
			e.Of, e.Op, e.Value = strings.TrimSpace(path), op, strings.TrimSpace(value)
			break
		}
	}
	if e.Op == "" || (e.Op == "exists") != (e.Value == "") {
		return e, mistakes.Errorf("expect %s needs PATH and exists, or PATH, one of =, !=, <, <=, >, >=, contains, and a value", e.Subject)
	}
	_, err := parsePath(e.Of)
	return e, err
}

func (e Expectation) readOption(text string) (Expectation, error) {
	name, value, found := strings.Cut(text, "=")
	e.Of, e.Value, e.Op = strings.TrimSpace(name), strings.TrimSpace(value), "exists"
	if found {
		e.Op = "="
		return e, Option{e.Of, e.Value}.check()
	}
	_, err := optionNumber(e.Of)
	return e, err
}

// text writes the expectation as it is read.
func (e Expectation) text() string {
	switch e.Subject {
	case Code, Within:
		return string(e.Subject) + " " + e.Value
	case PayloadIs:
		return strings.TrimSuffix("payload "+e.Op+" "+e.Value, " ")
	case JSON, CBOR:
		return strings.TrimSuffix(fmt.Sprintf("%s %s %s %s", e.Subject, e.Of, e.Op, e.Value), " ")
	case OptionIs:
		if e.Op == "=" {
			return "option " + e.Of + " = " + e.Value
		}
		return "option " + e.Of
	case NoOption:
		return "no option " + e.Of
	}
	return string(e.Subject)
}

// String is the line of the expectation without the word expect.
func (e Expectation) String() string { return e.text() }

// Answer is what came back of a request, or a notification.
type Answer struct {
	Answered bool // false: nothing, or a Reset, which Err says
	Err      error
	Code     codes.Code
	Options  message.Options
	Payload  []byte
	RTT      time.Duration
}

// AnswerTo makes an Answer of an exchange.
func AnswerTo(x *client.Exchange, err error) Answer {
	return Answer{Answered: x.Answered, Err: err, Code: x.Code, Options: x.Options, Payload: x.Payload, RTT: x.RTT}
}

// Check returns why an answer is not what is expected, a sentence for each expectation that is not met; variables of the
// expectations are replaced.
func (r *Request) Check(s *Scope, a Answer) []error {
	var failures []error
	silent, reset := r.expects(Unanswered), r.expects(Reset) || r.Verb == Ping
	switch {
	case a.Err != nil && !(silent && isUnanswered(a.Err)) && !(reset && errors.Is(a.Err, client.ErrReset)):
		return []error{a.Err}
	case a.Answered && silent:
		failures = append(failures, mistakes.Errorf("no answer was expected, %s came", codeText(a.Code)))
	case a.Err == nil && r.expects(Reset) && r.Verb != Ping:
		failures = append(failures, mistakes.Errorf("a Reset was expected, %s came", codeText(a.Code)))
	}
	for _, e := range r.Expect {
		value, err := s.Expand(e.Value)
		if err == nil {
			expected := e
			expected.Value = value
			err = expected.met(a)
		}
		if err != nil {
			failures = append(failures, mistakes.Errorf("expected %s: %w", e.text(), err))
		}
	}
	return failures
}

func isUnanswered(err error) bool {
	return errors.Is(err, client.ErrUnanswered) || errors.Is(err, client.ErrRefused)
}

func (r *Request) expects(subject Subject) bool {
	return slices.ContainsFunc(r.Expect, func(e Expectation) bool { return e.Subject == subject })
}

// met reports nil, or what is the case instead.
func (e Expectation) met(a Answer) error {
	switch e.Subject {
	case Code:
		for _, code := range strings.Fields(e.Value) {
			if is := codeNumber(a.Code); code == is || strings.HasSuffix(code, "*") && code[:2] == is[:2] {
				return nil
			}
		}
		return mistakes.Errorf("it is %s", codeText(a.Code))
	case PayloadIs:
		return e.payloadMet(a.Payload)
	case JSON, CBOR:
		return e.pathMet(a.Payload)
	case OptionIs, NoOption:
		return e.optionMet(a.Options)
	case Within:
		limit, err := positive(e.Value)
		if err == nil && a.RTT > limit {
			err = mistakes.Errorf("it took %s", a.RTT.Round(time.Millisecond))
		}
		return err
	}
	return nil
}

func (e Expectation) payloadMet(payload []byte) error {
	wanted := unquoted(e.Value)
	met := false
	switch e.Op {
	case "equals":
		met = string(payload) == wanted
	case "contains":
		met = bytes.Contains(payload, []byte(wanted))
	case "matches":
		pattern, err := regexp.Compile(e.Value)
		if err != nil {
			return err
		}
		met = pattern.Match(payload)
	case "empty":
		met = len(payload) == 0
	case "hex":
		b, err := hexBytes(e.Value)
		if err != nil {
			return err
		}
		met = bytes.Equal(payload, b)
	}
	if met {
		return nil
	}
	if len(payload) == 0 {
		return mistakes.New("it is empty")
	}
	_, text := DescribePayload(payload, -1)
	return mistakes.Errorf("it is %s", shortened(text))
}

// unquoted reads a text in quotes as JSON does; any other is as it is.
func unquoted(text string) string {
	var s string
	if len(text) > 1 && text[0] == '"' && json.Unmarshal([]byte(text), &s) == nil {
		return s
	}
	return text
}

func hexBytes(text string) ([]byte, error) {
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, mistakes.Errorf("%q is not hexadecimal", text)
	}
	return b, nil
}

func (e Expectation) pathMet(payload []byte) error {
	found, err := at(payload, string(e.Subject), e.Of)
	if err != nil || e.Op == "exists" {
		return err
	}
	is, wanted := textOf(found), unquoted(e.Value)
	met := false
	switch e.Op {
	case "=", "!=":
		met = (is == wanted || sameNumber(is, wanted)) == (e.Op == "=")
	case "contains":
		met = strings.Contains(is, wanted)
	default:
		a, err1 := strconv.ParseFloat(is, 64)
		b, err2 := strconv.ParseFloat(wanted, 64)
		met = err1 == nil && err2 == nil && (e.Op == "<" && a < b || e.Op == "<=" && a <= b || e.Op == ">" && a > b || e.Op == ">=" && a >= b)
	}
	if met {
		return nil
	}
	return mistakes.Errorf("it is %s", shortened(is))
}

// at follows a path into a payload in JSON or CBOR.
func at(payload []byte, format, path string) (any, error) {
	steps, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	read := readJSON
	if format == string(CBOR) {
		read = readCBOR
	}
	value, err := read(payload)
	if err != nil {
		return nil, err
	}
	return walk(value, steps)
}

func sameNumber(a, b string) bool {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && x == y
}

func (e Expectation) optionMet(options message.Options) error {
	id, err := optionNumber(e.Of)
	if err != nil {
		return err
	}
	var values []string
	for _, o := range options {
		if o.ID == id {
			values = append(values, optionText(o))
		}
	}
	if e.Subject == NoOption || e.Op == "exists" {
		switch {
		case e.Subject == NoOption && len(values) > 0:
			return mistakes.Errorf("it is %s", strings.Join(values, ", "))
		case e.Subject == OptionIs && len(values) == 0:
			return mistakes.New("it is not there")
		}
		return nil
	}
	wanted, err := Option{e.Of, e.Value}.encode()
	if err != nil {
		return err
	}
	for _, o := range options {
		if o.ID == id && bytes.Equal(o.Value, wanted.Value) {
			return nil
		}
	}
	if len(values) == 0 {
		return mistakes.New("it is not there")
	}
	return mistakes.Errorf("it is %s", strings.Join(values, ", "))
}

// Take returns the values that the request saves of an answer.
func (r *Request) Take(a Answer) (map[string]string, error) {
	taken := map[string]string{}
	for _, s := range r.Save {
		value, err := s.of(a)
		if err != nil {
			return taken, mistakes.Errorf("save %s: %w", s.Name, err)
		}
		taken[s.Name] = value
	}
	return taken, nil
}

func (s Saving) of(a Answer) (string, error) {
	switch s.Source {
	case "payload":
		return string(a.Payload), nil
	case "code":
		return codeNumber(a.Code), nil
	case "option":
		return optionsTogether(a.Options, s.Of)
	}
	value, err := at(a.Payload, s.Source, s.Of)
	if err != nil {
		return "", err
	}
	return textOf(value), nil
}

// optionsTogether is the value of an option; Location-Path as a path, Location-Query as a query, others with commas.
func optionsTogether(options message.Options, name string) (string, error) {
	id, err := optionNumber(name)
	if err != nil {
		return "", err
	}
	var values []string
	for _, o := range options {
		if o.ID == id {
			values = append(values, optionText(o))
		}
	}
	switch {
	case len(values) == 0:
		return "", mistakes.Errorf("there is no %s", optionName(id))
	case id == message.LocationPath || id == message.URIPath:
		// EMQX 4 puts the whole path into one option.
		return "/" + strings.TrimPrefix(strings.Join(values, "/"), "/"), nil
	case id == message.LocationQuery || id == message.URIQuery:
		return strings.Join(values, "&"), nil
	}
	return strings.Join(values, ","), nil
}
