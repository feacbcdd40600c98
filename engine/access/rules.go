package access

import (
	"strings"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
	"sluice/engine/topicfilter"
)

// rule is a settings.Rule made ready.
type rule struct {
	written                     settings.Rule
	allow                       bool
	connect, publish, subscribe bool
	kind                        subject
	name                        template // of the subject
	topics                      []template
}

// subject says by what a rule knows who it is for.
type subject uint8

const (
	anybody subject = iota
	byUsername
	byClientID
	byCommonName
	byPSK
)

var subjects = map[string]subject{"user": byUsername, "client": byClientID, "cn": byCommonName, "psk": byPSK}

func newRule(r settings.Rule) (rule, error) {
	c := rule{written: r, allow: r.Permission == settings.Allow}
	if !c.allow && r.Permission != settings.Deny {
		return c, mistakes.Errorf("unknown permission %q", r.Permission)
	}
	c.connect = r.Action == settings.Connect
	c.publish = r.Action == settings.Publish || r.Action == settings.AllAction
	c.subscribe = r.Action == settings.Subscribe || r.Action == settings.AllAction
	if !c.connect && !c.publish && !c.subscribe {
		return c, mistakes.Errorf("unknown action %q", r.Action)
	}
	if r.Who != "all" {
		kind, name, _ := strings.Cut(r.Who, ":")
		if c.kind = subjects[kind]; c.kind == anybody || name == "" {
			return c, mistakes.Errorf("unknown who %q", r.Who)
		}
		c.name = newTemplate(name)
	}
	for _, filter := range r.Topics {
		c.topics = append(c.topics, newTemplate(filter))
	}
	return c, nil
}

// isFor reports whether the rule is for a client.
func (r *rule) isFor(who *Who) bool {
	var name string
	switch r.kind {
	case anybody:
		return true
	case byUsername:
		name = who.Username
	case byClientID:
		name = who.ClientID
	case byCommonName:
		name = who.Identity.CommonName
	case byPSK:
		name = who.Identity.PSK
	}
	return r.name.is(name, who)
}

// judges reports whether the rule is about an action.
func (r *rule) judges(action settings.Action) bool {
	switch action {
	case settings.Publish:
		return r.publish
	case settings.Subscribe:
		return r.subscribe
	}
	return r.connect
}

// match returns the filter of the rule that matches; ok is false if the rule does not. A rule of the action connect has
// none.
func (r *rule) match(who *Who, action settings.Action, topic string) (filter string, ok bool) {
	if !r.judges(action) || !r.isFor(who) {
		return "", false
	}
	if r.connect {
		return "", true
	}
	for i := range r.topics {
		filter, ok := r.topics[i].filter(who, r.allow)
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
			return filter, true
		}
	}
	return "", false
}
