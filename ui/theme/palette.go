package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Names of the colours, by what they are for. The first three are layers: rows and editors lie on the background, bars
// and sides on the panel, cards and buttons are raised.
const (
	ColorBackground fyne.ThemeColorName = fynetheme.ColorNameBackground
	ColorPanel      fyne.ThemeColorName = "sluicePanel"
	ColorRaised     fyne.ThemeColorName = "sluiceRaised"
	ColorLine       fyne.ThemeColorName = "sluiceLine"
	ColorRowLine    fyne.ThemeColorName = "sluiceRowLine"                // between rows, where there are many
	ColorFieldLine  fyne.ThemeColorName = fynetheme.ColorNameInputBorder // around fields and boxes to tick, and tracks
	ColorButtonLine fyne.ThemeColorName = "sluiceButtonLine"
	ColorHover      fyne.ThemeColorName = fynetheme.ColorNameHover
	ColorSelection  fyne.ThemeColorName = "sluiceSelection"
	ColorText       fyne.ThemeColorName = fynetheme.ColorNameForeground
	ColorMuted      fyne.ThemeColorName = "sluiceMuted"
	ColorDim        fyne.ThemeColorName = "sluiceDim"
	ColorAccent     fyne.ThemeColorName = fynetheme.ColorNamePrimary
	ColorOnAccent   fyne.ThemeColorName = fynetheme.ColorNameForegroundOnPrimary
)

// Names of the colours that carry a meaning; see [Role].
const (
	ColorGET    fyne.ThemeColorName = "sluiceGET"
	ColorPOST   fyne.ThemeColorName = "sluicePOST"
	ColorPUT    fyne.ThemeColorName = "sluicePUT"
	ColorDELETE fyne.ThemeColorName = "sluiceDELETE"
	ColorMQTT   fyne.ThemeColorName = "sluiceMQTT"
	ColorGood   fyne.ThemeColorName = fynetheme.ColorNameSuccess
	ColorLate   fyne.ThemeColorName = fynetheme.ColorNameWarning
	ColorBad    fyne.ThemeColorName = fynetheme.ColorNameError
)

// palette is one variant of the theme: its colours and how strongly a role's colour tints the ground of a badge.
type palette struct {
	colors map[fyne.ThemeColorName]color.NRGBA
	tint   float64
}

var dark = newPalette(basics{
	background: rgb(0x12161c), panel: rgb(0x181d25), raised: rgb(0x1e242e), line: rgb(0x2a323e),
	fieldLine: rgb(0x667284), buttonLine: rgb(0x2a323e),
	text: rgb(0xe4e9f0), muted: rgb(0x8b97a8), dim: rgb(0x7a8698),
	accent: rgb(0x2fb8a6), onAccent: rgb(0x06211d), selection: rgb(0x173a38),
	get: rgb(0x58b368), post: rgb(0x4f9fe8), put: rgb(0xd9a441), del: rgb(0xe0645c), mqtt: rgb(0xa78bfa), amber: rgb(0xd9a441),
	veil: rgb(0xffffff), hover: 0x0c, pressed: 0x1c, shadow: 0x38, tint: 0.13,
})

var light = newPalette(basics{
	background: rgb(0xfdfdfe), panel: rgb(0xf2f5f8), raised: rgb(0xffffff), line: rgb(0xd3dae3),
	fieldLine: rgb(0x808d9d), buttonLine: rgb(0xaeb9c6),
	text: rgb(0x18212c), muted: rgb(0x536072), dim: rgb(0x667282),
	accent: rgb(0x0a7568), onAccent: rgb(0xffffff), selection: rgb(0xd2eeea),
	get: rgb(0x1f7536), post: rgb(0x1a62ad), put: rgb(0x855900), del: rgb(0xb8322a), mqtt: rgb(0x6544c9), amber: rgb(0xf5b000),
	veil: rgb(0x18212c), hover: 0x0c, pressed: 0x1c, shadow: 0x1a, tint: 0.11,
})

