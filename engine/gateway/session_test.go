package gateway

import (
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/settings"
)

// The session ends when consecutive idle checks add up to 1.5 heartbeats; checks are half a heartbeat apart, but never
// less than 1 s or more than 30 s.
func TestHeartbeatArithmetic(t *testing.T) {
	for _, c := range []struct{ interval, ends time.Duration }{
		{time.Second, 2 * time.Second},
		{3 * time.Second, 4500 * time.Millisecond},
		{30 * time.Second, 45 * time.Second},
		{40 * time.Second, 60 * time.Second},
		{5 * time.Minute, 450 * time.Second},
	} {
		for _, mode := range []Mode{ModeConnection, ModeConnectionless} {
			w := newWorld(t, settings.DialectEMQX5, func(o *Config, _ *settings.Access) {
				o.Settings.Heartbeat = settings.Duration(c.interval)
			})
			g := w.gateway
			began := time.Now()
			h := g.Handler(settings.Listener{Dialect: settings.DialectEMQX5}).(*handler)
			s := h.newSession(mode, began)
			g.registry.add(s)
			now := began
			for !s.ended && now.Sub(began) < time.Hour {
				now = now.Add(g.heartbeat.period)
				g.check(s, now)
			}
			if got := now.Sub(began); got != c.ends {
				t.Errorf("heartbeat %s, %s: ended after %s, want %s", c.interval, mode, got, c.ends)
			}
			if g.registry.len() != 0 {
				t.Error("an ended session is still listed")
			}
		}
	}
}

// A check that came early would count a silence that was shorter than it: the tick under way when a session is added does
// not count, and those between two checks do.
func TestTheWheelIsNeverEarly(t *testing.T) {
	var w wheel
	s := &session{}
	turns := func() (n int) {
		for n = 1; len(w.turn()) == 0; n++ {
		}
		return n
	}
	for _, d := range []time.Duration{time.Second, 1100 * time.Millisecond, 30 * time.Second} {
		whole := int((d + wheelTick - 1) / wheelTick)
		w.add(s, d)
		if n := turns(); n != whole+1 {
			t.Errorf("%s after being added: due at tick %d, want %d", d, n, whole+1)
		}
		w.again(s, d)
		if n := turns(); n != whole {
			t.Errorf("%s after a check: due at tick %d, want %d", d, n, whole)
		}
	}
}

func TestNoHeartbeat(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX5, func(c *Config, _ *settings.Access) { c.Settings.Heartbeat = 0 })
	h := w.gateway.Handler(settings.Listener{Dialect: settings.DialectEMQX5}).(*handler)
	for mode, ends := range map[Mode]bool{ModeConnection: false, ModeConnectionless: true} {
		s := h.newSession(mode, time.Now())
		w.gateway.registry.add(s)
		for i := range 10 {
			w.gateway.check(s, time.Now().Add(time.Duration(i+1)*w.gateway.heartbeat.period))
		}
		if s.ended != ends {
			t.Errorf("%s: ended %v, want %v", mode, s.ended, ends)
		}
	}
}

// heartbeatShort makes everybody overdue at once; checks are still a second apart.
func heartbeatShort(c *Config, _ *settings.Access) {
	c.Settings.Heartbeat = settings.Duration(time.Millisecond)
}

func TestASilentObserverOfEMQX5IsDroppedWithoutAWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.DialectEMQX5, heartbeatShort)
	w.converse([]step{{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"}})
	until(t, "the session ends", func() bool { return len(w.gateway.Clients()) == 0 })
	until(t, "its subscription ends", func() bool { return w.broker.filters() == 0 })
	w.converse([]step{{"a", "publish x : 1", "-"}})
}

// In auto a silent observer stays, and is asked whether it is still there by a confirmable notification.
func TestASilentObserverOfAutoIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings.DialectAuto, heartbeatShort)
	d := w.device("a")
	for _, request := range []string{"GET ps/x observe=0 tkn=01", "NON GET mqtt/x?c=1 observe=0 tkn=02"} {
		if d.ask(request)[:4] != "2.05" {
			t.Fatal(request)
		}
	}
	until(t, "the observer is overdue", func() bool {
		for _, c := range w.gateway.Clients() {
			if time.Since(c.LastSeen) < 2*time.Millisecond {
				return false
			}
		}
		return true
	})
	w.publish("x : 1")
	if got := d.notification()[:3]; got != "CON" {
		t.Errorf("a doubtful observer is told by %s", got)
	}
}

