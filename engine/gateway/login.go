package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"runtime"

	"github.com/plgd-dev/go-coap/v3/message/codes"
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

// login checks credentials; given explain, a refusal is said why in x.refusal. A password that must be hashed is not
// checked on the goroutine that reads the socket: the request, and all that come from its peer until it is done, are
// then served in their order by a worker.
func (x *exchange) login(username, password []byte, explain bool) verdict {
	if !x.handler.authn {
		return accepted
	}
	auth := x.handler.gateway.access
	name, secret := string(username), string(password)
	ok, known := auth.AuthenticateFast(name, secret)
	if !known || explain && !ok {
		if !x.blocking {
			return x.postpone()
		}
		x.refusal = auth.Authenticate(name, secret, username != nil || password != nil)
		ok = x.refusal.OK()
	}
	if ok {
		return accepted
	}
	return refused
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
