package pane

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"sluice/ui/theme"
)

// Quiet has remarks in o muted instead of as dim as what is disabled: they are there to be read.
func Quiet(o fyne.CanvasObject) fyne.CanvasObject { return container.NewThemeOverride(o, quiet{}) }

// quiet is the theme of the window but for remarks. It asks for that theme each time, because the user may choose another.
type quiet struct{}

func (quiet) window() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

// Color implements [fyne.Theme].
func (q quiet) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == fynetheme.ColorNameDisabled {
		name = theme.ColorMuted
	}
	return q.window().Color(name, variant)
}

// Font implements [fyne.Theme].
func (q quiet) Font(style fyne.TextStyle) fyne.Resource { return q.window().Font(style) }

// Icon implements [fyne.Theme].
func (q quiet) Icon(name fyne.ThemeIconName) fyne.Resource { return q.window().Icon(name) }

// Size implements [fyne.Theme].
func (q quiet) Size(name fyne.ThemeSizeName) float32 { return q.window().Size(name) }
