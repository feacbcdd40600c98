package broker

import (
	"slices"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestTooManyAttempts(t *testing.T) {
	access := &strict{banned: true}
	e := start(t, Options{Access: access})
	for _, scheme := range schemes {
		l := listen(t, e, scheme)
		for version, want := range map[byte]byte{4: 3, 5: packets.ErrConnectionRateExceeded.Code} {
			c := open(t, l, version)
			if ack := c.connect("c", login("anna", "secret")); ack.ReasonCode != want {
				t.Errorf("%s, version %d: CONNACK 0x%02x, want 0x%02x", scheme, version, ack.ReasonCode, want)
			}
			c.expectEnd()
		}
	}
	for _, from := range access.from {
		if !from.IsLoopback() {
			t.Errorf("an attempt came from %v", from)
		}
	}
	if n := len(e.Clients()); n != 0 {
		t.Errorf("%d clients", n)
	}
}

// Who may not subscribe any more is ended, and finds out when it subscribes again; all others stay as they are.
func TestRecheckTakesSubscriptionsAway(t *testing.T) {
	for version, refused := range map[byte]byte{4: 0x80, 5: packets.ErrNotAuthorized.Code} {
		access := &strict{}
		e := start(t, Options{Access: access})
		l := listen(t, e, "mqtt")
		c := dialTo(t, l, version, "c", login("anna", "secret"))
		c.subscribe("now/secret/#", 1)
		c.subscribe("open", 0)
		bystander := dialTo(t, l, version, "bystander", login("anna", "secret"))
		bystander.subscribe("open", 0)

		if clients, subscriptions := e.Recheck(); clients != 0 || subscriptions != 0 {
			t.Errorf("nothing has changed, and %d clients lost %d subscriptions", clients, subscriptions)
		}
		access.set(func(s *strict) { s.denied = []string{"now/"} })
		if clients, subscriptions := e.Recheck(); clients != 1 || subscriptions != 1 {
			t.Errorf("%d clients lost %d subscriptions", clients, subscriptions)
		}
		if err := e.Publish(&Message{Topic: "now/secret/x", Via: ViaCoAP}); err != nil {
			t.Fatal(err)
		}
		if version == 5 {
			d := c.expect(packets.Disconnect)
			if d.ReasonCode != packets.ErrNotAuthorized.Code || d.Properties.ReasonString != "not authorized to subscribe to now/secret/#" {
				t.Errorf("DISCONNECT 0x%02x %q", d.ReasonCode, d.Properties.ReasonString)
			}
		}
		c.expectEnd()
		eventually(t, "the client is gone", func() bool { return len(e.Clients()) == 1 })

		c = dialTo(t, l, version, "c", login("anna", "secret"))
		if got := c.subscribe("now/secret/#", 1); got != refused {
			t.Errorf("version %d: SUBACK 0x%02x", version, got)
		}
		if err := e.Publish(&Message{Topic: "open", Via: ViaCoAP}); err != nil {
			t.Fatal(err)
		}
		if pk := bystander.expect(packets.Publish); pk.TopicName != "open" {
			t.Errorf("the bystander got %s", pk.TopicName)
		}
	}
}

func TestRecheckEndsWhoMayNotStay(t *testing.T) {
	access := &strict{}
	e := start(t, Options{Access: access})
	l := listen(t, e, "mqtt")
	old, latest, stays := dialTo(t, l, 4, "old", login("anna", "secret")), dialTo(t, l, 5, "new", login("anna", "secret")), dialTo(t, l, 5, "stays", login("anna", "secret"))
	access.set(func(s *strict) { s.out = []string{"old", "new"} })
	if clients, subscriptions := e.Recheck(); clients != 2 || subscriptions != 0 {
		t.Errorf("%d clients lost %d subscriptions", clients, subscriptions)
	}
	old.expectEnd()
	if d := latest.expect(packets.Disconnect); d.ReasonCode != packets.ErrNotAuthorized.Code {
		t.Errorf("DISCONNECT 0x%02x", d.ReasonCode)
	}
	latest.expectEnd()
	stays.raw([]byte{packets.Pingreq << 4, 0})
	stays.expect(packets.Pingresp)

	// Who connects while that is decided is ended as well.
	late := open(t, l, 5)
	late.connect("old", login("anna", "secret"))
	late.expect(packets.Disconnect)
}

// A session that waits for its client loses the same subscriptions.
func TestRecheckReachesSessionsWithoutConnection(t *testing.T) {
	access := &strict{}
	e := start(t, Options{Access: access})
	l := listen(t, e, "mqtt")
	c := dialTo(t, l, 5, "c", login("anna", "secret"), persistent)
	c.subscribe("now/secret", 1)
	c.subscribe("open", 1)
	_ = c.stream.Close()
	eventually(t, "the client is gone", func() bool { return len(e.Clients()) == 0 })
	access.set(func(s *strict) { s.denied = []string{"now/"} })
	if clients, subscriptions := e.Recheck(); clients != 0 || subscriptions != 1 {
		t.Errorf("%d clients lost %d subscriptions", clients, subscriptions)
	}
	access.set(func(s *strict) { s.denied = nil })
	for _, topic := range []string{"now/secret", "open"} {
		if err := e.Publish(&Message{Topic: topic, QoS: 1, Via: ViaCoAP}); err != nil {
			t.Fatal(err)
		}
	}
	c = open(t, l, 5)
	c.connect("c", login("anna", "secret"), persistent)
	if pk := c.expect(packets.Publish); pk.TopicName != "open" {
		t.Errorf("%s was kept for the client", pk.TopicName)
	}
	eventually(t, "the client is there with one subscription", func() bool {
		clients := e.Clients()
		return len(clients) == 1 && slices.Equal(clients[0].Filters, []string{"open"})
	})
}

// What is queued for a session is kept from a client that may not have it.
func TestASessionIsTakenUpWithoutWhatIsDenied(t *testing.T) {
	access := &strict{}
	e := start(t, Options{Access: access})
	l := listen(t, e, "mqtt")
	c := dialTo(t, l, 5, "c", login("anna", "secret"), persistent)
	c.subscribe("#", 1)
	_ = c.stream.Close()
	eventually(t, "the client is gone", func() bool { return len(e.Clients()) == 0 })
	for _, topic := range []string{"now/secret", "open"} {
		if err := e.Publish(&Message{Topic: topic, QoS: 1, Via: ViaCoAP}); err != nil {
			t.Fatal(err)
		}
	}
	access.set(func(s *strict) { s.denied = []string{"now/"} })
	c = open(t, l, 5)
	c.connect("c", login("anna", "secret"), persistent)
	if pk := c.expect(packets.Publish); pk.TopicName != "open" {
		t.Errorf("%s was kept for the client", pk.TopicName)
	}
}
