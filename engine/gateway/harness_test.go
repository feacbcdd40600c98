package gateway

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/udp/coder"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/secure/securetest"
	"sluice/engine/settings"
)

// patience is long: the race detector on a busy machine hashes a password for ten seconds.
const patience = 30 * time.Second

// world is a gateway with one listener, and devices that speak to it in raw datagrams.
type world struct {
	t        testing.TB
	gateway  *Gateway
	broker   *memoryBroker
	store    *memoryStore
	endpoint *coap.Endpoint
	devices  map[string]*device
	token    string // of the last connection

	secured     bool                    // the endpoint is coaps
	credentials *securetest.Credentials // then
}

type option func(c *Config, a *settings.Access)

func newWorld(t testing.TB, d settings.Dialect, options ...option) *world {
	t.Helper()
	return newWorldOn(t, settings.Listener{Bind: "coap://test", Dialect: d}, options...)
}

func newWorldOn(t testing.TB, l settings.Listener, options ...option) *world {
	t.Helper()
	w := &world{t: t, broker: newMemoryBroker(), store: newMemoryStore(), devices: make(map[string]*device)}
	defaults := settings.Default()
	c := Config{Settings: defaults.Gateway, Broker: w.broker, Topics: w.broker, Resources: w.store, PubSub: w.store}
	a := defaults.Access
	for _, o := range options {
		o(&c, &a)
	}
	if c.Access == nil {
		c.Access = control(a)
	}
	var err error
	if w.gateway, err = New(c); err != nil {
		t.Fatal(err)
	}
	w.bind(l)
	t.Cleanup(func() {
		for _, dev := range w.devices {
			_ = dev.conn.Close()
		}
		if err := w.endpoint.Close(); err != nil {
			t.Error(err)
		}
		if err := w.gateway.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// listen gives the gateway another listener, with devices of its own.
func (w *world) listen(l settings.Listener) *world {
	w.t.Helper()
	other := *w
	other.devices = make(map[string]*device)
	other.bind(l)
	w.t.Cleanup(func() {
		for _, dev := range other.devices {
			_ = dev.conn.Close()
		}
		if err := other.endpoint.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return &other
}

// device is one socket.
type device struct {
	world  *world
	conn   net.Conn
	nextID int32
	first  message.Message   // the first request
	inbox  []message.Message // what came while something else was awaited
}

func (w *world) device(name string) *device {
	if d := w.devices[name]; d != nil {
		return d
	}
	d := &device{world: w, conn: w.connect(name), nextID: 100}
	w.devices[name] = d
	return d
}

// send writes a request such as
//
//	NON POST ps/a/b?clientid=x&token=$T observe=0 tkn=ab ct=40 maxage=5 : payload
//
// CON and a token of two bytes are the defaults; path segments are split at slashes and not decoded.
func (d *device) send(line string) message.Message {
	d.world.t.Helper()
	head, payload, _ := strings.Cut(line, " : ")
	words := strings.Fields(head)
	m := message.Message{Type: message.Confirmable, Token: message.Token{0xca, 0xfe}, MessageID: d.nextID}
	d.nextID = d.nextID%65535 + 1
	if words[0] == "NON" || words[0] == "CON" {
		if words[0] == "NON" {
			m.Type = message.NonConfirmable
		}
		words = words[1:]
	}
	m.Code = map[string]codes.Code{"GET": 1, "POST": 2, "PUT": 3, "DELETE": 4, "FETCH": 5, "PATCH": 6, "IPATCH": 7}[words[0]]
	target, query, hasQuery := strings.Cut(words[1], "?")
	add := func(id message.OptionID, value []byte) {
		m.Options = append(m.Options, message.Option{ID: id, Value: value})
	}
	if target != "-" {
		for _, segment := range strings.Split(target, "/") {
			add(message.URIPath, []byte(segment))
		}
	}
	if hasQuery {
		for _, entry := range strings.Split(strings.ReplaceAll(query, "$T", d.world.token), "&") {
			add(message.URIQuery, []byte(entry))
		}
	}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "tkn":
			m.Token, _ = hex.DecodeString(value)
		case "ifmatch":
			add(message.IfMatch, []byte(value))
		case "ifnonematch":
			add(message.IfNoneMatch, nil)
		case "etag":
			b, _ := hex.DecodeString(value)
			add(message.ETag, b)
		default:
			id, ok := map[string]message.OptionID{
				"observe": message.Observe, "ct": message.ContentFormat, "maxage": message.MaxAge,
				"accept": message.Accept, "block1": message.Block1, "block2": message.Block2,
			}[name]
			n, err := strconv.Atoi(value)
			if !ok || err != nil {
				d.world.t.Fatalf("cannot read %q", word)
			}
			b := make([]byte, 4)
			size, _ := message.EncodeUint32(b, uint32(n))
			add(id, b[:size])
		}
	}
	slices.SortStableFunc(m.Options, func(a, b message.Option) int { return int(a.ID) - int(b.ID) })
	m.Payload = []byte(payload)
	d.write(m)
	if d.first.Code == 0 {
		d.first = m
	}
	return m
}

func (d *device) write(m message.Message) {
	d.world.t.Helper()
	buf := make([]byte, 65536)
	n, err := coder.DefaultCoder.Encode(m, buf)
	if err != nil {
		d.world.t.Fatal(err)
	}
	if _, err := d.conn.Write(buf[:n]); err != nil {
		d.world.t.Fatal(err)
	}
}

// read returns the next message that wanted accepts; others stay for later.
func (d *device) read(within time.Duration, wanted func(m *message.Message) bool) (message.Message, bool) {
	d.world.t.Helper()
	for i := range d.inbox {
		if m := d.inbox[i]; wanted(&m) {
			d.inbox = slices.Delete(d.inbox, i, i+1)
			return m, true
		}
	}
	if err := d.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		d.world.t.Fatal(err)
	}
	for {
		buf := make([]byte, 65536)
		n, err := d.conn.Read(buf)
		if err != nil {
			if os.IsTimeout(err) {
				return message.Message{}, false
			}
			d.world.t.Fatal(err)
		}
		m := message.Message{Options: make(message.Options, 0, 32)}
		if _, err := coder.DefaultCoder.Decode(buf[:n], &m); err != nil {
			d.world.t.Fatalf("answer %x: %v", buf[:n], err)
		}
		if wanted(&m) {
			return m, true
		}
		d.inbox = append(d.inbox, m)
	}
}

// answer returns the answer to a request, and acknowledges one that asks for that. An empty acknowledgement is none: it says
// that the answer is slow to come, as where a password is hashed on a busy machine.
func (d *device) answer(request message.Message) (message.Message, bool) {
	d.world.t.Helper()
	answer, ok := d.read(patience, func(a *message.Message) bool {
		if a.Type == message.Acknowledgement {
			return a.MessageID == request.MessageID && a.Code != codes.Empty
		}
		return a.Code>>5 != 0 && string(a.Token) == string(request.Token) &&
			(a.Type == message.Confirmable || request.Type == message.NonConfirmable)
	})
	if ok && answer.Type == message.Confirmable {
		d.write(message.Message{Type: message.Acknowledgement, MessageID: answer.MessageID})
	}
	return answer, ok
}

// ask sends a request and returns its answer as text.
func (d *device) ask(line string) string {
	d.world.t.Helper()
	m := d.send(line)
	answer, ok := d.answer(m)
	if !ok {
		d.world.t.Fatalf("%s: no answer", line)
	}
	if string(answer.Token) != string(m.Token) {
		d.world.t.Errorf("%s: token %x, want %x", line, answer.Token, m.Token)
	}
	if answer.Code == codes.Created && strings.Contains(line, "mqtt/connection") {
		d.world.token = string(answer.Payload)
		return "2.01 token"
	}
	return text(&answer)
}

// text writes an answer or notification as code, options and quoted payload. Observe values that count from a clock are
// left out. A topic configuration is written in CBOR's diagnostic notation.
func text(m *message.Message) string {
	var b strings.Builder
	configuration := false
	fmt.Fprintf(&b, "%d.%02d", m.Code>>5, m.Code&31)
	for _, o := range m.Options {
		n, _, _ := message.DecodeUint32(o.Value)
		switch o.ID {
		case message.Observe:
			b.WriteString(" observe")
			if n < 1000 {
				fmt.Fprintf(&b, "=%d", n)
			}
		case message.LocationPath:
			fmt.Fprintf(&b, " location=%s", o.Value)
		case message.ContentFormat:
			fmt.Fprintf(&b, " ct=%d", n)
			configuration = n == topicconfig.ContentFormat
		case message.MaxAge:
			fmt.Fprintf(&b, " maxage=%d", n)
		case message.ETag:
			fmt.Fprintf(&b, " etag=%x", o.Value)
		default:
			fmt.Fprintf(&b, " option%d=%x", o.ID, o.Value)
		}
	}
	if diagnosis, err := cbor.Diagnose(m.Payload); configuration && err == nil {
		fmt.Fprintf(&b, " %s", diagnosis)
	} else if len(m.Payload) > 0 {
		fmt.Fprintf(&b, " %q", m.Payload)
	}
	return b.String()
}

// notification returns the next notification as type, token and text, and acknowledges it if it asks for that.
func (d *device) notification() string {
	d.world.t.Helper()
	m, ok := d.read(patience, isNotification)
	if !ok {
		d.world.t.Fatal("no notification")
	}
	kind := "NON"
	if m.Type == message.Confirmable {
		kind = "CON"
		d.write(message.Message{Type: message.Acknowledgement, MessageID: m.MessageID})
	}
	return fmt.Sprintf("%s %x %s", kind, []byte(m.Token), text(&m))
}

func isNotification(m *message.Message) bool {
	return m.Type != message.Acknowledgement && m.Code>>5 >= 2
}

// alive reports whether a ping is answered. What was published and asked before has been served then.
func (d *device) alive() bool {
	d.world.t.Helper()
	id := d.nextID
	d.write(message.Message{Type: message.Confirmable, MessageID: id})
	d.nextID = d.nextID%65535 + 1
	_, ok := d.read(patience, func(m *message.Message) bool { return m.Type == message.Reset && m.MessageID == id })
	return ok
}

// answersPing fails unless the gateway is alive.
func (d *device) answersPing() {
	d.world.t.Helper()
	if !d.alive() {
		d.world.t.Fatal("ping is not answered")
	}
}

// silent fails if a notification comes, or has come.
func (d *device) silent() {
	d.world.t.Helper()
	d.answersPing()
	for i := range d.inbox {
		if isNotification(&d.inbox[i]) {
			d.world.t.Fatalf("unexpected %s", text(&d.inbox[i]))
		}
	}
}

// step is one line of a conversation.
type step struct {
	device, request, answer string
}

// converse runs steps. The request may also be "raw HEX", answered by a datagram in the same form or by "silence", and
// "publish TOPIC [qN] [retain] : payload", for a message from MQTT, whose
// answer is what the device is told, or "-" for nothing, and "keep TOPIC : payload", for a resource that somebody else put.
func (w *world) converse(steps []step) {
	w.t.Helper()
	for _, s := range steps {
		d := w.device(s.device)
		if line, ok := strings.CutPrefix(s.request, "publish "); ok {
			w.publish(line)
			if s.answer == "-" {
				d.silent()
			} else if got := d.notification(); got != s.answer {
				w.t.Errorf("%s: %s: told %s, want %s", s.device, s.request, got, s.answer)
			}
			continue
		}
		if line, ok := strings.CutPrefix(s.request, "raw "); ok {
			if got := d.raw(line); got != s.answer {
				w.t.Errorf("%s: %s: answer %s, want %s", s.device, s.request, got, s.answer)
			}
			continue
		}
		if line, ok := strings.CutPrefix(s.request, "keep "); ok {
			topic, payload, _ := strings.Cut(line, " : ")
			w.gateway.resources.put(resource{topic: topic, payload: []byte(payload), maxAge: defaultMaxAge, at: time.Now()}, func(error) {})
			continue
		}
		if s.request == "told" {
			if got := d.notification(); got != s.answer {
				w.t.Errorf("%s: told %s, want %s", s.device, got, s.answer)
			}
			continue
		}
		if got := d.ask(s.request); got != s.answer {
			w.t.Errorf("%s: %s\n answer %s\n   want %s", s.device, s.request, got, s.answer)
		}
	}
}

// raw sends a datagram in hexadecimal and returns the next that comes, or "silence".
func (d *device) raw(line string) string {
	d.world.t.Helper()
	datagram, err := hex.DecodeString(line)
	if err != nil {
		d.world.t.Fatal(err)
	}
	if _, err := d.conn.Write(datagram); err != nil {
		d.world.t.Fatal(err)
	}
	buf := make([]byte, 2048)
	_ = d.conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	n, err := d.conn.Read(buf)
	if err != nil {
		return "silence"
	}
	return hex.EncodeToString(buf[:n])
}

func (w *world) publish(line string) {
	w.t.Helper()
	head, payload, _ := strings.Cut(line, " : ")
	words := strings.Fields(head)
	m := &broker.Message{Topic: words[0], Payload: []byte(payload), At: time.Now()}
	for _, word := range words[1:] {
		switch word {
		case "retain":
			m.Retain = true
		default:
			m.QoS = word[1] - '0'
		}
	}
	if m.Retain {
		w.broker.PublishRetained(m, func(error) {})
		return
	}
	if err := w.broker.Publish(m); err != nil {
		w.t.Fatal(err)
	}
}

// row is a conversation named after what the specification says.
type row struct {
	name    string
	options []option
	steps   []step
}

func run(t *testing.T, d settings.Dialect, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			newWorld(t, d, r.options...).converse(r.steps)
		})
	}
}

// until waits for a condition.
func until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func connectionRequired(c *Config, _ *settings.Access) { c.Settings.ConnectionRequired = true }

func deny(topics ...string) option {
	return func(_ *Config, a *settings.Access) {
		a.Rules = append(a.Rules, settings.Rule{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: topics})
	}
}

func users(_ *Config, a *settings.Access) {
	a.Anonymous = false
	a.Users = append(a.Users, settings.User{Username: "admin", Password: "public"})
}