func TestAResetEndsTheObservation(t *testing.T) {
	for _, dialect := range []settings.Dialect{settings.DialectEMQX5, settings.DialectEMQX4, settings.DialectAuto} {
		w := newWorld(t, dialect)
		request := "GET ps/x observe=0 tkn=01"
		if dialect == settings.DialectEMQX4 {
			request = "GET mqtt/x?c=a observe=0 tkn=01"
		}
		d := w.device("a")
		d.ask(request)
		w.publish("x q1 : 1")
		m, ok := d.read(patience, isNotification)
		if !ok {
			t.Fatal("no notification")
		}
		d.write(message.Message{Type: message.Reset, MessageID: m.MessageID})
		until(t, "the observation ends", func() bool { return len(w.gateway.Observers()) == 0 })
		if n := w.broker.filters(); n != 0 {
			t.Errorf("%s: %d subscriptions are left", dialect, n)
		}
	}
}

func TestOneSubscriptionForAllObserversOfAFilter(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	for _, name := range []string{"a", "b", "c"} {
		w.converse([]step{{name, "GET ps/x observe=0 tkn=01", "2.05 observe"}})
	}
	w.converse([]step{{"d", "GET mqtt/x?c=1 observe=0 tkn=01", "2.05 observe=0"}})
	if n := w.broker.filters(); n != 1 {
		t.Errorf("%d subscriptions, want 1", n)
	}
	w.publish("x : 1")
	for _, name := range []string{"a", "b", "c", "d"} {
		w.device(name).notification()
	}
	for _, c := range w.gateway.Clients() {
		if !w.gateway.Disconnect(c.Key) {
			t.Errorf("%s cannot be disconnected", c.Key)
		}
	}
	if n := w.broker.filters(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
	for _, name := range []string{"a", "b", "c", "d"} {
		w.converse([]step{{name, "publish x : 2", "-"}})
	}
}

func TestSnapshots(t *testing.T) {
	w := newWorld(t, settings.DialectAuto, func(c *Config, _ *settings.Access) { c.Settings.Mountpoint = "m/" })
	before := w.gateway.Revision()
	w.converse([]step{
		{"a", "POST mqtt/connection?clientid=123&username=admin", "2.01 token"},
		{"a", "GET ps/in/+?clientid=123&token=$T observe=0 tkn=0102", "2.05 observe"},
		{"a", "POST ps/out/1?clientid=123&token=$T : 1", "2.04"},
		{"a", "POST ps/out/2?clientid=123&token=$T : 1", "2.04"},
		{"a", "POST ps/out/1?clientid=123&token=$T : 1", "2.04"},
		{"a", "publish m/in/x : hello", `NON 0102 2.05 observe "hello"`},
		{"b", "POST ps/x : 1", "2.04"},
		{"c", "PUT ps/r?c=client1&u=tom ct=50 : 1", "2.01 location=/ps/r"},
	})
	if w.gateway.Revision() == before {
		t.Error("the revision has not changed")
	}
	clients := make(map[Mode]Client)
	for _, c := range w.gateway.Clients() {
		clients[c.Mode] = c
		if c.In == 0 || c.Out == 0 || c.Listener != "coap://test" || !c.Addr.IsValid() || c.LastSeen.IsZero() {
			t.Errorf("client %+v", c)
		}
	}
	c := clients[ModeConnection]
	if c.Key != "connection/123" || c.ID != "123" || c.Username != "admin" || c.Observes != 1 || c.Heartbeat != 30*time.Second ||
		len(c.Publishes) != 2 || c.Publishes[0] != "out/1" || c.Publishes[1] != "out/2" {
		t.Errorf("connection %+v", c)
	}
	address := w.device("b").conn.LocalAddr().String()
	if c := clients[ModeConnectionless]; c.ID != address || c.Key != "address/coap://test/"+address {
		t.Errorf("connectionless %+v", c)
	}
	if c := clients[ModeQuery]; c.Key != "query/client1" || c.ID != "client1" || c.Username != "tom" {
		t.Errorf("query %+v", c)
	}
	observers := w.gateway.Observers()
	if len(observers) != 1 {
		t.Fatalf("observers %+v", observers)
	}
	o := observers[0]
	if o.Client != "123" || o.ClientKey != "connection/123" || o.Filter != "in/+" || string(o.Token) != "\x01\x02" ||
		string(o.Value) != "hello" || o.ValueTopic != "in/x" || o.Sent != 1 || o.Dialect != settings.DialectEMQX5 {
		t.Errorf("observer %+v", o)
	}
	if r := w.gateway.Resources(); len(r) != 1 || r[0].Topic != "m/r" || string(r[0].Payload) != "1" || r[0].ContentFormat != 50 {
		t.Errorf("resources %+v", r)
	}
	if !w.gateway.EndObservation(o.ID) || w.gateway.EndObservation(o.ID) || len(w.gateway.Observers()) != 0 {
		t.Error("an observation can be ended once")
	}
	if w.gateway.Disconnect("nobody") {
		t.Error("disconnected nobody")
	}
}

// A retained message is acknowledged when it is on disk, and not before.
func TestARetainedPublishWaitsForTheDisk(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX5)
	held := make(chan func(error), 1)
	w.broker.holdWith(func(done func(error)) { held <- done })
	d := w.device("a")
	m := d.send("POST ps/x?retain=true : 1")
	done := <-held
	d.silent()
	if len(d.inbox) > 0 {
		t.Error("answered before it was on disk")
	}
	done(nil)
	if answer, ok := d.answer(m); !ok || text(&answer) != "2.04" {
		t.Errorf("answer %s", text(&answer))
	}
}

