package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"sluice/engine/mistakes"
)

// step is a name or an index of a path.
type step string

var stepForm = regexp.MustCompile(`^(?:\.([A-Za-z_-][A-Za-z0-9_-]*|-?[0-9]+)|\[(-?[0-9]+)\]|\[("(?:[^"\\]|\\.)*")\])`)

// parsePath reads $.name[0]["other name"]. A number names an element of a list, or an integer key of a map in CBOR.
func parsePath(text string) ([]step, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, mistakes.Errorf("the path %q does not begin with $", text)
	}
	var steps []step
	for rest != "" {
		found := stepForm.FindStringSubmatch(rest)
		if found == nil {
			return nil, mistakes.Errorf("the path %q has %q, which is neither .NAME, [NUMBER] nor [\"NAME\"]", text, rest)
		}
		rest = rest[len(found[0]):]
		name := found[1] + found[2]
		if found[3] != "" {
			if err := json.Unmarshal([]byte(found[3]), &name); err != nil {
				return nil, mistakes.Errorf("the path %q has %s, which is no text", text, found[3])
			}
		}
		steps = append(steps, step(name))
	}
	return steps, nil
}

// walk follows a path into what unmarshalling made.
func walk(value any, steps []step) (any, error) {
	for i, s := range steps {
		var next any
		found := false
		switch v := value.(type) {
		case map[string]any:
			next, found = v[string(s)]
		case map[any]any:
			next, found = member(v, string(s))
		case []any:
			if n, err := strconv.Atoi(string(s)); err == nil && n >= 0 && n < len(v) {
				next, found = v[n], true
			}
		}
		if !found {
			return nil, mistakes.Errorf("there is no %s", printPath(steps[:i+1]))
		}
		value = next
	}
	return value, nil
}

// member finds a key of a map in CBOR: a text, or an integer.
func member(m map[any]any, name string) (any, bool) {
	if v, ok := m[name]; ok {
		return v, true
	}
	n, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return nil, false
	}
	if v, ok := m[n]; ok {
		return v, true
	}
	if n >= 0 {
		v, ok := m[uint64(n)]
		return v, ok
	}
	return nil, false
}

func printPath(steps []step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range steps {
		fmt.Fprintf(&b, "[%s]", string(s))
	}
	return b.String()
}

func readJSON(payload []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, mistakes.New("the payload is not JSON")
	}
	if d.More() {
		return nil, mistakes.New("the payload is more than one value in JSON")
	}
	return value, nil
}

func readCBOR(payload []byte) (any, error) {
	var value any
	if err := cbor.Unmarshal(payload, &value); err != nil {
		return nil, mistakes.New("the payload is not CBOR")
	}
	return value, nil
}

// textOf writes a value that a path leads to: text as it is, bytes in hexadecimal, a date in seconds since 1970, the rest as in JSON.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []byte:
		return fmt.Sprintf("%x", v)
	case time.Time: // of tag 0 or 1
		return strconv.FormatInt(v.Unix(), 10)
	case cbor.Tag:
		return textOf(v.Content)
	case nil:
		return "null"
	case map[any]any, []any:
		return fmt.Sprint(v)
	}
	if text, err := json.Marshal(value); err == nil {
		return string(text)
	}
	return fmt.Sprint(value)
}
