package filter

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"sluice/engine/record"
)

// Word is a word that stands before a colon.
type Word struct {
	Name    string
	Example string
	Choices []string // the values it takes, nil where there are too many to list

	term func(t *token) (func(m *Message) bool, *Mistake)
	cost int
}

var words = []Word{
	{Name: "code", Example: "code:4.*", term: codeTerm, cost: costHead},
	{Name: "peer", Example: "peer:lamp-3", term: peerTerm, cost: costSearch},
	{Name: "path", Example: "path:/ps/**", term: pathTerm, cost: costOther},
	{Name: "type", Example: "type:con", Choices: []string{"con", "non", "ack", "rst", "tcp", "ws", "mqtt"}, term: typeTerm, cost: costHead},
	{Name: "token", Example: "token:ab12", term: tokenTerm, cost: costHead},
	{Name: "mid", Example: "mid:6780", term: midTerm, cost: costHead},
	{Name: "option", Example: "option:observe", term: optionTerm, cost: costOptions},
	{Name: "text", Example: `text:"23.4"`, term: textTerm, cost: costSearch},
	{Name: "listener", Example: "listener:coaps", term: listenerTerm, cost: costHead},
	{Name: "dir", Example: "dir:in", Choices: []string{"in", "out"}, term: dirTerm, cost: costHead},
	{Name: "size", Example: "size:>100", term: sizeTerm, cost: costHead},
	{Name: "took", Example: "took:>50ms", term: tookTerm, cost: costHead},
	{Name: "odd", Example: "odd:refused", Choices: append(append([]string(nil), record.OddNames[:]...), "any"), term: oddTerm, cost: costHead},
	{Name: "is", Example: "is:lost", Choices: conditionNames, term: isTerm, cost: costHead},
	{Name: "exchange", Example: "exchange:4711", term: exchangeTerm, cost: costHead},
}

// Words are the words that may stand before a colon.
func Words() []Word { return words }

func names() []string {
	all := make([]string, len(words))
	for i := range words {
		all[i] = words[i].Name
	}
	return all
}

// term compiles a word.
func (t *token) term() (term, *Mistake) {
	if t.name == "" {
		if t.value == "" {
			return term{}, t.mistake(NothingToAsk)
		}
		return term{not: t.not, match: anywhere(t), cost: costOther}, nil
	}
	for i := range words {
		w := &words[i]
		if w.Name != t.name {
			continue
		}
		if t.value == "" || t.value == "=" {
			return term{}, t.mistake(NoValue, w.Choices...)
		}
		match, mistake := w.term(t)
		return term{not: t.not, match: match, cost: w.cost, word: w.Name}, mistake
	}
	return term{}, t.mistake(UnknownWord, names()...)
}

// codeTerm compares each code once, when the filter is read.
func codeTerm(t *token) (func(*Message) bool, *Mistake) {
	value := t.value
	if class, found := strings.CutSuffix(strings.ToLower(value), ".xx"); found {
		value = class + ".*" // as people write classes of codes
	}
	p := newPattern(value, t.quoted)
	fits := func(number, name string) bool {
		switch {
		case p.exact:
			return p.matchString(number) || p.matchString(name)
		case p.whole:
			return p.matchString(number+" "+name) || p.matchString(number) || p.matchString(name)
		}
		return hasPrefixFold([]byte(number), p.parts[0]) || name != "" && p.matchString(name)
	}
	var codes [256]bool
	var packets [16]bool
	for i := range codes {
		codes[i] = fits(record.CodeName(byte(i)))
	}
	for i := range packets {
		packets[i] = fits("", record.PacketTypeName(byte(i)))
	}
	ping := p.matchString("Ping")
	return func(m *Message) bool {
		f := m.Frame
		if f.Protocol == record.MQTT {
			return len(f.Data) > 0 && packets[f.Data[0]>>4]
		}
		code, ok := f.Code()
		if code == 0 && ping && f.TypeName() == "CON" {
			return ok
		}
		return ok && codes[code]
	}, nil
}

