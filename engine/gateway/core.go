package gateway

import (
	"crypto/sha1"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
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
	links := []linkformat.Link{{Target: "/mqtt"}, {Target: "/ps"}}
	if h.lenient() {
		links = append(links, h.resourceLinks()...)
	}
	filters := linkformat.ParseFilters(x.Queries(nil))
	if !h.lenient() && len(filters) > 0 {
		links = nil // EMQX 4 filters by attributes, of which the roots have none, not even href
	}
	var document []byte
	for i := range links {
		if len(document) >= maxCore {
			break
		}
		if filters.Match(&links[i]) {
			document = links[i].AppendTo(document)
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

func (x *exchange) hasETag(etag []byte) bool {
	for i := range x.Options {
		if x.Options[i].ID == message.ETag && string(x.Options[i].Value) == string(etag) {
			return true
		}
	}
	return false
}

// resourceLinks returns the resources that a client without credentials may read.
func (h *handler) resourceLinks() []linkformat.Link {
	g := h.gateway
	if ok, known := g.access.AuthenticateFast("", ""); !ok || !known || h.mount.named {
		return nil
	}
	var links []linkformat.Link
	for _, r := range g.resources.snapshot() {
		name, ok := strings.CutPrefix(r.topic, h.mount.plain())
		if !ok || !g.access.Allowed(identity{}.access(), settings.Subscribe, name) {
			continue
		}
		l := linkformat.Link{Target: linkformat.EncodePath("/ps/" + name)}
		if r.format != 0 {
			l.AddUint("ct", uint64(r.format))
		}
		l.AddBare("obs")
		links = append(links, l)
	}
	return links
}
