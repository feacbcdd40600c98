//go:build !headless

package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2/app"
	"github.com/BurntSushi/toml"
)

// What a plain go build embeds is what FyneApp.toml tells the packaging tools.
func TestMetadataIsThatOfFyneApp(t *testing.T) {
	var file struct {
		Details struct {
			Name, ID, Version, Icon string
			Build                   int
		}
		Migrations map[string]bool
	}
	if _, err := toml.DecodeFile("../FyneApp.toml", &file); err != nil {
		t.Fatal(err)
	}
	m := app.New().Metadata()
	for _, c := range []struct {
		key       string
		got, want any
	}{
		{"Name", m.Name, file.Details.Name},
		{"ID", m.ID, file.Details.ID},
		{"Version", m.Version, file.Details.Version},
		{"Build", m.Build, file.Details.Build},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, in FyneApp.toml %v", c.key, c.got, c.want)
		}
	}
	if !maps.Equal(m.Migrations, file.Migrations) {
		t.Errorf("migrations are %v, in FyneApp.toml %v", m.Migrations, file.Migrations)
	}
	icon, err := os.ReadFile(filepath.Join("..", file.Details.Icon))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m.Icon.Content(), icon) {
		t.Errorf("the icon is not %s", file.Details.Icon)
	}
}
