package collection

import (
	"crypto/rand"
	"fmt"
	"maps"
	"math"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/engine/mistakes"
)

// placeholder is {{...}} with a name or a function in it, or \{{ before it.
var placeholder = regexp.MustCompile(`\\?\{\{[ \t]*([A-Za-z_][^{}\r\n]*?)[ \t]*\}\}`)

func withoutPlaceholders(text string) string { return placeholder.ReplaceAllString(text, "x") }

// maxDepth is how deep variables may name each other, maxExpanded how long a text may become, in bytes.
const (
	maxDepth    = 16
	maxExpanded = 16 << 20
)

// functions are what a placeholder may call, with how many arguments.
var functions = map[string]struct{ least, most int }{
	"now": {0, 1}, "counter": {0, 0}, "random": {2, 2}, "uuid": {0, 0}, "getenv": {1, 1},
}

// templateProblem says what is wrong with a placeholder of text, or returns nil.
func templateProblem(text string) error {
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		if found[0][0] == '\\' {
			continue
		}
		words := strings.Fields(found[1])
		arguments, function := functions[words[0]]
		switch {
		case function && (len(words)-1 < arguments.least || len(words)-1 > arguments.most):
			return mistakes.Errorf("%s needs other arguments", braced(found[1]))
		case words[0] == "random":
			if _, err := random(words[1], words[2]); err != nil {
				return mistakes.Errorf("%s %w", braced(found[1]), err)
			}
		case words[0] == "now" && len(words) == 2 && words[1] != "unix" && words[1] != "unixms":
			return mistakes.Errorf("%s is neither now, now unix nor now unixms", braced(found[1]))
		case !function && (len(words) > 1 || !variableName.MatchString(words[0])):
			return mistakes.Errorf("%s is neither a variable nor now, counter, random, uuid or getenv", braced(found[1]))
		}
	}
	return nil
}

// braced is a placeholder as it is written.
func braced(expression string) string { return "{{" + expression + "}}" }

// Scope knows what variables stand for while requests are sent. A variable of a file gets its value when it is first
// needed and keeps it. It must not be used by several goroutines at a time.
type Scope struct {
	// Now is the clock of {{now}}, Getenv looks up {{getenv}}; nil: the system's.
	Now    func() time.Time
	Getenv func(name string) (string, bool)
	// CommandLine has the mistake of a variable without a value name the flag that gives it one.
	CommandLine bool

	environment string
	given       map[string]string
	saved       map[string]string
	written     map[string]string // of files, not replaced yet
	inOne       map[string]string // the same, for the environment alone
	found       map[string]string
	savers      map[string]string // titles of the requests whose answers give values
	counter     int
	counted     bool // the request at hand has its number
}

// NewScope makes a scope for one environment, which may be empty. What is given counts before all else.
func NewScope(environment string, given map[string]string) *Scope {
	return &Scope{
		environment: environment, given: maps.Clone(given),
		saved: map[string]string{}, written: map[string]string{}, inOne: map[string]string{}, found: map[string]string{}, savers: map[string]string{},
	}
}

// Add takes in the variables of a file. Of two files that have the same, the one that is added later counts, but what is
// for the environment counts before what is for all.
func (s *Scope) Add(f *File) {
	for _, v := range f.Variables {
		switch v.Environment {
		case "":
			s.written[v.Name] = v.Value
		case s.environment:
			s.inOne[v.Name] = v.Value
		default:
			continue
		}
		delete(s.found, v.Name)
	}
	for _, r := range f.Requests {
		for _, saving := range r.Save {
			s.savers[saving.Name] = r.Title
		}
	}
}

