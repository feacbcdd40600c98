package coap

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// maxAge is the Max-Age option of a datagram, or -1.
func (s *sentDatagram) maxAge() int {
	if v, ok := uintOption(s.options, message.MaxAge); ok {
		return int(v)
	}
	return -1
}

// counted is a handler that counts what it is asked.
func counted() (handlerFunc, *int) {
	n := new(int)
	return func(w *ResponseWriter, _ *Request) {
		*n++
		w.SetCode(codes.Content)
	}, n
}

func TestPeerBeyondItsRateIsAnswered429(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, calls := counted()
		w := newWire(t, Config{Limits: Limits{PeerRate: 4}, Handler: h}).gather()
		codesOf := func(from, n int) (taken int) {
			for i := range n {
				typ := []message.Type{con, non}[i%2]
				w.request(get(typ, uint16(from+i), "t", "a"))
				s := w.next()
				if s.code == codes.Content {
					taken++
					continue
				}
				s.is(t, answerType(typ), codes.TooManyRequests, uint16(from+i), "t")
				if s.maxAge() != 1 {
					t.Errorf("Max-Age %d, want 1", s.maxAge())
				}
			}
			return taken
		}
		if n := codesOf(0, 10); n != 4 {
			t.Errorf("%d of 10 at once are taken, want 4", n)
		}
		w.requestFrom(1, get(con, 1, "t", "a"))
		if s := w.next(); s.code != codes.Content {
			t.Errorf("another peer is answered %v", s.code)
		}
		time.Sleep(time.Second / 4)
		if n := codesOf(100, 10); n != 1 {
			t.Errorf("%d are taken a quarter of a second later, want 1", n)
		}
		time.Sleep(time.Hour)
		if n := codesOf(200, 10); n != 4 {
			t.Errorf("%d are taken after an hour, want 4", n)
		}
		if *calls != 10 || w.endpoint.Stats().Refused != 21 {
			t.Errorf("the handler was asked %d times, %d refused", *calls, w.endpoint.Stats().Refused)
		}
	})
}

func TestDuplicatesAreAnsweredBeyondTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, calls := counted()
		w := newWire(t, Config{Limits: Limits{PeerRate: 1, Rate: 1}, Handler: h}).gather()
		w.request(get(con, 1, "t", "a"))
		w.request(get(con, 2, "t", "a"))
		w.request(get(con, 1, "t", "a"))
		for i, code := range []codes.Code{codes.Content, codes.TooManyRequests, codes.Content} {
			if s := w.next(); s.code != code {
				t.Errorf("answer %d is %v, want %v", i, s.code, code)
			}
		}
		time.Sleep(time.Second) // the client tries what was refused again, as a new message or the same
		w.request(get(con, 2, "t", "a"))
		if s := w.next(); s.code != codes.Content || *calls != 2 {
			t.Errorf("answered %v, %d calls", s.code, *calls)
		}
	})
}

func TestNothingIsKeptOfWhatIsShed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, calls := counted()
		w := newWire(t, Config{Limits: Limits{Rate: 10}, Handler: h}).gather()
		for peer := range 100 {
			w.requestFrom(peer, get(con, 1, "t", "a"))
		}
		for peer := range 100 {
			s := w.next()
			switch {
			case peer < 5 && s.code == codes.Content:
			case peer >= 5 && s.code == codes.ServiceUnavailable && s.maxAge() == 1:
			default:
				t.Errorf("peer %d is answered %v, Max-Age %d", peer, s.code, s.maxAge())
			}
		}
		if n := w.endpoint.Stats().Peers; n != 5 || *calls != 5 {
			t.Errorf("%d peers are known, the handler was asked %d times", n, *calls)
		}
	})
}

// TestOverloadShedsNewWorkFirst has established peers ask for less than the rate while a hundred times that comes from
// peers that are new, and from ones that are known but neither observe nor have Data.
func TestOverloadShedsNewWorkFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, Config{Limits: Limits{Rate: 100}, Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			w.SetCode(codes.Content)
			switch string(r.Options[len(r.Options)-1].Value) {
			case "observe":
				w.Observe(RelationConfig{})
			case "session":
				r.Peer.SetData("session")
			}
		})})
		const observer, session, known = 0, 1, 2
		w.requestFrom(observer, get(con, 1, "t", "observe", observe))
		w.requestFrom(session, get(con, 1, "t", "session"))
		w.requestFrom(known, get(con, 1, "t", "a"))
		time.Sleep(time.Second)
		w.gather()
		answers := map[string]map[codes.Code]int{"established": {}, "others": {}}
		id := uint16(100)
		ask := func(who string, peer int) {
			id++
			w.requestFrom(peer, get(con, id, "t", "a"))
			s := w.next()
			answers[who][s.code]++
		}
		for tick := range 500 { // 5 s
			for i := range 10 {
				ask("others", 1000+tick*10+i)
			}
			ask("others", known)
			if tick%4 == 0 {
				ask("established", observer)
				ask("established", session)
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Log(fmt.Sprint(answers))
		if n := answers["established"][codes.ServiceUnavailable]; n != 0 {
			t.Errorf("%d requests of established peers were shed", n)
		}
		if n := answers["others"][codes.Content]; n < 200 || n > 320 {
			t.Errorf("%d others were taken, want what the established left: 50 a second", n)
		}
	})
}

func TestTooManyObserversAreAnsweredWithoutObserve(t *testing.T) {
	h, relations := observing1(RelationConfig{})
	w := newWire(t, Config{Limits: Limits{PeerRelations: 2, Relations: 3}, Handler: h}).gather()
	ask := func(peer int, messageID uint16, token string) (observes bool) {
		w.requestFrom(peer, get(con, messageID, token, "a", observe))
		s := w.next()
		s.is(t, ack, codes.Content, messageID, token)
		rel := <-relations
		_, observes = uintOption(s.options, message.Observe)
		if observes != (rel != nil) {
			t.Errorf("Observe %v, relation %v", observes, rel)
		}
		return observes
	}
	for i, step := range []struct {
		peer  int
		token string
		want  bool
	}{
		{0, "a", true}, {0, "b", true}, {0, "c", false}, {0, "b", true}, {1, "a", true}, {1, "b", false}, {2, "a", false},
	} {
		if got := ask(step.peer, uint16(i), step.token); got != step.want {
			t.Errorf("peer %d, token %s: observes %v, want %v", step.peer, step.token, got, step.want)
		}
	}
	if n := w.endpoint.relations.Load(); n != 3 {
		t.Errorf("%d relations are counted", n)
	}
	w.endpoint.peers.lookup(&route{addr: w.peerAddr(0)}).MoveTo(w.endpoint.peers.lookup(&route{addr: w.peerAddr(2)}))
	if n := w.endpoint.relations.Load(); n != 3 {
		t.Errorf("%d relations are counted after a move", n)
	}
	_ = w.endpoint.Close()
	if n := w.endpoint.relations.Load(); n != 0 {
		t.Errorf("%d relations are counted after Close", n)
	}
}
