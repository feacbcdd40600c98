package traffic

import (
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

	"sluice/engine/record"
	"sluice/ui/theme"
)

// conditioned is a request that conditions lost, its repetition, and what became of the answers.
func conditioned(ring *record.Ring) {
	request := []byte{0x41, 0x03, 0x12, 0x34, 0x07, 0xb2, 'p', 's', 0x01, 'a', 0xff, '1'}
	answer := []byte{0x61, 0x44, 0x12, 0x34, 0x07}
	nb := func(c record.Cause, delay time.Duration) record.Condition {
		return record.Condition{Preset: "NB-IoT", Cause: c, Delay: delay}
	}
	for _, m := range []struct {
		ms   int
		out  bool
		note record.Note
		by   record.Condition
		data []byte
	}{
		{0, false, record.LostByConditions, nb(record.ByChance, 0), request},
		{2900, false, record.DelayedByConditions, nb(record.ByChance, 640*time.Millisecond), request},
		{2901, true, record.DelayedByConditions, nb(record.ByChance, 1210*time.Millisecond), answer},
		{2950, false, record.Duplicate | record.DelayedByConditions | record.DuplicatedByConditions, nb(record.ByChance, 690*time.Millisecond), request},
		{2951, true, record.LostByConditions, record.Condition{Cause: record.Silence}, answer},
		{5900, false, record.Duplicate | record.DelayedByConditions, nb(record.Overtaken, 2100*time.Millisecond), request},
		{5901, true, record.Retransmitted, record.Condition{Cause: record.Remapped}, answer},
	} {
		ring.Add(&record.Frame{At: noon.Add(time.Duration(m.ms) * time.Millisecond), Peer: sensor, Client: "lamp-3", Outgoing: m.out,
			Note: m.note, Condition: m.by, Data: m.data})
	}
}

func TestLadderShowsWhatConditionsDid(t *testing.T) {
	b := newBench(t, false)
	conditioned(b.ring)
	b.now = noon.Add(time.Minute)
	b.tick()
	b.pane.choose(b.feed.rows[1])
	b.tick()
	var got []string
	for _, s := range b.pane.detail.ladder.Steps() {
		line := ">"
		if s.Back {
			line = "<"
		}
		if s.Lost {
			line += " lost"
		}
		if s.Late {
			line += " late"
		}
		got = append(got, line+": "+s.Note)
	}
	want := []string{
		"> lost: lost by NB-IoT",
		"> late: delayed 640 ms by NB-IoT",
		"< late: delayed 1,210 ms by NB-IoT",
		"> late: second copy, 690 ms late, by NB-IoT",
		"< lost: lost in a silent period of conditions",
		"> late: held back 2,100 ms by NB-IoT, overtaken",
		"<: from another port, by conditions",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the ladder shows\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if text := b.feed.rows[0].Resource(); !strings.Contains(text, "lost by NB-IoT") {
		t.Errorf("the table says %q", text)
	}
	if text := b.pane.detail.problem.Text(); text != "delayed 640 ms by NB-IoT" {
		t.Errorf("the detail says %q", text)
	}
	b.filter.SetText("is:lost")
	if got := b.seqs(); len(got) != 2 {
		t.Errorf("is:lost finds %v", got)
	}
	b.filter.SetText("")
	b.tick()
	pictures(t, b, "conditioned")
}

// pictures renders what is shown for a look at it; PICTURES names the folder.
func pictures(t *testing.T, b *bench, name string) {
	t.Helper()
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	window := b.view.host.Window
	window.Resize(fyne.NewSize(1196, 868))
	for variant, th := range map[string]fyne.Theme{"dark": theme.New(theme.Dark), "light": theme.New(theme.Light)} {
		fyne.CurrentApp().Settings().SetTheme(th)
		f, err := os.Create(folder + "/" + name + "-" + variant + ".png")
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, software.RenderCanvas(window.Canvas(), th)); err != nil {
			t.Error(err)
		}
		_ = f.Close()
	}
}