// Environments lists the names that the variables of files have values for, in order.
func Environments(files ...*File) []string {
	names := map[string]bool{}
	for _, f := range files {
		for _, v := range f.Variables {
			if v.Environment != "" {
				names[v.Environment] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Clone returns a scope that goes on from here by itself.
func (s *Scope) Clone() *Scope {
	c := *s
	for _, values := range []*map[string]string{&c.given, &c.saved, &c.written, &c.inOne, &c.found, &c.savers} {
		*values = maps.Clone(*values)
	}
	return &c
}

// Saved returns the values that were saved.
func (s *Scope) Saved() map[string]string { return maps.Clone(s.saved) }

// Set saves a value for the requests that follow.
func (s *Scope) Set(name, value string) { s.saved[name] = value }

// Value returns what a variable stands for.
func (s *Scope) Value(name string) (string, error) { return s.value(name, 0) }

// Expand replaces the placeholders of a text.
func (s *Scope) Expand(text string) (string, error) { return s.expand(text, nil, 0) }

// next begins a request: {{counter}} grows at its next use.
func (s *Scope) next() { s.counted = false }

// expand replaces placeholders by their values, each of which escape, if not nil, is applied to.
func (s *Scope) expand(text string, escape func(string) string, depth int) (string, error) {
	var b strings.Builder
	last := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[last:at[0]])
		last = at[1]
		if text[at[0]] == '\\' {
			b.WriteString(text[at[0]+1 : at[1]])
			continue
		}
		value, err := s.evaluate(text[at[2]:at[3]], depth)
		if err != nil {
			return "", err
		}
		if escape != nil {
			value = escape(value)
		}
		b.WriteString(value)
		if b.Len() > maxExpanded {
			return "", mistakes.New("the text becomes too long")
		}
	}
	b.WriteString(text[last:])
	return b.String(), nil
}

// evaluate returns what stands for a placeholder.
func (s *Scope) evaluate(expression string, depth int) (string, error) {
	if problem := templateProblem(braced(expression)); problem != nil {
		return "", problem
	}
	words := strings.Fields(expression)
	switch words[0] {
	case "now":
		now := s.now()
		switch {
		case len(words) == 1:
			return now.UTC().Format(time.RFC3339), nil
		case words[1] == "unix":
			return strconv.FormatInt(now.Unix(), 10), nil
		}
		return strconv.FormatInt(now.UnixMilli(), 10), nil
	case "counter":
		if !s.counted {
			s.counted = true
			s.counter++
		}
		return strconv.Itoa(s.counter), nil
	case "random":
		return random(words[1], words[2])
	case "uuid":
		return uuid(), nil
	case "getenv":
		return s.getenv(words[1])
	}
	return s.value(words[0], depth+1)
}

func (s *Scope) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Scope) getenv(name string) (string, error) {
	lookUp := s.Getenv
	if lookUp == nil {
		lookUp = os.LookupEnv
	}
	value, ok := lookUp(name)
	if !ok {
		return "", mistakes.Errorf("%s is not in the environment", name)
	}
	return value, nil
}

func (s *Scope) value(name string, depth int) (string, error) {
	for _, values := range []map[string]string{s.given, s.saved, s.found} {
		if value, ok := values[name]; ok {
			return value, nil
		}
	}
	written, ok := s.inOne[name]
	if !ok {
		written, ok = s.written[name]
	}
	if saver, saved := s.savers[name]; !ok && saved {
		return "", mistakes.Errorf("%s has no value yet: the answer to %q gives it one, which was not sent or failed", braced(name), saver)
	}
	if !ok && s.CommandLine {
		return "", mistakes.Errorf("%s has no value; give it one by @%s = VALUE or --var %s=VALUE", braced(name), name, name)
	}
	if !ok {
		return "", mistakes.Errorf("%s has no value; give it one by @%s = VALUE", braced(name), name)
	}
	if depth > maxDepth {
		return "", mistakes.Errorf("%s stands for itself, or names variables deeper than %d", braced(name), maxDepth)
	}
	value, err := s.expand(written, nil, depth)
	if err != nil {
		return "", err
	}
	s.found[name] = value
	return value, nil
}

// random returns a number from one to another, with as many decimals as the longer of them.
func random(from, to string) (string, error) {
	low, err1 := strconv.ParseFloat(from, 64)
	high, err2 := strconv.ParseFloat(to, 64)
	decimals := max(decimalsOf(from), decimalsOf(to))
	scale := math.Pow10(decimals)
	if err1 != nil || err2 != nil || low > high || math.Abs(low*scale) > 1<<53 || math.Abs(high*scale) > 1<<53 {
		return "", mistakes.New("needs two numbers, the smaller one first")
	}
	first := int64(math.Round(low * scale))
	steps := big.NewInt(int64(math.Round(high*scale)) - first + 1)
	n, err := rand.Int(rand.Reader, steps)
	if err != nil {
		return "", mistakes.Errorf("choosing a number: %w", err)
	}
	return strconv.FormatFloat(float64(first+n.Int64())/scale, 'f', decimals, 64), nil
}

func decimalsOf(number string) int {
	_, decimals, _ := strings.Cut(number, ".")
	return min(len(decimals), 15)
}

// uuid returns a random UUID (RFC 9562, section 5.4).
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
