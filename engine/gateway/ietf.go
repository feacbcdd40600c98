package gateway

import (
	"errors"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/settings"
)

// dataSegment is below a collection where the broker puts topic-data.
const dataSegment = "data"

// ietfKind is a kind of resource of draft-ietf-core-coap-pubsub (section 2).
type ietfKind uint8

const (
	ietfNone       ietfKind = iota
	ietfCore                // /.well-known/core
	ietfCollection          // core.ps.coll
	ietfTopic               // core.ps.conf
	ietfData                // core.ps.data
)

// ietfTarget is what a request is about.
type ietfTarget struct {
	kind  ietfKind
	root  string         // path of the collection, as the request has it
	id    string         // of a topic
	topic *topicResource // of topic-data
}

// collectionOf returns the path of the topic collection: what the settings say, or what the dialect has without.
func collectionOf(d settings.Dialect, configured string) []string {
	switch {
	case d != settings.DialectIETF && d != settings.DialectAuto:
		return nil
	case configured != "":
		return strings.Split(configured, "/")
	case d == settings.DialectIETF:
		return []string{"ps"}
	}
	return []string{"pubsub"}
}

// meantForIETF reports whether the request is for the broker of the draft, and finds its target. In auto that is what is
// below its collection, the topic-data of every topic, and below /ps, which belongs to EMQX, what only the draft has: a
// GET of /ps itself, the methods of RFC 8132, and the draft's Content-Format.
func (x *exchange) meantForIETF() bool {
	h := x.handler
	if h.collection == nil {
		return false
	}
	if x.ietf.topic = x.topicOfData(); x.ietf.topic != nil {
		x.ietf.kind = ietfData
		return true
	}
	if rest, ok := below(x.path, h.collection); ok && (h.dialect == settings.DialectIETF || h.collection[0] != "ps" || x.marked(rest)) {
		x.target(strings.Join(h.collection, "/"), rest)
		return true
	}
	if h.dialect == settings.DialectIETF {
		if x.root == rootWellKnown && len(x.path) == 2 && string(x.path[1].Value) == "core" {
			x.ietf.kind = ietfCore
		}
		return true
	}
	if rest := x.path; x.root == rootPubSub && len(rest) <= 2 && x.marked(rest[1:]) {
		x.target("ps", rest[1:])
		return true
	}
	return false
}

// below returns the segments of path that follow those of a collection. An empty one at the end does not count.
func below(path message.Options, collection []string) (rest message.Options, ok bool) {
	if len(path) < len(collection) {
		return nil, false
	}
	for i, segment := range collection {
		if string(path[i].Value) != segment {
			return nil, false
		}
	}
	return path[len(collection):], true
}

// marked reports whether a request below /ps can be none of EMQX.
func (x *exchange) marked(rest message.Options) bool {
	if x.Code > codes.DELETE || collectionItself(rest) && x.Code == codes.GET {
		return true
	}
	for _, id := range [...]message.OptionID{message.ContentFormat, message.Accept} {
		if v, ok := x.Uint(id); ok && v == topicconfig.ContentFormat {
			return true
		}
	}
	return false
}

func collectionItself(rest message.Options) bool {
	return len(rest) == 0 || len(rest) == 1 && len(rest[0].Value) == 0
}

// target says what is at the segments below a collection.
func (x *exchange) target(root string, rest message.Options) {
	x.ietf.root = root
	switch {
	case collectionItself(rest):
		x.ietf.kind = ietfCollection
	case len(rest) == 1:
		x.ietf.kind, x.ietf.id = ietfTopic, string(rest[0].Value)
	}
}

