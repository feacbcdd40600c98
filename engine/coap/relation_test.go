package coap

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

func text(confirmable bool, payload string) Notification {
	return Notification{Confirmable: confirmable, Payload: []byte(payload)}
}

// payloads are those of everything sent so far.
func (w *wire) payloads() (all []string) {
	for {
		select {
		case s := <-w.sent:
			all = append(all, string(s.payload))
		default:
			return all
		}
	}
}

func (w *wire) expect(want ...string) {
	w.t.Helper()
	if got := w.payloads(); !slices.Equal(got, want) {
		w.t.Fatalf("sent %q, want %q", got, want)
	}
}

func TestNotification(t *testing.T) {
	w, rel := observed(t, RelationConfig{Sequence: SequenceCounter, User: "mine"})
	rel.Notify(Notification{
		Code: codes.Changed, Payload: []byte("x"),
		Options: message.Options{{ID: message.ETag, Value: []byte{1}}, {ID: message.MaxAge, Value: []byte{5}}},
	})
	n := w.next()
	n.is(t, non, codes.Changed, n.messageID, "t")
	want := message.Options{
		{ID: message.ETag, Value: []byte{1}}, {ID: message.Observe, Value: []byte{1}}, {ID: message.MaxAge, Value: []byte{5}},
	}
	if fmt.Sprint(n.options) != fmt.Sprint(want) {
		t.Errorf("options %v, want %v", n.options, want)
	}
	s := rel.Stats()
	if s.Sent != 1 || s.Sequence != 1 || s.LastConfirmable || s.LastSent.IsZero() || s.Since.After(s.LastSent) {
		t.Errorf("stats %+v", s)
	}
	if rel.User() != "mine" || string(rel.Token()) != "t" || rel.RequestType() != con || rel.Peer().Addr() != w.peerAddr(0) {
		t.Error("the relation does not know its own")
	}
}

func TestOneConfirmableNotificationIsOutstanding(t *testing.T) {
	h, relations := observing1(RelationConfig{})
	w := newWire(t, Config{Handler: h}).gather()
	w.request(get(con, 1, "one", "a", observe))
	w.request(get(con, 2, "two", "b", observe))
	w.payloads()
	one, two := <-relations, <-relations

	one.Notify(text(false, "non goes at once"))
	two.Notify(text(true, "con goes at once"))
	one.Notify(text(true, "another con waits"))
	two.Notify(text(false, "a non waits behind it"))
	one.Notify(text(false, "another too"))
	outstanding := []sentDatagram{w.next(), w.next()}[1]
	w.quiet()
	if s := one.Peer().Stats(); s.Queued != 3 {
		t.Errorf("%d wait, want 3", s.Queued)
	}
	w.answer(0, ack, outstanding.messageID)
	outstanding = w.next()
	if string(outstanding.payload) != "another con waits" {
		t.Errorf("then came %q", outstanding.payload)
	}
	w.quiet()
	w.answer(0, ack, outstanding.messageID)
	w.expect("a non waits behind it", "another too")
	if s := one.Peer().Stats(); s.Queued != 0 {
		t.Errorf("%d wait", s.Queued)
	}
}

func TestPeersDoNotWaitForEachOther(t *testing.T) {
	h, relations := observing1(RelationConfig{})
	w := newWire(t, Config{Handler: h}).gather()
	w.requestFrom(0, get(con, 1, "t", "a", observe))
	w.requestFrom(1, get(con, 1, "t", "a", observe))
	w.payloads()
	(<-relations).Notify(text(true, "to the first"))
	(<-relations).Notify(text(true, "to the second"))
	w.expect("to the first", "to the second")
}

func TestFullQueueDropsTheOldest(t *testing.T) {
	w, rel := observed(t, RelationConfig{})
	rel.Notify(text(true, "outstanding"))
	first := w.next()
	for i := range usual.PeerNotifications + 7 {
		rel.Notify(text(false, fmt.Sprint(i)))
	}
	if n := rel.Stats().Queued; n != usual.PeerNotifications {
		t.Errorf("%d are queued, want %d", n, usual.PeerNotifications)
	}
	w.answer(0, ack, first.messageID)
	var want []string
	for i := 7; i < usual.PeerNotifications+7; i++ {
		want = append(want, fmt.Sprint(i))
	}
	w.expect(want...)
	if n, all := rel.Stats().Dropped, w.endpoint.Stats().Dropped; n != 7 || all != 7 {
		t.Errorf("counted %d dropped, %d in all, want 7", n, all)
	}
}

