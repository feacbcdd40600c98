package topics

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/gateway"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/topics"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// configured are the topics that clients made by their configuration (draft-ietf-core-coap-pubsub-21). One without data
// has no message, so that the table of topics does not know it; the tree gets a line for it.
type configured struct {
	topics  map[string]gateway.Topic // by MQTT topic
	planted map[string]bool          // lines of the tree that are there for the configuration only
	at      time.Time                // when they were read
}

// due reports whether to read them again; there may be thousands.
func (c *configured) due(now time.Time) bool { return now.Sub(c.at) >= time.Second || now.Before(c.at) }

func (c *configured) read(all []gateway.Topic, now time.Time) {
	c.at = now
	c.topics = make(map[string]gateway.Topic, len(all))
	for _, t := range all {
		c.topics[t.MQTT] = t
	}
}

// plant gives the tree lines for topics without messages and takes them away; it reports whether rows came or went.
func (c *configured) plant(t *tree) (shape bool) {
	var gone []string
	for name := range c.planted {
		n := t.nodes[name]
		if n != nil && n.topic != nil && n.topic.Count > 0 { // a message has come
			delete(c.planted, name)
		} else if _, still := c.topics[name]; !still {
			delete(c.planted, name)
			gone = append(gone, name)
		}
	}
	var fresh []topics.Topic
	for name := range c.topics {
		if n := t.nodes[name]; n == nil || n.topic == nil {
			if c.planted == nil {
				c.planted = map[string]bool{}
			}
			c.planted[name] = true
			fresh = append(fresh, topics.Topic{Name: name})
		}
	}
	return t.apply(fresh, gone)
}

// stateWord names where a configured topic is in its life.
func stateWord(t *gateway.Topic) string {
	switch {
	case t.Elsewhere:
		return lang.L("data elsewhere")
	case t.State == gateway.FullyCreated:
		return lang.L("fully created")
	}
	return lang.L("half created")
}

// configurationFacts are what the detail says of a configuration, in two columns.
func configurationFacts(t *gateway.Topic, now time.Time) (left, right []widget.Pair) {
	p := &t.Properties
	left = []widget.Pair{
		{Key: lang.L("Configured at"), Value: t.Path, Mono: true},
		{Key: lang.L("Data at"), Value: p.TopicData, Mono: true},
		{Key: lang.L("Content format"), Value: contentFormat(t)},
	}
	right = []widget.Pair{
		{Key: lang.L("State"), Value: stateWord(t), Role: stateRole(t)},
		{Key: lang.L("Subscribers"), Value: subscribers(t)},
		{Key: lang.L("Expires"), Value: expires(p, now)},
	}
	if p.Has(topicconfig.TopicType) {
		right = append(right, widget.Pair{Key: lang.L("Topic type"), Value: p.TopicType})
	}
	return left, right
}

func stateRole(t *gateway.Topic) theme.Role {
	if t.State == gateway.FullyCreated {
		return theme.RoleGood
	}
	return theme.RoleNeutral
}

// contentFormat is what the configuration asks for, or else that of the data.
func contentFormat(t *gateway.Topic) string {
	switch {
	case t.Properties.Has(topicconfig.TopicContentFormat):
		return units.ContentFormat(t.Properties.TopicContentFormat)
	case t.HasFormat:
		return lang.L("any, now {{.Format}}", map[string]any{"Format": units.ContentFormat(t.ContentFormat)})
	}
	return lang.L("any")
}

func subscribers(t *gateway.Topic) string {
	count := format.Count(int64(t.Subscribers))
	if !t.Properties.Has(topicconfig.MaxSubscribers) {
		return count
	}
	return lang.L("{{.Count}} of at most {{.All}}", map[string]any{"Count": count, "All": format.Count(int64(t.Properties.MaxSubscribers))})
}

func expires(p *topicconfig.Properties, now time.Time) string {
	if !p.Has(topicconfig.ExpirationDate) {
		return lang.L("never")
	}
	left := max(p.ExpirationDate.Sub(now), 0)
	return lang.L("{{.Moment}}, in {{.Time}}", map[string]any{
		"Moment": p.ExpirationDate.Local().Format("2006-01-02 15:04:05"), "Time": units.Age(left)})
}
