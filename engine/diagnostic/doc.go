// Package diagnostic reads and writes the diagnostic notation of CBOR (RFC 8949, section 8): JSON with byte strings as
// h'..' or b64'..', tags as 1(..), integer keys, undefined, simple(..), NaN and Infinity, embedded CBOR as <<..>>, and _ for
// an indefinite length. Comments stand between slashes or behind a #.
package diagnostic

import (
	"strings"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"sluice/engine/mistakes"
)

// mode writes byte strings in hexadecimal and bounds what is read of strangers.
var mode = func() cbor.DiagMode {
	m, err := cbor.DiagOptions{ByteStringEncoding: cbor.ByteStringBase16Encoding, MaxNestedLevels: maxDepth}.DiagMode()
	if err != nil {
		panic("diagnostic: " + err.Error()) // the options are constants
	}
	return m
}()

// sequenceMode writes several items side by side (RFC 8742).
var sequenceMode = func() cbor.DiagMode {
	m, err := cbor.DiagOptions{ByteStringEncoding: cbor.ByteStringBase16Encoding, MaxNestedLevels: maxDepth, CBORSequence: true}.DiagMode()
	if err != nil {
		panic("diagnostic: " + err.Error())
	}
	return m
}()

// maxDepth is how deep items may be in each other.
const maxDepth = 32

// Write returns one CBOR item in diagnostic notation. It fails if data is not exactly one well-formed item.
func Write(data []byte) (string, error) {
	text, err := mode.Diagnose(data)
	if err != nil {
		return "", mistakes.Errorf("reading CBOR: %w", err)
	}
	return text, nil
}

// WriteSequence is Write for a CBOR sequence (RFC 8742).
func WriteSequence(data []byte) (string, error) {
	text, err := sequenceMode.Diagnose(data)
	if err != nil {
		return "", mistakes.Errorf("reading a CBOR sequence: %w", err)
	}
	return text, nil
}

// Error says what is wrong with a text in diagnostic notation.
type Error struct {
	Line    int // from 1
	Column  int // from 1, in characters
	Problem error
}

// Error returns the problem with where it is.
func (e *Error) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *Error) Words() error {
	return mistakes.Errorf("line %d, column %d: %w", e.Line, e.Column, e.Problem)
}

// Read returns the CBOR that a text in diagnostic notation stands for; several items with commas between are a sequence.
// Numbers take the shortest form that holds them, with a fraction or an exponent that of a float; keys stay in their
// order. The error is an *Error.
func Read(text string) (data []byte, err error) {
	r := &reader{text: text}
	defer func() {
		if p := recover(); p != nil {
			problem, ok := p.(Error)
			if !ok {
				panic(p)
			}
			data, err = nil, &problem
		}
	}()
	r.space()
	if r.end() {
		r.fail("there is no item")
	}
	for {
		r.item(0)
		r.space()
		if r.end() {
			return r.out, nil
		}
		if !r.take(",") {
			r.fail("%q follows the item", r.rest())
		}
		if r.space(); r.end() {
			return r.out, nil
		}
	}
}

// reader reads a text and appends what it stands for to out. Its methods leave by fail, which Read catches.
type reader struct {
	text string
	at   int
	out  []byte
}

func (r *reader) fail(format string, args ...any) {
	before := r.text[:min(r.at, len(r.text))]
	column := 1 + utf8.RuneCountInString(before[1+strings.LastIndexByte(before, '\n'):])
	panic(Error{1 + strings.Count(before, "\n"), column, mistakes.Errorf(format, args...)})
}

func (r *reader) end() bool { return r.at >= len(r.text) }

func (r *reader) peek() byte {
	if r.end() {
		return 0
	}
	return r.text[r.at]
}

func (r *reader) take(token string) bool {
	if !strings.HasPrefix(r.text[r.at:], token) {
		return false
	}
	r.at += len(token)
	return true
}

func (r *reader) rest() string {
	line, _, _ := strings.Cut(r.text[r.at:], "\n")
	if runes := []rune(line); len(runes) > 20 {
		return string(runes[:20]) + "..."
	}
	return line
}

// place is where the next thing stands, for a sentence that ends with it.
func (r *reader) place() error {
	if r.end() {
		return mistakes.New("at the end")
	}
	return mistakes.Errorf("before %q", r.rest())
}

// space skips white space and comments.
func (r *reader) space() {
	for !r.end() {
		switch c := r.peek(); c {
		case ' ', '\t', '\r', '\n':
			r.at++
		case '#':
			r.skipTo("\n")
		case '/':
			r.at++
			r.skipTo("/")
			if !r.take("/") {
				r.fail("a comment has no end")
			}
		default:
			return
		}
	}
}

func (r *reader) skipTo(token string) {
	n := strings.Index(r.text[r.at:], token)
	if n < 0 {
		n = len(r.text) - r.at
	}
	r.at += n
}
