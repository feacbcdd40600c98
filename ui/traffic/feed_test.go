package traffic

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sluice/engine/record"
	"sluice/engine/record/filter"
	"sluice/ui/command"
)

var sensor = netip.MustParseAddrPort("192.0.2.17:49320")

// fill adds n requests to a ring.
func fill(ring *record.Ring, n int) {
	for i := range n {
		ring.Add(&record.Frame{At: noon.Add(time.Duration(i) * time.Millisecond), Peer: sensor, Client: "sensor-17", Data: post})
	}
}

func parse(t testing.TB, text string) filter.Filter {
	t.Helper()
	f, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// readAll reads until nothing is left to look at.
func readAll(t testing.TB, f *feed) (changed bool) {
	t.Helper()
	for range 1000 {
		read, more := f.read(f.ring.Last(), noon)
		changed = changed || read
		if !more {
			return changed
		}
	}
	t.Fatal("reading does not end")
	return false
}

func TestFeedKeepsTheLatest(t *testing.T) {
	ring := record.New(1 << 20)
	f := newFeed(ring, 100, 1<<20)
	fill(ring, 250)
	f.restart(filter.Filter{}, ring.Last())
	if !readAll(t, f) {
		t.Fatal("nothing changed")
	}
	if len(f.rows) != 100 || f.rows[0].Frame.Seq != 151 || f.rows[99].Frame.Seq != 250 {
		t.Fatalf("%d rows, from %d to %d", len(f.rows), f.rows[0].Frame.Seq, f.rows[len(f.rows)-1].Frame.Seq)
	}
	if readAll(t, f) {
		t.Error("nothing is new, yet something changed")
	}
}

func TestFeedIsBoundedByBytes(t *testing.T) {
	ring := record.New(1 << 20)
	f := newFeed(ring, 1000, 10*len(post))
	fill(ring, 50)
	f.restart(filter.Filter{}, ring.Last())
	readAll(t, f)
	if len(f.rows) != 10 || f.bytes != 10*len(post) {
		t.Errorf("%d rows of %d bytes", len(f.rows), f.bytes)
	}
}

func TestFeedFiltersAllThatIsKept(t *testing.T) {
	ring := record.New(4 << 20)
	ring.Add(&record.Frame{At: noon, Peer: sensor, Outgoing: true, Data: changed})
	fill(ring, 5000)
	f := newFeed(ring, 100, 1<<20)
	f.restart(parse(t, "code:2.04"), ring.Last())
	readAll(t, f)
	if len(f.rows) != 1 || f.rows[0].Frame.Seq != 1 {
		t.Errorf("%d rows, want the first frame of all", len(f.rows))
	}
}

func TestRowsHandedOutStayAsTheyAre(t *testing.T) {
	ring := record.New(1 << 20)
	f := newFeed(ring, 10, 1<<20)
	fill(ring, 10)
	f.restart(filter.Filter{}, ring.Last())
	readAll(t, f)
	handed := f.rows
	first := handed[0]
	for range 20 {
		fill(ring, 3)
		readAll(t, f)
	}
	if handed[0] != first || len(handed) != 10 {
		t.Error("rows that were handed out changed")
	}
}

func TestClearedRowsGo(t *testing.T) {
	ring := record.New(1 << 20)
	f := newFeed(ring, 10, 1<<20)
	fill(ring, 5)
	f.restart(filter.Filter{}, ring.Last())
	readAll(t, f)
	ring.Clear()
	if !f.dropBefore(ring.First()) || len(f.rows) != 0 || f.bytes != 0 {
		t.Errorf("%d rows of %d bytes after Clear", len(f.rows), f.bytes)
	}
}

// Another view of the same messages learns of it from the ring alone.
func TestRestoredRowsComeBack(t *testing.T) {
	ring := record.New(1 << 20)
	f := newFeed(ring, 10, 1<<20)
	fill(ring, 5)
	readAll(t, f)
	from := ring.Clear()
	f.dropBefore(ring.First())
	readAll(t, f)
	fill(ring, 1)
	readAll(t, f)
	ring.Restore(from)
	readAll(t, f)
	if len(f.rows) != 6 {
		t.Errorf("%d rows, want 6", len(f.rows))
	}
}

func TestAnAnswerSaysHowLongItTook(t *testing.T) {
	ring := record.New(1 << 20)
	ring.Add(&record.Frame{At: noon, Peer: sensor, Data: post})
	ring.Add(&record.Frame{At: noon.Add(900 * time.Microsecond), Peer: sensor, Outgoing: true, Data: changed})
	f := newFeed(ring, 10, 1<<20)
	f.restart(filter.Filter{}, ring.Last())
	readAll(t, f)
	if got := f.rows[0].Took(); got != "" {
		t.Errorf("a request took %q", got)
	}
	if got := f.rows[1].Took(); got != "900 µs" {
		t.Errorf("the answer took %q", got)
	}
}

func TestANotificationSaysOfWhat(t *testing.T) {
	ring := record.New(1 << 20)
	// GET /ps/a?token=secret with Observe 0 and token 07, and a notification to it.
	get := append([]byte{0x41, 0x01, 0, 1, 0x07, 0x60, 0x52, 'p', 's', 0x01, 'a', 0x4d, 0x00}, "token=secret!"...)
	get[12] = byte(len("token=secret!") - 13)
	ring.Add(&record.Frame{At: noon, Peer: sensor, Data: get})
	ring.Add(&record.Frame{At: noon, Peer: sensor, Outgoing: true, Data: []byte{0x51, 0x45, 0, 2, 0x07, 0x61, 0x05, 0xff, '1'}})
	f := newFeed(ring, 10, 1<<20)
	f.restart(filter.Filter{}, ring.Last())
	readAll(t, f)
	if got := f.rows[1].Resource(); got != "/ps/a · observe 5" {
		t.Errorf("the notification is about %q", got)
	}
}

func TestRowTexts(t *testing.T) {
	r := row(record.Frame{Client: "sensor-17", Data: post})
	for name, c := range map[string]struct{ got, want string }{
		"time": {r.Time(), "12:00:00.482"}, "direction": {r.Direction(), "→"}, "peer": {r.Peer(), "sensor-17"}, "type": {r.Type(), "CON"},
		"code": {r.Code(), "POST"}, "resource": {r.Resource(), "/ps/a/b"}, "mid": {r.MID(), "6780"}, "payload": {r.Payload(), "on"}, "size": {r.Size(), "15"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", name, c.got, c.want)
		}
	}
	again := row(record.Frame{Outgoing: true, Note: record.Retransmitted, Data: changed})
	if again.Peer() != "192.0.2.17:49320" || again.Direction() != "←" || again.Resource() != "sent again" {
		t.Errorf("answer: %q %q %q", again.Peer(), again.Direction(), again.Resource())
	}
	broken := row(record.Frame{Note: record.Malformed, Data: []byte{0xff}})
	if broken.Payload() == "" || !strings.Contains(broken.Resource(), "malformed") {
		t.Errorf("malformed: %q %q", broken.Resource(), broken.Payload())
	}
}

func TestCopies(t *testing.T) {
	g := command.Gateway{CoAP: "127.0.0.1:5683", MQTT: "127.0.0.1:1883"}
	r := row(record.Frame{Client: "sensor-17", Data: post})
	if got, want := asCommand(r, g), `coap-client-notls -m post -e "on" coap://127.0.0.1:5683/ps/a/b`; got != want {
		t.Errorf("command %s, want %s", got, want)
	}
	if got := asCommand(row(record.Frame{Outgoing: true, Data: changed}), g); got != "" {
		t.Errorf("nobody sends an answer: %s", got)
	}
	publish := append([]byte{0x30, 5, 0, 1, 'a'}, "on"...)
	if got, want := asCommand(row(record.Frame{Protocol: record.MQTT, Data: publish}), g), `mosquitto_pub -h 127.0.0.1 -p 1883 -t a -m "on"`; got != want {
		t.Errorf("command %s, want %s", got, want)
	}
	if got := asHex(r); got != fmt.Sprintf("%x", post) {
		t.Errorf("hex %s", got)
	}
	if text := asText(r); !strings.Contains(text, "POST") || !strings.Contains(text, "/ps/a/b") {
		t.Errorf("text %s", text)
	}
}

func TestCopiesKeepWhatWasSent(t *testing.T) {
	g := command.Gateway{CoAP: "127.0.0.1:5683", MQTT: "127.0.0.1:1883"}
	retained := append([]byte{0x33, 7, 0, 1, 'a', 0, 9}, "on"...)
	if got, want := asCommand(row(record.Frame{Protocol: record.MQTT, Data: retained}), g), `mosquitto_pub -h 127.0.0.1 -p 1883 -t a -q 1 -r -m "on"`; got != want {
		t.Errorf("command %s, want %s", got, want)
	}
	wild := []byte{0x40, 0x03, 0, 1, 0xb2, 'p', 's', 0x01, '#', 0x11, 50, 0x37, 't', '=', 's', 'e', 'c', 'r', 't', 0xff, '1'}
	if got, want := asCommand(row(record.Frame{Data: wild}), g), `coap-client-notls -m put -t 50 -e "1" "coap://127.0.0.1:5683/ps/%23?t=SECRET"`; got != want {
		t.Errorf("command %s, want %s", got, want)
	}
}

func TestPeerIsNamedByItsFirstRequest(t *testing.T) {
	query := func(text string) []byte {
		return append([]byte{0x40, 0x02, 0, 1, 0xb2, 'p', 's', 0x40 | byte(len(text))}, text...)
	}
	connect := []byte{0x10, 16, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 4, 'd', 'a', 's', 'h'}
	for name, c := range map[string]struct {
		frame record.Frame
		want  string
	}{
		"c":                 {record.Frame{Data: query("c=lamp-3")}, "lamp-3"},
		"clientid":          {record.Frame{Data: query("clientid=x")}, "x"},
		"another parameter": {record.Frame{Data: query("qos=1")}, "192.0.2.17:49320"},
		"known":             {record.Frame{Client: "sensor-17", Data: query("c=lamp-3")}, "sensor-17"},
		"CONNECT":           {record.Frame{Protocol: record.MQTT, Data: connect}, "dash"},
	} {
		if got := row(c.frame).Peer(); got != c.want {
			t.Errorf("%s: peer %q, want %q", name, got, c.want)
		}
	}
	ring := record.New(1 << 16)
	feed := newFeed(ring, 10, 1<<16)
	ring.Add(&record.Frame{At: noon, Peer: sensor, Data: query("c=lamp-3")})
	ring.Add(&record.Frame{At: noon, Peer: sensor, Outgoing: true, Data: []byte{0x60, 0x44, 0, 1}})
	readAll(t, feed)
	if got := feed.rows[1].Peer(); got != "lamp-3" {
		t.Errorf("the answer goes to %q", got)
	}
}

// What is masked in the window is masked in every copy.
func TestSecretsAreNotCopied(t *testing.T) {
	connect := append([]byte{0x40, 0x02, 0, 1, 0xb2, 'p', 's', 0x4d, 0x04}, "password=hunter2!"...)
	r := row(record.Frame{Data: connect})
	for name, text := range map[string]string{"text": asText(r), "JSON": asJSON(r), "command": asCommand(r, command.Gateway{}), "resource": r.Resource()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("the %s shows the password: %s", name, text)
		}
	}
	if strings.Contains(asHex(r), fmt.Sprintf("%x", "hunter2")) {
		t.Error("the bytes show the password")
	}
}

// A view that was hidden while much passed shows the newest before it has looked at all of it.
func TestAFeedThatIsFarBehindShowsTheNewestFirst(t *testing.T) {
	ring := record.New(32 << 20)
	fill(ring, 10)
	f := newFeed(ring, 100, 1<<20)
	readAll(t, f)
	fill(ring, farBehind+1000)
	f.read(ring.Last(), noon)
	if n := len(f.rows); n == 0 || f.rows[n-1].Frame.Seq != ring.Last() {
		t.Fatalf("%d rows, not with the newest", n)
	}
	readAll(t, f)
	if n := len(f.rows); n != 100 || f.rows[n-1].Frame.Seq != ring.Last() || !f.ready {
		t.Errorf("%d rows, ready %v", n, f.ready)
	}
}
