package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"sluice/ui/theme"
)

// windowTheme is the theme of the window, for those that differ from it in a few things. It asks for that theme each time,
// because the user may choose another one.
type windowTheme struct{}

func (windowTheme) theme() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

// Color implements [fyne.Theme].
func (w windowTheme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	return w.theme().Color(name, variant)
}

// Font implements [fyne.Theme].
func (w windowTheme) Font(style fyne.TextStyle) fyne.Resource { return w.theme().Font(style) }

// Icon implements [fyne.Theme].
func (w windowTheme) Icon(name fyne.ThemeIconName) fyne.Resource { return w.theme().Icon(name) }

// Size implements [fyne.Theme].
func (w windowTheme) Size(name fyne.ThemeSizeName) float32 { return w.theme().Size(name) }

// tracks is the theme of sliders: the toolkit draws their tracks in the colour of a field's ground, which cannot be seen on
// a card.
type tracks struct{ windowTheme }

// Color implements [fyne.Theme].
func (t tracks) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch name {
	case fynetheme.ColorNameInputBackground:
		name = theme.ColorFieldLine
	case fynetheme.ColorNameForeground:
		name = theme.ColorAccent
	}
	return t.windowTheme.Color(name, variant)
}

// WithTrack returns what shows a slider with a track that can be seen on every ground.
func WithTrack(s *Slider) fyne.CanvasObject {
	return container.NewThemeOverride(s, tracks{})
}
