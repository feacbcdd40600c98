package diagnostic

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/x448/float16"
)

// Major types of CBOR (RFC 8949, section 3.1), as the high bits of the first byte.
const (
	unsigned   = 0 << 5
	negative   = 1 << 5
	byteString = 2 << 5
	textString = 3 << 5
	array      = 4 << 5
	mapping    = 5 << 5
	tag        = 6 << 5
	simple     = 7 << 5

	indefinite = 31
	stop       = 0xff
)

// head appends the first bytes of an item with the shortest argument.
func head(out []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(out, major|byte(n))
	case n <= math.MaxUint8:
		return append(out, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(out, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(out, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(out, major|27), n)
}

var words = []struct {
	word string
	item []byte
}{
	{"false", []byte{0xf4}}, {"true", []byte{0xf5}}, {"null", []byte{0xf6}}, {"undefined", []byte{0xf7}},
	{"NaN", []byte{0xf9, 0x7e, 0x00}}, {"Infinity", []byte{0xf9, 0x7c, 0x00}}, {"-Infinity", []byte{0xf9, 0xfc, 0x00}},
}

// item reads one item.
func (r *reader) item(depth int) {
	if depth > maxDepth {
		r.fail("more than %d items are in each other", maxDepth)
	}
	for _, w := range words {
		if r.take(w.word) {
			r.out = append(r.out, w.item...)
			return
		}
	}
	switch c := r.peek(); {
	case c == '{':
		r.container(mapping, "}", depth)
	case c == '[':
		r.container(array, "]", depth)
	case c == '"':
		s := r.quoted()
		r.out = append(head(r.out, textString, uint64(len(s))), s...)
	case c == '(':
		r.chunks(depth)
	case r.take("<<"):
		r.embedded(depth)
	case r.take("h'"):
		r.bytes(r.hexadecimal())
	case r.take("b64'"):
		r.bytes(r.base64())
	case r.take("'"):
		s := r.until("'")
		r.bytes([]byte(s))
	case r.take("simple("):
		r.simple()
	case c == '-' || c >= '0' && c <= '9':
		r.number(depth)
	case r.end():
		r.fail("an item is missing")
	default:
		r.fail("%q is no item", r.rest())
	}
}

func (r *reader) bytes(b []byte) { r.out = append(head(r.out, byteString, uint64(len(b))), b...) }

// container reads an array or a map.
func (r *reader) container(major byte, closing string, depth int) {
	r.at++
	open := r.take("_")
	before := r.out
	r.out = nil
	n := uint64(0)
	for r.space(); !r.take(closing); r.space() {
		if n > 0 && !r.take(",") {
			r.fail("a comma or %s is missing %w", closing, r.place())
		}
		if r.space(); n > 0 && r.take(closing) {
			break
		}
		r.item(depth + 1)
		if major == mapping {
			if r.space(); !r.take(":") {
				r.fail("a colon is missing %w", r.place())
			}
			r.space()
			r.item(depth + 1)
		}
		n++
	}
	if open {
		r.out = append(append(append(before, major|indefinite), r.out...), stop)
	} else {
		r.out = append(head(before, major, n), r.out...)
	}
}

// chunks reads a string of indefinite length, (_ "a", "b").
func (r *reader) chunks(depth int) {
	r.at++
	if !r.take("_") {
		r.fail("( stands for nothing without a number before it or _ behind it")
	}
	before := r.out
	r.out = nil
	major := byte(0)
	for n := 0; ; n++ {
		r.space()
		if r.take(")") {
			break
		}
		if n > 0 && !r.take(",") {
			r.fail("a comma or ) is missing %w", r.place())
		}
		r.space()
		at := len(r.out)
		r.item(depth + 1)
		kind := r.out[at] & 0xe0
		if n == 0 {
			major = kind
		}
		if kind != major || r.out[at]&0x1f == indefinite || kind != byteString && kind != textString {
			r.fail("the parts of a string are not all byte strings, or all texts")
		}
	}
	if major == 0 {
		r.fail("a string of indefinite length needs a part")
	}
	r.out = append(append(append(before, major|indefinite), r.out...), stop)
}

// embedded reads <<item, item>>: a byte string that holds them.
func (r *reader) embedded(depth int) {
	before := r.out
	r.out = nil
	for n := 0; ; n++ {
		r.space()
		if r.take(">>") {
			break
		}
		if n > 0 && !r.take(",") {
			r.fail("a comma or >> is missing %w", r.place())
		}
		r.space()
		r.item(depth + 1)
	}
	inner := r.out
	r.out = before
	r.bytes(inner)
}

// quoted reads a text as JSON writes it.
func (r *reader) quoted() string {
	for at := r.at + 1; at < len(r.text); at++ {
		switch r.text[at] {
		case '\\':
			at++
		case '"':
			var s string
			if err := json.Unmarshal([]byte(r.text[r.at:at+1]), &s); err != nil {
				r.fail("%s is not a text as in JSON", r.text[r.at:at+1])
			}
			r.at = at + 1
			return s
		}
	}
	r.fail("a text has no end")
	return ""
}

func (r *reader) until(closing string) string {
	n := strings.Index(r.text[r.at:], closing)
	if n < 0 {
		r.fail("%s is missing", closing)
	}
	s := r.text[r.at : r.at+n]
	r.at += n + len(closing)
	return s
}

var space = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")

func (r *reader) hexadecimal() []byte {
	s := r.until("'")
	b, err := hex.DecodeString(space.Replace(s))
	if err != nil {
		r.fail("h'%s' is not hexadecimal", s)
	}
	return b
}

// base64 reads either alphabet, with padding or without.
func (r *reader) base64() []byte {
	s := r.until("'")
	plain := strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(space.Replace(s))
	b, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		r.fail("b64'%s' is not Base64", s)
	}
	return b
}

func (r *reader) simple() {
	s := r.until(")")
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 8)
	switch {
	case err != nil || n >= 24 && n < 32:
		r.fail("simple(%s) is none (RFC 8949, section 3.3)", s)
	case n < 24:
		r.out = append(r.out, simple|byte(n))
	default:
		r.out = append(r.out, simple|24, byte(n))
	}
}

