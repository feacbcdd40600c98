package gateway

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	"github.com/plgd-dev/go-coap/v3/tcp"
	tcpclient "github.com/plgd-dev/go-coap/v3/tcp/client"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

// listenTCP gives the gateway another listener.
func (w *world) listenTCP(d settings.Dialect) *coap.Endpoint {
	w.t.Helper()
	l := settings.Listener{Bind: "coap+tcp://test", Dialect: d}
	h := w.gateway.Handler(l)
	e, err := coap.ListenTCP(context.Background(), "127.0.0.1:0", w.gateway.EndpointConfig(l, h))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := e.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return e
}

// streamDevice is a client over TCP.
type streamDevice struct {
	world *world
	conn  *tcpclient.Conn
}

func (w *world) dial(e *coap.Endpoint) *streamDevice {
	w.t.Helper()
	conn, err := tcp.Dial(e.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	return &streamDevice{w, conn}
}

// request makes one such as "POST ps/a?qos=1".
func (d *streamDevice) request(ctx context.Context, line, payload string) *pool.Message {
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	m := d.conn.AcquireMessage(ctx)
	m.SetCode(map[string]codes.Code{"GET": codes.GET, "POST": codes.POST, "PUT": codes.PUT, "DELETE": codes.DELETE}[method])
	token, err := message.GetToken()
	if err != nil {
		d.world.t.Fatal(err)
	}
	m.SetToken(token)
	m.MustSetPath("/" + path)
	for _, part := range strings.Split(strings.ReplaceAll(query, "$T", d.world.token), "&") {
		if part != "" {
			m.AddQuery(part)
		}
	}
	if payload != "" {
		m.SetBody(strings.NewReader(payload))
	}
	return m
}

// ask returns the answer as text.
func (d *streamDevice) ask(line, payload string) string {
	d.world.t.Helper()
	ctx, cancel := context.WithTimeout(d.world.t.Context(), patience)
	defer cancel()
	m := d.request(ctx, line, payload)
	defer d.conn.ReleaseMessage(m)
	r, err := d.conn.Do(m)
	if err != nil {
		d.world.t.Fatalf("%s: %v", line, err)
	}
	body, err := r.ReadBody()
	if err != nil {
		d.world.t.Fatalf("%s: %v", line, err)
	}
	if r.Code() == codes.Created && strings.Contains(line, "mqtt/connection") {
		d.world.token = string(body)
		return "2.01 token"
	}
	return text(&message.Message{Code: r.Code(), Payload: body})
}

// observe passes on the payloads of notifications, the first answer aside.
func (d *streamDevice) observe(line string) <-chan string {
	d.world.t.Helper()
	ctx, cancel := context.WithTimeout(d.world.t.Context(), patience)
	defer cancel()
	m := d.request(ctx, line, "")
	m.SetObserve(0)
	told := make(chan string, 100)
	if _, err := d.conn.DoObserve(m, func(n *pool.Message) {
		if body, err := n.ReadBody(); err == nil && len(body) > 0 {
			told <- string(body)
		}
	}); err != nil {
		d.world.t.Fatalf("%s: %v", line, err)
	}
	return told
}

func (w *world) expect(told <-chan string, want string) {
	w.t.Helper()
	select {
	case got := <-told:
		if got != want {
			w.t.Errorf("told %q, want %q", got, want)
		}
	case <-time.After(patience):
		w.t.Fatalf("not told %q", want)
	}
}

func (w *world) eventually(what string, condition func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("never: " + what)
		}
	}
}

