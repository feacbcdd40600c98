package gateway

import (
	"strings"
	"unicode/utf8"
)

// mountpoint is the prefix of every topic, in parts: text, and names of what replaces them.
type mountpoint struct {
	parts []mountPart
	named bool // some part is a name
}

// mountPart is text if it has no kind.
type mountPart struct {
	kind mountKind
	text string // of an attribute its name, of a name its placeholder
	of   func(identity) string
}

type mountKind uint8

const (
	mountText mountKind = iota
	mountName
	mountAttribute
)

const placeholderAttribute = "${client_attrs."

// mountNames are what names of a client replace.
var mountNames = []mountPart{
	{mountName, "${clientid}", func(who identity) string { return who.clientID }},
	{mountName, "${username}", func(who identity) string { return who.username }},
	{mountName, "${cert_common_name}", func(who identity) string { return provedOr(who.proved.CommonName, "${cert_common_name}") }},
	{mountName, "${cert_subject}", func(who identity) string { return provedOr(who.proved.Subject, "${cert_subject}") }},
	{mountName, "${psk_identity}", func(who identity) string { return provedOr(who.proved.PSK, "${psk_identity}") }},
}

// provedOr leaves the placeholder of what was not proved as it is, as that of an attribute that there is not: nobody is
// taken for somebody with an empty name.
func provedOr(name, placeholder string) string {
	if name == "" {
		return placeholder
	}
	return name
}

func newMountpoint(text string) mountpoint {
	var m mountpoint
	for text != "" {
		part, rest := nextMountPart(text)
		m.parts = append(m.parts, part)
		m.named = m.named || part.kind != mountText
		text = rest
	}
	return m
}

// nextMountPart takes the first part off text, which is not empty.
func nextMountPart(text string) (part mountPart, rest string) {
	for _, name := range mountNames {
		if rest, ok := strings.CutPrefix(text, name.text); ok {
			return name, rest
		}
	}
	if inner, ok := strings.CutPrefix(text, placeholderAttribute); ok {
		if name, rest, closed := strings.Cut(inner, "}"); closed {
			return mountPart{kind: mountAttribute, text: name}, rest
		}
	}
	end := strings.Index(text[1:], "${")
	if end < 0 {
		return mountPart{text: text}, ""
	}
	return mountPart{text: text[:end+1]}, text[end+1:]
}

// plain is the whole of a mountpoint without names.
func (m *mountpoint) plain() string {
	if len(m.parts) == 0 {
		return ""
	}
	return m.parts[0].text
}

// mountOf returns the prefix of one client's topics: a created connection keeps that of the listener it was created at.
func (x *exchange) mountOf(who identity) (prefix string, ok bool) {
	if x.session != nil {
		return x.session.handler.mountOf(who)
	}
	return x.handler.mountOf(who)
}

// mountOf returns the prefix of one client's topics. A name that would act as a wildcard there is refused: it would let
// its owner see everybody's topics. An attribute that the client does not have leaves its placeholder as it is.
func (h *handler) mountOf(who identity) (prefix string, ok bool) {
	m := &h.mount
	if !m.named {
		return m.plain(), true
	}
	if wild(who.clientID) || wild(who.username) {
		return "", false
	}
	var b strings.Builder
	for _, p := range m.parts {
		switch p.kind {
		case mountText:
			b.WriteString(p.text)
		case mountName:
			name := p.of(who)
			if unfit(name) {
				return "", false
			}
			b.WriteString(name)
		case mountAttribute:
			if value, has := h.gateway.access.Attribute(who.username, p.text); has {
				b.WriteString(value)
			} else {
				b.WriteString(placeholderAttribute + p.text + "}")
			}
		}
	}
	return b.String(), true
}

// unfit reports whether a name cannot be in a topic, or would act as a wildcard there. Those of certificates and keys have
// not been looked at before.
func unfit(name string) bool {
	return wild(name) || !utf8.ValidString(name) || strings.IndexByte(name, 0) >= 0
}
