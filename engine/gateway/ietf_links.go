package gateway

import (
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/linkformat"
	"sluice/engine/settings"
)

// Resource types of the draft (section 6.3).
const (
	typeBroker     = "core.ps"
	typeCollection = "core.ps.coll"
	typeTopic      = "core.ps.conf"
	typeData       = topicconfig.DataResourceType
)

// maxListing bounds the list of the topics in a collection, in bytes.
const maxListing = 1 << 20

// collectionLinks adds what /.well-known/core says of the broker: its collection, and the topics and topic-data that the
// asker may see.
func (h *handler) collectionLinks(x *exchange, c *collection, to *asker) {
	if h.collection == nil {
		return
	}
	root := strings.Join(h.collection, "/")
	l := linkformat.Link{Target: "/" + root}
	l.Add("rt", typeBroker+" "+typeCollection)
	l.AddUint("ct", formatLink)
	if !c.add([]linkformat.Link{l}) || to.unknown {
		return
	}
	for _, t := range x.visible(to.who) {
		configuration := t.link(root)
		configuration.Add("title", t.name) // the path is the broker's own and says nothing
		if !c.add([]linkformat.Link{configuration, t.dataLink()}) {
			return
		}
	}
}

// visible returns the topics that a client may read.
func (x *exchange) visible(who identity) []*topicResource {
	mount, ok := x.mountOf(who)
	if !ok {
		return nil
	}
	var visible []*topicResource
	for _, t := range x.handler.gateway.topics.snapshot() {
		if t.mount == mount && x.handler.gateway.access.Allowed(who.access(), settings.Subscribe, t.name) {
			visible = append(visible, t)
		}
	}
	return visible
}

// link is the link to the topic in a collection.
func (t *topicResource) link(root string) linkformat.Link {
	l := linkformat.Link{Target: "/" + root + "/" + t.id}
	l.Add("rt", typeTopic)
	return l
}

// dataLink is the link to the topic's data.
func (t *topicResource) dataLink() linkformat.Link {
	config := t.configuration()
	l := linkformat.Link{Target: config.TopicData}
	l.Add("rt", config.ResourceType)
	if data, full := t.current(); config.Has(topicconfig.TopicContentFormat) {
		l.AddUint("ct", uint64(config.TopicContentFormat))
	} else if full && data.formatted {
		l.AddUint("ct", uint64(data.format))
	}
	l.AddBare("obs")
	l.Add("title", t.name)
	return l
}

// listCollection answers with links to topics, and, to who asks for links with certain attributes, to topic-data.
func (h *handler) listCollection(x *exchange, who identity) {
	filters := linkformat.ParseFilters(attributeQueries(x.Queries(nil)))
	root := x.ietf.root
	var links []linkformat.Link
	for _, t := range x.visible(who) {
		links = append(links, t.link(root))
		if len(filters) > 0 {
			links = append(links, t.dataLink())
		}
	}
	h.answerLinks(x, links, filters)
}

// attributeQueries leaves out the query parameters that say who asks.
func attributeQueries(queries []string) []string {
	kept := queries[:0]
	for _, q := range queries {
		if !isCredential(q) {
			kept = append(kept, q)
		}
	}
	return kept
}

// isCredential reports whether a query parameter is one of those that identify reads.
func isCredential(query string) bool {
	for i := range len(query) {
		if query[i] == '=' {
			_, _, known := fieldOf([]byte(query[:i]))
			return known
		}
	}
	return false
}

// answerLinks answers with those links that pass the filters.
func (h *handler) answerLinks(x *exchange, links []linkformat.Link, filters linkformat.Filters) {
	var document []byte
	for i := range links {
		if !filters.Match(&links[i]) {
			continue
		}
		if len(document) >= maxListing {
			h.gateway.log.Warn("a list of topics is too long and was cut off", "links", len(links))
			break
		}
		document = links[i].AppendTo(document)
	}
	x.answer(func(w *coap.ResponseWriter) {
		w.SetCode(codes.Content)
		w.AddUint(message.ContentFormat, formatLink)
		w.SetPayload(document)
	})
}
