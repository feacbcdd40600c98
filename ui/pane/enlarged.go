package pane

import (
	"image/color"

	"fyne.io/fyne/v2"
)

// Enlarged is the theme of the window in larger letters, with everything that is measured by them. It asks for that theme
// each time, because the user may choose another.
func Enlarged(times float32) fyne.Theme { return enlarged(times) }

type enlarged float32

func (enlarged) window() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

// Color implements [fyne.Theme].
func (e enlarged) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	return e.window().Color(name, variant)
}

// Font implements [fyne.Theme].
func (e enlarged) Font(style fyne.TextStyle) fyne.Resource { return e.window().Font(style) }

// Icon implements [fyne.Theme].
func (e enlarged) Icon(name fyne.ThemeIconName) fyne.Resource { return e.window().Icon(name) }

// Size implements [fyne.Theme].
func (e enlarged) Size(name fyne.ThemeSizeName) float32 { return e.window().Size(name) * float32(e) }
