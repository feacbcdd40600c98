package gateway

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

func newSecureWorld(t *testing.T, d settings.Dialect, options ...option) *world {
	t.Helper()
	return newWorldOn(t, settings.Listener{Bind: "coaps://test", Dialect: d}, options...)
}

// Every dialect is spoken over DTLS as over UDP.
func TestDialectsOverDTLS(t *testing.T) {
	for _, tt := range []struct {
		name    string
		dialect settings.Dialect
		options []option
		steps   []step
	}{
		{"emqx5", settings.DialectEMQX5, nil, []step{
			{"lamp", "GET ps/t observe=0 tkn=01", "2.05 observe"},
			{"anybody", "POST ps/t?clientid=1 : x", "2.04"},
			{"lamp", "told", `CON 01 2.05 observe "x"`},
			{"lamp", "publish t q1 : y", `CON 01 2.05 observe "y"`},
			{"lamp", "GET ps/t observe=1 tkn=01", "2.07"},
			{"lamp", "publish t : z", "-"},
		}},
		{"emqx5 in connection mode", settings.DialectEMQX5, []option{connectionRequired}, []step{
			{"psk", "POST mqtt/connection?clientid=1", "2.01 token"},
			{"psk", "PUT mqtt/connection?clientid=1&token=$T", "2.04"},
			{"psk", "GET ps/t?clientid=1&token=$T observe=0 tkn=01", "2.05 observe"},
			{"psk", "publish t : x", `NON 01 2.05 observe "x"`},
			{"psk", "DELETE mqtt/connection?clientid=1&token=$T", "2.02"},
		}},
		{"emqx4", settings.DialectEMQX4, nil, []step{
			{"lamp", "PUT mqtt/t?c=1 : x", "2.04"},
			{"lamp", "GET mqtt/t?c=1 observe=0 tkn=01", "2.05 observe=0"},
			{"lamp", "publish t : y", `CON 01 2.05 observe=1 ct=42 "y"`},
		}},
		{"ietf", settings.DialectIETF, nil, []step{
			{"lamp", "GET ps ct=40", "2.05 ct=40"},
		}},
		{"auto", settings.DialectAuto, nil, []step{
			{"lamp", "PUT ps/t : x", "2.04"},
			{"anybody", "GET ps/t", `2.05 "x"`},
			{"lamp", "GET ps/t observe=0 tkn=01", "2.05 observe"},
			{"lamp", "publish t : y", `NON 01 2.05 observe "y"`},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { newSecureWorld(t, tt.dialect, tt.options...).converse(tt.steps) })
	}
}

// TestProvedIdentities: what a handshake proves is in the rules, in mountpoints and in what is shown of clients.
func TestProvedIdentities(t *testing.T) {
	w := newSecureWorld(t, settings.DialectAuto, func(c *Config, a *settings.Access) {
		c.Settings.Mountpoint = "${cert_common_name}/"
		a.Rules = []settings.Rule{
			{Permission: settings.Allow, Who: "cn:lamp", Action: settings.AllAction, Topics: []string{"t"}},
			{Permission: settings.Allow, Who: "psk:psk", Action: settings.Subscribe, Topics: []string{"t"}},
			{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"#"}},
		}
	})
	w.converse([]step{
		{"lamp", "POST ps/t?token=1&clientid=1 : x", "2.04"},
		{"psk", "POST ps/t?token=1&clientid=2 : x", "4.01"},
		{"psk", "GET ps/t observe=0 tkn=02", "2.05 observe"},
		{"anybody", "POST ps/t?token=1&clientid=1 : x", "4.01"},
		{"switch", "PUT mqtt/t?c=3 : x", "4.03"},
		{"lamp", "PUT mqtt/t?c=3 : y", "2.04"},
		{"#", "GET ps/t observe=0 tkn=02", "4.01"},
	})
	if m := w.broker.messages(); len(m) != 2 || m[0].Topic != "lamp/t" || m[1].Topic != "lamp/t" {
		t.Errorf("published %+v", m)
	}
	found := map[string]bool{}
	for _, c := range w.gateway.Clients() {
		if i := c.Identity; i.Proved() {
			found[i.String()+" "+i.Version] = i.CipherSuite != ""
		}
	}
	for _, who := range []string{"CN=lamp DTLS 1.2", "PSK psk DTLS 1.2"} {
		if !found[who] {
			t.Errorf("%s is not among %v", who, found)
		}
	}
}

