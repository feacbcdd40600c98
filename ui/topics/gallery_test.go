package topics

import (
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/gateway"
	"sluice/ui/theme"
)

// galleryFolder names the environment variable of a folder that pictures of the pane are put into, to look at.
const galleryFolder = "SLUICE_GALLERY"

// plant is what the pictures of the design show.
func (b *bench) plant() {
	note := func(topic, payload, from string, via broker.Via, at time.Time) {
		b.engine.table.Note(&broker.Message{Topic: topic, Payload: []byte(payload), From: from, Via: via, QoS: 1, At: at})
	}
	start := b.now.Add(-5 * time.Minute)
	for i := range 300 {
		at, x := start.Add(time.Duration(i)*time.Second), float64(i)
		note("plant/line1/temp", fmt.Sprintf("%.1f °C", 22.4+x/300+0.4*math.Sin(x/9)+0.2*math.Sin(x)), "sensor-17", broker.ViaCoAP, at)
		if i%4 == 0 {
			note("plant/line1/humidity", fmt.Sprintf("%.1f %%", 41+math.Cos(x/20)), "sensor-17", broker.ViaCoAP, at)
			note("plant/line2/temp", fmt.Sprintf("%.1f °C", 22.9+math.Sin(x/30)), "bench-mqtt", broker.ViaMQTT, at)
			note("plant/line1/state", fmt.Sprintf(`{"run":%v,"rpm":%d,"motor":{"current":%.2f,"phases":[1,2,3]}}`, i%40 != 0, 1480+i%7, 3+math.Sin(x/15)), "plc-3", broker.ViaMQTT, at)
		}
	}
	for i := range 3 {
		note(fmt.Sprintf("plant/line2/cmd/%d", i), "on", "", broker.ViaWindow, b.now)
	}
	for i := range 12 {
		note(fmt.Sprintf("building/room%d/door", i), "closed", "door-east", broker.ViaCoAP, b.now)
	}
	b.engine.table.SetRetained("plant/line1/temp", true)
	b.engine.resources = map[string]gateway.Resource{"plant/line1/temp": {MaxAge: time.Minute, At: b.now.Add(-18 * time.Second)}}
	b.engine.clients = []engine.Client{{ID: "sensor-17", Key: "query/sensor-17"}, {ID: "panel-2", Key: "mqtt/panel-2", Subscribes: []string{"plant/#"}}}
	o := engine.Observer{}
	o.ID, o.Filter, o.Client, o.ClientKey = 1, "plant/line1/temp", "door-east", "query/door-east"
	b.engine.observers = []engine.Observer{o}
	b.engine.revision++
}

// size is that of a pane in a window of 1440 by 900.
var size = fyne.NewSize(1196, 868)

func TestGallery(t *testing.T) {
	folder := os.Getenv(galleryFolder)
	if folder == "" {
		t.Skip(galleryFolder + " names no folder")
	}
	for name, look := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		b := newBench(t)
		fyne.CurrentApp().Settings().SetTheme(theme.New(look))
		b.window.SetPadded(false)
		b.window.Resize(size)
		shoot := func(scene string) {
			t.Helper()
			b.settle(t)
			file, err := os.Create(filepath.Join(folder, "topics-"+scene+"-"+name+".png"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := png.Encode(file, b.window.Canvas().Capture()); err != nil {
				t.Fatal(err)
			}
		}
		shoot("empty")
		b.plant()
		b.settle(t)
		b.tick()
		b.Show("plant/line1/temp")
		b.settle(t)
		b.detail.form.kind.SetSelected(jsonBody.title())
		b.detail.form.body.SetText(`{"t": 23.9}`)
		shoot("chart")
		b.Show("plant/line1/state")
		b.settle(t)
		b.detail.setView(viewPayload)
		shoot("payload")
		b.engine.table.Note(&broker.Message{Topic: "plant/line1/valve", Payload: []byte("open"), From: "sensor-17", Via: broker.ViaMethod(3), Type: ofCoAP(50), At: b.now})
		b.Show("plant/line1/valve")
		b.settle(t)
		shoot("declared")
		b.Show("plant/line1/state")
		b.settle(t)
		b.detail.setView(viewChart)
		b.toggleSeries("plant/line1/state", source{"plant/line1/state", "motor.current"})
		b.toggleSeries("plant/line1/state", source{"plant/line1/state", "rpm"})
		b.settle(t)
		b.toggleSeries("plant/line1/state", source{"plant/line1/temp", ""})
		shoot("series")
		b.detail.setView(viewDifference)
		b.filter.SetText("line1")
		shoot("difference")
	}
}

// tick lets a second with some messages pass.
func (b *bench) tick() {
	b.now = b.now.Add(time.Second)
	for range 3 {
		b.note("plant/line1/temp", "23.4 °C")
	}
	b.note("plant/line2/temp", "22.9 °C")
}
