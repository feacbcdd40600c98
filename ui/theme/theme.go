// Package theme is the look of the window: two palettes with the same roles, the fonts, and the measures that make the
// panes as dense as a workbench has to be.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"sluice/assets"
)

// Mode says which palette is used.
type Mode string

// The modes. System follows what the desktop prefers, also when that changes while the program runs.
const (
	System Mode = "system"
	Dark   Mode = "dark"
	Light  Mode = "light"
)

// Names of measures, all in units that the window scales to pixels. The sizes of texts are those of the letters.
const (
	SizeText     fyne.ThemeSizeName = fynetheme.SizeNameText
	SizeSmall    fyne.ThemeSizeName = fynetheme.SizeNameCaptionText
	SizeValue    fyne.ThemeSizeName = "sluiceValue"
	SizeCaption  fyne.ThemeSizeName = "sluiceCaption"
	SizeTitle    fyne.ThemeSizeName = fynetheme.SizeNameSubHeadingText
	SizeFigure   fyne.ThemeSizeName = "sluiceFigure"
	SizeRow      fyne.ThemeSizeName = "sluiceRow"
	SizeRowDense fyne.ThemeSizeName = "sluiceRowDense"
	SizeControl  fyne.ThemeSizeName = "sluiceControl"
	SizeGap      fyne.ThemeSizeName = "sluiceGap"
	SizeRadius   fyne.ThemeSizeName = "sluiceRadius"
	SizeMark     fyne.ThemeSizeName = "sluiceMark"
	SizeFocus    fyne.ThemeSizeName = "sluiceFocus"
)

var sizes = map[fyne.ThemeSizeName]float32{
	SizeText:     13,
	SizeSmall:    12,
	SizeValue:    12.5,
	SizeCaption:  11,
	SizeTitle:    17,
	SizeFigure:   24,
	SizeRow:      33,
	SizeRowDense: 24,
	SizeControl:  32,
	SizeGap:      12,
	SizeRadius:   7,
	SizeMark:     8,
	SizeFocus:    1.5,

	fynetheme.SizeNameHeadingText:        22,
	fynetheme.SizeNameInlineIcon:         18,
	fynetheme.SizeNameInnerPadding:       7,
	fynetheme.SizeNameLineSpacing:        3,
	fynetheme.SizeNamePadding:            4,
	fynetheme.SizeNameInputBorder:        1,
	fynetheme.SizeNameInputRadius:        6,
	fynetheme.SizeNameButtonRadius:       6,
	fynetheme.SizeNameSelectionRadius:    4,
	fynetheme.SizeNameCardRadius:         7,
	fynetheme.SizeNameDialogRadius:       8,
	fynetheme.SizeNamePopupRadius:        8,
	fynetheme.SizeNameMenuRadius:         6,
	fynetheme.SizeNameScrollBar:          11,
	fynetheme.SizeNameScrollBarSmall:     4,
	fynetheme.SizeNameScrollBarRadius:    3,
	fynetheme.SizeNameSeparatorThickness: 1,
	// What lies below a dialog is dimmed. To blur it as well costs more than all the rest of the window.
	fynetheme.SizeNameModalBlurRadius: 0,
}

var (
	sans     = fyne.NewStaticResource("Inter-Regular.otf", assets.SansRegular)
	sansBold = fyne.NewStaticResource("Inter-SemiBold.otf", assets.SansBold)
	mono     = fyne.NewStaticResource("JetBrainsMono-Regular.ttf", assets.MonoRegular)
	monoBold = fyne.NewStaticResource("JetBrainsMono-Bold.ttf", assets.MonoBold)
)

// New returns the theme in the given mode; an unknown mode is System.
func New(mode Mode) fyne.Theme {
	return look{mode: mode}
}

type look struct {
	mode Mode
}

func (l look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	p := &dark
	if l.mode == Light || l.mode != Dark && variant == fynetheme.VariantLight {
		p = &light
	}
	if c, ok := p.colors[name]; ok {
		return c
	}
	return fynetheme.DefaultTheme().Color(name, variant)
}

func (look) Size(name fyne.ThemeSizeName) float32 {
	if size, ok := sizes[name]; ok {
		return size
	}
	return fynetheme.DefaultTheme().Size(name)
}

// Font has no slanted faces: nothing in the window is set in italics, so what asks for them gets the upright ones.
func (look) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return fynetheme.DefaultTheme().Font(style)
	case style.Monospace && style.Bold:
		return monoBold
	case style.Monospace:
		return mono
	case style.Bold:
		return sansBold
	}
	return sans
}

func (look) Icon(name fyne.ThemeIconName) fyne.Resource {
	return fynetheme.DefaultTheme().Icon(name)
}

var icons = func() map[assets.Icon]fyne.Resource {
	all := make(map[assets.Icon]fyne.Resource)
	for _, icon := range assets.Icons() {
		all[icon] = fynetheme.NewThemedResource(fyne.NewStaticResource(string(icon)+".svg", icon.SVG()))
	}
	return all
}()

// Icon returns a drawing of the window that takes the colour of the text beside it; nil when there is none of that name.
func Icon(icon assets.Icon) fyne.Resource {
	return icons[icon]
}
