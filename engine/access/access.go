// Package access decides who may connect and who may publish or subscribe where.
//
// A client whose username is defined must give that user's password. Without credentials, or with a username that
// nobody defined, a client is let in under that name if anonymous clients are allowed. After that the rules decide: the
// first that matches; no match allows.
//
// For a subscription a rule is compared with the whole filter, so that what is accepted delivers nothing that is denied.
// A deny rule matches if any topic could match both filters: who may not read a/secret may not subscribe to a/#. An
// allow rule matches only if it covers every topic of the subscription.
package access

import (
	"fmt"
	"maps"
	"sync/atomic"

	"sluice/engine/secure"
	"sluice/engine/settings"
)

// Who is the client that asks.
type Who struct {
	ClientID, Username string
	Identity           secure.Identity // what it proved in its handshake
}

// Result is the outcome of Authenticate.
type Result uint8

// Results; the words of the refusals are those of EMQX.
const (
	Accepted Result = iota
	// BadUsernameOrPassword refuses a defined user whose password is wrong or missing.
	BadUsernameOrPassword
	// NotAuthorized refuses who is not a defined user while anonymous clients are not allowed.
	NotAuthorized
)

// OK reports whether the client is let in.
func (r Result) OK() bool { return r == Accepted }

// String returns accepted, bad_username_or_password or not_authorized.
func (r Result) String() string {
	switch r {
	case Accepted:
		return "accepted"
	case BadUsernameOrPassword:
		return "bad_username_or_password"
	}
	return "not_authorized"
}

// Control holds users and rules. Its methods may be called from any goroutine.
type Control struct {
	policy atomic.Pointer[policy]
	digest *digester
	work   chan struct{} // bounds the hashes computed at the same time, each of which takes memory
}

// policy is what one settings.Access says; it never changes.
type policy struct {
	anonymous bool
	users     []settings.User // hashes only
	accounts  map[string]*account
	rules     []rule
}

// New returns a Control for a. Passwords are hashed, which takes tens of milliseconds each; the error names the user
// whose hash cannot be used or the rule that cannot.
func New(a settings.Access) (*Control, error) {
	c := &Control{digest: newDigester(), work: make(chan struct{}, concurrentHashes())}
	if err := c.Set(a); err != nil {
		return nil, err
	}
	return c, nil
}

// Set replaces users and rules at once and forgets which credentials were verified. After an error nothing has changed.
func (c *Control) Set(a settings.Access) error {
	p := &policy{
		anonymous: a.Anonymous,
		users:     make([]settings.User, 0, len(a.Users)),
		accounts:  make(map[string]*account, len(a.Users)),
	}
	for _, u := range a.Users {
		if _, twice := p.accounts[u.Username]; twice {
			return fmt.Errorf("user %q is defined twice", u.Username)
		}
		if u.Hash == "" {
			u.Hash = HashPassword(u.Password)
		}
		hash, err := parseHash(u.Hash)
		if err != nil {
			return fmt.Errorf("user %q: %w", u.Username, err)
		}
		p.users = append(p.users, settings.User{Username: u.Username, Hash: u.Hash, ClientAttrs: maps.Clone(u.ClientAttrs)})
		p.accounts[u.Username] = &account{hash: hash, attrs: maps.Clone(u.ClientAttrs)}
	}
	for i, r := range a.Rules {
		compiled, err := newRule(r)
		if err != nil {
			return fmt.Errorf("access rule %d: %w", i+1, err)
		}
		p.rules = append(p.rules, compiled)
	}
	c.policy.Store(p)
	return nil
}

// Users returns all users with their hashes, never with passwords.
func (c *Control) Users() []settings.User {
	return append([]settings.User(nil), c.policy.Load().users...)
}

// HasUser reports whether a user of that name is defined.
func (c *Control) HasUser(username string) bool { return c.policy.Load().accounts[username] != nil }

// Attribute returns a client attribute of a user, and whether it has it.
func (c *Control) Attribute(username, name string) (value string, ok bool) {
	if a := c.policy.Load().accounts[username]; a != nil {
		value, ok = a.attrs[name]
	}
	return value, ok
}

// HasAuth reports whether anybody at all could be refused by Authenticate.
func (c *Control) HasAuth() bool {
	p := c.policy.Load()
	return !p.anonymous || len(p.accounts) > 0
}

// HasRules reports whether anything at all could be refused by Allowed.
func (c *Control) HasRules() bool { return len(c.policy.Load().rules) > 0 }

// Authenticate checks credentials; given says whether the client sent any. It hashes the password unless it was checked
// before, which takes tens of milliseconds, longer when many wait.
func (c *Control) Authenticate(username, password string, given bool) Result {
	if !given {
		username, password = "", ""
	}
	p := c.policy.Load()
	a := p.accounts[username]
	if a == nil {
		return p.unknown()
	}
	digest := c.digest.of(username, password)
	if ok, known := a.remembered(digest); known {
		return verdict(ok)
	}
	c.work <- struct{}{}
	defer func() { <-c.work }()
	// Whoever was before may have asked the same.
	if ok, known := a.remembered(digest); known {
		return verdict(ok)
	}
	ok := a.hash.matches(password)
	a.remember(digest, ok)
	return verdict(ok)
}

// AuthenticateFast is Authenticate without hashing: known is false if only hashing could tell. A client without
// credentials has an empty username and password.
func (c *Control) AuthenticateFast(username, password string) (ok, known bool) {
	p := c.policy.Load()
	if len(p.accounts) == 0 {
		return p.anonymous, true
	}
	a := p.accounts[username]
	if a == nil {
		return p.anonymous, true
	}
	return a.remembered(c.digest.of(username, password))
}

// Allowed reports whether who may publish to a topic or subscribe to a topic filter. action is settings.Publish or
// settings.Subscribe; topic is without mountpoint.
func (c *Control) Allowed(who Who, action settings.Action, topic string) bool {
	p := c.policy.Load()
	for i := range p.rules {
		if r := &p.rules[i]; r.matches(who, action, topic) {
			return r.allow
		}
	}
	return true
}

// unknown is the result for who is no defined user.
func (p *policy) unknown() Result {
	if p.anonymous {
		return Accepted
	}
	return NotAuthorized
}

func verdict(ok bool) Result {
	if ok {
		return Accepted
	}
	return BadUsernameOrPassword
}