func TestRelationEnds(t *testing.T) {
	reset := func(w *wire, messageID uint16) { w.answer(0, rst, messageID) }
	silence := func(*wire, uint16) { time.Sleep(2 * time.Minute) }
	for _, tt := range []struct {
		name        string
		confirmable bool
		answer      func(w *wire, messageID uint16)
		reason      EndReason
	}{
		{"RST to CON", true, reset, EndReset},
		{"RST to NON", false, reset, EndReset},
		{"no ACK", true, silence, EndTimeout},
	} {
		for _, ignore := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, " ignored ", ignore), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var ended []EndReason
					w, rel := observed(t, RelationConfig{
						IgnoreReset: ignore, OnEnd: func(_ *Relation, reason EndReason) { ended = append(ended, reason) },
					})
					rel.Notify(text(tt.confirmable, "first"))
					messageID := w.next().messageID
					if tt.confirmable {
						rel.Notify(text(true, "waits"))
					}
					tt.answer(w, messageID)
					tt.answer(w, messageID)
					w.payloads()
					rel.Notify(text(false, "later"))
					synctest.Wait()
					lost := uint64(0)
					if tt.reason == EndTimeout {
						lost = 1
						if ignore { // so was what waited
							lost = 2
						}
					}
					if n := rel.Stats().Lost; n != lost {
						t.Errorf("%d are lost, want %d", n, lost)
					}
					if ignore {
						if len(ended) > 0 {
							t.Errorf("ended %v", ended)
						}
						return
					}
					w.quiet()
					if len(ended) != 1 || ended[0] != tt.reason {
						t.Errorf("ended %v, want once, with %d", ended, tt.reason)
					}
				})
			})
		}
	}
}

func TestRstToTheFirstResponseOfANonRequestEndsTheRelation(t *testing.T) {
	var ended EndReason
	h, _ := observing1(RelationConfig{OnEnd: func(_ *Relation, reason EndReason) { ended = reason }})
	w := newWire(t, Config{Handler: h}).gather()
	w.request(get(non, 1, "t", "a", observe))
	w.answer(0, rst, w.next().messageID)
	if ended != EndReset {
		t.Errorf("ended with %d, want EndReset", ended)
	}
}

func TestIgnoredResetLetsOutWhatWaits(t *testing.T) {
	w, rel := observed(t, RelationConfig{IgnoreReset: true})
	rel.Notify(text(true, "1"))
	rel.Notify(text(true, "2"))
	w.answer(0, rst, w.next().messageID)
	w.expect("2")
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, relations := observing1(RelationConfig{OnEnd: func(*Relation, EndReason) { t.Error("OnEnd was called") }})
		w := newWire(t, Config{Handler: h}).gather()
		w.request(get(con, 1, "one", "a", observe))
		w.request(get(con, 2, "two", "b", observe))
		w.payloads()
		one, two := <-relations, <-relations
		one.Notify(text(true, "outstanding"))
		one.Notify(text(true, "waits"))
		two.Notify(text(false, "of the other"))
		one.Notify(text(false, "waits too"))
		one.Cancel()
		one.Cancel()
		one.Notify(text(false, "too late"))
		w.expect("outstanding", "of the other")
		two.Cancel()
		time.Sleep(time.Hour)
		w.quiet()
		if n := w.endpoint.Stats().Peers; n != 0 {
			t.Errorf("%d peers are kept", n)
		}
	})
}

func TestSameTokenReplaces(t *testing.T) {
	var ended []string
	name := "first"
	w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
		w.SetCode(codes.Content)
		w.Observe(RelationConfig{User: name, OnEnd: func(rel *Relation, reason EndReason) {
			ended = append(ended, fmt.Sprint(rel.User(), " ", reason))
		}})
	})})
	w.request(get(con, 1, "t", "a", observe))
	name = "other token"
	w.request(get(con, 2, "u", "a", observe))
	name = "second"
	w.request(get(con, 3, "t", "b", observe))
	w.requestFrom(1, get(con, 3, "t", "b", observe))
	if want := []string{fmt.Sprint("first ", EndReplaced)}; !slices.Equal(ended, want) {
		t.Errorf("ended: %q, want %q", ended, want)
	}
	_ = w.endpoint.Close()
	slices.Sort(ended)
	want := []string{
		fmt.Sprint("first ", EndReplaced), fmt.Sprint("other token ", EndClosed),
		fmt.Sprint("second ", EndClosed), fmt.Sprint("second ", EndClosed),
	}
	if !slices.Equal(ended, want) {
		t.Errorf("ended after Close: %q, want %q", ended, want)
	}
}

