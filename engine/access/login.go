package access

import (
	"net/netip"
	"time"
)

// Login is an attempt to be let in.
type Login struct {
	Username, Password string // both empty without credentials
	// From is where it comes from. The zero value is nowhere: such attempts are not slowed down.
	From netip.Addr
}

// Result is the outcome of a login.
type Result uint8

// Results; the words of the refusals are those of EMQX.
const (
	Accepted Result = iota
	// BadUsernameOrPassword refuses a defined user whose password is wrong or missing.
	BadUsernameOrPassword
	// NotAuthorized refuses who is not a defined user while anonymous clients are not allowed, and who may not connect.
	NotAuthorized
	// Banned refuses to look at a password, because too many were wrong; see Verdict.RetryAfter.
	Banned
)

// OK reports whether the client is let in.
func (r Result) OK() bool { return r == Accepted }

// String returns accepted, bad_username_or_password, not_authorized or banned.
func (r Result) String() string {
	switch r {
	case Accepted:
		return "accepted"
	case BadUsernameOrPassword:
		return "bad_username_or_password"
	case Banned:
		return "banned"
	}
	return "not_authorized"
}

// Verdict is a Result with what belongs to it.
type Verdict struct {
	Result
	// RetryAfter is when a password will be looked at again; zero unless Result is Banned.
	RetryAfter time.Duration
}

// Authenticate checks credentials. It hashes the password unless it was checked before, which takes tens of milliseconds,
// longer when many wait.
func (c *Control) Authenticate(l Login) Verdict {
	v, known, a, digest := c.remembered(l)
	if known {
		return v
	}
	c.work <- struct{}{}
	defer func() { <-c.work }()
	// Whoever was before may have asked the same, or have been wrong once too often.
	if v, known = c.recall(l, a, digest); known {
		return v
	}
	ok := a.hash.matches(l.Password)
	a.memory.remember(digest, ok)
	return c.verdict(l, ok)
}

// AuthenticateFast is Authenticate without hashing: known is false if only hashing could tell.
func (c *Control) AuthenticateFast(l Login) (v Verdict, known bool) {
	v, known, _, _ = c.remembered(l)
	return v, known
}

// remembered answers without hashing, if that can be.
func (c *Control) remembered(l Login) (v Verdict, known bool, a *account, d digest) {
	p := c.policy.Load()
	if len(p.accounts) > 0 {
		a = p.accounts[l.Username]
	}
	if a == nil {
		if p.anonymous {
			return Verdict{}, true, nil, d
		}
		return Verdict{Result: NotAuthorized}, true, nil, d
	}
	d = c.digest.of(l.Username, l.Password)
	v, known = c.recall(l, a, d)
	return v, known, a, d
}

// recall answers by what is remembered of an account. A password that was verified before is let in however many others
// were wrong: a device that works is not shut out by who guesses beside it.
func (c *Control) recall(l Login, a *account, d digest) (v Verdict, known bool) {
	ok, known := a.memory.remembered(d)
	if ok {
		return Verdict{}, true
	}
	if wait := c.throttle.wait(l, time.Now()); wait > 0 {
		return Verdict{Banned, wait}, true
	}
	if !known {
		return Verdict{}, false
	}
	return c.verdict(l, false), true
}

// verdict is that of a password that was compared; a wrong one is counted.
func (c *Control) verdict(l Login, ok bool) Verdict {
	if ok {
		return Verdict{}
	}
	c.throttle.wrong(l, time.Now())
	return Verdict{Result: BadUsernameOrPassword}
}

// Proof says by which credentials a client was let in, so that it can be told later whether they are still good. It is
// compared with ==. The zero value is the proof of who gave none, or the name of nobody.
type Proof struct{ of *standing }

// Proof returns what credentials with a username prove if they are good. It is asked for before they are checked: so
// StillGood is false if they were changed meanwhile.
func (c *Control) Proof(username string) Proof {
	if a := c.policy.Load().accounts[username]; a != nil {
		return Proof{a.standing}
	}
	return Proof{}
}

// StillGood reports whether a client that was let in with a proof would be let in again: its user has the same password
// and attributes, or its name is now, or still, nobody's, and anonymous clients are allowed.
func (c *Control) StillGood(username string, proof Proof) bool {
	p := c.policy.Load()
	if a := p.accounts[username]; a != nil {
		return a.standing == proof.of
	}
	return p.anonymous
}
