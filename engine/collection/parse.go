package collection

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/engine/mistakes"
)

var (
	variableLine = regexp.MustCompile(`^@([A-Za-z_][A-Za-z0-9_.-]*)(?:\[([A-Za-z0-9_.-]+)\])?[ \t]*=[ \t]*(.*)$`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
)

// isSeparator reports whether a line begins a request.
func isSeparator(line string) bool { return strings.HasPrefix(line, "###") }

// headLine is a line of the head of a request after the first.
type headLine struct {
	source  string // with its line end
	meaning string // as write writes it; empty: a comment
}

// Open reads a file.
func Open(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, mistakes.Errorf("reading requests: %w", err)
	}
	return Parse(path, data)
}

// Parse reads a file. The error is of type Errors; what could be read is returned with it.
func Parse(name string, data []byte) (*File, error) {
	f := &File{Name: name}
	p := &parser{file: f}
	text := string(data)
	switch {
	case len(data) > maxFile:
		p.problem(0, "is longer than %d bytes", maxFile)
	case !utf8.ValidString(text):
		p.problem(0, "is not UTF-8")
	default:
		p.read(text)
	}
	if len(p.errs) > 0 {
		slices.SortStableFunc(p.errs, func(a, b *Error) int { return a.Line - b.Line })
		return f, p.errs
	}
	return f, nil
}

// parser reads a file and collects its mistakes.
type parser struct {
	file *File
	errs Errors
}

func (p *parser) problem(line int, format string, args ...any) {
	p.errs = append(p.errs, &Error{p.file.Name, line, mistakes.Errorf(format, args...)})
}

// read takes the text apart at the lines that begin a request.
func (p *parser) read(text string) {
	var section []string
	start, at := 1, 0
	flush := func() {
		if start == 1 && (len(section) == 0 || !isSeparator(strings.TrimPrefix(section[0], "\ufeff"))) {
			p.preamble(section)
		} else {
			p.request(start, section)
		}
	}
	for line := range strings.Lines(text) {
		at++
		if isSeparator(line) && at > 1 {
			flush()
			start, section = at, nil
		}
		section = append(section, line)
	}
	flush()
	observations := map[string]bool{}
	for _, r := range p.file.Requests {
		if (r.Verb == Await || r.Verb == Cancel) && !observations[r.Target] {
			p.problem(r.Line, "no request before it says observe as %s", r.Target)
		}
		if r.Observe != "" {
			observations[r.Observe] = true
		}
	}
}

// content is a line without its line end.
func content(line string) string { return strings.TrimRight(line, "\r\n") }

func (p *parser) preamble(lines []string) {
	p.file.preamble = strings.Join(lines, "")
	seen := map[string]bool{}
	for i, line := range lines {
		line = strings.TrimSpace(content(line))
		if i == 0 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line == "" || line[0] == '#' {
			continue
		}
		found := variableLine.FindStringSubmatch(line)
		if found == nil {
			p.problem(i+1, "is neither a comment, nor @NAME = VALUE, nor ### and a title")
			continue
		}
		v := Variable{Name: found[1], Environment: found[2], Value: strings.TrimSpace(found[3]), Line: i + 1}
		if seen[v.Name+"["+v.Environment] {
			p.problem(v.Line, "@%s has a value already", v.Name)
		}
		seen[v.Name+"["+v.Environment] = true
		if _, function := functions[v.Name]; function {
			p.problem(v.Line, "@%s is the name of a function", v.Name)
		}
		if problem := templateProblem(v.Value); problem != nil {
			p.problem(v.Line, "%w", problem)
		}
		p.file.Variables = append(p.file.Variables, v)
	}
}

// request reads one request from its ### to the line before the next.
func (p *parser) request(line int, lines []string) {
	r := &Request{Line: line, Title: strings.TrimSpace(strings.TrimLeft(strings.TrimPrefix(content(lines[0]), "\ufeff"), "#"))}
	p.file.Requests = append(p.file.Requests, r)
	p.file.sources = append(p.file.sources, strings.Join(lines, ""))
	i := 1
	for ; i < len(lines); i++ {
		text := strings.TrimSpace(content(lines[i]))
		if text == "" && r.Verb != "" {
			break
		}
		meaning := ""
		if text != "" && text[0] != '#' {
			meaning = p.headLine(line+i, r, text)
		}
		r.head = append(r.head, headLine{lines[i], meaning})
	}
	if r.Verb == "" {
		p.problem(line, "the request has no line METHOD URI")
		return
	}
	if i < len(lines) {
		r.Payload.Text = body(lines[i+1:])
	}
	p.complete(r)
}

// headLine reads a line of the head and returns it as it is written by write.
func (p *parser) headLine(line int, r *Request, text string) string {
	if problem := templateProblem(text); problem != nil {
		p.problem(line, "%w", problem)
		if r.Verb == "" {
			_ = readFirst(r, text) // one mistake in a line is enough
		}
		return text
	}
	var err error
	if r.Verb == "" {
		err = readFirst(r, text)
	} else {
		err = r.readLine(text)
	}
	if err != nil {
		p.problem(line, "%w", err)
	}
	return text
}

// body is the payload of the lines after the head.
func body(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		line = content(line)
		if unescaped := strings.TrimLeft(line, `\`); len(unescaped) < len(line) && isSeparator(unescaped) {
			line = line[1:]
		}
		b.WriteString(line + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// readFirst reads the line METHOD URI. Where its method is unknown the lines that follow are read as those of a GET.
func readFirst(r *Request, text string) error {
	err := r.readFirst(text)
	if err != nil && !r.Verb.IsMethod() && r.Verb != Ping {
		r.Verb = GET
	}
	return err
}

// complete checks what only the whole request shows.
func (p *parser) complete(r *Request) {
	if problem := templateProblem(r.Payload.Text); problem != nil {
		p.problem(r.Line, "the payload: %w", problem)
	}
	switch {
	case r.Payload.Kind == FilePayload && r.Payload.Text != "":
		p.problem(r.Line, "the payload is a file, and there is another below")
	case !r.Verb.IsMethod() && (r.Payload != Payload{} || len(r.Options) > 0 || r.Observe != ""):
		p.problem(r.Line, "%s has no options, no payload and begins no observation", r.Verb)
	case r.Observe != "" && r.Verb != GET && r.Verb != FETCH:
		p.problem(r.Line, "only GET and FETCH observe")
	}
}

// ParseRequest reads one request of a file, from its line ###. The error is of type Errors, with lines of the text; what
// could be read is returned with it, nil if that is nothing.
func ParseRequest(text string) (*Request, error) {
	p := &parser{file: &File{}}
	lines := slices.Collect(strings.Lines(text))
	switch {
	case !utf8.ValidString(text):
		p.problem(0, "is not UTF-8")
	case len(lines) == 0 || !isSeparator(lines[0]):
		p.problem(1, "a request begins with ### and its title")
	default:
		if i := slices.IndexFunc(lines[1:], isSeparator); i >= 0 {
			p.problem(i+2, "another request begins; this one ends before")
			lines = lines[:i+1]
		}
		p.request(1, lines)
	}
	var r *Request
	if len(p.file.Requests) > 0 {
		r = p.file.Requests[0]
	}
	if len(p.errs) > 0 {
		return r, p.errs
	}
	return r, nil
}
