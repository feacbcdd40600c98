package topics

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/diagnostic"
	"sluice/ui/language"
)

// bodyKind says how the text of the publish form becomes a payload.
type bodyKind string

const (
	textBody bodyKind = "text"
	jsonBody bodyKind = "json"
	cborBody bodyKind = "cbor" // in diagnostic notation
	hexBody  bodyKind = "hex"
)

// title is what the form calls a kind.
func (k bodyKind) title() string {
	switch k {
	case jsonBody:
		return lang.L("JSON")
	case cborBody:
		return lang.L("CBOR")
	case hexBody:
		return lang.L("Hex")
	default:
		return lang.L("Text")
	}
}

// contentFormat is the CoAP Content-Format of a kind (IANA, CoRE Parameters).
func (k bodyKind) contentFormat() uint16 {
	switch k {
	case jsonBody:
		return 50
	case cborBody:
		return 60
	case hexBody:
		return 42
	}
	return 0
}

// bodyKinds are the kinds in the order of the form, bodyTitles what it calls them.
var bodyKinds = []bodyKind{textBody, jsonBody, cborBody, hexBody}

func bodyTitles() []string {
	titles := make([]string, len(bodyKinds))
	for i, k := range bodyKinds {
		titles[i] = k.title()
	}
	return titles
}

// maxBody is the most the form takes, in bytes of text: longer texts make an editor slow.
const maxBody = 16 << 10

// encodeBody makes the payload; the error says where the text is wrong.
func encodeBody(kind bodyKind, text string) ([]byte, error) {
	if len(text) > maxBody {
		return nil, errors.New(lang.L("the payload is longer than 16 kB, the most this form takes"))
	}
	switch kind {
	case jsonBody:
		return []byte(text), checkJSON(text)
	case cborBody:
		data, err := diagnostic.Read(text)
		return data, notationError(err)
	case hexBody:
		return decodeHex(text)
	default:
		return []byte(text), nil
	}
}

// notationError says in the window's language where diagnostic notation is wrong.
func notationError(err error) error {
	var wrong *diagnostic.Error
	if errors.As(err, &wrong) {
		return errors.New(lang.L("line {{.Line}}: {{.Problem}}", map[string]any{"Line": wrong.Line, "Problem": language.Say(wrong.Problem)}))
	}
	return err
}

func checkJSON(text string) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	var value json.RawMessage
	err := decoder.Decode(&value)
	offset := decoder.InputOffset()
	if err == nil && len(bytes.TrimSpace([]byte(text[offset:]))) > 0 {
		offset += int64(len(text[offset:]) - len(strings.TrimLeft(text[offset:], " \t\r\n")))
		return place(text, offset, lang.L("something follows the JSON value"))
	}
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return place(text, syntax.Offset-1, language.Say(syntax))
	case strings.TrimSpace(text) == "":
		return errors.New(lang.L("there is no JSON value"))
	}
	return place(text, int64(len(text)), lang.L("the JSON value is not complete"))
}

// place writes an error with the line and column of a byte offset, both from 1.
func place(text string, offset int64, problem string) error {
	before := text[:min(max(offset, 0), int64(len(text)))]
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return errors.New(lang.L("line {{.Line}}, column {{.Column}}: {{.Problem}}", map[string]any{"Line": line, "Column": column, "Problem": problem}))
}

// decodeHex reads pairs of hex digits; white space and colons between them are left out.
func decodeHex(text string) ([]byte, error) {
	var out []byte
	high := -1
	for i, r := range text {
		if unicode.IsSpace(r) || r == ':' {
			continue
		}
		digit := hexDigit(r)
		switch {
		case digit < 0:
			return nil, place(text, int64(i), lang.L("{{.Character}} is not a hex digit", map[string]any{"Character": strconv.QuoteRune(r)}))
		case high < 0:
			high = digit
		default:
			out = append(out, byte(high<<4|digit))
			high = -1
		}
	}
	if high >= 0 {
		return nil, place(text, int64(len(text)), lang.L("a byte has two hex digits, the last one has one"))
	}
	return out, nil
}

func hexDigit(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r >= 'a' && r <= 'f':
		return int(r-'a') + 10
	case r >= 'A' && r <= 'F':
		return int(r-'A') + 10
	}
	return -1
}

// readSeconds reads a time that is to pass: a number of seconds, or a duration such as 5m. Nothing is none.
func readSeconds(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if n, failed := strconv.ParseUint(text, 10, 32); failed == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < time.Second || d > math.MaxUint32*time.Second {
		return 0, errors.New(lang.L("{{.Text}} is no time of 1 s to 136 years: write seconds, or 90s, 5m, 2h", map[string]any{"Text": strconv.Quote(text)}))
	}
	return d.Truncate(time.Second), nil
}

// checkTopic says why messages cannot be published to a topic name (MQTT 5, section 4.7).
func checkTopic(name string) error {
	switch {
	case name == "":
		return errors.New(lang.L("a topic has at least one character"))
	case strings.ContainsAny(name, "+#"):
		return errors.New(lang.L("+ and # stand for many topics; a message goes to one"))
	case strings.ContainsRune(name, 0):
		return errors.New(lang.L("a topic cannot contain a zero character"))
	case len(name) > 65535:
		return errors.New(lang.L("a topic has at most 65,535 bytes"))
	}
	return nil
}
