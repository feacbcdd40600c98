package devices

import (
	"net"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine/device"
)

// simulated gives the engine devices that can be stopped and started again; the gateway they speak to says nothing.
func simulated(t *testing.T, e *fakeEngine) {
	t.Helper()
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.fleet.Start(device.Order{Template: device.Templates()[2], Count: 3, Address: silent.LocalAddr().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = e.fleet.Close()
		<-s.Done()
		_ = silent.Close()
	})
	for e.fleet.Len() < 3 {
	}
}

// yes answers the question that is asked.
func (b *bench) yes() {
	b.window.Canvas().FocusNext()
	b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.tick()
}

func TestStopOne(t *testing.T) {
	e := fleet()
	simulated(t, e)
	b := newBench(t, e)
	b.table.Select("lamp-0002")
	b.table.OnDelete(b.rows[7])
	b.tick()
	if strings.Join(e.stopped, " ") != "lamp-0002" || len(b.rows) != 17 || b.detail.known.Visible() {
		t.Errorf("stopped %v, %d rows", e.stopped, len(b.rows))
	}
	if said := b.said(); said.text != "lamp-0002 was stopped" || b.host.LastUndoable() != said.text {
		t.Errorf("%q", said.text)
	}
	b.host.Undo()
	b.tick()
	if e.again != 1 || !b.progress.object.Visible() || b.progress.words.Text() != "Starting simulated devices: 0 of 1, 0 failed" {
		t.Errorf("%d were started again: %q", e.again, b.progress.words.Text())
	}
}

func TestStopAllAsksOnce(t *testing.T) {
	e := fleet()
	simulated(t, e)
	b := newBench(t, e)
	test.Tap(b.stopAll)
	if e.DeviceCount() != 18 {
		t.Fatal("all were stopped without a question")
	}
	b.yes()
	if n := len(b.rows); n != 0 || b.host.LastUndoable() != "3 devices were stopped" {
		t.Errorf("%d devices are left, undo of %q", n, b.host.LastUndoable())
	}
	if b.host.Undo(); e.again != 3 {
		t.Errorf("%d were started again", e.again)
	}
}

func TestStopThoseThatMatch(t *testing.T) {
	b := newBench(t, fleet())
	b.filter.SetText("lamp")
	b.tick()
	if b.stopAll.Label() != "Stop these 3" {
		t.Errorf("%q", b.stopAll.Label())
	}
	test.Tap(b.stopAll)
	b.yes()
	if got := strings.Join(b.engine.stopped, " "); got != "lamp-0001 lamp-0002 lamp-0003" || !b.stopAll.Disabled() {
		t.Errorf("stopped %s", got)
	}
	b.filter.SetText("")
	b.tick()
	if b.stopAll.Label() != "Stop all" || b.stopAll.Disabled() {
		t.Errorf("%q", b.stopAll.Label())
	}
}

func TestAWayToTheCommandTopic(t *testing.T) {
	b := newBench(t, fleet())
	b.table.Select("door-0001")
	if b.detail.order.Visible() {
		t.Error("a door takes commands")
	}
	b.table.Select("lamp-0002")
	test.Tap(b.detail.order)
	if got := strings.Join(b.opened, ", "); got != "topics lamp/lamp-0002/command" {
		t.Errorf("opened %s", got)
	}
}

func TestADownloadShowsHowFarItIs(t *testing.T) {
	e := fleet()
	b := newBench(t, e)
	b.table.Select("updater-0001")
	if got := b.detail.value.Text(); got != "66 kB in 64 blocks, 12 ms" || b.detail.bar.Visible() {
		t.Errorf("%q", got)
	}
	for _, c := range []struct {
		sent, toSend, received, toReceive int
		want                              string
		bar                               float64
	}{
		{0, 0, 16384, 65536, "16 kB of 66 kB downloaded", 0.25},
		{32768, 65536, 0, 0, "33 kB of 66 kB uploaded", 0.5},
		{0, 0, 1024, 0, "1 kB downloaded so far", 0},
	} {
		e.change(func() {
			p := &e.devices[15].Transfer
			p.Sent, p.ToSend, p.Received, p.ToReceive = c.sent, c.toSend, c.received, c.toReceive
		})
		b.tick()
		if got := b.detail.value.Text(); got != c.want || b.detail.bar.Visible() != (c.bar > 0) || c.bar > 0 && b.detail.bar.Value != c.bar {
			t.Errorf("%q, %v; not %q", got, b.detail.bar.Value, c.want)
		}
	}
}
