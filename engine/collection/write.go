package collection

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bytes writes the file.
func (f *File) Bytes() []byte { return []byte(f.preamble + strings.Join(f.sources, "")) }

// Update puts r in the place of request i. Lines that say the same as before stay as they are written and where they are,
// with the comments. Requests of the file are read anew with each change.
func (f *File) Update(i int, r *Request) {
	f.sources[i] = rewritten(f.sources[i], f.Requests[i], r)
	f.reread()
}

// Insert puts a request before request i; len(Requests) puts it at the end.
func (f *File) Insert(i int, r *Request) {
	if before := f.textBefore(i); before != "" && !strings.HasSuffix(before, "\n\n") && !strings.HasSuffix(before, "\n\r\n") {
		if !strings.HasSuffix(before, "\n") {
			f.extend(i, "\n")
		}
		f.extend(i, "\n")
	}
	source := rewritten("", &Request{}, r)
	if i < len(f.sources) {
		source += "\n"
	}
	f.sources = slices.Insert(f.sources, i, source)
	f.reread()
}

// Remove takes request i out, with its comments.
func (f *File) Remove(i int) {
	f.sources = slices.Delete(f.sources, i, i+1)
	f.reread()
}

// SetVariable changes a variable, or adds it behind the others. The comment behind none is touched.
func (f *File) SetVariable(name, environment, value string) {
	line := "@" + name
	if environment != "" {
		line += "[" + environment + "]"
	}
	line += " = " + value
	lines := slices.Collect(strings.Lines(f.preamble))
	at := 0
	for _, v := range f.Variables {
		at = max(at, v.Line)
		if v.Name == name && v.Environment == environment {
			written := lines[v.Line-1]
			lines[v.Line-1] = line + written[len(content(written)):]
			f.preamble = strings.Join(lines, "")
			f.reread()
			return
		}
	}
	if at > 0 && !strings.HasSuffix(lines[at-1], "\n") {
		lines[at-1] += "\n"
	}
	end := "\n"
	if at == 0 && len(f.sources) > 0 {
		end = "\n\n"
	}
	f.preamble = strings.Join(slices.Insert(lines, at, line+end), "")
	f.reread()
}

func (f *File) textBefore(i int) string {
	if i > 0 {
		return f.sources[i-1]
	}
	return f.preamble
}

func (f *File) extend(i int, text string) {
	if i > 0 {
		f.sources[i-1] += text
	} else {
		f.preamble += text
	}
}

// reread takes in what was written, so that lines are counted anew.
func (f *File) reread() {
	again, _ := Parse(f.Name, f.Bytes()) // mistakes in a request that was changed show when it is checked
	*f = *again
}

// rewritten is the source of a request that was was and is to be r.
func rewritten(source string, was, r *Request) string {
	end := "\n"
	title, rest, _ := strings.Cut(source, "\n")
	if strings.HasSuffix(title, "\r") {
		end = "\r\n"
	}
	first := title + "\n"
	if source == "" || was.Title != r.Title || rest == "" {
		first = strings.TrimSpace("### "+r.Title) + end
	}
	for _, h := range was.head {
		rest = strings.TrimPrefix(rest, h.source)
	}
	if was.Payload.Text != r.Payload.Text {
		blank := rest
		if was.Payload.Text != "" {
			blank = strings.TrimPrefix(rest[len(strings.TrimRight(rest, "\r\n")):], end)
		}
		rest = writtenBody(r.Payload.Text, end) + blank
	}
	return first + mergedHead(was.head, r.lines(), end) + rest
}

// writtenBody is a payload with the empty line before it and the line end behind it.
func writtenBody(text, end string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(end)
	for line := range strings.SplitSeq(text, "\n") {
		if isSeparator(strings.TrimLeft(line, `\`)) {
			line = `\` + line
		}
		b.WriteString(line + end)
	}
	return b.String()
}

// mergedHead writes lines; those that are in old as well are written as there, at their place, with the comments.
func mergedHead(old []headLine, lines []string, end string) string {
	type placed struct {
		at   float64
		text string
	}
	var all []placed
	used := make([]bool, len(old))
	last := -1.0
	for i, line := range lines {
		at := slices.IndexFunc(old, func(h headLine) bool { return h.meaning != "" })
		if i > 0 || at < 0 || canonical(old[at].meaning, true) == line {
			at = unused(old, used, line, i == 0)
		} else {
			// The first line stays the first, below the comments before it.
			last, at = float64(at), -1
		}
		if at < 0 {
			last += 1e-6
			all = append(all, placed{last, line + end})
			continue
		}
		used[at] = true
		last = float64(at)
		text := old[at].source
		if !strings.HasSuffix(text, "\n") {
			text += end
		}
		all = append(all, placed{last, text})
	}
	for i, h := range old {
		if h.meaning == "" {
			all = append(all, placed{float64(i), h.source})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.text)
	}
	return b.String()
}

// unused returns the index of the first line that says the same and is not used yet, or -1.
func unused(old []headLine, used []bool, line string, first bool) int {
	for i, h := range old {
		if h.meaning != "" && !used[i] && canonical(h.meaning, first) == line {
			return i
		}
	}
	return -1
}

// canonical is how lines writes what a line says.
func canonical(line string, first bool) string {
	r := &Request{}
	if first {
		if r.readFirst(line) != nil {
			return line
		}
		return r.lines()[0]
	}
	if r.readLine(line) != nil {
		return line
	}
	if written := r.lines(); len(written) == 2 {
		return written[1]
	}
	return line
}

// lines writes the head of a request.
func (r *Request) lines() []string {
	first := string(r.Verb) + " " + r.Target
	if r.Verb == Cancel {
		first += " " + string(r.Ending)
	}
	lines := []string{first}
	for _, o := range r.Options {
		lines = append(lines, strings.TrimSpace(o.Name+": "+o.Value))
	}
	lines = append(lines, r.Settings.lines()...)
	switch {
	case r.Payload.Kind == FilePayload:
		lines = append(lines, "payload file "+r.Payload.Path)
	case r.Payload.Kind != "":
		lines = append(lines, "payload "+string(r.Payload.Kind))
	}
	if r.Observe != "" {
		lines = append(lines, "observe as "+r.Observe)
	}
	for _, e := range r.Expect {
		lines = append(lines, "expect "+e.text())
	}
	for _, s := range r.Save {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("save %s = %s %s", s.Name, s.Source, s.Of)))
	}
	return lines
}

func (s Settings) lines() []string {
	var lines []string
	add := func(there bool, name, value string) {
		if there {
			lines = append(lines, strings.TrimSpace("with "+name+" "+value))
		}
	}
	add(s.Type != "", "type", s.Type)
	add(s.Token != "", "token", s.Token)
	add(s.BlockSize != 0, "block-size", strconv.Itoa(s.BlockSize))
	add(s.EarlyNegotiation, "early-negotiation", "")
	add(s.SingleMessages, "single-messages", "")
	add(s.ACKTimeout != 0, "ack-timeout", s.ACKTimeout.String())
	add(s.ACKRandomFactor != 0, "ack-random-factor", strconv.FormatFloat(s.ACKRandomFactor, 'g', -1, 64))
	if s.MaxRetransmit != nil {
		add(true, "max-retransmit", strconv.Itoa(*s.MaxRetransmit))
	}
	add(s.Timeout != 0, "timeout", s.Timeout.String())
	add(s.Socket != "", "socket", s.Socket)
	add(s.Identity != "", "identity", s.Identity)
	add(s.Authority != "", "authority", s.Authority)
	return lines
}

// String is the request as a file has it.
func (r *Request) String() string { return rewritten("", &Request{}, r) }
