package access

import (
	"slices"
	"strings"

	"sluice/engine/settings"
)

// template is text in which placeholders stand for what is known of a client.
type template struct {
	text  string
	parts []part // nil: there are no placeholders
}

// part is text, or a placeholder.
type part struct{ text, placeholder string }

func newTemplate(text string) template {
	t := template{text: text}
	var parts []part
	for text != "" {
		at, found := firstPlaceholder(text)
		if found == "" {
			at = len(text)
		}
		if at > 0 {
			parts = append(parts, part{text: text[:at]})
		}
		if found != "" {
			parts = append(parts, part{placeholder: found})
			t.parts = parts
		}
		text = text[at+len(found):]
	}
	if t.parts != nil {
		t.parts = parts
	}
	return t
}

func firstPlaceholder(text string) (at int, found string) {
	for _, p := range settings.Placeholders {
		if i := strings.Index(text, p); i >= 0 && (found == "" || i < at) {
			at, found = i, p
		}
	}
	return at, found
}

// value is what the part stands for; empty if nothing is known.
func (p *part) value(who *Who) string {
	switch p.placeholder {
	case "":
		return p.text
	case "${clientid}":
		return who.ClientID
	case "${username}":
		return who.Username
	case "${cert_common_name}":
		return who.Identity.CommonName
	case "${cert_subject}":
		return who.Identity.Subject
	}
	return who.Identity.PSK
}

// is reports whether text is what the template says for a client, of whom everything that it names is known.
func (t *template) is(text string, who *Who) bool {
	if t.parts == nil {
		return t.text == text
	}
	for i := range t.parts {
		value := t.parts[i].value(who)
		rest, ok := strings.CutPrefix(text, value)
		if !ok || value == "" {
			return false
		}
		text = rest
	}
	return text == ""
}

// filter is the template as a topic filter for a client. ok is false when something that it names is not known of the
// client: then the filter matches nothing. A name that would change the meaning of the filter matches nothing where the
// rule allows, and everything from its level on where it denies.
func (t *template) filter(who *Who, allows bool) (filter string, ok bool) {
	if t.parts == nil {
		return t.text, true
	}
	if slices.ContainsFunc(t.parts, func(p part) bool { return p.value(who) == "" }) {
		return "", false
	}
	var b strings.Builder
	for i := range t.parts {
		value := t.parts[i].value(who)
		if t.parts[i].placeholder != "" && !plain(value) {
			above := b.String()
			return above[:strings.LastIndexByte(above, '/')+1] + "#", !allows
		}
		b.WriteString(value)
	}
	return b.String(), true
}

// plain reports whether name is part of a level of a topic and nothing else. A leading $ would make a filter match
// topics that wildcards do not.
func plain(name string) bool {
	return name != "" && name[0] != '$' && !strings.ContainsAny(name, "+#/\x00")
}
