package gateway

import (
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/access"
	"sluice/engine/directory"
	"sluice/engine/linkformat"
	"sluice/engine/settings"
)

// Bounds of what /.well-known/core answers.
const (
	maxCore      = 64 << 10 // bytes
	maxCoreLinks = 2048
	// maxCoreTopics is how many of the topics that are no resources of emqx4 are looked at: those that spoke last.
	maxCoreTopics = 1024
	// maxCoreRegistrations and maxCoreRegistered are how many registrations in the directory, and links of them, are
	// looked at: the first that were made. A lookup gives them all.
	maxCoreRegistrations = 256
	maxCoreRegistered    = 1024
)

// asker is who asks for links.
type asker struct {
	gateway *Gateway
	who     identity
	unknown bool // without credentials where they are needed
}

// may reports whether the asker may publish to a topic, or subscribe to it; topic is without mountpoint.
func (a *asker) may(action settings.Action, topic string) bool {
	return !a.unknown && a.gateway.access.Allowed(a.who.access(), action, topic)
}

// discover answers /.well-known/core with the roots, the directory, the collection of ietf, the topics and what devices
// have registered, as far as the client may see them. A group is not told what others have registered. Who gives no
// credentials where they are needed sees where to go with some.
func (h *handler) discover(x *exchange) {
	if format, ok := x.Uint(message.Accept); ok && format != formatLink {
		x.code(codes.NotAcceptable)
		return
	}
	given, queries := x.credentials()
	to, ok := x.asker(given)
	if !ok {
		return
	}
	filters := linkformat.ParseFilters(queries)
	c := collection{filters: filters}
	if h.lenient() {
		c.add(roots())
	}
	if h.gateway.directory != nil {
		c.add(h.gateway.directory.Links())
	}
	h.collectionLinks(x, &c, &to)
	if h.lenient() {
		h.topicLinks(x, &c, &to)
	}
	if h.gateway.directory != nil && !x.Multicast && !to.unknown {
		h.registeredLinks(&c, &to, x)
	}
	x.links(c.document)
}

// asker says who asks for links; when it returns false the request is answered or postponed. To a group nobody logs in:
// there the peer stands for one datagram only.
func (x *exchange) asker(given credentials) (to asker, ok bool) {
	g := x.handler.gateway
	to.gateway, to.who = g, identity{clientID: x.demandedID(), proved: x.Peer.Identity()}
	if given.given() && !x.Multicast {
		to.who, ok = x.authenticate(given)
		return to, ok
	}
	if x.handler.authn {
		let, known := g.access.AuthenticateFast(access.Login{})
		to.unknown = !let.OK() || !known
	}
	to.unknown = to.unknown || !x.mayConnect(nil, nil)
	return to, true
}

// collection is a document within the bounds.
type collection struct {
	filters  linkformat.Filters
	document []byte
	count    int
}

// add appends what passes the filters; false when no more fits.
func (c *collection) add(links []linkformat.Link) bool {
	for i := range links {
		if !c.filters.Match(&links[i]) {
			continue
		}
		before := len(c.document)
		if c.document = links[i].AppendTo(c.document); len(c.document) > maxCore || c.count == maxCoreLinks {
			c.document = c.document[:before]
			return false
		}
		c.count++
	}
	return true
}

// topicLinks adds the resources of emqx4 and the topics that the client may read.
func (h *handler) topicLinks(x *exchange, c *collection, to *asker) {
	mount, ok := x.mountOf(to.who)
	if !ok || to.unknown || !c.mayHaveTopics() {
		return
	}
	add := func(topic string, format uint16) bool {
		name, below := strings.CutPrefix(topic, mount)
		if !below || name == "" || name[0] == '$' || !to.may(settings.Subscribe, name) {
			return true
		}
		return c.add([]linkformat.Link{topicLink(name, format)})
	}
	resources := h.gateway.resources
	for _, topic := range resources.topics() {
		if r, ok := resources.get(topic); ok && !add(topic, r.format) {
			return
		}
	}
	if h.gateway.values == nil {
		return
	}
	for _, topic := range h.gateway.values.Names(maxCoreTopics) {
		if _, listed := resources.get(topic); !listed && !add(topic, 0) {
			return
		}
	}
}

// registeredLinks adds what devices have registered in the directory.
func (h *handler) registeredLinks(c *collection, to *asker, x *exchange) {
	client := directory.Client{MayLookUp: func(endpoint string) bool {
		return to.may(settings.Subscribe, topicDirectory+literal(endpoint))
	}}
	looked := 0
	h.gateway.directory.Resources(&client, h.scheme(), x.Peer.Addr(), maxCoreRegistrations, func(l *linkformat.Link) bool {
		looked++
		return looked <= maxCoreRegistered && c.add([]linkformat.Link{*l})
	})
}

// topicLink describes a topic; format 0: none is known.
func topicLink(name string, format uint16) linkformat.Link {
	l := linkformat.Link{Target: linkformat.EncodePath("/ps/" + name)}
	l.Add("rt", typeData)
	if format != 0 {
		l.AddUint("ct", uint64(format))
	}
	l.AddBare("obs")
	l.Add("title", name)
	return l
}

// mayHaveTopics reports whether the filters let any topic pass, so that others need not be looked at.
func (c *collection) mayHaveTopics() bool {
	l := topicLink("", 0)
	for i := range c.filters {
		if f := &c.filters[i]; f.Name != "href" && f.Name != "ct" && f.Name != "title" && !f.Match(&l) {
			return false
		}
	}
	return true
}
