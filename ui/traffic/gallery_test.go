package traffic

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sluice/engine/record"
	"sluice/ui/theme"
)

// galleryFolder names the environment variable of a folder that pictures of the pane are put into, to look at.
const galleryFolder = "SLUICE_GALLERY"

// panes are the sizes of a pane in windows of 1440 by 900, 1024 by 700 and 1920 by 1080.
var panes = map[string]fyne.Size{"1440": fyne.NewSize(1240, 800), "1024": fyne.NewSize(824, 600), "1920": fyne.NewSize(1720, 980)}

// plant is a minute of an observation and of publications, some of which are refused.
func (b *bench) plant() {
	observation(b.ring)
	for i := range 40 {
		at := noon.Add(time.Duration(i+3) * time.Second)
		path := fmt.Sprintf("\xb2ps\x04room\x0bsensor-%04d\x07climate", i%10)
		data := append([]byte{0x42, 0x02, 0x9a, byte(i), 0x41, byte(i)}, path+"\x11\x32\xff{\"humidity\":48,\"temperature\":21.7}"...)
		answer := []byte{0x62, 0x44, 0x9a, byte(i), 0x41, byte(i)}
		if i%9 == 0 {
			answer[1] = 0x81
		}
		b.ring.Add(&record.Frame{At: at, Peer: sensor, Client: "thermometer-0001", Listener: "coap://0.0.0.0:5683", Data: data})
		b.ring.Add(&record.Frame{At: at.Add(171 * time.Microsecond), Peer: sensor, Client: "thermometer-0001", Listener: "coap://0.0.0.0:5683", Outgoing: true, Data: answer})
	}
	b.now = noon.Add(time.Minute)
}

func TestGallery(t *testing.T) {
	folder := os.Getenv(galleryFolder)
	if folder == "" {
		t.Skip(galleryFolder + " names no folder")
	}
	for name, look := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		for width, size := range panes {
			b := newBench(t, false)
			fyne.CurrentApp().Settings().SetTheme(theme.New(look))
			b.host.Window.SetPadded(false)
			b.host.Window.Resize(size)
			shoot := func(scene string) {
				t.Helper()
				b.seqs()
				b.host.Window.Resize(size.SubtractWidthHeight(1, 0)) // the window lays out what was shown or hidden
				b.host.Window.Resize(size)
				file, err := os.Create(filepath.Join(folder, "traffic-"+scene+"-"+width+"-"+name+".png"))
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				if err := png.Encode(file, b.host.Window.Canvas().Capture()); err != nil {
					t.Fatal(err)
				}
			}
			b.plant()
			b.seqs()
			b.table.Select(b.feed.rows[2].Frame.Seq)
			b.pane.choose(b.feed.rows[2])
			shoot("exchange")
			b.table.Select(b.feed.rows[7].Frame.Seq)
			b.pane.choose(b.feed.rows[7])
			b.pane.detail.tabs.Select(tabPayload)
			b.pane.detail.showTab()
			b.pane.detail.hex.OnTapped(30)
			b.filter.SetText("code:2 pear:lamp")
			shoot("payload")
		}
	}
}
