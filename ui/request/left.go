package request

import (
	"slices"

	"sluice/engine/collection"
)

// leftDraft is a draft with changes of a request that is not open.
type leftDraft struct {
	draft    *collection.Request
	conflict bool // another program changed it meanwhile
}

// followLeft lets the changes of requests that are not open follow them into a library that was read anew. Those of a request
// that was changed there are of what stands in its place now.
func (p *Pane) followLeft(l *library) {
	for _, was := range p.library.books {
		b := l.book(was.key)
		if b == nil || len(p.left) == 0 {
			continue
		}
		before, after := texts(was), texts(b)
		for at, text := range before {
			changed := p.left[[2]string{b.key, text}]
			if changed == nil || slices.Contains(after, text) || at >= len(after) || slices.Contains(before, after[at]) {
				continue
			}
			delete(p.left, [2]string{b.key, text})
			p.left[[2]string{b.key, after[at]}] = &leftDraft{changed.draft, true}
		}
	}
}

// texts are the requests of a collection as they are written.
func texts(b *book) []string {
	all := make([]string, len(b.file.Requests))
	for i, r := range b.file.Requests {
		all[i] = r.String()
	}
	return all
}
