package coap

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

func TestFloodOfPeersShutsNobodyOut(t *testing.T) {
	const limit = 50
	w := newWire(t, Config{Limits: Limits{Peers: limit}, Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
		w.SetCode(codes.Content)
		if r.Has(6) {
			w.Observe(RelationConfig{})
		}
	})}).gather()
	w.requestFrom(0, get(con, 1, "t", "a", observe))
	observer := w.endpoint.peers.lookup(&route{addr: w.peerAddr(0)})
	for i := 1; i < 10*limit; i++ {
		w.requestFrom(i, get(con, 1, "t", "a"))
	}
	for range 10 * limit {
		if s := w.next(); s.code != codes.Content {
			t.Fatalf("%v answered %v", s.to, s.code)
		}
	}
	if n := w.endpoint.Stats().Peers; n != limit {
		t.Errorf("%d peers, want %d", n, limit)
	}
	if w.endpoint.peers.lookup(&route{addr: w.peerAddr(0)}) != observer {
		t.Error("the observer had to give way")
	}
}

func TestTooManyPeersThatMatter(t *testing.T) {
	w := newWire(t, Config{Limits: Limits{Peers: 3}, Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
		r.Peer.SetData("matters")
		w.SetCode(codes.Content)
	})}).gather()
	for i := range 5 {
		w.requestFrom(i, get(non, 7, "t", "a"))
		want := codes.Content
		if i >= 3 {
			want = codes.ServiceUnavailable
		}
		s := w.next()
		s.is(t, non, want, s.messageID, "t")
		if i >= 3 && s.maxAge() != peersRetry {
			t.Errorf("5.03 has Max-Age %d", s.maxAge())
		}
	}
	if s := w.endpoint.Stats(); s.Refused != 2 || s.Peers != 3 || s.Requests != 3 {
		t.Errorf("%+v", s)
	}
}

// yielding is Data that may yield.
type yielding bool

func (y yielding) Yields() bool { return bool(y) }

// peersGone counts the calls of PeerGone.
type peersGone struct {
	handlerFunc
	gone []any
}

func (h *peersGone) PeerGone(p *Peer) { h.gone = append(h.gone, p.Data()) }

func TestPeersWhoseDataYields(t *testing.T) {
	const limit = 5
	h := &peersGone{handlerFunc: func(w *ResponseWriter, r *Request) {
		r.Peer.SetData(yielding(string(r.Token) != "stays"))
		w.SetCode(codes.Content)
		if r.Has(6) {
			w.Observe(RelationConfig{})
		}
	}}
	w := newWire(t, Config{Limits: Limits{Peers: limit}, Handler: h}).gather()
	w.requestFrom(0, get(non, 1, "stays", "a"))
	w.requestFrom(1, get(non, 1, "t", "a", observe))
	for i := 2; i < 10*limit; i++ {
		w.requestFrom(i, get(non, 1, "t", "a"))
	}
	for range 10 * limit {
		if s := w.next(); s.code != codes.Content {
			t.Fatalf("%v answered %v", s.to, s.code)
		}
	}
	for i, who := range []string{"peer whose Data does not yield", "observer"} {
		if w.endpoint.peers.lookup(&route{addr: w.peerAddr(i)}) == nil {
			t.Errorf("the %s had to give way", who)
		}
	}
	if n := w.endpoint.Stats().Peers; n != limit {
		t.Errorf("%d peers, want %d", n, limit)
	}
	if len(h.gone) != 9*limit {
		t.Errorf("the handler was told of %d peers that gave way, want %d", len(h.gone), 9*limit)
	}
}

func TestIdlePeersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, Config{Handler: changed})
		w.requestFrom(0, get(con, 1, "t", "a"))
		w.requestFrom(1, get(non, 1, "t", "a"))
		w.requestFrom(2, get(con, 1, "t", "a"))
		w.endpoint.peers.lookup(&route{addr: w.peerAddr(2)}).SetData("kept")
		for _, step := range []struct {
			wait  time.Duration
			peers int
		}{
			{144 * time.Second, 3}, {1*time.Second + peerShards*sweepInterval, 2},
			{60 * time.Second, 2}, {42*time.Second + peerShards*sweepInterval, 1}, {time.Hour, 1},
		} {
			time.Sleep(step.wait)
			synctest.Wait()
			if n := w.endpoint.Stats().Peers; n != step.peers {
				t.Fatalf("after %v more: %d peers, want %d", step.wait, n, step.peers)
			}
		}
		if n := w.endpoint.exchangeMemory.slots.Load(); n != 1 {
			t.Errorf("%d slots are accounted", n)
		}
		w.endpoint.peers.lookup(&route{addr: w.peerAddr(2)}).SetData(nil)
		time.Sleep(peerShards * sweepInterval)
		synctest.Wait()
		if n := w.endpoint.Stats().Peers; n != 0 {
			t.Errorf("%d peers are kept when nothing is left of them", n)
		}
	})
}

func TestMessageIDsWrapToOne(t *testing.T) {
	p := &Peer{nextID: 65534}
	for _, want := range []uint16{65534, 65535, 1, 2} {
		if got := p.newMessageID(); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}
