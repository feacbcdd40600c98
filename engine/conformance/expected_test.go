package conformance

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// expected is a message as a row wants it.
type expected struct {
	typ     int    // -1: not said
	code    string // "0.00" of an empty message
	token   *[]byte
	mid     string // "same", "new" or not said
	options []wantedOption
	etc     bool // other options, and a payload if none is given, do not matter
	payload string
}

// wantedOption is NAME=VALUE, NAME>VALUE or NAME<VALUE.
type wantedOption struct{ name, relation, value string }

func parseExpected(line string) (*expected, error) {
	e := &expected{typ: -1, code: "0.00"}
	for line != "" {
		if strings.ContainsRune("\"{[@", rune(line[0])) {
			e.payload = line
			break
		}
		var word string
		word, line, _ = strings.Cut(line, " ")
		at := strings.IndexAny(word, "=<>")
		name, value := word, ""
		if at >= 0 {
			name, value = word[:at], word[at+1:]
		}
		switch {
		case name == "mid":
			e.mid = value
		case name == "tkn":
			token, err := hex.DecodeString(value)
			if err != nil {
				return nil, err
			}
			e.token = &token
		case at >= 0:
			e.options = append(e.options, wantedOption{name, word[at : at+1], value})
		case word == "etc":
			e.etc = true
		case slices.Contains(typeNames, word):
			e.typ = slices.Index(typeNames, word)
		default:
			e.code = word
		}
	}
	return e, nil
}

// compare says how m differs from e. mid is what mid=same means.
func (w *world) compare(m *message, e *expected, mid uint16) error {
	wrong := func(what string) error { return fmt.Errorf("%s: got %v", what, m) }
	switch {
	case e.typ >= 0 && m.typ != e.typ:
		return wrong("type")
	case codeName(m.code) != e.code:
		return wrong("code")
	case e.token != nil && !bytes.Equal(m.token, *e.token):
		return wrong("token")
	case e.mid == "same" && m.mid != mid, e.mid == "new" && m.mid == mid, e.mid == "next" && m.mid != mid+1:
		return wrong("message ID")
	case !w.sameOptions(m.options, e):
		return wrong("options")
	case e.etc && e.payload == "":
	case !w.samePayload(m.payload, e.payload):
		return wrong("payload")
	}
	return nil
}

// sameOptions compares options; those of one number in their order.
func (w *world) sameOptions(got []option, want *expected) bool {
	left := slices.Clone(want.options)
	for _, o := range got {
		i := slices.IndexFunc(left, func(e wantedOption) bool {
			name, _ := o.show(e.name)
			return name == e.name
		})
		if i < 0 && want.etc {
			continue
		}
		if i < 0 || !w.meets(o, left[i]) {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return len(left) == 0
}

func (w *world) meets(got option, want wantedOption) bool {
	_, value := got.show(want.name)
	v, _ := strconv.ParseUint(value, 10, 32)
	limit, _ := strconv.ParseUint(want.value, 10, 32)
	switch want.relation {
	case ">": // RFC 7641, section 3.4
		return v != limit && (v-limit)&0xffffff < 1<<23
	case "<":
		return v < limit
	}
	return w.same(value, want.value)
}

// same compares a text, in which * stands for anything, and remembers it in place of a letter that nothing is known of.
func (w *world) same(got, want string) bool {
	if letter.MatchString(want) && len(want) == 2 {
		w.values[want] = got
		return true
	}
	parts := strings.Split(want, "*")
	rest, found := strings.CutPrefix(got, parts[0])
	for _, part := range parts[1:] {
		if at := strings.Index(rest, part); at < 0 {
			found = false
		} else if rest = rest[at+len(part):]; part == "" {
			rest = ""
		}
	}
	return found && rest == ""
}

func (w *world) samePayload(got []byte, want string) bool {
	switch {
	case want == "":
		return len(got) == 0
	case want[0] == '"':
		unquoted, err := strconv.Unquote(want)
		if unquoted == "*" && len(got) == 0 {
			return false
		}
		return err == nil && w.same(string(got), unquoted)
	case want[0] == '@':
		return bytes.Equal(got, pattern(want))
	}
	v, err := parseDiagnostic(want)
	if err != nil {
		return false
	}
	var held any
	return cbor.Unmarshal(got, &held) == nil && w.matches(held, v)
}
