package observers

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
	"sluice/ui/theme"
)

// galleryFolder names the environment variable of a folder that pictures of the pane are put into, to look at.
const galleryFolder = "SLUICE_GALLERY"

// plant is what the picture of the design shows.
func (b *bench) plant() {
	b.engine.table.SetWatched(true)
	var list []engine.Observer
	for i, c := range []struct{ filter, topic, value, unit, clients string }{
		{"plant/line1/temp", "", "23.4", " °C", "panel-2 door-east"}, {"plant/line1/humidity", "", "41.8", " %", "panel-2"},
		{"plant/line2/temp", "", "22.9", " °C", "panel-2"}, {"building/+/power", "building/a/power", "1.82", " kW", "meter-a1"},
		{"plant/cmd/#", "plant/cmd/lamp", `{"on":true}`, "", "lamp-3 valve-9"}, {"building/door", "", "closed", "", "door-east"},
	} {
		topic := c.topic
		if topic == "" {
			topic = c.filter
		}
		for k := range 90 {
			value := c.value + c.unit
			if c.unit != "" {
				var base float64
				fmt.Sscan(c.value, &base)
				value = fmt.Sprintf("%.2f%s", base+0.3*math.Sin(float64(k+i*7)/9)+0.1*math.Sin(float64(k*(i+2))), c.unit)
			}
			b.engine.table.Note(&broker.Message{Topic: topic, Payload: []byte(value), At: b.now.Add(time.Duration(k-90) * time.Second)})
		}
		var clients [2]string
		n, _ := fmt.Sscan(c.clients, &clients[0], &clients[1])
		for k := range n {
			o := relation(uint64(10*i+k+1), clients[k], c.filter, c.value+c.unit)
			o.ValueTopic, o.Sent, o.Sequence = topic, uint64(118-i), uint32(118-7*i)
			list = append(list, o)
		}
	}
	list[3].Lost, list[3].Queued = 2, 5
	b.engine.set(list...)
}

func TestGallery(t *testing.T) {
	folder := os.Getenv(galleryFolder)
	if folder == "" {
		t.Skip(galleryFolder + " names no folder")
	}
	for name, look := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		b := newBench(t)
		fyne.CurrentApp().Settings().SetTheme(theme.New(look))
		b.window.SetPadded(false)
		b.window.Resize(fyne.NewSize(1196, 868))
		shoot := func(scene string) {
			t.Helper()
			for range 30 {
				b.now = b.now.Add(time.Second)
				for i := range b.engine.observers {
					b.engine.observers[i].Sent += uint64(i % 3)
				}
				b.tick()
			}
			file, err := os.Create(filepath.Join(folder, "observers-"+scene+"-"+name+".png"))
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
		shoot("cards")
		b.choose("plant/line1/temp")
		shoot("detail")
		b.closeDetail()
		b.look.SetSelected("Table")
		b.showLook()
		shoot("table")
	}
}
