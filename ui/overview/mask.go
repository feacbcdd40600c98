package overview

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2/lang"

	"sluice/ui/widget/format"
)

// mask says what is shown of names and values. In Present whoever is in the room sees the screen, so that what may be a secret
// is left out: addresses but loopback ones; in names and values, what the settings and the Certificates pane hold as secret;
// in topics and client IDs, what follows a word that names a secret, and parts that are long and random; values below a topic
// that names one, with a field that does, or with something random in them. Identities, certificates, tokens of connections
// and the addresses of listeners are not on the board at all.
type mask struct {
	on   bool
	held map[string]bool // secrets, as folded writes them
}

// hidden stands for what is left out.
const hidden = "•••"

// hold sets the secrets that are known to be some.
func (m *mask) hold(secrets []string) {
	m.held = make(map[string]bool, len(secrets))
	for _, s := range secrets {
		if s = folded(s); s != "" {
			m.held[s] = true
		}
	}
}

// folded writes a secret so that its letters may be large or small: keys are often written in hexadecimal digits.
func folded(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// secret reports whether a part of a name, or a word of a value, is one.
func (m *mask) secret(part string) bool { return random(part) || m.held[folded(part)] }

// name is what is shown of a client ID or a topic.
func (m *mask) name(of side, name string) string {
	switch {
	case !m.on:
		return name
	case of == topicSide:
		return m.levels(name)
	case m.secret(name):
		return hidden
	}
	if at, err := netip.ParseAddrPort(name); err == nil {
		return m.address(name, at.Addr())
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return m.address(name, addr)
	}
	return m.levels(name)
}

func (m *mask) address(name string, of netip.Addr) string {
	if of.IsLoopback() {
		return name
	}
	return lang.L("address hidden")
}

// levels is what is shown of the levels of a name: what follows a word that names a secret, in its level and in those below
// it, is left out, and so is what is one by itself.
func (m *mask) levels(name string) string {
	levels, below := strings.Split(name, "/"), false
	from, to := base64Levels(levels)
	for i, level := range levels {
		end := secretWord(level)
		switch {
		case level == "" || level == "+" || level == "#":
		case below || m.secret(level) || i >= from && i < to:
			levels[i] = hidden
		case end > 0:
			below = true
			if end < len(level) {
				levels[i] = level[:end] + hidden
			}
		}
	}
	return strings.Join(levels, "/")
}

// longest is how many letters of a value are shown, looked how many bytes of it are searched for secrets.
const (
	longest = 40
	looked  = 4096
)

// value is what is shown of the last value of a topic.
func (m *mask) value(topic string, payload []byte) string {
	switch {
	case len(payload) == 0:
		return lang.L("empty")
	case m.on && (secretWord(topic) > 0 || m.tells(string(payload[:min(len(payload), looked)]))):
		return hidden
	}
	text := payload[:min(len(payload), 4*longest)]
	for len(text) < len(payload) && len(text) > 0 && !utf8.Valid(text) && len(text) > 4*longest-utf8.UTFMax {
		text = text[:len(text)-1] // a letter was cut
	}
	if !utf8.Valid(text) || strings.ContainsFunc(string(text), func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return format.Bytes(int64(len(payload)))
	}
	line := strings.Join(strings.Fields(string(text)), " ")
	if runes := []rune(line); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return line
}

// tells reports whether a value names a secret, is one, or has one in it.
func (m *mask) tells(value string) bool {
	if secretWord(value) > 0 || strings.Contains(value, "-----BEGIN ") || m.secret(value) {
		return true
	}
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool {
		return !(r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("+/=_-", r))
	}) {
		if m.secret(word) {
			return true
		}
	}
	return false
}
