package proxy

import (
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// Recheck ends the observations of clients that may not have them any more, with the code of the refusal. When it returns
// none of them is told anything more.
func (p *Proxy) Recheck() {
	type member struct {
		w *watch
		o *observer
	}
	var all []member
	p.mu.Lock()
	for _, r := range p.cache.resources {
		if r.watch == nil {
			continue
		}
		for _, o := range r.watch.observers {
			all = append(all, member{r.watch, o})
		}
	}
	p.mu.Unlock()
	for _, m := range all {
		p.reconsider(m.w, m.o)
	}
}

// reconsider ends an observation if it is denied now.
func (p *Proxy) reconsider(w *watch, o *observer) {
	if code := o.denied(); code != 0 {
		p.gone(w, o)
		o.rel.Finish(coap.Notification{Confirmable: o.con, Code: code})
	}
}

// Permission tells, from any goroutine, whether a client may still do what it asked for: 0, or the code of the refusal.
type Permission func() (denied codes.Code)
