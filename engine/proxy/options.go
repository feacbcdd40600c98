package proxy

import (
	"crypto/sha256"
	"slices"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// Options that go-coap does not name.
const (
	optionHopLimit   message.OptionID = 16  // RFC 8768
	optionEcho       message.OptionID = 252 // RFC 9175
	optionRequestTag message.OptionID = 292 // RFC 9175
)

// OptionAge is the option that tells how old a response is that is no longer fresh: a uint, in seconds.
const OptionAge message.OptionID = 65020

// unsafeToForward reports whether a proxy must understand an option (RFC 7252, section 5.4.2).
func unsafeToForward(id message.OptionID) bool { return id&2 != 0 }

// cacheKey reports whether an option is part of the cache key (RFC 7252, section 5.4.2).
func cacheKey(id message.OptionID) bool { return unsafeToForward(id) || id&0x1e != 0x1c }

// forHop reports whether an option of a request is for this hop only, or is written anew for the next.
func forHop(id message.OptionID) bool {
	switch id {
	case message.URIHost, message.URIPort, message.URIPath, message.URIQuery, message.ProxyURI, message.ProxyScheme,
		message.Observe, message.Block1, message.Block2, message.Size1, message.Size2, message.NoResponse, message.MaxAge,
		message.LocationPath, message.LocationQuery, optionHopLimit, optionEcho, optionRequestTag:
		return true
	}
	return false
}

// endToEnd copies the options of a request that go on to the server. The ETags of a read are answered here (RFC 7252,
// section 5.10.6.2).
func endToEnd(r *coap.Request) (options message.Options) {
	for _, o := range r.Options {
		if !forHop(o.ID) && !(o.ID == message.ETag && isRead(r.Code)) {
			options = append(options, message.Option{ID: o.ID, Value: slices.Clone(o.Value)})
		}
	}
	return options
}

func isRead(method codes.Code) bool { return method == codes.GET || method == coap.FETCH }

// understood reports whether a response has no option that the proxy must know and does not (RFC 7252, section 5.7.1).
func understood(options message.Options) bool {
	for _, o := range options {
		if unsafeToForward(o.ID) && o.ID != message.MaxAge {
			return false
		}
	}
	return true
}

// etagsOf are the representations that a client has.
func etagsOf(r *coap.Request) (etags [][]byte) {
	if !isRead(r.Code) {
		return nil
	}
	for _, o := range r.Options {
		if o.ID == message.ETag {
			etags = append(etags, slices.Clone(o.Value))
		}
	}
	return etags
}

// keyOf is the target of a request to a server, and the cache key (RFC 7252, section 5.6). options are in order.
func keyOf(server string, method codes.Code, options message.Options, payload []byte) (target, key string) {
	t := append([]byte(server), 0)
	k := []byte{byte(method)}
	for _, o := range options {
		switch o.ID {
		case message.URIHost, message.URIPort, message.URIPath, message.URIQuery:
			t = appendOption(t, o)
		default:
			if cacheKey(o.ID) && o.ID != optionHopLimit {
				k = appendOption(k, o)
			}
		}
	}
	target = string(t)
	if method == coap.FETCH {
		sum := sha256.Sum256(payload)
		k = append(k, sum[:]...)
	}
	return target, target + string(k)
}

func appendOption(b []byte, o message.Option) []byte {
	b = append(b, byte(o.ID>>8), byte(o.ID), byte(len(o.Value)>>8), byte(len(o.Value)))
	return append(b, o.Value...)
}

func appendUint(v uint32) []byte {
	b := []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}
