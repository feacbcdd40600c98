package collection

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/diagnostic"
	"sluice/engine/record"
)

// codeNumber is a code as in 2.05.
func codeNumber(c codes.Code) string { return fmt.Sprintf("%d.%02d", c>>5, c&31) }

// codeText is a code with its name, where it has one, as Traffic shows it.
func codeText(c codes.Code) string {
	return record.Decode(record.Frame{Protocol: record.CoAP, Data: []byte{0x60, byte(c), 0, 0}}).Code
}

// DescribeCode is a code with its name, as in "2.05 Content".
func DescribeCode(c codes.Code) string { return codeText(c) }

// DescribePayload writes a payload for people, and says how: text, JSON, CBOR in diagnostic notation, or hexadecimal.
// format is its Content-Format, or negative where there is none: then it is guessed.
func DescribePayload(payload []byte, format int) (kind PayloadKind, text string) {
	media := ""
	if format >= 0 {
		media = record.ContentFormatName(format)
	}
	switch {
	case len(payload) == 0:
		return TextPayload, ""
	case strings.Contains(media, "cbor-seq"):
		if text, err := diagnostic.WriteSequence(payload); err == nil {
			return CBORPayload, text
		}
	case strings.Contains(media, "cbor"), media == "" && looksLikeCBOR(payload):
		if text, err := diagnostic.Write(payload); err == nil {
			return CBORPayload, text
		}
	}
	switch {
	case !readable(payload):
		return HexPayload, hex.EncodeToString(payload)
	case json.Valid(payload) && strings.IndexByte("{[", payload[0]) >= 0:
		return JSONPayload, string(payload)
	}
	return TextPayload, string(payload)
}

// looksLikeCBOR reports whether bytes that are no text may be CBOR: a map, an array or a tag.
func looksLikeCBOR(payload []byte) bool {
	major := payload[0] >> 5
	return major >= 4 && major <= 6 && !readable(payload)
}

// readable reports whether bytes are text without control characters.
func readable(b []byte) bool {
	return utf8.Valid(b) && strings.IndexFunc(string(b), func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	}) < 0
}

// shortened is the beginning of a text, for a message.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "..."
	}
	return text
}