func typeTerm(t *token) (func(*Message) bool, *Mistake) {
	p := newPattern(t.value, t.quoted)
	p.exact = !p.whole
	for _, choice := range []string{"con", "non", "ack", "rst", "tcp", "ws", "mqtt"} {
		if p.matchString(choice) {
			return func(m *Message) bool { return p.matchString(m.Frame.TypeName()) }, nil
		}
	}
	return nil, t.mistake(NotAChoice, "con", "non", "ack", "rst", "tcp", "ws", "mqtt")
}

func tokenTerm(t *token) (func(*Message) bool, *Mistake) {
	value, exact := strings.CutPrefix(strings.ToLower(t.value), "=")
	if strings.Trim(value, "0123456789abcdef*") != "" || len(value) > 64 {
		return nil, t.mistake(NotHex)
	}
	p := newPattern(value, t.quoted)
	return func(m *Message) bool {
		token := m.Frame.Token()
		if token == nil {
			return false
		}
		var digits [16]byte
		text := digits[:hex.Encode(digits[:], token)]
		switch {
		case exact:
			return string(text) == value
		case p.whole:
			return p.match(text)
		}
		return bytes.HasPrefix(text, []byte(value))
	}, nil
}

func midTerm(t *token) (func(*Message) bool, *Mistake) {
	id, err := strconv.ParseUint(strings.TrimPrefix(t.value, "="), 0, 16)
	if err != nil {
		return nil, t.mistake(NotANumber)
	}
	return func(m *Message) bool {
		got, ok := m.Frame.MessageID()
		return ok && got == uint16(id)
	}, nil
}

func listenerTerm(t *token) (func(*Message) bool, *Mistake) {
	p := newPattern(t.value, t.quoted)
	return func(m *Message) bool { return p.matchString(m.Frame.Listener) }, nil
}

func dirTerm(t *token) (func(*Message) bool, *Mistake) {
	switch strings.ToLower(t.value) {
	case "in":
		return func(m *Message) bool { return !m.Frame.Outgoing }, nil
	case "out":
		return func(m *Message) bool { return m.Frame.Outgoing }, nil
	}
	return nil, t.mistake(NotAChoice, "in", "out")
}

// compared cuts a comparison off a value; fallback is that of one without.
func compared(value, fallback string) (compare func(a, b int64) bool, rest string) {
	sign := fallback
	for _, s := range []string{">=", "<=", ">", "<", "="} {
		if after, found := strings.CutPrefix(value, s); found {
			sign, value = s, after
			break
		}
	}
	switch sign {
	case ">":
		compare = func(a, b int64) bool { return a > b }
	case "<":
		compare = func(a, b int64) bool { return a < b }
	case ">=":
		compare = func(a, b int64) bool { return a >= b }
	case "<=":
		compare = func(a, b int64) bool { return a <= b }
	default:
		compare = func(a, b int64) bool { return a == b }
	}
	return compare, value
}

func sizeTerm(t *token) (func(*Message) bool, *Mistake) {
	compare, rest := compared(t.value, "=")
	size, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return nil, t.mistake(NotANumber)
	}
	return func(m *Message) bool { return compare(int64(len(m.Frame.Data)), size) }, nil
}

func tookTerm(t *token) (func(*Message) bool, *Mistake) {
	compare, rest := compared(t.value, ">=")
	took, err := time.ParseDuration(rest)
	if err != nil || took < 0 {
		return nil, t.mistake(NotADuration)
	}
	return func(m *Message) bool { return m.Known.Took >= 0 && compare(int64(m.Known.Took), int64(took)) }, nil
}

func oddTerm(t *token) (func(*Message) bool, *Mistake) {
	value := strings.ToLower(t.value)
	if value == "any" {
		return func(m *Message) bool { return m.Known.Odd != 0 }, nil
	}
	for i, name := range record.OddNames {
		if name == value {
			return func(m *Message) bool { return m.Known.Odd&(1<<i) != 0 }, nil
		}
	}
	return nil, t.mistake(NotAChoice, append(append([]string(nil), record.OddNames[:]...), "any")...)
}

func exchangeTerm(t *token) (func(*Message) bool, *Mistake) {
	root, err := strconv.ParseUint(t.value, 10, 64)
	if err != nil {
		return nil, t.mistake(NotANumber)
	}
	return func(m *Message) bool { return m.Known.Root == root || m.Frame.Seq == root }, nil
}
