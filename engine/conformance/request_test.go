package conformance

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

var codeOf = map[string]byte{"GET": 1, "POST": 2, "PUT": 3, "DELETE": 4, "FETCH": 5, "PATCH": 6, "iPATCH": 7}

// parse reads a request as rows write it.
func (d *device) parse(line string) (message, error) {
	head, payload, _ := strings.Cut(line, " : ")
	words := strings.Fields(strings.TrimSuffix(head, " :"))
	d.tokens++
	m := message{token: []byte{0xca, d.tokens}, mid: d.nextMID()}
	for i, name := range typeNames {
		if words[0] == name {
			m.typ, words = i, words[1:]
			break
		}
	}
	if m.code = codeOf[words[0]]; m.code == 0 {
		m.code = parseCode(words[0])
	}
	target, query, queried := strings.Cut(words[1], "?")
	if target != "-" {
		for segment := range strings.SplitSeq(strings.TrimPrefix(target, "/"), "/") {
			m.options = append(m.options, option{11, []byte(segment)})
		}
	}
	if queried {
		for entry := range strings.SplitSeq(query, "&") {
			m.options = append(m.options, option{15, []byte(entry)})
		}
	}
	format := ""
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch name {
		case "tkn":
			m.token, err = hex.DecodeString(value)
		case "mid":
			var n uint64
			n, err = strconv.ParseUint(value, 0, 16)
			m.mid = uint16(n)
		default:
			var o option
			o, err = parseOption(name, value)
			m.options = append(m.options, o)
		}
		if err != nil {
			return m, fmt.Errorf("%s: %w", word, err)
		}
		if name == "ct" {
			format = value
		}
	}
	var err error
	m.payload, err = body(payload, format)
	return m, err
}

// body is a payload as a row writes it.
func body(text, format string) ([]byte, error) {
	if (format != "606" && format != "60") || !strings.ContainsAny(text[:min(1, len(text))], "{[") {
		return pattern(text), nil
	}
	v, err := parseDiagnostic(text)
	if err != nil {
		return nil, err
	}
	return cbor.Marshal(v)
}

var patterned = regexp.MustCompile(`^@(\d+)(?:\[(\d+):(\d+)\])?$`)

// pattern returns text, or the bytes that @N stands for.
func pattern(text string) []byte {
	found := patterned.FindStringSubmatch(text)
	if found == nil {
		return []byte(text)
	}
	n, _ := strconv.Atoi(found[1])
	from, to := 0, n
	if found[2] != "" {
		from, _ = strconv.Atoi(found[2])
		to, _ = strconv.Atoi(found[3])
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b[from:to]
}

func parseOption(name, value string) (option, error) {
	for _, known := range options {
		if known.name != name {
			continue
		}
		switch known.form {
		case number:
			n, err := strconv.ParseUint(value, 10, 32)
			return option{known.number, bytesOf(n)}, err
		case text:
			return option{known.number, []byte(value)}, nil
		case block:
			var num, more, size uint64
			if _, err := fmt.Sscanf(value, "%d/%d/%d", &num, &more, &size); err != nil {
				return option{}, err
			}
			szx := uint64(0)
			for ; 16<<szx < size; szx++ {
			}
			return option{known.number, bytesOf(num<<4 | more<<3 | szx)}, nil
		}
		b, err := hex.DecodeString(value)
		return option{known.number, b}, err
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(name, "opt"), 10, 16)
	if err != nil {
		return option{}, errors.New("unknown option")
	}
	b, err := hex.DecodeString(value)
	return option{uint16(n), b}, err
}

func parseCode(s string) byte {
	var class, detail byte
	_, _ = fmt.Sscanf(s, "%d.%d", &class, &detail)
	return class<<5 | detail
}
