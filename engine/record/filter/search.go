package filter

import (
	"encoding/hex"
	"strconv"
	"strings"

	"sluice/engine/record"
)

// Numbers of options (RFC 7252, section 12.2).
const (
	uriPath       = 11
	contentFormat = 12
	uriQuery      = 15
	accept        = 17
	locationQuery = 20
	proxyURI      = 35
)

// root is the first message of the exchange that m belongs to, if that is another one.
func (m *Message) root() (record.Frame, bool) {
	if m.Get == nil || m.Known.Root == 0 || m.Known.Root == m.Frame.Seq {
		return record.Frame{}, false
	}
	return m.Get(m.Known.Root)
}

// pathOf is the path of a request or the topic name of a PUBLISH, and of an answer the one of its request.
func (m *Message) pathOf() []byte {
	if m.ready {
		return m.path
	}
	m.path, m.ready = appendPath(m.path[:0], m.Frame), true
	if len(m.path) == 0 {
		if root, ok := m.root(); ok {
			m.path = appendPath(m.path, &root)
		}
	}
	return m.path
}

func appendPath(path []byte, f *record.Frame) []byte {
	if topic, ok := f.TopicName(); ok {
		return append(path, topic...)
	}
	if !f.IsRequest() {
		return path
	}
	before := len(path)
	for w := f.WalkOptions(); ; {
		number, value, ok := w.Next()
		if !ok || number > uriPath {
			break
		}
		if number == uriPath {
			path = append(append(path, '/'), value...)
		}
	}
	if len(path) == before {
		path = append(path, '/')
	}
	return path
}

func pathTerm(t *token) (func(*Message) bool, *Mistake) {
	if value, exact := strings.CutPrefix(t.value, "="); exact {
		return func(m *Message) bool { return string(m.pathOf()) == value }, nil
	}
	if isGlob(t.value, t.quoted) {
		g := newGlob(t.value, t.quoted)
		return func(m *Message) bool {
			path := m.pathOf()
			return len(path) > 0 && g.match(path)
		}, nil
	}
	p := newPattern(t.value, t.quoted)
	return func(m *Message) bool { return p.match(m.pathOf()) }, nil
}

func peerTerm(t *token) (func(*Message) bool, *Mistake) {
	p := newPattern(t.value, t.quoted)
	return p.peer, nil
}

// peer compares the client ID, or the one that the request claims where it is not known, and the address.
func (p *pattern) peer(m *Message) bool {
	f := m.Frame
	if f.Client != "" && p.matchString(f.Client) {
		return true
	}
	var address [64]byte
	if p.match(f.Peer.AppendTo(address[:0])) {
		return true
	}
	if f.Client != "" || !f.Protocol.IsCoAP() {
		return false
	}
	client, claims := f.ClaimedClient()
	if !claims {
		root, ok := m.root()
		if !ok {
			return false
		}
		client, claims = root.ClaimedClient()
	}
	return claims && p.match(client)
}

func textTerm(t *token) (func(*Message) bool, *Mistake) {
	p := newPattern(t.value, t.quoted)
	return p.text, nil
}

// text looks in path, query and payload, never in secrets.
func (p *pattern) text(m *Message) bool {
	f := m.Frame
	if f.Protocol == record.MQTT {
		return p.packet(f)
	}
	if f.IsRequest() && p.match(m.pathOf()) {
		return true
	}
	w := f.WalkOptions()
	for {
		number, value, ok := w.Next()
		if !ok {
			break
		}
		if (number == uriQuery || number == locationQuery) && p.match(record.VisibleQuery(value)) {
			return true
		}
	}
	payload := w.Payload()
	if len(payload) == 0 || !p.match(payload) {
		return false
	}
	// A connection token is hidden by decoding only.
	code, _ := f.Code()
	const created = 0x41
	return !f.Outgoing || code != created || len(record.Decode(*f).Mask) == 0
}

// packet looks in an MQTT packet. Decoding finds what is secret, and is left to packets that may match.
func (p *pattern) packet(f *record.Frame) bool {
	if !p.whole && !p.exact && indexFold(f.Data, p.parts[0]) < 0 && p.ascii {
		return false
	}
	message := record.Decode(*f)
	return p.matchString(message.Resource) || len(message.Payload) > 0 && p.match(message.Payload)
}

// anywhere looks in everything that is shown of a message.
func anywhere(t *token) func(*Message) bool {
	p := newPattern(t.value, t.quoted)
	code, _ := codeTerm(t)
	return func(m *Message) bool {
		return code(m) || p.matchString(m.Frame.TypeName()) || p.peer(m) || p.text(m)
	}
}

// optionTerm takes the name or number of an option, and behind = its value.
func optionTerm(t *token) (func(*Message) bool, *Mistake) {
	name, value, valued := strings.Cut(t.value, "=")
	numbers := map[int]bool{}
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		numbers[int(n)] = true
	} else {
		p := newPattern(name, t.quoted)
		p.exact = !p.whole
		for _, o := range record.Options() {
			if p.matchString(o.Name) {
				numbers[o.Number] = true
			}
		}
		if len(numbers) == 0 {
			return nil, t.mistake(UnknownOption)
		}
	}
	formats := map[int]record.OptionFormat{}
	for _, o := range record.Options() {
		formats[o.Number] = o.Format
	}
	p := newPattern(value, t.quoted)
	return func(m *Message) bool {
		for w := m.Frame.WalkOptions(); ; {
			number, got, ok := w.Next()
			if !ok {
				return false
			}
			if numbers[number] && (!valued || p.option(number, got, formats[number])) {
				return true
			}
		}
	}, nil
}

// option compares the value of an option as it is shown.
func (p *pattern) option(number int, value []byte, format record.OptionFormat) bool {
	switch {
	case number == uriQuery || number == locationQuery:
		return p.match(record.VisibleQuery(value))
	case number == proxyURI:
		path, _, _ := strings.Cut(string(value), "?")
		return p.matchString(path)
	case format == record.StringOption:
		return p.match(value)
	case format == record.UintOption && len(value) <= 4:
		v := 0
		for _, b := range value {
			v = v<<8 | int(b)
		}
		if number == contentFormat || number == accept {
			if name := record.ContentFormatName(v); name != "" && p.matchString(name) {
				return true
			}
		}
		whole := pattern{exact: !p.whole, whole: p.whole, parts: p.parts, ascii: p.ascii}
		return whole.matchString(strconv.Itoa(v))
	}
	return p.matchString(hex.EncodeToString(value))
}
