package payload

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"sluice/engine/mistakes"
)

// Kind says what a span of a line is, so that it can be coloured.
type Kind uint8

// The kinds of spans.
const (
	Plain Kind = iota
	Key
	String
	Numeral
	Word // true, false, null, undefined
	Muted
)

// Span is a piece of one kind.
type Span struct {
	Text string
	Kind Kind
}

// Line is one line of a payload that was laid out; Text is what is copied.
type Line []Span

// Text joins the spans of the line.
func (l Line) Text() string {
	if len(l) == 1 {
		return l[0].Text
	}
	var b strings.Builder
	for _, span := range l {
		b.WriteString(span.Text)
	}
	return b.String()
}

// Render lays the first [Limit] bytes of data out as f. When data is not what f says, it returns the error and the
// lines of the plain text or, for binary data, of the hex dump. Of JSON beyond the limit the first part is laid out
// unchecked. Lines may be long, see [Wrap].
func Render(data []byte, f Format) ([]Line, error) {
	whole := len(data) <= Limit
	data = head(data)
	switch f {
	case JSON:
		if err := checkJSON(data); err != nil && (whole || !printable(data)) {
			return fallback(data), err
		}
		return layOut(string(data)), nil
	case CBOR:
		notation, err := diagnose(data)
		if err != nil {
			return fallback(data), err
		}
		return layOut(notation), nil
	case SenML:
		records, err := parseSenML(data)
		if err != nil {
			return fallback(data), err
		}
		lines := make([]Line, len(records))
		for i, r := range records {
			lines[i] = r.line()
		}
		return lines, nil
	case LinkFormat:
		links, ok := splitLinks(string(data))
		if !ok {
			return fallback(data), errNotLinks
		}
		lines := make([]Line, len(links))
		for i, link := range links {
			lines[i] = linkLine(link)
		}
		return lines, nil
	case Hex:
		return hexLines(data), nil
	case Text:
		return textLines(data), nil
	}
	return Render(data, Guess(data, NoContentFormat))
}

func fallback(data []byte) []Line {
	if printable(data) {
		return textLines(data)
	}
	return hexLines(data)
}

// checkJSON says where data stops being JSON.
func checkJSON(data []byte) error {
	var v json.RawMessage
	if err := json.Unmarshal(data, &v); err != nil {
		if syntax, ok := err.(*json.SyntaxError); ok {
			return mistakes.Errorf("not JSON at byte %d: %w", syntax.Offset, err)
		}
		return mistakes.Errorf("not JSON: %w", err)
	}
	return nil
}

var diagnostics = func() cbor.DiagMode {
	mode, err := cbor.DiagOptions{ByteStringText: false, CBORSequence: true, MaxNestedLevels: 64}.DiagMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
}()

// diagnose writes data in diagnostic notation, RFC 8949, section 8.
func diagnose(data []byte) (string, error) {
	notation, err := diagnostics.Diagnose(data)
	if err != nil {
		return "", mistakes.Errorf("not CBOR: %w", err)
	}
	return notation, nil
}

// textLines shows control characters as their pictures, so that none is lost and none breaks the line.
func textLines(data []byte) []Line {
	text := strings.ToValidUTF8(string(data), string(utf8.RuneError))
	text = strings.ReplaceAll(text, "\r\n", "\n")
	parts := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	lines := make([]Line, len(parts))
	for i, part := range parts {
		lines[i] = Line{{pictured(part), Plain}}
	}
	return lines
}

func pictured(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteString("    ")
		case r < 0x20:
			b.WriteRune('␀' + r)
		case r == 0x7f:
			b.WriteRune('␡')
		case unicode.IsControl(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hexLines(data []byte) []Line {
	dump := bytes.Split(bytes.TrimSuffix([]byte(hex.Dump(data)), []byte{'\n'}), []byte{'\n'})
	lines := make([]Line, len(dump))
	for i, row := range dump {
		lines[i] = Line{{string(row), Plain}}
	}
	return lines
}

// Wrap breaks lines after width runes: a view of lines stays cheap only while they are short.
func Wrap(lines []Line, width int) []Line {
	width = max(1, width)
	out := make([]Line, 0, len(lines))
	for _, line := range lines {
		var part Line
		room := width
		for _, span := range line {
			text := span.Text
			for text != "" {
				if room == 0 {
					out = append(out, part)
					part, room = nil, width
				}
				at, runes := prefix(text, room)
				part = append(part, Span{text[:at], span.Kind})
				room -= runes
				text = text[at:]
			}
		}
		out = append(out, part)
	}
	return out
}

// prefix returns the length in bytes and in runes of the first part of s that has at most limit runes.
func prefix(s string, limit int) (at, runes int) {
	for at < len(s) && runes < limit {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
		runes++
	}
	return at, runes
}
