//go:build !headless

package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"sluice/assets"
)

// A plain go build embeds nothing of FyneApp.toml, so it is said here again. The packaging tools add a file whose init
// runs after this one and has the last word.
func init() { app.SetMetadata(metadata()) }

func metadata() fyne.AppMetadata {
	return fyne.AppMetadata{
		ID:         "io.github.sluice.workbench",
		Name:       "Sluice",
		Version:    version,
		Build:      1,
		Icon:       fyne.NewStaticResource("icon.png", assets.AppIcon),
		Migrations: map[string]bool{"fyneDo": true},
	}
}
