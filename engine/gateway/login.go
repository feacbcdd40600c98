package gateway

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"runtime"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/access"
)

// maxLoginWorkers bounds the goroutines that hash passwords.
const maxLoginWorkers = 4

// verdict is the outcome of a login.
type verdict uint8

const (
	accepted verdict = iota
	refused
	postponed // the request will be served again on another goroutine
	busy
)

// digest stands for a username and password; it is keyed, so that it says nothing of them.
type digest [16]byte

// digester makes digests with a key of its own.
type digester struct{ key [32]byte }

func newDigester() *digester {
	d := &digester{}
	_, _ = rand.Read(d.key[:]) // never fails
	return d
}

func (d *digester) of(username, password []byte) digest {
	var stack [256]byte
	buf := append(stack[:0], d.key[:]...)
	for _, b := range [...][]byte{username, password} {
		given := byte(0)
		if b != nil {
			given = 1
		}
		buf = binary.BigEndian.AppendUint32(append(buf, given), uint32(len(b)))
		buf = append(buf, b...)
	}
	sum := sha256.Sum256(buf)
	return digest(sum[:16])
}

// login checks credentials, and whether who gives them may have that client ID; x.refusal says why not. A password that
// must be hashed is not checked on the goroutine that reads the socket: the request, and all that come from its peer until
// it is done, are then served in their order by a worker.
func (x *exchange) login(id, username, password []byte) verdict {
	if x.handler.authn {
		auth := x.handler.gateway.access
		l := x.attempt(username, password)
		x.admission = admitted{auth.Proof(l.Username), true}
		var known bool
		if x.refusal, known = auth.AuthenticateFast(l); !known {
			if !x.blocking {
				return x.postpone()
			}
			x.refusal = auth.Authenticate(l)
		}
		if !x.refusal.OK() {
			return refused
		}
	}
	if !x.mayConnect(id, username) {
		x.refusal = access.Verdict{Result: access.NotAuthorized}
		return refused
	}
	return accepted
}

func (x *exchange) attempt(username, password []byte) access.Login {
	return access.Login{Username: string(username), Password: string(password), From: x.Peer.Addr().Addr()}
}

// mayConnect reports whether who asks may have the client ID it gives, or none.
func (x *exchange) mayConnect(id, username []byte) bool {
	auth, proved := x.handler.gateway.access, x.Peer.Identity()
	if !auth.JudgesConnect(proved) {
		return true
	}
	who := access.Who{ClientID: string(id), Username: string(username), Identity: proved}
	if len(id) == 0 {
		who.ClientID = x.ownName()
	}
	return auth.MayConnect(who)
}

// ownName is the client ID of a request that gives none: the one that is demanded of it, or its address.
func (x *exchange) ownName() string {
	return cmp.Or(x.demandedID(), x.Peer.Addr().String())
}

func (x *exchange) demandedID() string {
	proved := x.Peer.Identity()
	if !proved.Proved() {
		return ""
	}
	return x.handler.gateway.access.DemandedClientID(proved)
}

// admitted says how a client was let in.
type admitted struct {
	proof   access.Proof
	checked bool // credentials are looked at where it came in
}

// holds reports whether a client would still be let in.
func (a admitted) holds(auth Authorizer, who identity) bool {
	if a.checked && !auth.StillGood(who.username, a.proof) {
		return false
	}
	return !auth.JudgesConnect(who.proved) || auth.MayConnect(who.access())
}

// refuse answers who is not let in with the dialect's code and text. If too many passwords were wrong it is told when to
// try again instead (4.29, RFC 8516), but EMQX knows no such answer.
func (x *exchange) refuse(code codes.Code, text string) {
	if x.refusal.Result == access.Banned && !x.handler.strict() {
		x.tooMany(x.refusal.RetryAfter)
		return
	}
	x.text(code, text)
}

// postpone hands the request to the workers.
func (x *exchange) postpone() verdict {
	g := x.handler.gateway
	k := x.kept()
	k.blocking = true
	p := lockPeer(x.Peer)
	defer p.unlock()
	if len(p.jobs) >= g.settings.Limits.MaxLoginsPerPeer {
		g.reached.peerLogins.Note()
		return busy
	}
	if len(p.jobs) == 0 {
		if g.waiting.Add(1) > int32(g.settings.Limits.MaxLogins) {
			g.waiting.Add(-1)
			g.reached.logins.Note()
			return busy
		}
		g.logins <- p // has room for all that wait
	}
	p.jobs = append(p.jobs, k)
	p.waiting.Store(int32(len(p.jobs)))
	return postponed
}

func loginWorkers() int { return min(maxLoginWorkers, max(1, runtime.GOMAXPROCS(0)/2)) }

// work serves the peers that have jobs until the gateway closes, one job of each in turn: who guesses passwords does not
// hold up the others.
func (g *Gateway) work() {
	defer g.running.Done()
	for {
		select {
		case <-g.closing:
			return
		case p := <-g.logins:
			j := p.first()
			j.handler.serve(j)
			if g.next(p) != nil {
				g.logins <- p
			}
		}
	}
}

func (p *peer) first() *exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.jobs[0]
}

// next takes the job of a peer that is done away and returns the one after it, or nil: then the peer waits no more.
func (g *Gateway) next(p *peer) *exchange {
	p.mu.Lock()
	defer p.unlock()
	p.jobs[0] = nil
	p.jobs = p.jobs[1:]
	p.waiting.Store(int32(len(p.jobs)))
	if len(p.jobs) == 0 {
		p.jobs = nil
		g.waiting.Add(-1)
		return nil
	}
	return p.jobs[0]
}

// abandon answers what still waits when the gateway closes.
func (g *Gateway) abandon() {
	for {
		select {
		case p := <-g.logins:
			for j := p.first(); j != nil; j = g.next(p) {
				j.code(codes.ServiceUnavailable)
			}
		default:
			return
		}
	}
}
