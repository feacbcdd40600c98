package traffic

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine/record"
	"sluice/ui/theme"
)

// folder answers for the user who is asked for files.
type folder struct{ path string }

func (f folder) save(_ string, do func(string)) { do(f.path) }

func (f folder) open(do func(string)) { do(f.path) }

// The dialogs open, those of the toolkit too.
func TestACaptureIsAskedFor(t *testing.T) {
	b := newBench(t, false)
	for name, ask := range map[string]func(){
		"open": b.pane.openCapture, "save": func() { b.pane.saveCapture(parse(t, "")) },
	} {
		if ask(); b.host.Window.Canvas().Overlays().Top() == nil {
			t.Errorf("%s: nothing asks for a file", name)
		}
		b.host.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if b.host.Window.Canvas().Overlays().Top() != nil {
			t.Errorf("%s: Escape does not close it", name)
		}
	}
}

func TestSaveAndOpenACapture(t *testing.T) {
	for _, c := range []struct {
		item, filter string
		want         []string // codes
	}{
		{"All that is kept", "", []string{"POST", "POST", "GET", "2.05 Content", "2.05 Content", "2.05 Content", "Empty"}},
		{"What the filter shows", "dir:out odd:retransmitted", []string{"2.05 Content"}},
		{"What the filter shows", "odd:unanswered", []string{"POST", "POST"}},
		{"This exchange", "", []string{"GET", "2.05 Content", "2.05 Content", "2.05 Content", "Empty"}},
	} {
		t.Run(c.item+" "+c.filter, func(t *testing.T) {
			b := newBench(t, false)
			b.pane.files = folder{filepath.Join(t.TempDir(), "lab.pcapng")}
			fill(b.ring, 2)
			observation(b.ring)
			b.ring.Add(&record.Frame{At: noon.Add(25 * time.Second), Peer: sensor, Protocol: record.MQTT, Listener: "mqtt://127.0.0.1:1883", Data: []byte{0xc0, 0}})
			b.tick()
			b.pane.choose(b.feed.rows[4])
			b.filter.SetText(c.filter)
			choose(t, b.pane.saveMenu().Items, c.item)
			if c.item == "All that is kept" {
				c.want = append(c.want, "PINGREQ")
			}
			b.filter.SetText("")
			b.pane.openCapture()
			b.seqs()
			var codes []string
			for _, r := range b.feed.rows {
				codes = append(codes, r.Code())
			}
			if strings.Join(codes, " ") != strings.Join(c.want, " ") {
				t.Errorf("the file holds %v, want %v", codes, c.want)
			}
			if b.state(b.seen) != "lab.pcapng" || !b.pane.live.Visible() || b.pause.Visible() || b.pane.clearButton.Visible() {
				t.Errorf("the header says %q; live %v, pause %v", b.state(b.seen), b.pane.live.Visible(), b.pause.Visible())
			}
			test.Tap(b.pane.live)
			b.seqs()
			if b.state(b.seen) != "Live" || b.table.Rows() != 8 || b.pane.live.Visible() || !b.pause.Visible() {
				t.Errorf("back to live: %q, %d rows", b.state(b.seen), b.table.Rows())
			}
		})
	}
}

func TestACaptureThatCannotBeWrittenLeavesWhatWasThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.pcapng")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	ring := record.New(1 << 20)
	fill(ring, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := writeCapture(ctx, path, ring, parse(t, ""), func(float64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "before" {
		t.Errorf("the file has %q, %v", data, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAFileThatIsNoCaptureIsRefused(t *testing.T) {
	_, err := readCapture(t.Context(), "notes.txt", strings.NewReader("no capture at all"), 0, nil, func(float64) {})
	if err == nil || !strings.Contains(err.Error(), "notes.txt") || !strings.Contains(err.Error(), "neither a pcapng nor a pcap file") {
		t.Errorf("%v", err)
	}
}

// Of a file that was cut, as by a full disk, what is there is shown, and why it is not all.
func TestACaptureThatWasCutShowsWhatIsThere(t *testing.T) {
	b := newBench(t, false)
	path := filepath.Join(t.TempDir(), "cut.pcapng")
	fill(b.ring, 20)
	if _, err := writeCapture(t.Context(), path, b.ring, parse(t, ""), func(float64) {}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	said := ""
	b.host.Notify = func(_ theme.Role, text, _ string, _ func()) { said = text }
	b.pane.files = folder{path}
	b.pane.openCapture()
	if got := b.seqs(); len(got) != 19 || !strings.Contains(said, "19 messages could be read: read cut.pcapng: read packet 20, byte ") {
		t.Errorf("%d messages; it says %q", len(got), said)
	}
}

// What tshark or tcpdump captured of the gateway goes to its port, whichever that is.
func TestACaptureOfTheGatewayHasItsPort(t *testing.T) {
	packet, err := hex.DecodeString("45000022000000004011000f7f0000017f000001" + "9c4118ed000e0000" + "40010001b161")
	if err != nil {
		t.Fatal(err)
	}
	file, err := hex.DecodeString("d4c3b2a1020004000000000000000000000004006500000000d2496b000000002200000022000000")
	if err != nil {
		t.Fatal(err)
	}
	for _, ports := range [][]uint16{nil, {6381}} {
		s, err := readCapture(t.Context(), "lo.pcap", bytes.NewReader(append(file, packet...)), 0, ports, func(float64) {})
		if err != nil || s.ring.Stats().Kept != len(ports) {
			t.Errorf("with the ports %v: %v", ports, err)
		}
	}
	packet[len(packet)-2] = 0xf1 // an option delta of 15
	s, err := readCapture(t.Context(), "lo.pcap", bytes.NewReader(append(file, packet...)), 0, []uint16{6381}, func(float64) {})
	if err != nil || get(t, s.ring, 1).Note != record.Malformed {
		t.Errorf("a malformed message is not called so: %v", err)
	}
}

// Captures of other programs do not say what was sent again.
func TestWhatWasSentAgainIsFoundInAnyCapture(t *testing.T) {
	r := repeats{}
	ack := []byte{0x60, 0x44, 0x1a, 0x7c}
	for _, c := range []struct {
		after time.Duration
		out   bool
		data  []byte
		want  record.Note
	}{
		{0, false, post, 0}, {0, true, ack, 0}, {2 * time.Second, false, post, record.Duplicate}, {2 * time.Second, true, ack, 0},
		{3 * time.Second, true, post, 0}, {5 * time.Second, true, post, record.Retransmitted}, {time.Hour, false, post, 0},
	} {
		f := record.Frame{At: noon.Add(c.after), Peer: sensor, Outgoing: c.out, Data: c.data}
		if r.note(&f); f.Note != c.want {
			t.Errorf("after %v, outgoing %v: note %d, want %d", c.after, c.out, f.Note, c.want)
		}
	}
}

func TestACaptureToOpenIsAskedFor(t *testing.T) {
	b := newBench(t, false)
	dialogs{b.pane.host}.open(func(string) {})
	if top := b.pane.host.Window.Canvas().Overlays().Top(); top == nil || top.MinSize().IsZero() {
		t.Error("no dialog asks for it")
	}
}