// TestTakeoverOverDTLS: a created connection outlives its session of DTLS, and goes on in another one, with what it
// observes, if the same client shows its token.
func TestTakeoverOverDTLS(t *testing.T) {
	w := newSecureWorld(t, settings.DialectEMQX5, connectionRequired)
	w.converse([]step{
		{"lamp/1", "POST mqtt/connection?clientid=1", "2.01 token"},
		{"lamp/1", "GET ps/t?clientid=1&token=$T observe=0 tkn=01", "2.05 observe"},
		{"lamp/2", "POST ps/x?clientid=1&token=2 : 1", `4.01 "Invalid token or clientid in connection mode"`},
		{"switch", "POST ps/x?clientid=1&token=$T : 1", `4.01 "Invalid token or clientid in connection mode"`},
		{"anybody", "POST ps/x?clientid=1&token=$T : 1", `4.01 "Invalid token or clientid in connection mode"`},
		{"switch", "POST mqtt/connection?clientid=1", `4.00 "Bad Request: client has connected"`},
		{"lamp/1", "publish t : 1", `NON 01 2.05 observe "1"`},
		{"lamp/2", "PUT mqtt/connection?clientid=1&token=$T", "2.04"},
		{"lamp/2", "publish t : 2", `NON 01 2.05 observe "2"`},
		{"lamp/1", "POST ps/x?clientid=1 : 1", `4.00 "Missing token or clientid in connection mode"`},
	})
	if err := w.device("lamp/2").conn.Close(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the end of the session", func() bool { return !slices.ContainsFunc(w.gateway.Observers(), func(Observer) bool { return true }) })
	clients := w.gateway.Clients()
	if len(clients) != 1 || clients[0].ID != "1" || clients[0].Identity.CommonName != "lamp" {
		t.Errorf("after the end of its session: %+v", clients)
	}
	w.converse([]step{
		{"lamp/3", "GET ps/t?clientid=1&token=$T observe=0 tkn=03", "2.05 observe"},
		{"lamp/3", "publish t : 3", `NON 03 2.05 observe "3"`},
		// A device that was restarted has lost its token.
		{"lamp/4", "POST mqtt/connection?clientid=1", "2.01 token"},
		{"lamp/4", "PUT mqtt/connection?clientid=1&token=$T", "2.04"},
		{"lamp/4", "POST mqtt/connection?clientid=1", `4.00 "Bad Request: client has connected"`},
		{"lamp/3", "publish t : 4", "-"},
	})
	if clients := w.gateway.Clients(); len(clients) != 1 {
		t.Errorf("%+v", clients)
	}
	if n := w.gateway.EndConnections(func(p *coap.Peer) bool { return p.Identity().CommonName == "lamp" }); n != 1 || len(w.gateway.Clients()) != 0 {
		t.Errorf("%d connections ended, %d are left", n, len(w.gateway.Clients()))
	}
}

// TestDisconnectOverDTLS: who is disconnected has no session left to go on with.
func TestDisconnectOverDTLS(t *testing.T) {
	w := newSecureWorld(t, settings.DialectEMQX5)
	w.converse([]step{{"lamp", "POST mqtt/connection?clientid=1", "2.01 token"}, {"psk", "GET ps/t observe=0 tkn=01", "2.05 observe"}})
	for _, c := range w.gateway.Clients() {
		if !w.gateway.Disconnect(c.Key) {
			t.Errorf("%s is not there", c.Key)
		}
	}
	for _, name := range []string{"lamp", "psk"} {
		conn := w.device(name).conn
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := conn.Read(make([]byte, 100)); err == nil || os.IsTimeout(err) {
			t.Errorf("%s goes on: %v", name, err)
		}
	}
	waitFor(t, "both have left", func() bool { return w.endpoint.Stats().Peers == 0 })
}

// TestOtherSessionsEndWithTheirDTLS: who has no created connection is forgotten with the session, and so is what it observes.
func TestOtherSessionsEndWithTheirDTLS(t *testing.T) {
	w := newSecureWorld(t, settings.DialectAuto)
	w.converse([]step{
		{"lamp", "GET ps/t observe=0 tkn=01", "2.05 observe"},
		{"psk", "GET mqtt/t?c=1 observe=0 tkn=01", "2.05 observe=0"},
	})
	if n := len(w.gateway.Observers()); n != 2 {
		t.Fatalf("%d observers", n)
	}
	_ = w.device("lamp").conn.Close()
	_ = w.device("psk").conn.Close()
	waitFor(t, "the end of both", func() bool { return len(w.gateway.Observers()) == 0 && len(w.gateway.Clients()) == 0 })
}

// TestBodiesOverDTLS goes through block-wise transfer both ways.
func TestBodiesOverDTLS(t *testing.T) {
	w := newSecureWorld(t, settings.DialectAuto)
	body := strings.Repeat("0123456789abcdef", 100_000/16)
	d := w.device("lamp")
	for n := 0; n*1024 < len(body); n++ {
		rest := body[n*1024:]
		more := 0
		if len(rest) > 1024 {
			more, rest = 1, rest[:1024]
		}
		if got, want := d.ask(fmt.Sprintf("PUT ps/t block1=%d : %s", n<<4|more<<3|6, rest)), []string{"2.04", "2.31"}[more]; !strings.HasPrefix(got, want) {
			t.Fatalf("block %d: %s", n, got)
		}
	}
	if m := w.broker.messages(); len(m) != 1 || string(m[0].Payload) != body {
		t.Fatalf("%d messages", len(m))
	}
	var got []byte
	for n := 0; len(got) < len(body); n++ {
		asked := d.send(fmt.Sprintf("GET ps/t block2=%d", n<<4|6))
		answer, ok := d.read(patience, func(m *message.Message) bool { return m.MessageID == asked.MessageID })
		if !ok || len(answer.Payload) == 0 {
			t.Fatalf("block %d: %v", n, answer)
		}
		got = append(got, answer.Payload...)
	}
	if string(got) != body {
		t.Errorf("fetched %d bytes", len(got))
	}
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}
