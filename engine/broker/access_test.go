package broker

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/secure"
)

// strict lets anna in, and nobody publish or subscribe to what begins with "deny".
type strict struct {
	mu     sync.Mutex
	asked  []string
	off    bool
	banned bool
	id     string   // of who gives none
	denied []string // prefixes beside "deny"
	out    []string // client IDs of who may not stay
	from   []netip.Addr
}

func (s *strict) ClientIDOf(secure.Identity) string { return s.id }

func (s *strict) Authenticate(l Login) (Verdict, func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = append(s.from, l.From)
	stays := func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !slices.Contains(s.out, l.ClientID)
	}
	switch {
	case s.banned:
		return TooManyAttempts, nil
	case l.Username == "anna" && l.Password == "secret":
		return Accepted, stays
	case l.Username == "":
		return NotAuthorized, nil
	}
	return BadCredentials, nil
}

// set changes what is allowed.
func (s *strict) set(change func(s *strict)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *strict) Allowed(who Who, action Action, topic string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	what := "publish"
	if action == ActionSubscribe {
		what = "subscribe"
	}
	s.asked = append(s.asked, strings.Join([]string{who.ClientID, who.Username, what, topic}, " "))
	return !strings.HasPrefix(topic, "deny") && !slices.ContainsFunc(s.denied, func(d string) bool { return strings.HasPrefix(topic, d) })
}

func (s *strict) HasRules() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.off
}

func (s *strict) wasAsked(question string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.asked, question)
}

func TestAuthentication(t *testing.T) {
	tests := []struct {
		name    string
		version byte
		options []connectOption
		want    byte
	}{
		{"3.1.1, right", 4, []connectOption{login("anna", "secret")}, 0},
		{"3.1.1, wrong password", 4, []connectOption{login("anna", "wrong")}, 5},
		{"3.1.1, none", 4, nil, 5},
		{"5, right", 5, []connectOption{login("anna", "secret")}, 0},
		{"5, wrong user", 5, []connectOption{login("eve", "secret")}, packets.ErrBadUsernameOrPassword.Code},
		{"5, none", 5, nil, packets.ErrNotAuthorized.Code},
	}
	for _, scheme := range schemes {
		e := start(t, Options{Access: &strict{}})
		l := listen(t, e, scheme)
		for _, test := range tests {
			c := open(t, l, test.version)
			if ack := c.connect("c", test.options...); ack.ReasonCode != test.want {
				t.Errorf("%s, %s: CONNACK 0x%02x, want 0x%02x", scheme, test.name, ack.ReasonCode, test.want)
			}
			if test.want != 0 {
				c.expectEnd()
			}
		}
	}
}

func TestClientIDOfWhoGivesNone(t *testing.T) {
	for id, want := range map[string]string{"lamp-3": "lamp-3", "": "", "a\x00b": "", "\xff": ""} {
		e := start(t, Options{Access: &strict{id: id}})
		l := listen(t, e, "mqtt")
		ack := open(t, l, 5).connect("", login("anna", "secret"))
		if got := ack.Properties.AssignedClientID; ack.ReasonCode != 0 || got == "" || want != "" && got != want || want == "" && got == id {
			t.Errorf("%q: CONNACK 0x%02x, client ID %q", id, ack.ReasonCode, got)
		}
		if got := open(t, l, 5).connect("mine", login("anna", "secret")).Properties.AssignedClientID; got != "" {
			t.Errorf("%q: who has a client ID gets %q", id, got)
		}
	}
}

// A client that is refused does not disturb the one that has its client ID.
func TestRefusedClientTakesNothingOver(t *testing.T) {
	e := start(t, Options{Access: &strict{}})
	l := listen(t, e, "mqtt")
	c := dialTo(t, l, 5, "c", login("anna", "secret"))
	thief := open(t, l, 5)
	thief.connect("c", login("anna", "guess"))
	thief.expectEnd()
	c.raw([]byte{packets.Pingreq << 4, 0})
	c.expect(packets.Pingresp)
}

func TestRules(t *testing.T) {
	for version, refused := range map[byte]byte{4: 0x80, 5: packets.ErrNotAuthorized.Code} {
		access := &strict{}
		e := start(t, Options{Access: access, OnMessage: func(m *Message) {
			if strings.HasPrefix(m.Topic, "deny") && m.Via == ViaMQTT {
				t.Errorf("OnMessage saw %s", m.Topic)
			}
		}})
		l := listen(t, e, "mqtt")
		c := dialTo(t, l, version, "c1", login("anna", "secret"))
		for filter, want := range map[string]byte{"ok/#": 1, "deny/a": refused, "$share/group/deny": refused, "#": 1} {
			if got := c.subscribe(filter, 1); got != want {
				t.Errorf("version %d, %s: SUBACK 0x%02x, want 0x%02x", version, filter, got, want)
			}
		}
		for _, question := range []string{"c1 anna subscribe ok/#", "c1 anna subscribe deny"} {
			if !access.wasAsked(question) {
				t.Errorf("never asked %q", question)
			}
		}

		pub := dialTo(t, l, version, "c2", login("anna", "secret"), will("deny/will", "x", 0, true))
		pub.publish("deny", "x", 0, true)
		pub.publish("ok", "1", 1, false)
		pub.expect(packets.Puback)
		pub.publish("deny", "x", 1, false)
		if version == 5 {
			if ack := pub.expect(packets.Puback); ack.ReasonCode != packets.ErrNotAuthorized.Code {
				t.Errorf("PUBACK 0x%02x", ack.ReasonCode)
			}
			_ = pub.stream.Close()
		} else {
			pub.expectEnd()
		}
		eventually(t, "the publisher is gone", func() bool { return len(e.Clients()) == 1 })

		// "#" is subscribed, but what is denied is not delivered.
		if err := e.Publish(&Message{Topic: "deny/x", Via: ViaCoAP}); err != nil {
			t.Fatal(err)
		}
		if err := e.Publish(&Message{Topic: "last", Via: ViaCoAP}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"ok", "last"} {
			if pk := c.expect(packets.Publish); pk.TopicName != want {
				t.Errorf("version %d: %q was delivered, want %q", version, pk.TopicName, want)
			}
		}
		if got := e.Retained("#"); len(got) > 0 {
			t.Errorf("version %d: %s is retained", version, got[0].Topic)
		}
	}
}

func TestRulesHoldBehindATopicAlias(t *testing.T) {
	access := &strict{off: true}
	e := start(t, Options{Access: access})
	in := newInbox()
	mustSubscribe(t, e, "#", in.put)
	c := dial(t, e, 5, "c", login("anna", "secret"))
	c.raw([]byte("\x30\x0b\x00\x04deny\x03\x23\x00\x011"))
	in.take(t)
	access.mu.Lock()
	access.off = false // a rule is made
	access.mu.Unlock()
	c.raw([]byte("\x30\x07\x00\x00\x03\x23\x00\x012"))
	c.raw([]byte("\x30\x06\x00\x02ok\x003"))
	if m := in.take(t); m.Topic != "ok" {
		t.Errorf("%q with %q was published", m.Topic, m.Payload)
	}
}

func TestWithoutRulesNobodyIsAsked(t *testing.T) {
	access := &strict{off: true}
	e := start(t, Options{Access: access})
	c := dial(t, e, 5, "c", login("anna", "secret"))
	c.subscribe("deny", 0)
	c.publish("deny", "x", 0, false)
	c.expect(packets.Publish)
	if len(access.asked) > 0 {
		t.Errorf("asked %v", access.asked)
	}
}
