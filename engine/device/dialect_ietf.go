package device

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/linkformat"
	"sluice/engine/mistakes"
)

// fetch is the method FETCH (RFC 8132).
const fetch codes.Code = 5

// ietf is the dialect of draft-ietf-core-coap-pubsub-21.
type ietf struct {
	collection string
	data       map[string]string // the path of the topic-data by topic
}

// open finds the topics that the device needs, and creates those that are not there.
func (d *ietf) open(ctx context.Context, s *session) error {
	if err := d.discover(ctx, s); err != nil {
		return err
	}
	t := s.order.Template
	for i := range t.publishes {
		if err := d.find(ctx, s, t.publishes[i].topic, nil); err != nil {
			return err
		}
	}
	for i := range t.observes {
		// A topic without data cannot be observed: it begins with null.
		if err := d.find(ctx, s, t.observes[i].topic, []byte("null")); err != nil {
			return err
		}
	}
	if t.download != nil {
		return d.find(ctx, s, t.download.topic, nil)
	}
	return nil
}

// discover finds the topic collection (section 2.2 of the draft).
func (d *ietf) discover(ctx context.Context, s *session) error {
	if d.collection = s.order.Collection; d.collection != "" {
		return nil
	}
	x, err := s.demand(ctx, &client.Request{Code: codes.GET, Options: at(".well-known/core", "rt=core.ps.coll")})
	if err != nil {
		return mistakes.Errorf("discover the topic collection: %w", err)
	}
	links, err := linkformat.Parse(string(x.Payload), linkformat.Limits{})
	if err == nil && len(links) == 0 {
		err = mistakes.New("the gateway has none")
	}
	if err == nil {
		d.collection, err = pathOf(links[0].Target)
	}
	if err != nil {
		return mistakes.Errorf("discover the topic collection: %w", err)
	}
	return nil
}

const (
	findTries = 3
	findPause = 100 * time.Millisecond
)

// find learns where the data of a topic is, and creates the topic if it is not there. initialize is its first data.
func (d *ietf) find(ctx context.Context, s *session, topic string, initialize []byte) error {
	topic = s.fill(topic)
	var x *client.Exchange
	var err error
	for range findTries {
		if x, err = d.lookUp(ctx, s, topic); err == nil && x == nil {
			x, err = s.demand(ctx, d.create(topic, initialize))
		}
		// Another device may be creating it just now.
		if err == nil || errors.Is(err, client.ErrUnanswered) || !sleep(ctx, findPause) {
			break
		}
	}
	if err != nil {
		return mistakes.Errorf("find or create the topic %s: %w", topic, err)
	}
	config, err := topicconfig.Decode(x.Payload)
	if err == nil {
		d.data[topic], err = pathOf(config.TopicData)
	}
	if err != nil {
		return mistakes.Errorf("the configuration of %s: %w", topic, err)
	}
	return nil
}

// lookUp gets the configuration of a topic; nil if there is none of that name.
func (d *ietf) lookUp(ctx context.Context, s *session, topic string) (*client.Exchange, error) {
	config := topicconfig.Properties{Present: topicconfig.SetOf(topicconfig.TopicName), TopicName: topic}
	x, err := s.demand(ctx, d.configure(fetch, d.collection, config))
	if err != nil {
		return nil, err
	}
	links, err := linkformat.Parse(string(x.Payload), linkformat.Limits{})
	if err != nil || len(links) == 0 {
		return nil, err
	}
	path, err := pathOf(links[0].Target)
	if err != nil {
		return nil, err
	}
	return s.demand(ctx, &client.Request{Code: codes.GET, Options: at(path)})
}

func (d *ietf) create(topic string, initialize []byte) *client.Request {
	config := topicconfig.Properties{
		Present:   topicconfig.SetOf(topicconfig.TopicName, topicconfig.ResourceType),
		TopicName: topic, ResourceType: topicconfig.DataResourceType,
	}
	if initialize != nil {
		config.Initialize, config.TopicContentFormat = initialize, uint16(message.AppJSON)
		config.Present |= topicconfig.SetOf(topicconfig.Initialize, topicconfig.TopicContentFormat)
	}
	return d.configure(codes.POST, d.collection, config)
}

// configure is a request with a configuration in it.
func (d *ietf) configure(code codes.Code, path string, config topicconfig.Properties) *client.Request {
	return &client.Request{Code: code, Options: withFormat(at(path), topicconfig.ContentFormat), Payload: config.Encode()}
}

// pathOf is the path of a reference to the server that gave it.
func pathOf(reference string) (string, error) {
	u, err := url.Parse(reference)
	switch {
	case err != nil:
		return "", mistakes.Errorf("read the reference %q: %w", reference, err)
	case u.Host != "" || u.Path == "" || u.Path == "/":
		return "", mistakes.Errorf("the reference %q leads elsewhere", reference)
	}
	return strings.TrimPrefix(u.Path, "/"), nil
}

var errNoTopic = mistakes.New("the topic was not found")

func (d *ietf) where(topic string) (string, error) {
	path, ok := d.data[topic]
	if !ok {
		return "", mistakes.Errorf("%s: %w", topic, errNoTopic)
	}
	return path, nil
}

func (d *ietf) publish(_ *session, topic string, c content, _ bool) (*client.Request, error) {
	path, err := d.where(topic)
	return &client.Request{Code: codes.PUT, Options: withFormat(at(path), c.format), Payload: c.data}, err
}

func (d *ietf) store(s *session, topic string, c content) (*client.Request, error) {
	return d.publish(s, topic, c, true)
}

func (d *ietf) read(_ *session, topic string) (*client.Request, error) {
	path, err := d.where(topic)
	return &client.Request{Code: codes.GET, Options: at(path)}, err
}

func (d *ietf) heartbeat(ctx context.Context, s *session) error { return ping(ctx, s) }
func (d *ietf) lost(*client.Exchange) bool                      { return false }
func (d *ietf) close(ctx context.Context, s *session)           { s.cancelAll(ctx) }
