package coap

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

func TestMoveToTakesWhatIsOutstandingAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, relations := observing1(RelationConfig{})
		w := newWire(t, Config{Handler: h}).gather()
		w.request(get(con, 1, "one", "a", observe))
		w.request(get(con, 2, "two", "b", observe))
		w.requestFrom(1, get(con, 1, "", "a"))
		w.payloads()
		one, two := <-relations, <-relations
		one.Notify(text(true, "outstanding"))
		two.Notify(text(false, "waits"))
		one.Notify(text(true, "waits too"))
		before := w.next()

		from, to := one.Peer(), w.endpoint.peers.lookup(&route{addr: w.peerAddr(1)})
		from.MoveTo(from)
		from.MoveTo(to)
		from.MoveTo(to)
		again := w.next()
		if string(again.payload) != "outstanding" || again.to != w.peerAddr(1) || string(again.token) != "one" {
			t.Fatalf("sent %q to %v", again.payload, again.to)
		}
		w.answer(0, ack, before.messageID) // late, from where the client no longer is
		w.answer(0, rst, before.messageID)
		w.quiet()
		w.answer(1, ack, again.messageID)
		if n := w.next(); string(n.payload) != "waits" || n.to != w.peerAddr(1) {
			t.Errorf("then came %q to %v", n.payload, n.to)
		}
		last := w.next()
		w.answer(1, ack, last.messageID)
		if one.Peer() != to || two.Peer() != to || from.Stats().Queued != 0 {
			t.Error("not all of it has moved")
		}
		time.Sleep(time.Hour)
		w.quiet()
		if n := w.endpoint.Stats().Peers; n != 1 {
			t.Errorf("%d peers are kept, want the one with the relations", n)
		}
	})
}

func TestMoveToReplacesRelationsOfTheSameToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var held sync.Mutex
		var ended []string
		w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			w.SetCode(codes.Content)
			w.Observe(RelationConfig{User: r.Peer.Addr().String(), OnEnd: func(rel *Relation, reason EndReason) {
				held.Lock()
				defer held.Unlock()
				ended = append(ended, fmt.Sprint(rel.User(), " ", reason))
			}})
		})})
		w.requestFrom(0, get(con, 1, "t", "a", observe))
		w.requestFrom(1, get(con, 1, "t", "a", observe))
		from, to := &route{addr: w.peerAddr(0)}, &route{addr: w.peerAddr(1)}
		held.Lock()
		w.endpoint.peers.lookup(from).MoveTo(w.endpoint.peers.lookup(to))
		held.Unlock()
		synctest.Wait()
		if want := []string{fmt.Sprint(w.peerAddr(1), " ", EndReplaced)}; !slices.Equal(ended, want) {
			t.Errorf("ended %q, want %q", ended, want)
		}
	})
}

func TestMoveToBoundsTheQueue(t *testing.T) {
	h, relations := observing1(RelationConfig{})
	w := newWire(t, Config{Handler: h}).gather()
	w.requestFrom(0, get(con, 1, "t", "a", observe))
	w.requestFrom(1, get(con, 1, "u", "a", observe))
	one, two := <-relations, <-relations
	for i := range usual.PeerNotifications + 1 {
		one.Notify(text(true, fmt.Sprint(i)))
		two.Notify(text(true, fmt.Sprint(i)))
	}
	one.Peer().MoveTo(two.Peer())
	if n := two.Peer().Stats().Queued; n != usual.PeerNotifications {
		t.Errorf("%d wait, want %d", n, usual.PeerNotifications)
	}
	if s := w.endpoint.Stats(); s.Dropped != uint64(usual.PeerNotifications)+1 {
		t.Errorf("%d dropped, want %d", s.Dropped, usual.PeerNotifications+1)
	}
}

// TestRelationsUnderConcurrency has everything happen at once; the race detector judges.
func TestRelationsUnderConcurrency(t *testing.T) {
	const peers = 4
	h, relations := observing1(RelationConfig{})
	w := newWire(t, Config{Handler: h, MaxBlockSize: 16})
	var all []*Relation
	for i := range peers {
		w.requestFrom(i, get(con, 1, fmt.Sprint("t", i), "a", observe))
		w.requestFrom(i, get(con, 2, fmt.Sprint("u", i), "b", observe))
		all = append(all, <-relations, <-relations)
	}
	var running sync.WaitGroup
	for i, rel := range all {
		running.Go(func() {
			for n := range 200 {
				rel.Notify(text(n%3 == 0, "a notification of more than one block"))
				rel.Notify(text(n%5 == 0, "short"))
				_, _, _ = rel.Stats(), rel.Token(), rel.RequestType()
			}
			if i%2 == 0 {
				rel.Cancel()
			}
		})
		running.Go(func() {
			for n := range 50 {
				rel.Peer().MoveTo(all[(i+n)%len(all)].Peer())
				_ = rel.Peer().Stats()
			}
		})
	}
	running.Go(func() { // what the peers send meanwhile, and Close in the midst of it
		for n := range 1000 {
			w.answer(n%peers, ack, uint16(n*37))
			w.answer(n%peers, rst, uint16(n*91))
			w.requestFrom(n%peers, get(con, uint16(n), "v", "b"))
		}
		_ = w.endpoint.Close()
	})
	running.Wait()
}
