package traffic

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"sluice/engine/record"
)

// folder answers for the user who is asked for files.
type folder struct{ path string }

func (f folder) save(_ string, do func(string)) { do(f.path) }

func (f folder) open(do func(string, int64, io.ReadCloser)) {
	file, err := os.Open(f.path)
	if err == nil {
		do(filepath.Base(f.path), 0, file)
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
	_, err := readCapture(t.Context(), "notes.txt", strings.NewReader("no capture at all"), 0, func(float64) {})
	if err == nil || !strings.Contains(err.Error(), "notes.txt") || !strings.Contains(err.Error(), "not a pcapng file") {
		t.Errorf("%v", err)
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
	dialogs{b.pane.host}.open(func(string, int64, io.ReadCloser) {})
	if top := b.pane.host.Window.Canvas().Overlays().Top(); top == nil || top.MinSize().IsZero() {
		t.Error("no dialog asks for it")
	}
}
