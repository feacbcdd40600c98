package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"sluice/ui/widget/format"
)

// Number finds the number that a payload reports, for plots, and its unit when it names one. It reads a bare number with
// or without a unit behind it, a JSON or CBOR number, an object with a member "value", "val" or "v" or with a single
// number in it, and the first value of a SenML pack. Bodies above 4 kB are not searched.
func Number(data []byte, contentFormat int) (value float64, unit string, ok bool) {
	if len(data) == 0 || len(data) > 4096 {
		return 0, "", false
	}
	switch Guess(data, contentFormat) {
	case Text:
		return numberInText(string(data))
	case JSON:
		var v any
		if err := json.Unmarshal(data, &v); err == nil {
			return numberIn(v)
		}
	case CBOR:
		var v any
		if err := cbor.Unmarshal(data, &v); err == nil {
			return numberIn(v)
		}
	case SenML:
		records, err := parseSenML(data)
		if err == nil && records[0].Value != nil {
			return finite(*records[0].Value, unitSign(records[0].Unit))
		}
	}
	return 0, "", false
}

func finite(v float64, unit string) (float64, string, bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, "", false
	}
	return v, unit, true
}

// longestUnit bounds what may stand behind a number for it to be a unit: longer texts are sentences.
const longestUnit = 8

func numberInText(s string) (float64, string, bool) {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("+-.0123456789eE", r) })
	if end < 0 {
		end = len(s)
	}
	v, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return 0, "", false
	}
	unit := strings.TrimSpace(s[end:])
	if utf8.RuneCountInString(unit) > longestUnit || strings.ContainsFunc(unit, func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsSpace(r) || strings.ContainsRune(":,;", r)
	}) {
		return 0, "", false
	}
	return finite(v, unitSign(unit))
}

func numberIn(v any) (float64, string, bool) {
	if f, ok := asFloat(v); ok {
		return finite(f, "")
	}
	members := asMembers(v)
	var found float64
	count := 0
	for name, member := range members {
		f, ok := asFloat(member)
		if !ok {
			continue
		}
		switch name {
		case "value", "val", "v":
			return finite(f, unitIn(members))
		}
		found = f
		count++
	}
	if count != 1 {
		return 0, "", false
	}
	return finite(found, unitIn(members))
}

func asMembers(v any) map[string]any {
	switch m := v.(type) {
	case map[string]any:
		return m
	case map[any]any:
		members := make(map[string]any, len(m))
		for key, member := range m {
			if name, ok := key.(string); ok {
				members[name] = member
			}
		}
		return members
	}
	return nil
}

func asFloat(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case uint64:
		return float64(n), true
	case int64:
		return float64(n), true
	}
	return 0, false
}

func unitIn(members map[string]any) string {
	for _, name := range []string{"unit", "u"} {
		if unit, ok := members[name].(string); ok && utf8.RuneCountInString(unit) <= longestUnit {
			return unitSign(unit)
		}
	}
	return ""
}

// Summary puts a payload into one line of at most limit runes, for a cell of a table.
func Summary(data []byte, contentFormat int, limit int) string {
	if len(data) == 0 || limit <= 0 {
		return ""
	}
	part := data[:min(len(data), 4*limit+16)]
	if printable(part) && Declared(contentFormat) != CBOR {
		return ellipsis(strings.Join(strings.Fields(string(part)), " "), limit)
	}
	if f := Guess(data, contentFormat); len(data) <= 4096 && (f == CBOR || f == SenML) {
		if notation, err := diagnose(data); err == nil {
			return ellipsis(notation, limit)
		}
	}
	if printable(part) {
		return ellipsis(strings.Join(strings.Fields(string(part)), " "), limit)
	}
	return ellipsis(format.Bytes(int64(len(data)))+" "+spaced(part), limit)
}

func spaced(data []byte) string {
	var b bytes.Buffer
	for i, c := range data {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%02x", c)
	}
	return b.String()
}

func ellipsis(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	return string(runes[:limit-1]) + "…"
}
