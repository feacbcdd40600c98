package conformance

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// anything is what * matches.
type anything struct{}

// parseDiagnostic reads CBOR diagnostic notation (RFC 8949, section 8) as far as rows need it: integers, floats, texts,
// byte strings, arrays, maps, tags, true, false and null, and * for anything.
func parseDiagnostic(s string) (any, error) {
	p := &diagnostic{rest: s}
	v := p.value()
	if p.space(); p.err == nil && p.rest != "" {
		p.fail("is followed by %q", p.rest)
	}
	return v, p.err
}

type diagnostic struct {
	rest string
	err  error
}

func (p *diagnostic) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("diagnostic notation "+format, args...)
	}
	p.rest = ""
}

func (p *diagnostic) space() { p.rest = strings.TrimLeft(p.rest, " ") }

// take skips prefix if it comes next.
func (p *diagnostic) take(prefix string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, prefix)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *diagnostic) expect(prefix string) {
	if !p.take(prefix) {
		p.fail("has %q where %q belongs", p.rest, prefix)
	}
}

func (p *diagnostic) value() any {
	switch {
	case p.take("*"):
		return anything{}
	case p.take("{"):
		m := map[any]any{}
		for first := true; p.err == nil && !p.take("}"); first = false {
			if !first {
				p.expect(",")
			}
			key := p.value()
			p.expect(":")
			m[key] = p.value()
		}
		return m
	case p.take("["):
		list := []any{}
		for first := true; p.err == nil && !p.take("]"); first = false {
			if !first {
				p.expect(",")
			}
			list = append(list, p.value())
		}
		return list
	case p.take("h'"):
		digits, rest, _ := strings.Cut(p.rest, "'")
		b, err := hex.DecodeString(digits)
		if p.rest = rest; err != nil {
			p.fail("has bytes %q", digits)
		}
		return b
	case p.take("true"):
		return true
	case p.take("false"):
		return false
	case p.take("null"):
		return nil
	case strings.HasPrefix(p.rest, `"`):
		quoted, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			p.fail("has text %q", p.rest)
			return nil
		}
		p.rest = p.rest[len(quoted):]
		s, _ := strconv.Unquote(quoted)
		return s
	}
	return p.number()
}

// number reads a number, or a tag.
func (p *diagnostic) number() any {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !strings.ContainsRune("+-.0123456789e", r) })
	if end < 0 {
		end = len(p.rest)
	}
	digits := p.rest[:end]
	p.rest = p.rest[end:]
	if n, err := strconv.ParseUint(digits, 10, 64); err == nil {
		if !p.take("(") {
			return n
		}
		tag := cbor.Tag{Number: n, Content: p.value()}
		p.expect(")")
		return tag
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		p.fail("has %q where a value belongs", digits+p.rest)
	}
	return f
}

// matches compares what CBOR held with what a row wants. A text $X is remembered.
func (w *world) matches(got, want any) bool {
	switch want := want.(type) {
	case anything:
		return true
	case map[any]any:
		m, ok := got.(map[any]any)
		if !ok || len(m) != len(want) {
			return false
		}
		for key, value := range want {
			if v, ok := m[key]; !ok || !w.matches(v, value) {
				return false
			}
		}
		return true
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		for i := range want {
			if !w.matches(list[i], want[i]) {
				return false
			}
		}
		return true
	case cbor.Tag:
		if t, ok := got.(time.Time); ok { // tag 1
			return want.Number == 1 && want.Content == uint64(t.Unix())
		}
		tag, ok := got.(cbor.Tag)
		return ok && tag.Number == want.Number && w.matches(tag.Content, want.Content)
	case []byte:
		b, ok := got.([]byte)
		return ok && string(b) == string(want)
	case string:
		s, ok := got.(string)
		return ok && w.same(s, want)
	}
	return got == want
}

func TestDiagnostic(t *testing.T) {
	for text, want := range map[string]string{
		`{0: "room", -1: h'3132'}`: "a20064726f6f6d20423132", "[8, 1.5, true, null]": "8408f93e00f5f6",
	} {
		v, err := parseDiagnostic(text)
		if err != nil {
			t.Fatal(err)
		}
		mode, err := cbor.CoreDetEncOptions().EncMode()
		if err != nil {
			t.Fatal(err)
		}
		b, err := mode.Marshal(v)
		if err != nil || hex.EncodeToString(b) != want {
			t.Errorf("%s is %x, want %s (%v)", text, b, want, err)
		}
	}
	if v, err := parseDiagnostic("{1 2}"); err == nil {
		t.Errorf("read %v", v)
	}
}