// TestTransportClose: a created connection outlives the transport until it is taken over or its heartbeat runs out
// (spec of EMQX, transport close); other sessions end with it.
func TestTransportClose(t *testing.T) {
	t.Run("a created connection is taken over", func(t *testing.T) {
		w := newWorld(t, settings.DialectEMQX5, func(c *Config, _ *settings.Access) { c.Settings.ConnectionRequired = true })
		e := w.listenTCP(settings.DialectEMQX5)
		first := w.dial(e)
		if got := first.ask("POST mqtt/connection?clientid=c1&username=admin&password=public", ""); got != "2.01 token" {
			t.Fatal(got)
		}
		told := first.observe("GET ps/a?clientid=c1&token=$T")
		w.publish("a : one")
		w.expect(told, "one")
		_ = first.conn.Close()
		w.eventually("its observations end", func() bool { return len(w.gateway.Observers()) == 0 && w.broker.filters() == 0 })
		if clients := w.gateway.Clients(); len(clients) != 1 || clients[0].ID != "c1" {
			t.Fatalf("clients %+v", clients)
		}
		second := w.dial(e)
		if got := second.ask("POST ps/b?clientid=c1&token=$T", "x"); got != "2.04" {
			t.Errorf("from another connection: %s", got)
		}
		w.publish("a : nobody")
		told = second.observe("GET ps/a?clientid=c1&token=$T")
		w.publish("a : two")
		w.expect(told, "two")
		// And from TCP to UDP, with what it observes.
		if got := w.device("u").ask("PUT mqtt/connection?clientid=c1&token=$T"); got != "2.04" {
			t.Errorf("from UDP: %s", got)
		}
		w.publish("a : three")
		if got := w.device("u").notification(); !strings.Contains(got, `"three"`) {
			t.Errorf("over UDP: told %s", got)
		}
	})
	t.Run("a created connection runs out", func(t *testing.T) {
		w := newWorld(t, settings.DialectEMQX5, func(c *Config, _ *settings.Access) {
			c.Settings.Heartbeat = settings.Duration(time.Second)
		})
		d := w.dial(w.listenTCP(settings.DialectEMQX5))
		d.ask("POST mqtt/connection?clientid=c1&username=admin&password=public", "")
		_ = d.conn.Close()
		w.eventually("it ends", func() bool { return len(w.gateway.Clients()) == 0 })
	})
	for mode, line := range map[string]string{"connectionless": "POST ps/a", "query": "PUT mqtt/a?c=c1"} {
		t.Run(mode+" ends", func(t *testing.T) {
			w := newWorld(t, settings.DialectAuto)
			e := w.listenTCP(settings.DialectAuto)
			d, other := w.dial(e), w.dial(e)
			d.ask(line, "x")
			d.observe("GET ps/b?" + strings.TrimPrefix(line, "PUT mqtt/a?"))
			other.ask("POST ps/a?clientid=other", "x")
			if n := len(w.gateway.Clients()); n < 2 {
				t.Errorf("%d clients", n)
			}
			_ = d.conn.Close()
			w.eventually("its session ends", func() bool { return len(w.gateway.Clients()) == 1 && len(w.gateway.Observers()) == 0 })
			_ = other.conn.Close()
			w.eventually("all end", func() bool { return len(w.gateway.Clients()) == 0 })
		})
	}
	t.Run("the listener closes", func(t *testing.T) {
		w := newWorld(t, settings.DialectEMQX5)
		e := w.listenTCP(settings.DialectEMQX5)
		w.dial(e).ask("POST mqtt/connection?clientid=c1&username=admin&password=public", "")
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if n := len(w.gateway.Clients()); n != 0 {
			t.Errorf("%d clients", n)
		}
	})
}

// TestReliableTransportIsConfirmable: publish_qos and subscribe_qos "coap" take TCP for confirmable.
func TestReliableTransportIsConfirmable(t *testing.T) {
	for _, d := range []settings.Dialect{settings.DialectEMQX5, settings.DialectAuto} {
		w := newWorld(t, d)
		w.dial(w.listenTCP(d)).ask("POST ps/a", "x")
		if m := w.broker.last(); m == nil || m.Topic != "a" || m.QoS != 1 {
			t.Errorf("%s: published %+v", d, m)
		}
	}
}