func TestQuerySessionsEndWithoutSubscriptions(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX4)
	w.converse([]step{
		{"a", "PUT mqtt/t?c=idle : 1", "2.04"},
		{"b", "GET mqtt/t?c=observes observe=0 tkn=01", "2.05 observe=0"},
	})
	for _, s := range w.gateway.registry.snapshot() {
		w.gateway.check(s, time.Now())
	}
	if c := w.gateway.Clients(); len(c) != 1 || c[0].ID != "observes" {
		t.Errorf("clients %+v", c)
	}
	if known := w.device("a").ask("PUT mqtt/t?c=idle : 1"); known != "2.04" {
		t.Errorf("answer %s", known)
	}
}

func TestClosingTheEndpointEndsSessions(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	w.converse([]step{
		{"a", "POST mqtt/connection?clientid=1", "2.01 token"},
		{"b", "GET ps/x observe=0 tkn=01", "2.05 observe"},
		{"c", "GET mqtt/x?c=a observe=0 tkn=01", "2.05 observe=0"},
	})
	if err := w.endpoint.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.gateway.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
	if n := w.broker.filters(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

func TestClosing(t *testing.T) {
	run(t, settings.DialectAuto, []row{
		{"a client ends what lives at its own address", nil, []step{
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"a", "DELETE mqtt/connection", "2.02"},
			{"a", "publish x : 1", "-"},
		}},
		{"also its connection, under its own name", nil, []step{
			{"a", "POST mqtt/connection?clientid=1", "2.01 token"},
			{"a", "DELETE mqtt/connection?clientid=2", "2.02"},
			{"a", "POST mqtt/connection?clientid=1", `4.00 "Bad Request: client has connected"`},
			{"a", "DELETE mqtt/connection?clientid=1&token=1", "2.02"},
			{"a", "POST mqtt/connection?clientid=1", `4.00 "Bad Request: client has connected"`},
			{"a", "DELETE mqtt/connection?clientid=1", "2.02"},
			{"a", "POST mqtt/connection?clientid=1", "2.01 token"},
		}},
	})
}

// An address has one session: a connection that moves to it ends the one that was created there.
func TestTakingOverAnAddress(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX5, connectionRequired)
	w.converse([]step{
		{"b", "POST mqtt/connection?clientid=second", "2.01 token"},
		{"b", "GET ps/y?clientid=second&token=$T observe=0 tkn=02", "2.05 observe"},
		{"a", "POST mqtt/connection?clientid=first", "2.01 token"},
		{"a", "GET ps/x?clientid=first&token=$T observe=0 tkn=01", "2.05 observe"},
		{"b", "PUT mqtt/connection?clientid=first&token=$T", "2.04"},
		{"b", "publish x : 1", `NON 01 2.05 observe "1"`},
		{"b", "publish y : 1", "-"},
		{"a", "DELETE mqtt/connection?clientid=second&token=$T", "2.02"},
	})
	clients := w.gateway.Clients()
	if len(clients) != 1 || clients[0].ID != "first" || clients[0].Addr.String() != w.device("b").conn.LocalAddr().String() {
		t.Errorf("clients %+v", clients)
	}
}

