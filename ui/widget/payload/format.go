// Package payload reads the bodies of messages: it guesses what a body is, lays it out in coloured lines, sums it up in
// one line and finds the number in it. It draws nothing.
package payload

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	registry "sluice/engine/record"
)

// Format is a way to read a payload.
type Format string

// The formats. Auto is none of its own: it stands for the one that [Guess] names.
const (
	Auto       Format = ""
	Text       Format = "text"
	JSON       Format = "json"
	CBOR       Format = "cbor"
	SenML      Format = "senml"
	LinkFormat Format = "link-format"
	Hex        Format = "hex"
)

// Formats lists the formats a payload can be shown in.
func Formats() []Format {
	return []Format{Text, JSON, CBOR, SenML, LinkFormat, Hex}
}

// Title is the name of f as people write it.
func (f Format) Title() string {
	switch f {
	case Text:
		return "Text"
	case JSON:
		return "JSON"
	case CBOR:
		return "CBOR"
	case SenML:
		return "SenML"
	case LinkFormat:
		return "Link format"
	case Hex:
		return "Hex"
	}
	return "Automatic"
}

// The CoAP Content-Formats that say what a payload is (IANA, CoRE Parameters). NoContentFormat means the option is absent.
const (
	NoContentFormat  = -1
	formatText       = 0
	formatLinks      = 40
	formatOctets     = 42
	formatJSON       = 50
	formatCBOR       = 60
	formatSenMLJSON  = 110
	formatSensMLJSON = 111
	formatSenMLCBOR  = 112
	formatSensMLCBOR = 113
)

// Limit is how many bytes of a payload are looked at and shown.
const Limit = 512 * 1024

// Guess says what data is most likely to be. contentFormat is the CoAP option (RFC 7252, section 12.3) or
// [NoContentFormat]; it is trusted only as far as data bears it out, because many devices send none or a wrong one. What is
// declared as text may turn out to be more than that.
func Guess(data []byte, contentFormat int) Format {
	switch {
	case len(data) > Limit:
		return guessLarge(head(data))
	case len(data) == 0:
		return Text
	}
	switch f := Declared(contentFormat); f {
	case Auto, Text:
	case Hex:
		if !printable(data) {
			return Hex
		}
	default:
		if !Contradicts(data, contentFormat) {
			return f
		}
	}
	return guessBySight(data)
}

// Declared is how a payload of a Content-Format is read; Auto where that is not known.
func Declared(contentFormat int) Format {
	switch contentFormat {
	case formatText:
		return Text
	case formatJSON:
		return JSON
	case formatCBOR:
		return CBOR
	case formatSenMLJSON, formatSensMLJSON, formatSenMLCBOR, formatSensMLCBOR:
		return SenML
	case formatLinks:
		return LinkFormat
	case formatOctets:
		return Hex
	}
	mediaType, _, _ := strings.Cut(registry.MediaType(contentFormat), ";")
	switch { // RFC 6838, section 4.2.8
	case strings.HasSuffix(mediaType, "+json"):
		return JSON
	case strings.HasSuffix(mediaType, "+cbor"):
		return CBOR
	}
	return Auto
}

// Contradicts reports that data cannot be what its Content-Format declares. It does not say so of a payload that is empty,
// as one that clears a retained message, nor of one above [Limit].
func Contradicts(data []byte, contentFormat int) bool {
	if len(data) == 0 || len(data) > Limit {
		return false
	}
	switch Declared(contentFormat) {
	case Text:
		return !utf8.Valid(data)
	case JSON:
		return !json.Valid(data)
	case CBOR:
		return !isCBOR(data)
	case SenML:
		_, err := parseSenML(data)
		binary := contentFormat == formatSenMLCBOR || contentFormat == formatSensMLCBOR
		return err != nil || binary == json.Valid(data)
	case LinkFormat:
		_, ok := splitLinks(string(data))
		return !ok || !printable(data)
	}
	return false
}

func guessBySight(data []byte) Format {
	trimmed := bytes.TrimSpace(data)
	if len(trimmed) == 0 {
		return Text
	}
	switch trimmed[0] {
	case '{', '[':
		if json.Valid(trimmed) {
			if isSenML(trimmed) {
				return SenML
			}
			return JSON
		}
	case '<':
		if links, ok := splitLinks(string(trimmed)); ok && len(links) > 0 && printable(trimmed) {
			return LinkFormat
		}
	}
	if printable(data) {
		return Text
	}
	// Almost any byte is a well-formed CBOR number or short string, so only containers and tags count as a sign.
	if data[0]>>5 >= 4 && data[0]>>5 <= 6 && isCBOR(data) {
		if isSenML(data) {
			return SenML
		}
		return CBOR
	}
	return Hex
}

func isCBOR(data []byte) bool {
	_, err := diagnose(data)
	return err == nil
}

// guessLarge reads only a beginning, which no parser would accept.
func guessLarge(data []byte) Format {
	if !printable(data) {
		return Hex
	}
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		return JSON
	}
	return Text
}

// printable reports whether data is UTF-8 that a person can read. A rune cut off at the limit does no harm.
func printable(data []byte) bool {
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n <= 1 {
			return !utf8.FullRune(data)
		}
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		data = data[n:]
	}
	return true
}

func head(data []byte) []byte {
	return data[:min(len(data), Limit)]
}
