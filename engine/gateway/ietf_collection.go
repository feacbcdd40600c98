package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/linkformat"
	"sluice/engine/settings"
)

// collectionRequest answers a request to a topic collection (section 2.4).
func (h *handler) collectionRequest(x *exchange, s *session) {
	switch x.Code {
	case codes.GET:
		if x.accepts(formatLink) {
			h.listCollection(x, x.identify(s))
		}
	case coap.FETCH:
		if x.accepts(formatLink) {
			h.filterCollection(x, x.identify(s))
		}
	case codes.POST:
		if x.accepts(topicconfig.ContentFormat) {
			h.createTopic(x, s)
		}
	default:
		x.code(codes.MethodNotAllowed)
	}
}

// filterCollection answers with links to the topics that have all properties of the payload.
func (h *handler) filterCollection(x *exchange, who identity) {
	if !x.hasFormat(topicconfig.ContentFormat) {
		return
	}
	filter, err := topicconfig.Decode(x.Payload)
	if err != nil {
		x.invalid(err)
		return
	}
	var links []linkformat.Link
	for _, t := range x.visible(who) {
		if config := t.configuration(); config.Matches(&filter) {
			links = append(links, t.link(x.ietf.root))
		}
	}
	h.answerLinks(x, links, linkformat.ParseFilters(attributeQueries(x.Queries(nil))))
}

var errExpired = errors.New("expiration-date has passed")

// createTopic creates a topic from the configuration in the payload (section 2.4.3).
func (h *handler) createTopic(x *exchange, s *session) {
	if !x.hasFormat(topicconfig.ContentFormat) {
		return
	}
	config, err := topicconfig.Decode(x.Payload)
	if err == nil {
		err = checkNew(&config, x.Received)
	}
	if err != nil {
		x.invalid(err)
		return
	}
	who := x.identify(s)
	mount, ok := x.allowed(who, settings.Publish, config.TopicName)
	if !ok {
		x.code(codes.Forbidden)
		return
	}
	t, err := h.newTopic(x, config, mount)
	if err == nil {
		err = h.gateway.topics.add(t)
	}
	if err != nil {
		x.invalid(err)
		return
	}
	h.gateway.topics.wakeFor(t)
	h.begin(x, t, who)
	root, id := x.ietf.root, t.id
	config = t.configuration()
	h.gateway.topics.save(t, h.whenKept(x, t, func(w *coap.ResponseWriter) {
		w.SetCode(codes.Created)
		for segment := range strings.SplitSeq(root+"/"+id, "/") {
			w.AddString(message.LocationPath, segment)
		}
		fillConfiguration(w, &config)
	}))
	h.gateway.touch()
}

// checkNew checks what a new topic has to have besides the types of its properties.
func checkNew(config *topicconfig.Properties, now time.Time) error {
	if err := topicconfig.Create(config); err != nil {
		return err
	}
	name := config.TopicName
	if wild(name) || reserved(name) || checkTopic([]byte(name)) != nil {
		return errNotMQTTName
	}
	if config.Has(topicconfig.ExpirationDate) && !config.ExpirationDate.After(now) {
		return errExpired
	}
	return nil
}

// newTopic makes a topic that is in no table yet.
func (h *handler) newTopic(x *exchange, config topicconfig.Properties, mount string) (*topicResource, error) {
	table := h.gateway.topics
	t := &topicResource{
		table: table, id: table.freeID(), root: x.ietf.root, name: config.TopicName, mount: mount, mounted: mount + config.TopicName,
		created: x.Received,
	}
	if reserved(t.mounted) || checkTopic([]byte(t.mounted)) != nil {
		return nil, errNotMQTTName
	}
	if !config.Has(topicconfig.TopicData) {
		t.path = t.root + "/" + dataSegment + "/" + t.id
		config.TopicData, config.Present = "/"+t.path, config.Present|topicconfig.SetOf(topicconfig.TopicData)
	} else if err := t.place(config.TopicData); err != nil {
		return nil, err
	}
	if t.elsewhere && config.Has(topicconfig.Initialize) {
		return nil, errors.New("initialize is given, and topic-data is not on this broker")
	}
	t.config = config
	return t, nil
}

// place puts the topic's data where its creator wants it: below the collection's own /data/ it is served here, under any
// other URI it is another server's, and this broker only tells where.
func (t *topicResource) place(reference string) error {
	u, err := url.Parse(reference)
	if err != nil {
		return fmt.Errorf("topic-data: %w", err)
	}
	base := url.URL{Scheme: "coap", Host: "broker", Path: "/" + t.root}
	u = base.ResolveReference(u)
	escaped, local := strings.CutPrefix(u.EscapedPath(), "/"+t.root+"/"+dataSegment+"/")
	if u.Scheme != base.Scheme || u.Host != base.Host || !local {
		t.elsewhere = true
		return nil
	}
	segments := []string{t.root, dataSegment}
	for escapedSegment := range strings.SplitSeq(escaped, "/") {
		segment, err := url.PathUnescape(escapedSegment)
		if err != nil || segment == "" || len(segment) > 255 || strings.Contains(segment, "/") {
			return errors.New("topic-data has a path that cannot be served")
		}
		segments = append(segments, segment)
	}
	if u.RawQuery != "" || u.ForceQuery {
		return errors.New("topic-data has a query, and the broker serves none")
	}
	t.path = strings.Join(segments, "/")
	return nil
}

// begin gives a new topic its first data: what "initialize" has, which is published, or what is retained.
func (h *handler) begin(x *exchange, t *topicResource, who identity) {
	config := t.configuration()
	if t.elsewhere {
		return
	}
	if !config.Has(topicconfig.Initialize) {
		for _, m := range h.gateway.broker.Retained(t.mounted) {
			data := representation{payload: m.Payload, at: m.At}
			if data.format, data.formatted = m.Type.Number(); config.Has(topicconfig.TopicContentFormat) {
				data.format, data.formatted = config.TopicContentFormat, true
			}
			t.preset(data)
		}
		return
	}
	t.preset(representation{payload: config.Initialize, format: config.TopicContentFormat, formatted: true, at: x.Received})
	m := &broker.Message{
		Topic: t.mounted, Payload: config.Initialize, From: who.clientID, Via: broker.ViaMethod(byte(x.Code)),
		Type: h.typed(config.TopicContentFormat), At: x.Received,
	}
	if err := h.gateway.broker.Publish(m); err != nil {
		h.gateway.log.Warn("the first data of a topic was not published", "topic", t.mounted, "error", err)
	}
}