// basics are the colours a variant is made of.
type basics struct {
	background, panel, raised, line color.NRGBA
	fieldLine, buttonLine           color.NRGBA
	text, muted, dim                color.NRGBA
	accent, onAccent, selection     color.NRGBA
	get, post, put, del, mqtt       color.NRGBA
	amber                           color.NRGBA // the ground of what is late or put: a yellow that is dark enough for texts tints like mud
	veil                            color.NRGBA // laid thinly over a thing that is hovered or pressed
	hover, pressed, shadow          uint8       // opacity
	tint                            float64
}

func newPalette(b basics) palette {
	p := palette{tint: b.tint, colors: map[fyne.ThemeColorName]color.NRGBA{
		ColorPanel: b.panel, ColorRaised: b.raised, ColorLine: b.line, ColorSelection: b.selection,
		ColorRowLine: mix(b.line, b.background, 0.6),
		ColorMuted:   b.muted, ColorDim: b.dim, ColorButtonLine: b.buttonLine,
		ColorGET: b.get, ColorPOST: b.post, ColorPUT: b.put, ColorDELETE: b.del, ColorMQTT: b.mqtt,

		fynetheme.ColorNameBackground:                b.background,
		fynetheme.ColorNameButton:                    b.raised,
		fynetheme.ColorNameDisabled:                  mix(b.muted, b.dim, 0.85), // remarks have it too, which are there to be read
		fynetheme.ColorNameDisabledButton:            b.panel,
		fynetheme.ColorNameError:                     b.del,
		fynetheme.ColorNameFocus:                     fade(b.accent, 0x55),
		fynetheme.ColorNameForeground:                b.text,
		fynetheme.ColorNameForegroundOnError:         b.background,
		fynetheme.ColorNameForegroundOnPrimary:       b.onAccent,
		fynetheme.ColorNameForegroundOnSuccess:       b.background,
		fynetheme.ColorNameForegroundOnWarning:       b.background,
		fynetheme.ColorNameHeaderBackground:          b.panel,
		fynetheme.ColorNameHover:                     fade(b.veil, b.hover),
		fynetheme.ColorNameHyperlink:                 b.accent,
		fynetheme.ColorNameInnerWindowBorder:         b.line,
		fynetheme.ColorNameInnerWindowBorderInactive: b.line,
		fynetheme.ColorNameInputBackground:           b.background,
		fynetheme.ColorNameInputBorder:               b.fieldLine,
		fynetheme.ColorNameMenuBackground:            b.raised,
		fynetheme.ColorNameOverlayBackground:         b.panel,
		fynetheme.ColorNamePlaceHolder:               b.muted,
		fynetheme.ColorNamePressed:                   fade(b.veil, b.pressed),
		fynetheme.ColorNamePrimary:                   b.accent,
		fynetheme.ColorNameScrollBar:                 fade(b.muted, 0x80),
		fynetheme.ColorNameScrollBarBackground:       fade(b.veil, 0x08),
		fynetheme.ColorNameSelection:                 mix(b.accent, b.background, 0.24),
		fynetheme.ColorNameSeparator:                 b.line,
		fynetheme.ColorNameShadow:                    fade(color.NRGBA{}, b.shadow),
		fynetheme.ColorNameSuccess:                   b.get,
		fynetheme.ColorNameWarning:                   b.put,
	}}
	for role := range roleCount {
		ground := mix(p.colors[role.Color()], b.background, b.tint)
		switch role {
		case RoleNeutral, RoleMuted, RoleDim, RoleText:
			ground = mix(b.muted, b.background, b.tint*0.6)
		case RoleLate, RolePUT:
			ground = mix(b.amber, b.background, b.tint)
		}
		p.colors[role.Tint()] = ground
	}
	return p
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

func fade(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// mix is the colour seen when c covers under with the given share, 0 to 1.
func mix(c, under color.NRGBA, share float64) color.NRGBA {
	blend := func(a, b uint8) uint8 { return uint8(float64(a)*share + float64(b)*(1-share) + 0.5) }
	return color.NRGBA{R: blend(c.R, under.R), G: blend(c.G, under.G), B: blend(c.B, under.B), A: 0xff}
}
