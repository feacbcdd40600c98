package device

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/expr-lang/expr"

	"sluice/engine/mistakes"
)

// Template says what a kind of device does. It is made by ParseTemplate and not modified.
type Template struct {
	Kind     string
	About    string
	Interval time.Duration
	Jitter   time.Duration
	// NonConfirmable says that it publishes with NON messages.
	NonConfirmable bool
	// Source is the text it was read from.
	Source string

	names     []string // of the variables, in order
	start     []assignment
	step      []assignment
	publishes []publish
	observes  []observe
	download  *download
}

type assignment struct {
	variable string
	value    *expression
}

type publish struct {
	topic   string
	when    *expression // nil: always
	payload *expression
	retain  bool
}

type observe struct {
	topic     string
	set       []assignment
	publishes bool // all it publishes, after each notification
}

type download struct {
	topic string
	size  int
}

// file is a template as it is written.
type templateFile struct {
	Kind        string            `toml:"kind"`
	About       string            `toml:"about"`
	Interval    string            `toml:"interval"`
	Jitter      string            `toml:"jitter"`
	Confirmable *bool             `toml:"confirmable"`
	Start       map[string]string `toml:"start"`
	Step        map[string]string `toml:"step"`
	Publish     []struct {
		Topic   string `toml:"topic"`
		When    string `toml:"when"`
		Payload string `toml:"payload"`
		Retain  bool   `toml:"retain"`
	} `toml:"publish"`
	Observe []struct {
		Topic   string            `toml:"topic"`
		Set     map[string]string `toml:"set"`
		Publish bool              `toml:"publish"`
	} `toml:"observe"`
	Download *struct {
		Topic string `toml:"topic"`
		Size  int    `toml:"size"`
	} `toml:"download"`
}

// TemplateError says where a template is wrong.
type TemplateError struct {
	// Line and Column count from 1, in characters of the template; 0: it is not known.
	Line, Column int
	Key          string // as in "publish[1].payload"; empty: the file is not TOML
	Err          error
}

// Error names the place.
func (e *TemplateError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *TemplateError) Words() error {
	problem := e.Err
	if e.Key != "" {
		problem = mistakes.Errorf("%s: %w", e.Key, problem)
	}
	switch {
	case e.Line > 0 && e.Column > 0:
		return mistakes.Errorf("line %d, column %d: %w", e.Line, e.Column, problem)
	case e.Line > 0:
		return mistakes.Errorf("line %d: %w", e.Line, problem)
	}
	return problem
}

// Unwrap gives what is wrong.
func (e *TemplateError) Unwrap() error { return e.Err }

var (
	kindPattern     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	variablePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	placeholder     = regexp.MustCompile(`\$\{[^}]*\}?`)
)

// ParseTemplate reads a template. The error is a *TemplateError.
func ParseTemplate(source string) (*Template, error) {
	if len(source) > maxTemplateBytes {
		return nil, &TemplateError{Err: mistakes.Errorf("longer than %d bytes", maxTemplateBytes)}
	}
	var f templateFile
	meta, err := toml.Decode(source, &f)
	var at toml.ParseError
	switch {
	case errors.As(err, &at):
		return nil, &TemplateError{Line: at.Position.Line, Column: at.Position.Col, Key: at.LastKey, Err: errors.New(at.Message)}
	case err != nil:
		if wrong := mistyped(err); wrong != nil {
			return nil, wrong
		}
		return nil, &TemplateError{Err: err}
	}
	p := templateParser{source: source, t: &Template{Source: source}}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		p.fail(unknown[0].String(), mistakes.New("not known here"))
	}
	p.read(&f)
	if p.err != nil {
		return nil, p.err
	}
	return p.t, nil
}

// templateParser checks a template. The first mistake counts.
type templateParser struct {
	source string
	t      *Template
	err    *TemplateError
}

func (p *templateParser) fail(key string, err error) {
	if p.err != nil {
		return
	}
	p.err = &TemplateError{Line: p.line(key), Key: key, Err: err}
}

// failIn is fail for an expression: the place is that of the template where the expression stands there as it is, without
// the escapes of TOML.
func (p *templateParser) failIn(key, source string, err error) {
	if p.err != nil {
		return
	}
	p.fail(key, err)
	within := (*ExpressionError)(nil)
	if !errors.As(err, &within) {
		return
	}
	begin := 0
	for range p.err.Line - 1 {
		begin += strings.IndexByte(p.source[begin:], '\n') + 1
	}
	begin += strings.IndexByte(p.source[begin:], '=') + 1 // a variable's name may be its expression too
	at := strings.Index(p.source[begin:], source)
	if at < 0 {
		return
	}
	before := p.source[:begin+at]
	p.err.Line, p.err.Column = 1+strings.Count(before, "\n")+within.Line-1, within.Column
	if within.Line == 1 {
		p.err.Column += utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	}
	p.err.Err = within.Problem
}

var indexed = regexp.MustCompile(`^(\w+)\[(\d+)\]\.?`)

