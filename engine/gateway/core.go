package gateway

import (
	"crypto/sha1"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

// maxCore bounds the answer of /.well-known/core in bytes.
const maxCore = 64 << 10

// core answers /.well-known/core (RFC 6690): the two roots and, in auto, the resources.
func (h *handler) core(x *exchange) {
	if x.Code != codes.GET {
		x.code(codes.MethodNotAllowed)
		return
	}
	links := []link{{href: "/mqtt"}, {href: "/ps"}}
	if h.lenient() {
		links = append(links, h.resourceLinks()...)
	}
	filters := x.Queries(nil)
	var document []byte
	for i := range links {
		if len(document) >= maxCore {
			break
		}
		if matchesAll(&links[i], filters) {
			document = links[i].appendTo(document)
		}
	}
	sum := sha1.Sum(document)
	etag := sum[:4]
	x.answer(func(w *coap.ResponseWriter) {
		w.AddOption(message.ETag, etag)
		if x.hasETag(etag) {
			w.SetCode(codes.Valid)
			return
		}
		w.SetCode(codes.Content)
		w.AddUint(message.ContentFormat, formatLink)
		w.SetPayload(document)
	})
}

func matchesAll(l *link, filters []string) bool {
	for _, filter := range filters {
		if !l.matches(filter) {
			return false
		}
	}
	return true
}

func (x *exchange) hasETag(etag []byte) bool {
	for i := range x.Options {
		if x.Options[i].ID == message.ETag && string(x.Options[i].Value) == string(etag) {
			return true
		}
	}
	return false
}

// resourceLinks returns the resources that a client without credentials may read.
func (h *handler) resourceLinks() []link {
	g := h.gateway
	if ok, known := g.access.AuthenticateFast("", ""); !ok || !known || h.mount.named {
		return nil
	}
	var links []link
	for _, r := range g.resources.snapshot() {
		name, ok := strings.CutPrefix(r.topic, h.mount.plain())
		if !ok || !g.access.Allowed(identity{}.access(), settings.Subscribe, name) {
			continue
		}
		links = append(links, link{href: "/ps/" + name, format: r.format, hasFormat: r.format != 0, observable: true})
	}
	return links
}
