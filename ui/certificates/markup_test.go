package certificates

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/ui/theme"
)

func TestMain(m *testing.M) {
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestMarkup compares what the pane is drawn from with the golden files in testdata.
func TestMarkup(t *testing.T) {
	start := newBench(t, theme.Dark)
	start.tick()
	test.AssertObjectRendersToMarkup(t, "start.xml", start.start)

	b := newFilled(t)
	b.detail.export.format = "pem" // the line of coap-client names this machine
	b.show(t, "sensor-17")
	for file, object := range map[string]fyne.CanvasObject{"certificates.xml": b.table, "keys.xml": b.psks, "certificate.xml": b.detail.object} {
		test.AssertObjectRendersToMarkup(t, file, object)
	}
	b.Show("sensor-18")
	b.tick()
	test.AssertObjectRendersToMarkup(t, "key.xml", b.detail.key.object)
}