var numberForm = regexp.MustCompile(`^-?(?:0x[0-9a-fA-F]+|0b[01]+|0o[0-7]+|[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)`)

// number reads an integer, a float, or the number of a tag and what is tagged.
func (r *reader) number(depth int) {
	s := numberForm.FindString(r.text[r.at:])
	if s == "" {
		r.fail("%q is no number", r.rest())
	}
	r.at += len(s)
	encoding := ""
	if r.peek() == '_' && r.at+1 < len(r.text) {
		// An encoding indicator of RFC 8949, section 8.1.
		if c := r.text[r.at+1]; c >= '0' && c <= '3' {
			encoding = r.text[r.at : r.at+2]
			r.at += 2
		}
	}
	if strings.ContainsAny(s, ".eE") && !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, "-0x") {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			r.fail("%s is more than a float holds", s)
		}
		r.float(f, encoding)
		return
	}
	n, ok := new(big.Int).SetString(s, 0)
	if !ok {
		// A leading zero means octal to Go.
		if n, ok = new(big.Int).SetString(s, 10); !ok {
			r.fail("%s is no number", s)
		}
	}
	switch {
	case r.take("("):
		if n.Sign() < 0 || !n.IsUint64() {
			r.fail("%s is no tag", s)
		}
		r.out = head(r.out, tag, n.Uint64())
		r.space()
		r.item(depth + 1)
		if r.space(); !r.take(")") {
			r.fail(") is missing %w", r.place())
		}
	case n.Sign() >= 0:
		r.integer(unsigned, n, encoding)
	default:
		r.integer(negative, n.Not(n), encoding)
	}
}

// integer appends n of a major type; what 64 bits do not hold becomes a bignum (RFC 8949, section 3.4.3).
func (r *reader) integer(major byte, n *big.Int, encoding string) {
	if !n.IsUint64() {
		r.out = head(r.out, tag, 2+uint64(major>>5))
		r.bytes(n.Bytes())
		return
	}
	v := n.Uint64()
	size := map[string]int{"_0": 1, "_1": 2, "_2": 4, "_3": 8}[encoding]
	switch {
	case size == 0:
		r.out = head(r.out, major, v)
	case size < 8 && v>>(8*size) != 0:
		r.fail("%d does not fit in %d bytes", v, size)
	default:
		var wide [8]byte
		binary.BigEndian.PutUint64(wide[:], v)
		r.out = append(append(r.out, major|(24+encoding[1]-'0')), wide[8-size:]...)
	}
}

// float appends f in the shortest form that holds it, or in that of an encoding indicator.
func (r *reader) float(f float64, encoding string) {
	half, single := float16.Fromfloat32(float32(f)), float32(f)
	exactSingle := float64(single) == f
	exactHalf := exactSingle && float64(half.Float32()) == f
	switch {
	case encoding == "_1" && !exactHalf, encoding == "_2" && !exactSingle, encoding == "_0":
		r.fail("%g does not fit in the form %s", f, encoding)
	case encoding == "_1", encoding == "" && exactHalf:
		r.out = binary.BigEndian.AppendUint16(append(r.out, simple|25), half.Bits())
	case encoding == "_2", encoding == "" && exactSingle:
		r.out = binary.BigEndian.AppendUint32(append(r.out, simple|26), math.Float32bits(single))
	default:
		r.out = binary.BigEndian.AppendUint64(append(r.out, simple|27), math.Float64bits(f))
	}
}
