package devices

import (
	"image/png"
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

	"sluice/ui/theme"
)

// pictures renders what is shown for a look at it; PICTURES names the folder.
func pictures(t *testing.T, b *bench, name string) {
	t.Helper()
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	for variant, th := range map[string]fyne.Theme{"dark": theme.New(theme.Dark), "light": theme.New(theme.Light)} {
		fyne.CurrentApp().Settings().SetTheme(th)
		f, err := os.Create(folder + "/" + name + "-" + variant + ".png")
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, software.RenderCanvas(b.window.Canvas(), th)); err != nil {
			t.Error(err)
		}
		_ = f.Close()
	}
}
