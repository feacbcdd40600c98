package overview

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"sluice/engine"
	"sluice/ui/theme"
)

// galleryFolder names the environment variable of a folder that pictures of the pane are put into, to look at.
const galleryFolder = "SLUICE_GALLERY"

func TestGallery(t *testing.T) {
	folder := os.Getenv(galleryFolder)
	if folder == "" {
		t.Skip(galleryFolder + " names no folder")
	}
	for name, look := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		shoot := func(scene string, presenting bool, prepare func(b *bench)) {
			b := newBenchIn(t, look, presenting)
			b.tick()
			prepare(b)
			file, err := os.Create(filepath.Join(folder, "overview-"+scene+"-"+name+".png"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := png.Encode(file, b.window.Canvas().Capture()); err != nil {
				t.Fatal(err)
			}
		}
		shoot("empty", false, func(*bench) {})
		shoot("stopped", false, func(b *bench) { b.engine.status.State = engine.Stopped; b.engine.revision++; b.tick() })
		shoot("plant", false, func(b *bench) { b.plant(); b.work(65) })
		shoot("hover", false, func(b *bench) { b.plant(); b.work(20); b.board.hover(nodeID{topicSide, "plant/line1/humidity"}, true) })
		shoot("crowd", false, func(b *bench) { b.crowd(1000); b.crowdWorks(1000, 12) })
		shoot("present", true, func(b *bench) { b.plant(); b.coap("coap", "192.0.2.7:51022"); b.work(30) })
		shoot("small", false, func(b *bench) { b.window.Resize(fyne.NewSize(600, 420)); b.plant(); b.work(5) })
	}
}
