package access

import (
	"fmt"
	"strings"

	"sluice/engine/settings"
	"sluice/engine/topicfilter"
)

// rule is a settings.Rule made ready.
type rule struct {
	allow              bool
	publish, subscribe bool
	user, client       string // who must ask; both empty: anybody
	topics             []ruleTopic
}

// ruleTopic is one filter of a rule.
type ruleTopic struct {
	filter string
	named  bool // has placeholders
}

const (
	clientPlaceholder = "${clientid}"
	userPlaceholder   = "${username}"
)

func newRule(r settings.Rule) (rule, error) {
	c := rule{allow: r.Permission == settings.Allow}
	if !c.allow && r.Permission != settings.Deny {
		return c, fmt.Errorf("unknown permission %q", r.Permission)
	}
	c.publish = r.Action == settings.Publish || r.Action == settings.AllAction
	c.subscribe = r.Action == settings.Subscribe || r.Action == settings.AllAction
	if !c.publish && !c.subscribe {
		return c, fmt.Errorf("unknown action %q", r.Action)
	}
	kind, name, _ := strings.Cut(r.Who, ":")
	switch {
	case r.Who == "all":
	case kind == "user" && name != "":
		c.user = name
	case kind == "client" && name != "":
		c.client = name
	default:
		return c, fmt.Errorf("unknown who %q", r.Who)
	}
	for _, filter := range r.Topics {
		named := strings.Contains(filter, clientPlaceholder) || strings.Contains(filter, userPlaceholder)
		c.topics = append(c.topics, ruleTopic{filter: filter, named: named})
	}
	return c, nil
}

func (r *rule) matches(who Who, action settings.Action, topic string) bool {
	if r.user != "" && r.user != who.Username || r.client != "" && r.client != who.ClientID {
		return false
	}
	if action == settings.Publish && !r.publish || action == settings.Subscribe && !r.subscribe {
		return false
	}
	for i := range r.topics {
		filter, ok := r.topics[i].of(who)
		if !ok {
			continue
		}
		switch {
		case action == settings.Publish:
			ok = topicfilter.Match(filter, topic)
		case r.allow:
			ok = topicfilter.Covers(filter, topic)
		default:
			ok = topicfilter.Overlaps(filter, topic)
		}
		if ok {
			return true
		}
	}
	return false
}

// of returns the filter for a client. ok is false when the client has a name that would change the meaning of the
// filter, or none: then the filter matches nothing.
func (t *ruleTopic) of(who Who) (filter string, ok bool) {
	if !t.named {
		return t.filter, true
	}
	if strings.Contains(t.filter, clientPlaceholder) && !plain(who.ClientID) ||
		strings.Contains(t.filter, userPlaceholder) && !plain(who.Username) {
		return "", false
	}
	return strings.NewReplacer(clientPlaceholder, who.ClientID, userPlaceholder, who.Username).Replace(t.filter), true
}

// plain reports whether name is part of a level of a topic and nothing else. A leading $ would make a filter match
// topics that wildcards do not.
func plain(name string) bool {
	return name != "" && name[0] != '$' && !strings.ContainsAny(name, "+#/\x00")
}
