package access

import (
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// Who is the client that asks.
type Who struct {
	ClientID, Username string
	// Identity is what its handshake proved; the zero value on transports that are not secure.
	Identity secure.Identity
}

// Ground says what decided.
type Ground uint8

// Grounds.
const (
	ByDefault    Ground = iota // no rule matched, which allows
	ByRule                     // the first rule that matches
	ByBoundKey                 // the pre-shared key is bound to another client ID, which denies
	ByCommonName               // the client ID is not the certificate's common name, as settings.Access.ClientID demands
)

// Decision is the answer to a question, and why.
type Decision struct {
	Allowed bool
	Ground  Ground
	// Index is that of the rule that decides, from 0; -1 unless Ground is ByRule.
	Index int
	Rule  settings.Rule // the rule as it is written; not to be modified
	// Filter is the one of its topics that matched, with what replaces placeholders.
	Filter string
	// ClientID is the one that a ByBoundKey or ByCommonName decision demands.
	ClientID string
}

// Decide says whether who may connect, publish to a topic or subscribe to a topic filter, and why. action is
// settings.Connect, Publish or Subscribe; topic is without mountpoint, and not looked at for Connect. Of passwords it knows
// nothing: see Login.
func (c *Control) Decide(who Who, action settings.Action, topic string) Decision {
	p := c.policy.Load()
	if action == settings.Connect {
		if ground, id := c.demands(p, &who); ground != ByDefault {
			return Decision{Ground: ground, Index: -1, ClientID: id}
		}
	}
	for i := range p.rules {
		r := &p.rules[i]
		if filter, ok := r.match(&who, action, topic); ok {
			return Decision{Allowed: r.allow, Ground: ByRule, Index: i, Rule: r.written, Filter: filter}
		}
	}
	return Decision{Allowed: true, Index: -1}
}

// Allowed reports whether who may publish to a topic or subscribe to a topic filter. action is settings.Publish or
// settings.Subscribe; topic is without mountpoint. It allocates nothing unless a rule that comes into question has
// placeholders in its topics.
func (c *Control) Allowed(who Who, action settings.Action, topic string) bool {
	return c.policy.Load().allows(&who, action, topic)
}

func (p *policy) allows(who *Who, action settings.Action, topic string) bool {
	for i := range p.rules {
		r := &p.rules[i]
		if _, ok := r.match(who, action, topic); ok {
			return r.allow
		}
	}
	return true
}

// MayConnect reports whether who, whose credentials are good, may connect under its client ID, or ask for anything without
// connecting.
func (c *Control) MayConnect(who Who) bool {
	p := c.policy.Load()
	if ground, _ := c.demands(p, &who); ground != ByDefault {
		return false
	}
	return !p.connects || p.allows(&who, settings.Connect, "")
}

// JudgesConnect reports whether MayConnect could refuse anybody who proved an identity.
func (c *Control) JudgesConnect(proved secure.Identity) bool {
	p := c.policy.Load()
	return p.connects || p.commonName && proved.Fingerprint != "" || proved.PSK != "" && c.bound.Load() != nil
}

// DemandedClientID returns the only client ID that who proved an identity may have: the one that its pre-shared key is
// bound to, or its certificate's common name if settings.Access.ClientID demands that. Empty: none is demanded. A request
// that gives none speaks under it.
func (c *Control) DemandedClientID(proved secure.Identity) string {
	_, id := c.demanded(c.policy.Load(), &proved)
	return id
}

func (c *Control) demanded(p *policy, proved *secure.Identity) (Ground, string) {
	if proved.PSK != "" {
		if bound := c.bound.Load(); bound != nil {
			if id := (*bound)(proved.PSK); id != "" {
				return ByBoundKey, id
			}
		}
	}
	if p.commonName && proved.Fingerprint != "" {
		return ByCommonName, proved.CommonName
	}
	return ByDefault, ""
}

// demands looks at the client ID alone. The ground is ByDefault unless another one is demanded, which is returned.
func (c *Control) demands(p *policy, who *Who) (Ground, string) {
	ground, id := c.demanded(p, &who.Identity)
	if ground == ByDefault || id == who.ClientID {
		return ByDefault, ""
	}
	return ground, id
}

// BindKeys has boundClientID say which client ID a pre-shared key, given by its PSK identity, is bound to; empty: any. It
// is called for each request and from any goroutine. What changes there concerns living clients once Recheck is called
// where they live.
func (c *Control) BindKeys(boundClientID func(psk string) (clientID string)) {
	c.bound.Store(&boundClientID)
}
