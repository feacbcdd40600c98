package engine

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/udp/coder"

	"sluice/engine/settings"
	"sluice/engine/store"
)

const patience = 5 * time.Second

// local are the default settings on free ports: listener 0 is CoAP, 1 MQTT, 2 WebSocket.
func local() settings.Settings {
	s := settings.Default()
	s.Listeners = []settings.Listener{
		{Bind: "coap://127.0.0.1:0", Dialect: settings.DialectAuto}, {Bind: "mqtt://127.0.0.1:0"}, {Bind: "ws://127.0.0.1:0"},
	}
	return s
}

// bench is an engine under test with a state file.
type bench struct {
	*Engine
	store *store.Store
	log   *output
}

// output is a log that can be read while it is written.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// setUp makes an engine on the state file at path, or on a new one if path is empty. close, or else the end of the
// test, ends both.
func setUp(t *testing.T, s settings.Settings, path string) *bench {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "state.db")
	}
	kept, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	log := &output{}
	e, err := New(Config{
		Settings: s, Store: kept, Watch: true,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Engine: e, store: kept, log: log}
	t.Cleanup(func() { b.close(t) })
	return b
}

func (b *bench) close(t *testing.T) {
	t.Helper()
	if err := b.Engine.Close(); err != nil {
		t.Error(err)
	}
	if err := b.store.Close(); err != nil {
		t.Error(err)
	}
}

// startUp is setUp, and Start.
func startUp(t *testing.T, s settings.Settings, path string) *bench {
	t.Helper()
	b := setUp(t, s, path)
	if err := b.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) addr(listener int) string { return b.Status().Listeners[listener].Addr }

// device is a CoAP client that speaks in raw datagrams.
type device struct {
	t    *testing.T
	conn net.Conn
	id   int32
	// options go with every request beside those that ask is given.
	options message.Options
}

func (b *bench) device(t *testing.T) *device { return b.deviceOf(t, 0) }

// deviceOf is a device that speaks to a listener.
func (b *bench) deviceOf(t *testing.T, listener int) *device {
	t.Helper()
	conn, err := net.Dial("udp", b.addr(listener))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &device{t: t, conn: conn}
}

// ask sends a confirmable request and returns the answer. The arguments of query are apart by
// spaces; observe is an Observe value, negative for none.
func (d *device) ask(code codes.Code, path, query string, observe int, payload string) message.Message {
	d.t.Helper()
	d.id++
	m := message.Message{Code: code, Type: message.Confirmable, MessageID: d.id, Token: message.Token{byte(d.id)}, Payload: []byte(payload)}
	buf := make([]byte, 512)
	if observe >= 0 {
		m.Options, _, _ = m.Options.SetObserve(buf[:8], uint32(observe))
	}
	options, _, err := m.Options.SetPath(buf[8:], path)
	if err != nil {
		d.t.Fatal(err)
	}
	m.Options = options
	for _, o := range d.options {
		m.Options = m.Options.Add(o)
	}
	for argument := range strings.FieldsSeq(query) {
		m.Options = m.Options.Add(message.Option{ID: message.URIQuery, Value: []byte(argument)})
	}
	data := make([]byte, 1024)
	size, err := coder.DefaultCoder.Encode(m, data)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.conn.Write(data[:size]); err != nil {
		d.t.Fatal(err)
	}
	for {
		if answer := d.next(); answer.MessageID == d.id || string(answer.Token) == string(m.Token) && answer.Code != codes.Empty {
			return answer
		}
	}
}

// next returns the next message that comes.
func (d *device) next() message.Message {
	d.t.Helper()
	buf := make([]byte, 2048)
	if err := d.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	n, err := d.conn.Read(buf)
	if err != nil {
		d.t.Fatal(err)
	}
	m := message.Message{Options: make(message.Options, 0, 16)}
	if _, err := coder.DefaultCoder.Decode(buf[:n], &m); err != nil {
		d.t.Fatal(err)
	}
	return m
}

// subscriber is an MQTT 5 client and what it received.
type subscriber struct {
	t      *testing.T
	client *paho.Client
	inbox  chan *paho.Publish
}

// mqtt connects an MQTT client; its error is that of CONNECT.
func (b *bench) mqtt(t *testing.T, id, username, password string) (*subscriber, error) {
	t.Helper()
	conn, err := net.Dial("tcp", b.addr(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &subscriber{t: t, inbox: make(chan *paho.Publish, 100)}
	s.client = paho.NewClient(paho.ClientConfig{
		Conn: conn,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) {
			s.inbox <- p.Packet
			return true, nil
		}},
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err = s.client.Connect(ctx, &paho.Connect{
		ClientID: id, CleanStart: true, KeepAlive: 30,
		Username: username, UsernameFlag: username != "", Password: []byte(password), PasswordFlag: password != "",
	})
	return s, err
}

// listen connects an MQTT client without credentials and subscribes it.
func (b *bench) listen(t *testing.T, filter string) *subscriber {
	t.Helper()
	s, err := b.mqtt(t, "listener", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.subscribe(filter); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *subscriber) subscribe(filter string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := s.client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: 1}}})
	return err
}

func (s *subscriber) publish(topic, payload string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := s.client.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1, Payload: []byte(payload)}); err != nil {
		s.t.Fatal(err)
	}
}

// expect waits for a message.
func (s *subscriber) expect(topic, payload string) {
	s.t.Helper()
	select {
	case m := <-s.inbox:
		if m.Topic != topic || string(m.Payload) != payload {
			s.t.Errorf("received %s %q, want %s %q", m.Topic, m.Payload, topic, payload)
		}
	case <-time.After(patience):
		s.t.Fatalf("%s %q did not come", topic, payload)
	}
}

// await waits until a condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