// line finds where a key is written. Keys are short, and a mistake is rare: the text is searched.
func (p *templateParser) line(key string) int {
	lines := strings.Split(p.source, "\n")
	at, rest := 0, key
	if m := indexed.FindStringSubmatch(key); m != nil {
		n, _ := strconv.Atoi(m[2]) // digits
		rest = key[len(m[0]):]
		for i, line := range lines {
			if strings.HasPrefix(strings.TrimSpace(line), "[["+m[1]+"]]") {
				if n--; n == 0 {
					at = i
				}
			}
		}
	} else if table, inner, ok := strings.Cut(key, "."); ok {
		for i, line := range lines {
			if strings.HasPrefix(strings.TrimSpace(line), "["+table+"]") {
				at, rest = i, inner
			}
		}
	}
	last := rest[strings.LastIndexByte(rest, '.')+1:]
	for i := at; i < len(lines); i++ {
		name, _, ok := strings.Cut(lines[i], "=")
		name = strings.TrimSpace(name)
		if ok && (name == rest || name == last || strings.HasSuffix(name, "."+last)) {
			return i + 1
		}
	}
	return at + 1
}

func (p *templateParser) read(f *templateFile) {
	t := p.t
	t.Kind, t.About = f.Kind, f.About
	if !kindPattern.MatchString(f.Kind) {
		p.fail("kind", mistakes.New("must be a word of small letters, digits and hyphens, at most 32"))
	}
	t.Interval = p.duration("interval", f.Interval, MinInterval)
	t.Jitter = p.duration("jitter", f.Jitter, 0)
	t.NonConfirmable = f.Confirmable != nil && !*f.Confirmable
	t.names = slices.Sorted(maps.Keys(f.Start))
	if len(t.names) > maxVariables {
		p.fail("start", mistakes.Errorf("more than %d variables", maxVariables))
	}
	known := vocabulary()
	for _, name := range t.names {
		if _, taken := known[name]; taken || !variablePattern.MatchString(name) {
			p.fail("start."+name, mistakes.New("not the name of a variable: small letters, digits and _, and no name that has a meaning"))
		}
	}
	t.start = p.assignments("start", f.Start, nil)
	t.step = p.assignments("step", f.Step, t.names)
	if len(f.Publish) > maxPublishes || len(f.Observe) > maxObserves {
		p.fail("publish", mistakes.Errorf("more than %d of [[publish]] or %d of [[observe]]", maxPublishes, maxObserves))
		return
	}
	for i, one := range f.Publish {
		key := fmt.Sprintf("publish[%d].", i+1)
		t.publishes = append(t.publishes, publish{
			topic: p.topic(key+"topic", one.Topic), retain: one.Retain,
			when:    p.optional(key+"when", one.When, expr.AsBool()),
			payload: p.expression(key+"payload", one.Payload, t.names),
		})
	}
	for i, one := range f.Observe {
		key := fmt.Sprintf("observe[%d].", i+1)
		t.observes = append(t.observes, observe{
			topic: p.topic(key+"topic", one.Topic), set: p.assignments(key+"set", one.Set, t.names), publishes: one.Publish,
		})
	}
	if d := f.Download; d != nil {
		t.download = &download{topic: p.topic("download.topic", d.Topic), size: d.Size}
		if d.Size < 1 || d.Size > maxImage {
			p.fail("download.size", mistakes.Errorf("must be from 1 to %d bytes", maxImage))
		}
	}
	if len(t.publishes)+len(t.observes) == 0 && t.download == nil {
		p.fail("kind", mistakes.New("the template neither publishes nor observes nor downloads"))
	}
}

func (p *templateParser) duration(key, text string, least time.Duration) time.Duration {
	if text == "" && least == 0 {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > MaxInterval {
		p.fail(key, mistakes.Errorf(`must be a time from %v to %v, as "10s"`, least, MaxInterval))
	}
	return d
}

func (p *templateParser) topic(key, topic string) string {
	switch {
	case topic == "" || len(topic) > 255 || strings.ContainsAny(topic, "+#\x00"):
		p.fail(key, mistakes.New("must be the name of a topic, of at most 255 bytes and without wildcards"))
	case strings.HasPrefix(topic, "/") || strings.HasSuffix(topic, "/") || strings.Contains(topic, "//"):
		p.fail(key, mistakes.New("must have something between, before and behind each /"))
	}
	for _, found := range placeholder.FindAllString(topic, -1) {
		if !slices.Contains(placeholders, found) {
			p.fail(key, mistakes.Errorf("%s is none of %s", found, strings.Join(placeholders, ", ")))
		}
	}
	return topic
}

func (p *templateParser) optional(key, source string, options ...expr.Option) *expression {
	if source == "" {
		return nil
	}
	return p.expression(key, source, p.t.names, options...)
}

func (p *templateParser) expression(key, source string, names []string, options ...expr.Option) *expression {
	if strings.TrimSpace(source) == "" {
		p.fail(key, mistakes.New("an expression is missing"))
		return nil
	}
	x, err := compile(source, names, options...)
	if err != nil {
		p.failIn(key, source, err)
	}
	return x
}

// assignments are made in the order of the variables, all with the values before them.
func (p *templateParser) assignments(key string, sources map[string]string, names []string) (all []assignment) {
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if !slices.Contains(p.t.names, name) {
			p.fail(key+"."+name, mistakes.New("no variable of [start]"))
		}
		all = append(all, assignment{name, p.expression(key+"."+name, sources[name], names)})
	}
	return all
}

// Topic is the first topic of the template, with its placeholders.
func (t *Template) Topic() string {
	switch {
	case len(t.publishes) > 0:
		return t.publishes[0].topic
	case len(t.observes) > 0:
		return t.observes[0].topic
	}
	return t.download.topic
}

// Observes counts the topics that a device of the template observes.
func (t *Template) Observes() int { return len(t.observes) }

// Publishes counts what a device of the template may publish in a round.
func (t *Template) Publishes() int { return len(t.publishes) }

// Downloads reports whether a device of the template downloads firmware.
func (t *Template) Downloads() bool { return t.download != nil }