func TestNotificationsNeverPrecedeTheFirstResponse(t *testing.T) {
	for _, typ := range []message.Type{con, non} {
		w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			rel := w.Observe(RelationConfig{})
			for _, p := range []string{"1", "2"} {
				rel.Notify(text(false, p))
			}
			w.SetCode(codes.Content)
			w.SetString("first")
		})}).gather()
		w.request(get(typ, 1, "t", "a", observe))
		w.expect("first", "1", "2")
	}
}

func TestReobserve(t *testing.T) {
	var rel *Relation
	h := func(w *ResponseWriter, r *Request) {
		w.SetCode(codes.Content)
		w.SetString("first")
		if rel == nil {
			rel = w.Observe(RelationConfig{Sequence: SequenceCounter})
			return
		}
		w.Reobserve(rel)
		rel.Notify(text(false, "renewed"))
	}
	for _, tt := range []struct {
		name        string
		peer        int
		token       string
		outstanding string // where what was not acknowledged goes
	}{
		{"same token", 0, "t", ""},
		{"new token", 0, "u", "u"},
		{"new peer", 1, "t", "t"},
		{"new peer and token", 1, "u", "u"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rel = nil
			w := newWire(t, Config{Handler: handlerFunc(h)}).gather()
			w.request(get(con, 1, "t", "a", observe))
			w.payloads()
			rel.Notify(text(false, "non"))
			old := w.next().messageID
			rel.Notify(text(true, "unacknowledged"))
			unacknowledged := w.next().messageID

			w.requestFrom(tt.peer, get(non, 2, tt.token, "a", observe))
			response := w.next()
			response.is(t, non, codes.Content, response.messageID, tt.token)
			if v, ok := uintOption(response.options, message.Observe); !ok || v != 3 {
				t.Errorf("the response has Observe %d, want 3", v)
			}
			if rel.RequestType() != non || string(rel.Token()) != tt.token || rel.Peer().Addr() != w.peerAddr(tt.peer) {
				t.Error("the relation is not the new request's")
			}
			if tt.outstanding == "" {
				w.quiet()
				w.answer(0, ack, unacknowledged)
				w.expect("renewed")
				return
			}
			again := w.next()
			again.is(t, con, codes.Content, again.messageID, tt.outstanding)
			if string(again.payload) != "unacknowledged" || again.to != w.peerAddr(tt.peer) {
				t.Errorf("sent %q to %v", again.payload, again.to)
			}
			// A client that does not know the old token resets what came with it; the renewed relation stays.
			w.answer(0, rst, old)
			w.answer(0, rst, unacknowledged)
			w.quiet()
			w.answer(tt.peer, ack, again.messageID)
			w.expect("renewed")
		})
	}
}

func TestReobserveReplacesTheTokensOtherRelation(t *testing.T) {
	var ended []EndReason
	var rels []*Relation
	w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
		w.SetCode(codes.Content)
		if len(rels) == 2 {
			w.Reobserve(rels[0])
			return
		}
		rels = append(rels, w.Observe(RelationConfig{OnEnd: func(_ *Relation, reason EndReason) { ended = append(ended, reason) }}))
	})}).gather()
	w.request(get(con, 1, "t", "a", observe))
	w.request(get(con, 2, "u", "b", observe))
	w.request(get(con, 3, "u", "a", observe))
	if len(ended) != 1 || ended[0] != EndReplaced {
		t.Errorf("ended %v", ended)
	}
	w.payloads()
	rels[0].Notify(text(false, "a"))
	rels[1].Notify(text(false, "b"))
	w.expect("a")
}

func TestReobserveOfAnEndedRelation(t *testing.T) {
	w, rel := observed(t, RelationConfig{})
	rel.Cancel()
	w.endpoint.config.Handler = handlerFunc(func(w *ResponseWriter, r *Request) {
		w.SetCode(codes.Content)
		w.Reobserve(rel)
	})
	w.request(get(con, 9, "t", "a", observe))
	answer := w.next()
	if _, ok := uintOption(answer.options, message.Observe); ok {
		t.Error("the response claims that there is an observation")
	}
}
