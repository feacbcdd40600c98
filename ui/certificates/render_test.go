package certificates

import (
	"image/png"
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
	"sluice/assets"
	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/ui/theme"
	"time"
)

func capture(t *testing.T, b *bench, name string) {
	f, _ := os.Create("/tmp/certpane-" + name + ".png")
	defer f.Close()
	if err := png.Encode(f, b.window.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}

func TestRender(t *testing.T) {
	lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir)
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		b := newBench(t, mode)
		b.tick()
		capture(t, b, string(mode)+"-start")
		b.engine.fill()
		b.tick()
		b.showCertificate(b.engine.entries[2].ID)
		b.tick()
		b.tick()
		capture(t, b, string(mode)+"-cert")
		b.showPSK("sensor-18")
		b.tick()
		b.tick()
		capture(t, b, string(mode)+"-psk")
		b.choose(selection{part: handshakePart, handshake: keyOf(b.engine.handshakes[1])})
		b.handshakes.Select(keyOf(b.engine.handshakes[1]))
		b.tick()
		b.tick()
		capture(t, b, string(mode)+"-handshake")
		close := func() { b.window.Canvas().Overlays().Remove(b.window.Canvas().Overlays().Top()) }
		b.showCertificate("gw")
		b.engine.warnings = []pki.Warning{{Entry: b.engine.entries[3]}, {Entry: b.engine.entries[3]}}
		b.engine.renewal = &b.engine.entries[1]
		b.engine.locked = &seal.Error{Reason: seal.NotAnswering}
		b.engine.revision++
		b.tick()
		b.tick()
		b.now = b.now.Add(time.Second)
		b.tick()
		capture(t, b, string(mode)+"-banners")
		b.issue("sensor-17")
		capture(t, b, string(mode)+"-issue")
		close()
		b.engine.locked, b.engine.renewal, b.engine.warnings = nil, nil, nil
		b.engine.revision++
		b.now = b.now.Add(time.Minute)
		b.tick()
		b.tick()
		b.importFile(nil)
		ca, _ := pki.NewAuthority("Acme Test", 0)
		files, _ := ca.Export(pki.PEM, nil, pki.ExportOptions{})
		fs := ""
		for _, f := range files {
			fs += string(f.Data)
		}
		walk(b.window.Canvas().Overlays().Top(), func(o fyne.CanvasObject) {
			if e, ok := o.(*fynewidget.Entry); ok {
				e.SetText(fs)
			}
		})
		capture(t, b, string(mode)+"-import")
		close()
		b.addPSK("meter-7")
		capture(t, b, string(mode)+"-addpsk")
		close()
		b.changeSealing()
		capture(t, b, string(mode)+"-sealing")
		close()
		b.issueMany()
		walk(b.window.Canvas().Overlays().Top(), func(o fyne.CanvasObject) {
			if e, ok := o.(*fynewidget.Entry); ok {
				e.SetText("a,Plant,90d\nb,,x\n,,")
			}
		})
		capture(t, b, string(mode)+"-csv")
		close()
		b.revoke(b.engine.entries[2], b.engine.clients[:1])
		capture(t, b, string(mode)+"-revoke")
		close()
		b.engine.entries, b.engine.psks, b.engine.handshakes, b.engine.settings.Listeners = nil, nil, nil, b.engine.settings.Listeners[:1]
		b.now = b.now.Add(time.Minute)
		b.tick()
		b.setUp()
		capture(t, b, string(mode)+"-setup")
	}
}

func TestSizes(t *testing.T) {
	b := newBench(t, theme.Dark)
	b.engine.fill()
	b.tick()
	t.Log("header", b.header.MinSize(), "sections", b.sections.MinSize(), "detail", b.detail.object.MinSize(), b.banners.sealed.MinSize(), b.banners.object.MinSize(), b.start.MinSize(), b.table.MinSize(), b.psks.MinSize(), b.handshakes.MinSize())
}