func TestRequestQoS(t *testing.T) {
	for setting, want := range map[settings.RequestQoS][2]byte{
		settings.QoS0: {0, 0}, settings.QoS1: {1, 1}, settings.QoS2: {2, 2}, settings.QoSCoAP: {1, 0},
	} {
		w := newWorld(t, settings.DialectEMQX5, func(c *Config, _ *settings.Access) { c.Settings.PublishQoS = setting })
		w.device("a").ask("POST ps/x : 1")
		con := w.broker.last().QoS
		w.device("a").ask("NON POST ps/x : 1")
		if non := w.broker.last().QoS; con != want[0] || non != want[1] {
			t.Errorf("%s: CON %d, NON %d", setting, con, non)
		}
	}
}

// Addresses that a query mode session was heard from are forgotten, but not those that observe.
func TestVisitorsAreForgotten(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	w.converse([]step{
		{"observes", "GET mqtt/x?c=1 observe=0 tkn=01", "2.05 observe=0"},
		{"gone", "PUT mqtt/y?c=1 : 1", "2.04"},
		{"here", "PUT mqtt/y?c=1 : 1", "2.04"},
	})
	s := w.gateway.registry.snapshot()[0]
	w.gateway.check(s, time.Now().Add(visitorIdle+time.Second))
	if peers := peersOf(s); len(peers) != 2 || peers[0].address != w.device("here").conn.LocalAddr().String() ||
		peers[1].address != w.device("observes").conn.LocalAddr().String() {
		t.Errorf("%d addresses are left", len(peers))
	}
	w.converse([]step{
		{"observes", "publish x : 1", `CON 01 2.05 observe=1 ct=42 "1"`},
		{"gone", "PUT mqtt/y?c=1 : 1", "2.04"},
	})
}

func peersOf(s *session) []*peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.appendPeers(nil)
}

func TestTheClientOfAPeer(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	w.converse([]step{
		{"a", "POST mqtt/connection?clientid=123", "2.01 token"},
		{"b", "PUT mqtt/y?c=client1 : 1", "2.04"},
	})
	names := make(map[string]bool)
	for _, s := range w.gateway.registry.snapshot() {
		for _, p := range peersOf(s) {
			names[w.gateway.ClientID(p.conn.Data())] = true
		}
	}
	if len(names) != 2 || !names["123"] || !names["client1"] {
		t.Errorf("clients %v", names)
	}
	if got := w.gateway.ClientID(nil); got != "" {
		t.Errorf("client %q of a peer nobody knows", got)
	}
}

func TestAClientIsCountedOverAllItsAddresses(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	w.converse([]step{
		{"first", "POST mqtt/connection?clientid=roamer", "2.01 token"},
		{"second", "POST ps/a?clientid=roamer&token=$T : 1", "2.04"},
		{"third", "POST ps/a?clientid=roamer&token=$T : 2", "2.04"},
		{"second", "POST ps/a?clientid=roamer&token=$T : 3", "2.04"},
		{"first", "POST ps/a?clientid=roamer&token=$T : 4", "2.04"},
	})
	if c := w.gateway.Clients(); len(c) != 1 || c[0].In != 5 || c[0].Out != 5 {
		t.Errorf("want 5 datagrams in each direction: %+v", c)
	}
}

func TestQuerySessionsOfAutoStayWhileTheyAreHeard(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	w.converse([]step{{"a", "PUT mqtt/t?c=publisher : 1", "2.04"}})
	check := func(after time.Duration) int {
		for _, s := range w.gateway.registry.snapshot() {
			w.gateway.check(s, time.Now().Add(after))
		}
		return len(w.gateway.Clients())
	}
	if n := check(queryCheck / 2); n != 1 {
		t.Errorf("%d clients while it is heard, want 1", n)
	}
	if n := check(queryCheck); n != 0 {
		t.Errorf("%d clients after it fell silent, want none", n)
	}
}
