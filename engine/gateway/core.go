package gateway

import (
	"crypto/sha1"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// core answers /.well-known/core (RFC 6690): in strict emqx4 the two roots, else what can be found here. See discover.
func (h *handler) core(x *exchange) {
	switch {
	case x.Code != codes.GET:
		x.code(codes.MethodNotAllowed)
	case h.strict():
		var document []byte
		if !x.Has(message.URIQuery) { // EMQX 4 filters by attributes, of which the roots have none, not even href
			document = linkformat.Encode(roots())
		}
		x.links(document)
	default:
		h.discover(x)
	}
}

func roots() []linkformat.Link { return []linkformat.Link{{Target: "/mqtt"}, {Target: "/ps"}} }

// links answers with a document, or 2.03 to who has it.
func (x *exchange) links(document []byte) {
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
