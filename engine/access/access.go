// Package access decides who may connect and who may publish or subscribe where.
//
// A client whose username is defined must give that user's password; wrong ones are slowed down (see Throttled). Without
// credentials, or with a username that nobody defined, a client is let in under that name if anonymous clients are allowed.
// After that the rules decide: the first that matches; no match allows. Rules of the action connect decide whether a client
// may connect under its client ID, all others where it may publish and subscribe.
//
// For a subscription a rule is compared with the whole filter, so that what is accepted delivers nothing that is denied.
// A deny rule matches if any topic could match both filters: who may not read a/secret may not subscribe to a/#. An
// allow rule matches only if it covers every topic of the subscription.
package access

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// Control holds users and rules. Its methods may be called from any goroutine.
type Control struct {
	setting  sync.Mutex // one Set at a time
	policy   atomic.Pointer[policy]
	bound    atomic.Pointer[func(psk string) (clientID string)]
	throttle throttle
	digest   *digester
	work     chan struct{} // bounds the hashes computed at the same time, each of which takes memory
}

// policy is what one settings.Access says; it never changes.
type policy struct {
	anonymous  bool
	users      []settings.User // hashes only
	accounts   map[string]*account
	rules      []rule
	topical    bool // some rule is about topics
	connects   bool // some rule is of the action connect
	commonName bool // the client ID of who shows a certificate is its common name
}

// New returns a Control for a. Passwords are hashed, which takes tens of milliseconds each; the error names the user
// whose hash cannot be used or the rule that cannot.
func New(a settings.Access) (*Control, error) {
	c := &Control{throttle: newThrottle(), digest: newDigester(), work: make(chan struct{}, concurrentHashes())}
	c.policy.Store(&policy{})
	if err := c.Set(a); err != nil {
		return nil, err
	}
	return c, nil
}

// Set replaces users and rules at once: every question that is asked from now on is answered by them. Of users whose hash
// stays the same it is still known which password was verified; of the others wrong passwords count anew. After an error
// nothing has changed. Clients that live are not concerned before the broker and the gateway look at them again.
func (c *Control) Set(a settings.Access) error {
	c.setting.Lock()
	defer c.setting.Unlock()
	before := c.policy.Load()
	p := &policy{
		anonymous:  a.Anonymous,
		users:      make([]settings.User, 0, len(a.Users)),
		accounts:   make(map[string]*account, len(a.Users)),
		commonName: a.ClientID == settings.CommonNameClientID,
	}
	for _, u := range a.Users {
		if _, twice := p.accounts[u.Username]; twice {
			return mistakes.Errorf("user %q is defined twice", u.Username)
		}
		if u.Hash == "" {
			u.Hash = HashPassword(u.Password)
		}
		hash, err := parseHash(u.Hash)
		if err != nil {
			return mistakes.Errorf("user %q: %w", u.Username, err)
		}
		p.users = append(p.users, settings.User{Username: u.Username, Hash: u.Hash, ClientAttrs: maps.Clone(u.ClientAttrs)})
		p.accounts[u.Username] = newAccount(u, hash, before.accounts[u.Username])
	}
	for i, r := range a.Rules {
		compiled, err := newRule(r)
		if err != nil {
			return mistakes.Errorf("access rule %d: %w", i+1, err)
		}
		p.rules = append(p.rules, compiled)
		p.connects = p.connects || compiled.connect
		p.topical = p.topical || !compiled.connect
	}
	c.policy.Store(p)
	c.throttle.forget(func(username string) bool {
		was, is := before.accounts[username], p.accounts[username]
		return was == nil || is == nil || was.memory != is.memory
	})
	return nil
}

// Hashed returns users with a hash in the place of each password. A password that is a user's already keeps its hash, so
// that nobody who logged in by it is disturbed. It takes tens of milliseconds for each.
func (c *Control) Hashed(users []settings.User) []settings.User {
	accounts := c.policy.Load().accounts
	hashed := slices.Clone(users)
	for i := range hashed {
		u := &hashed[i]
		if u.Hash != "" {
			continue
		}
		if a := accounts[u.Username]; a != nil && a.hash.matches(u.Password) {
			u.Hash = a.text
		} else {
			u.Hash = HashPassword(u.Password)
		}
		u.Password = ""
	}
	return hashed
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

// HasRules reports whether anything at all could be refused by Allowed.
func (c *Control) HasRules() bool { return c.policy.Load().topical }
