package engine

import (
	"sluice/engine/access"
	"sluice/engine/broker"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// Question is "may X publish to Y?".
type Question struct {
	ClientID, Username string
	Identity           secure.Identity // what the client would prove; the zero value: nothing
	Action             settings.Action // Publish, Subscribe or Connect
	Topic              string          // a topic, or to subscribe a topic filter, without mountpoint
}

// LoginNeed says how a client with a username gets in.
type LoginNeed uint8

// What is needed.
const (
	PasswordNeeded   LoginNeed = iota // the name is a user's
	LetInAnonymous                    // the name is nobody's, or there is none, and such clients are let in
	RefusedAnonymous                  // such clients are not let in
)

// Answer answers a Question, and says why.
type Answer struct {
	// Allowed is the answer all in all, given that the password is right if one is needed.
	Allowed bool
	// Login is what a client needs where credentials are looked at: a CoAP listener may leave that (enable_authn).
	Login LoginNeed
	// Connect is whether the client may have its client ID.
	Connect access.Decision
	// Topic is whether it may publish or subscribe; the zero value if it only connects.
	Topic access.Decision
	// Reserved says that the topic is the broker's own ($SYS): nobody publishes there.
	Reserved bool
	// Invalid says why Topic is no topic, or no topic filter, of MQTT; nil: it is.
	Invalid error
	// Mounted is what the topic is behind the mountpoints of the CoAP listeners that run; MQTT clients have none.
	Mounted []MountedTopic
}

// MountedTopic is a topic behind the mountpoint of a listener.
type MountedTopic struct {
	Listener string // URL, as the settings have it
	Topic    string // empty: a name that would act as a wildcard there is refused
}

// May says whether a client may do something, and which rule decides. It asks what requests are judged by, and changes
// nothing.
func (e *Engine) May(q Question) Answer {
	who := access.Who{ClientID: q.ClientID, Username: q.Username, Identity: q.Identity}
	a := Answer{Login: RefusedAnonymous, Connect: e.access.Decide(who, settings.Connect, "")}
	switch {
	case e.access.HasUser(q.Username):
		a.Login = PasswordNeeded
	case e.Anonymous():
		a.Login = LetInAnonymous
	}
	a.Allowed = a.Login != RefusedAnonymous && a.Connect.Allowed
	if q.Action == settings.Connect {
		return a
	}
	a.Topic = e.access.Decide(who, q.Action, q.Topic)
	action := broker.ActionSubscribe
	if q.Action == settings.Publish {
		action = broker.ActionPublish
		a.Reserved = broker.Reserved(q.Topic)
	}
	a.Invalid = broker.CheckTopic(action, q.Topic)
	a.Allowed = a.Allowed && a.Topic.Allowed && !a.Reserved && a.Invalid == nil
	a.Mounted = e.mounted(who, q.Topic)
	return a
}

// mounted puts a topic behind the mountpoint of each CoAP listener that is served.
func (e *Engine) mounted(who access.Who, topic string) (mounted []MountedTopic) {
	r := e.current()
	if r == nil {
		return nil
	}
	for _, l := range r.listeners {
		if l.endpoint == nil {
			continue
		}
		m := MountedTopic{Listener: l.settings.Bind}
		if prefix, ok := r.gateway.Mountpoint(l.settings, who); ok {
			m.Topic = prefix + topic
		}
		mounted = append(mounted, m)
	}
	return mounted
}
