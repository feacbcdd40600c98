package assets

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestIconsAreFilledPathsOfOneColour(t *testing.T) {
	files, err := fs.Glob(icons, "icons/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(Icons()) {
		t.Errorf("%d files, %d names", len(files), len(Icons()))
	}
	for _, icon := range Icons() {
		t.Run(string(icon), func(t *testing.T) {
			data := icon.SVG()
			if data == nil {
				t.Fatal("no drawing")
			}
			elements(t, data, func(e xml.StartElement) {
				if e.Name.Local != "svg" && e.Name.Local != "path" {
					t.Errorf("element %s cannot be tinted", e.Name.Local)
				}
				for _, a := range e.Attr {
					switch a.Name.Local {
					case "viewBox":
						if a.Value != "0 0 24 24" {
							t.Errorf("viewBox %s", a.Value)
						}
					case "xmlns", "width", "height", "d":
					default:
						t.Errorf("attribute %s would be lost or left untinted", a.Name.Local)
					}
				}
			})
		})
	}
	if Icon("nothing").SVG() != nil {
		t.Error("an unknown icon has a drawing")
	}
}

func elements(t *testing.T, data []byte, visit func(xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			visit(e)
		}
	}
}

func TestAppIcon(t *testing.T) {
	config, err := png.DecodeConfig(bytes.NewReader(AppIcon))
	if err != nil {
		t.Fatal(err)
	}
	if config.Width != 512 || config.Height != 512 {
		t.Errorf("%d by %d pixels", config.Width, config.Height)
	}
	drawing, err := os.ReadFile("icon.svg")
	if err != nil {
		t.Fatal(err)
	}
	elements(t, drawing, func(xml.StartElement) {})
}

func TestFontsAreOpenType(t *testing.T) {
	for name, data := range map[string][]byte{
		"sans": SansRegular, "sans bold": SansBold, "mono": MonoRegular, "mono bold": MonoBold,
	} {
		if len(data) < 4 || string(data[:4]) != "OTTO" && string(data[:4]) != "\x00\x01\x00\x00" {
			t.Errorf("%s is neither OTF nor TTF", name)
		}
	}
}

func TestTranslationsAreJSON(t *testing.T) {
	files, err := fs.ReadDir(Translations, TranslationsDir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Error("there is none")
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".json") {
			t.Errorf("%s is no JSON file", file.Name())
			continue
		}
		data, err := fs.ReadFile(Translations, TranslationsDir+"/"+file.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(data) {
			t.Errorf("%s is not JSON", file.Name())
		}
	}
}
