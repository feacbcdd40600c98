package access

import (
	"cmp"
	"container/list"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Bounds of guessing. An address has five wrong passwords a minute for one name, and after thirty for all names together
// one for each; what it gives beyond is not looked at. A name that was not wrong from there is: others may be behind the
// same address. Nothing is counted for a name alone: who guesses from many addresses would keep its owner out.
const (
	attemptWindow   = time.Minute
	wrongPerName    = 5
	wrongPerAddress = 30
	// maxSuspects bounds the pairs of address and name, and the addresses, that are remembered; who was wrong longest ago
	// is forgotten first.
	maxSuspects = 10_000
)

// suspect is who gave wrong passwords.
type suspect struct {
	addr     netip.Addr // of IPv6 the /64 it is in
	username string     // empty: any
}

func (s suspect) limit() int {
	if s.username == "" {
		return wrongPerAddress
	}
	return wrongPerName
}

// throttle counts wrong passwords.
type throttle struct {
	mu             sync.Mutex
	suspects       map[suspect]*list.Element // of *offences
	recent         *list.List                // whose last wrong password is latest first
	wrongs, banned uint64
}

// offences are what a suspect did.
type offences struct {
	suspect
	wrong  []time.Time // the last ones within the window, at most as many as are allowed; oldest first
	banned uint64      // attempts that were not looked at, since it was last free to try
}

func newThrottle() throttle {
	return throttle{suspects: make(map[suspect]*list.Element), recent: list.New()}
}

// suspectsOf are those that a login counts for, the name at the address first.
func suspectsOf(l Login) [2]suspect {
	addr := l.From.Unmap().WithZone("")
	if addr.Is6() {
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return [...]suspect{{addr, l.Username}, {addr, ""}}
}

// wait returns for how long the password of a login is not to be looked at, and counts that; zero: it may be.
func (t *throttle) wait(l Login, now time.Time) (wait time.Duration) {
	if !l.From.IsValid() {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range suspectsOf(l) {
		e := t.suspects[s]
		if e == nil {
			break
		}
		o := e.Value.(*offences)
		if held := o.wait(now); held > 0 {
			o.banned++
			wait = max(wait, held)
		}
		if len(o.wrong) == 0 {
			break
		}
	}
	if wait > 0 {
		t.banned++
	}
	return wait
}

// wrong counts a wrong password.
func (t *throttle) wrong(l Login, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrongs++
	if !l.From.IsValid() {
		return
	}
	for _, s := range suspectsOf(l) {
		e := t.suspects[s]
		if e == nil {
			if t.recent.Len() >= maxSuspects {
				delete(t.suspects, t.recent.Remove(t.recent.Back()).(*offences).suspect)
			}
			e = t.recent.PushFront(&offences{suspect: s})
			t.suspects[s] = e
		}
		t.recent.MoveToFront(e)
		o := e.Value.(*offences)
		o.expire(now)
		if len(o.wrong) == o.limit() {
			o.wrong = o.wrong[1:]
		}
		o.wrong = append(o.wrong, now)
	}
}

// forget forgets what was wrong for the usernames that are chosen.
func (t *throttle) forget(which func(username string) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for s, e := range t.suspects {
		if s.username != "" && which(s.username) {
			t.recent.Remove(e)
			delete(t.suspects, s)
		}
	}
}

// expire drops what is longer ago than the window.
func (o *offences) expire(now time.Time) {
	o.wrong = slices.DeleteFunc(o.wrong, func(at time.Time) bool { return now.Sub(at) >= attemptWindow })
	if len(o.wrong) < o.limit() {
		o.banned = 0
	}
}

// wait is how long the suspect is not free to try.
func (o *offences) wait(now time.Time) time.Duration {
	if o.expire(now); len(o.wrong) < o.limit() {
		return 0
	}
	return o.wrong[0].Add(attemptWindow).Sub(now)
}

// Throttled is who gave so many wrong passwords within a minute that others are not looked at for a while. A password that
// was verified before is let in all the same.
type Throttled struct {
	From     netip.Prefix // one IPv4 address, or a /64 of IPv6
	Username string       // empty: all names that were wrong from there
	Until    time.Time    // when the next password is looked at
	Wrong    int          // passwords within the last minute
	Refused  uint64       // attempts that were not looked at since
}

// Throttled returns who is slowed down now, by address and name.
func (c *Control) Throttled() []Throttled {
	t, now := &c.throttle, time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Throttled
	for s, e := range t.suspects {
		o := e.Value.(*offences)
		wait := o.wait(now)
		if wait == 0 {
			continue
		}
		bits := s.addr.BitLen()
		if s.addr.Is6() {
			bits = 64
		}
		all = append(all, Throttled{netip.PrefixFrom(s.addr, bits), s.username, now.Add(wait), len(o.wrong), o.banned})
	}
	slices.SortFunc(all, func(a, b Throttled) int {
		return cmp.Or(a.From.Addr().Compare(b.From.Addr()), cmp.Compare(a.Username, b.Username))
	})
	return all
}

// Attempts counts since the Control was made: the passwords that were wrong, and the attempts that were refused without
// looking because of those.
type Attempts struct{ Wrong, Refused uint64 }

// Attempts returns the counts.
func (c *Control) Attempts() Attempts {
	c.throttle.mu.Lock()
	defer c.throttle.mu.Unlock()
	return Attempts{c.throttle.wrongs, c.throttle.banned}
}