// topicOfData returns the topic whose data the request's path is, or nil.
func (x *exchange) topicOfData() *topicResource {
	topics := x.handler.gateway.topics
	if len(x.path) < 3 || topics.count.Load() == 0 {
		return nil
	}
	below := false
	for i := 1; i < len(x.path)-1 && !below; i++ {
		below = string(x.path[i].Value) == dataSegment
	}
	if !below {
		return nil
	}
	var stack [256]byte
	path := stack[:0]
	for i := range x.path {
		if i > 0 {
			path = append(path, '/')
		}
		path = append(path, x.path[i].Value...)
	}
	return topics.dataAt(path)
}

// serveIETF answers as draft-ietf-core-coap-pubsub-21 says.
func (h *handler) serveIETF(x *exchange) {
	if x.ietf.kind == ietfCore {
		h.core(x)
		return
	}
	s := x.admitted()
	if s == nil {
		return
	}
	switch x.ietf.kind {
	case ietfCollection:
		h.collectionRequest(x, s)
	case ietfTopic:
		if t := h.gateway.topics.get(x.ietf.id); t != nil {
			h.topicRequest(x, s, t)
			return
		}
		x.code(codes.NotFound)
	case ietfData:
		h.dataRequest(x, s, x.ietf.topic)
	default:
		x.code(codes.NotFound)
	}
}

// admitted returns the session that the request counts for. It returns nil when the request is answered or postponed:
// wrong credentials are 4.01.
func (x *exchange) admitted() *session {
	if x.handler.lenient() && x.handler.gateway.settings.ConnectionRequired {
		if !x.checkToken(false) {
			return nil
		}
	} else {
		x.session = x.proved()
	}
	if x.session == nil {
		switch x.login(x.query.get(fieldClientID), x.query.get(fieldUsername), x.query.get(fieldPassword)) {
		case postponed:
			return nil
		case refused:
			x.refuse(codes.Unauthorized, "")
			return nil
		case busy:
			x.code(codes.ServiceUnavailable)
			return nil
		}
	}
	s := x.speaker()
	if s == nil {
		x.code(codes.ServiceUnavailable)
	}
	return s
}

// mayUse reports whether the request may act on a topic, or answers it. A topic under another mountpoint than that of
// who asks is not there.
func (x *exchange) mayUse(s *session, t *topicResource, action settings.Action) (who identity, ok bool) {
	who = x.identify(s)
	mount, ok := x.mountOf(who)
	switch {
	case ok && mount != t.mount:
		x.code(codes.NotFound)
	case ok && x.handler.gateway.access.Allowed(who.access(), action, t.name):
		return who, true
	default:
		x.code(codes.Forbidden)
	}
	return who, false
}

// accepts reports whether the request takes an answer in a Content-Format, or answers 4.06.
func (x *exchange) accepts(format uint16) bool {
	if want, given := x.Uint(message.Accept); given && want != uint32(format) {
		x.code(codes.NotAcceptable)
		return false
	}
	return true
}

// hasFormat reports whether the payload is in a Content-Format, or answers 4.15.
func (x *exchange) hasFormat(format uint32) bool {
	if got, given := x.Uint(message.ContentFormat); !given || got != format {
		x.code(codes.UnsupportedMediaType)
		return false
	}
	return true
}

// invalid answers a request that cannot be understood or fulfilled, and says why.
func (x *exchange) invalid(err error) {
	switch {
	case errors.Is(err, topicconfig.ErrTooLarge):
		x.text(codes.RequestEntityTooLarge, err.Error())
	case errors.Is(err, errTopicsFull):
		x.text(codes.ServiceUnavailable, err.Error())
	default:
		x.text(codes.BadRequest, err.Error())
	}
}

// whenKept returns what to do when a topic is on disk: fill is the answer then, 5.00 if that failed.
func (h *handler) whenKept(x *exchange, t *topicResource, fill func(w *coap.ResponseWriter)) func(error) {
	answer := x.later()
	return func(err error) {
		if err != nil {
			h.gateway.log.Error("a topic cannot be kept", "id", t.id, "topic", t.mounted, "error", err)
			answer.code(codes.InternalServerError)
			return
		}
		answer.answer(fill)
	}
}
