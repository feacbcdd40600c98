package request

import (
	"regexp"
	"slices"
	"time"

	"sluice/engine/collection"
	"sluice/ui/theme"
)

// What is remembered of what was sent; the oldest go.
const (
	maxHistory      = 100
	maxHistoryText  = 4 << 10  // bytes of one request
	maxHistoryBytes = 64 << 10 // of all, in the state file
)

// entry is a request that was sent.
type entry struct {
	At      time.Time       `json:"at"`
	Verb    collection.Verb `json:"verb"`
	Code    string          `json:"code"`   // as 2.05, or a word
	Failed  bool            `json:"failed"` // it says so in a colour, too
	Request string          `json:"request"`
	From    string          `json:"from,omitempty"` // the collection whose variables it names
	request *collection.Request
}

// history is what was sent, the newest first.
type history struct{ entries []*entry }

// add takes a request with what became of it. One that is sent again takes the place of the one before.
func (h *history) add(r *collection.Request, s *shown, from string) {
	e := &entry{At: s.at, Verb: r.Verb, Code: codeOf(s.badge), Failed: s.role == theme.RoleBad, Request: withoutSecrets(r), From: from, request: r.Clone()}
	if len(h.entries) > 0 && h.entries[0].Request == e.Request {
		h.entries = h.entries[1:]
	}
	h.entries = append([]*entry{e}, h.entries...)
	h.entries = h.entries[:min(len(h.entries), maxHistory)]
}

// putBack takes back what was there before entries were taken out, behind what was sent since.
func (h *history) putBack(was []*entry) {
	since := slices.DeleteFunc(slices.Clone(h.entries), func(e *entry) bool { return slices.Contains(was, e) })
	h.entries = append(since, was...)
	h.entries = h.entries[:min(len(h.entries), maxHistory)]
}

// codeOf is the number of a code, or the word in its place.
func codeOf(badge string) string {
	if numbered.MatchString(badge) {
		return badge[:4]
	}
	return badge
}

var numbered = regexp.MustCompile(`^[2-5]\.[0-9]{2} `)

// kept is what the state file remembers.
func (h *history) kept() []*entry {
	size := 0
	for i, e := range h.entries {
		if size += len(e.Request); size > maxHistoryBytes {
			return h.entries[:i]
		}
	}
	return h.entries
}

// restore takes back what the state file remembers.
func (h *history) restore(entries []*entry) {
	h.entries = nil
	for _, e := range entries {
		if e == nil {
			continue
		}
		if r, err := collection.ParseRequest(e.Request); err == nil {
			e.request = r
			h.entries = append(h.entries, e)
		}
	}
}

// secretQuery finds parameters that hold a secret: the passwords of EMQX 5 and 4, and the token of a connection.
var secretQuery = regexp.MustCompile(`(?i)\b(password|token|p)=([^&{\s][^&\s]*)`)

// withoutSecrets is the text of a request with variables in place of secrets that are written into it. A payload that is
// long is left out.
func withoutSecrets(r *collection.Request) string {
	c := r.Clone()
	c.Target = hide(c.Target)
	for i, o := range c.Options {
		if number(o.Name) == 15 { // Uri-Query
			c.Options[i].Value = hide(o.Value)
		}
	}
	if len(c.Payload.Text) > maxHistoryText {
		c.Payload = collection.Payload{}
	}
	return c.String()
}

func hide(text string) string {
	return secretQuery.ReplaceAllStringFunc(text, func(found string) string {
		parts := secretQuery.FindStringSubmatch(found)
		name := parts[1]
		if name == "p" {
			name = "password"
		}
		return parts[1] + "={{" + name + "}}"
	})
}
