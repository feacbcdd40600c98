package coap_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// TestAdmissionOverStream: who may not speak is closed without a word, who is one too many is told why.
func TestAdmissionOverStream(t *testing.T) {
	t.Run("by address", func(t *testing.T) {
		e := listenTCP(t, coap.Config{Handler: content(""), Admission: coap.Admission{
			Admits: func(a netip.Addr) bool { return !a.IsLoopback() },
		}})
		dialUngreeted(t, e).ended()
		if s := e.Stats(); s.TurnedAway != 1 || s.Out != 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("by rate", func(t *testing.T) {
		e := listenTCP(t, coap.Config{Handler: content(""), Admission: coap.Admission{MaxNewPeersPerSecond: 1}})
		first, second := dialUngreeted(t, e), dialUngreeted(t, e)
		first.greeted()
		second.greeted()
		second.aborted()
		if b := boundNamed(t, e, "max_conn_rate"); b.Reached != 1 {
			t.Errorf("%+v", b)
		}
	})
	t.Run("by number", func(t *testing.T) {
		e := listenTCP(t, coap.Config{Handler: content(""), Stream: coap.StreamConfig{MaxConnections: 1}})
		connect(t, e).silent()
		dial(t, e).aborted()
		eventually(t, "only the first is counted", func() bool {
			b := boundNamed(t, e, "max_connections")
			return b.Reached == 1 && b.Limit == 1 && b.InUse == 1
		})
	})
}

func boundNamed(t *testing.T, e *coap.Endpoint, name string) coap.Bound {
	t.Helper()
	for _, b := range e.Bounds() {
		if b.Name == name {
			return b
		}
	}
	t.Fatalf("there is no bound %s", name)
	return coap.Bound{}
}

// TestRatesOverStream: requests beyond a rate are answered 4.29 or 5.03 with Max-Age.
func TestRatesOverStream(t *testing.T) {
	for want, limits := range map[codes.Code]coap.Limits{
		codes.TooManyRequests: {PeerRate: 2}, codes.ServiceUnavailable: {Rate: 4},
	} {
		e := listenTCP(t, coap.Config{Handler: content("hello"), Limits: limits})
		c := connect(t, e)
		if m := c.ask(streamed(codes.GET, "t", "a")); m.Code != codes.Content {
			t.Errorf("got %v", m)
		}
		m := c.ask(streamed(codes.GET, "u", "a"))
		for range 50 { // on a busy machine a second passes soon
			if m.Code == want {
				break
			}
			m = c.ask(streamed(codes.GET, "u", "a"))
		}
		if v, err := m.Options.GetUint32(message.MaxAge); m.Code != want || string(m.Token) != "u" || err != nil || v != 1 {
			t.Errorf("got %v, want %v", m, want)
		}
		c.send(message.Message{Code: codes.Release}) // what was refused waits for nothing
		c.ended()
	}
}

// TestNoResponseOverStream: what the client does not want is not sent (RFC 7967), not even as an Empty message, and holds
// up no Release.
func TestNoResponseOverStream(t *testing.T) {
	e := listenTCP(t, coap.Config{Handler: content("hello")})
	c := connect(t, e)
	c.send(streamed(codes.GET, "t", "a", option(message.NoResponse, 2)))                                      // no 2.xx
	c.send(streamed(codes.GET, "t", "a", option(message.NoResponse, 8), option(13, 'x')))                     // no 4.xx
	c.send(message.Message{Code: 0x1f, Options: message.Options{{ID: message.NoResponse, Value: []byte{8}}}}) // likewise
	c.silent()
	if m := c.ask(streamed(codes.GET, "u", "a", option(message.NoResponse, 8))); m.Code != codes.Content {
		t.Errorf("got %v", m)
	}
	c.send(message.Message{Code: codes.Release})
	c.ended()
}

// TestFanoutFromStream: a request over TCP that notifies many, over TCP too, and itself.
func TestFanoutFromStream(t *testing.T) {
	var relations []*coap.Relation
	e := listenTCP(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		w.SetCode(codes.Content)
		if r.Has(message.Observe) {
			relations = append(relations, w.Observe(coap.RelationConfig{}))
			return
		}
		n := coap.Notification{Payload: bytes.Clone(r.Payload), Confirmable: true}
		f := coap.NewFanout()
		for _, rel := range relations {
			f.Notify(rel, n)
		}
		f.End()
	})})
	const observers = 200
	conns := make([]*streamClient, observers)
	for i := range conns {
		conns[i] = connect(t, e)
		conns[i].ask(streamed(codes.GET, "t", "a", option(message.Observe)))
	}
	if m := conns[0].ask(withPayload(streamed(codes.PUT, "u", "a"), "news")); string(m.Payload) != "news" {
		t.Errorf("the first message is %v", m)
	}
	if m := conns[0].receive(); string(m.Token) != "u" {
		t.Errorf("the second message is %v", m)
	}
	for _, c := range conns[1:] {
		if m := c.receive(); string(m.Payload) != "news" {
			t.Errorf("got %v", m)
		}
	}
}

func withPayload(m message.Message, payload string) message.Message {
	m.Payload = []byte(payload)
	return m
}
