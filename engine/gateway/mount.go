package gateway

import "strings"

// mountpoint is the prefix of every topic.
type mountpoint struct {
	text  string
	named bool // text has placeholders
}

func newMountpoint(text string) mountpoint {
	return mountpoint{text, strings.Contains(text, "${clientid}") || strings.Contains(text, "${username}")}
}

// of returns the prefix of one client. A name that would act as a wildcard there is refused: it would let its owner see
// everybody's topics.
func (m *mountpoint) of(who identity) (prefix string, ok bool) {
	if !m.named {
		return m.text, true
	}
	if wild(who.clientID) || wild(who.username) {
		return "", false
	}
	return strings.NewReplacer("${clientid}", who.clientID, "${username}", who.username).Replace(m.text), true
}
