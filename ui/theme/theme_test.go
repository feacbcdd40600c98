package theme

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"sluice/assets"
)

var modes = []Mode{Dark, Light}

func TestEveryColorOfTheToolkitIsDefined(t *testing.T) {
	test.NewTempApp(t)
	for _, mode := range modes {
		test.AssertAllColorNamesDefined(t, New(mode), string(mode))
	}
}

// The least contrasts are those of WCAG 2.2, AA: 4.5 for text, 3 for what a field or a mark is told by. Times and numbers that
// stand beside what they are of, and are dim, may have 4 where a thing is raised.
func TestContrast(t *testing.T) {
	grounds := []fyne.ThemeColorName{ColorBackground, ColorPanel, ColorRaised}
	cases := []struct {
		text  fyne.ThemeColorName
		least float64
	}{
		{ColorText, 7}, {ColorMuted, 4.5}, {ColorDim, 4}, {ColorFieldLine, 3}, {ColorAccent, 4.5},
		{ColorGET, 4.5}, {ColorPOST, 4.5}, {ColorPUT, 4.5}, {ColorDELETE, 4.5}, {ColorMQTT, 4.5},
	}
	for _, mode := range modes {
		th := New(mode)
		for _, c := range cases {
			for _, ground := range grounds {
				assertContrast(t, th, mode, c.text, ground, c.least)
			}
		}
		for role := range roleCount {
			if role != RoleDim {
				assertContrast(t, th, mode, role.Color(), role.Tint(), 4.5)
			}
		}
		assertContrast(t, th, mode, ColorOnAccent, ColorAccent, 4.5)
		assertContrast(t, th, mode, ColorText, ColorSelection, 7)
		assertContrast(t, th, mode, ColorMuted, ColorSelection, 4)
		assertContrast(t, th, mode, ColorDim, ColorBackground, 4.5)
		assertContrast(t, th, mode, ColorDim, ColorSelection, 3)
	}
}

func assertContrast(t *testing.T, th fyne.Theme, mode Mode, text, ground fyne.ThemeColorName, least float64) {
	t.Helper()
	got := contrast(th.Color(text, fynetheme.VariantDark), th.Color(ground, fynetheme.VariantDark))
	if got < least {
		t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", mode, text, ground, got, least)
	}
}

// contrast is the contrast ratio of WCAG 2.2 for opaque colours.
func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestModeDecidesAndSystemFollowsTheDesktop(t *testing.T) {
	darkText, lightText := dark.colors[ColorText], light.colors[ColorText]
	cases := []struct {
		mode    Mode
		variant fyne.ThemeVariant
		want    color.Color
	}{
		{Dark, fynetheme.VariantLight, darkText},
		{Dark, fynetheme.VariantDark, darkText},
		{Light, fynetheme.VariantDark, lightText},
		{System, fynetheme.VariantDark, darkText},
		{System, fynetheme.VariantLight, lightText},
		{"unheard of", fynetheme.VariantLight, lightText},
	}
	for _, c := range cases {
		if got := New(c.mode).Color(ColorText, c.variant); got != c.want {
			t.Errorf("mode %q, desktop %d: text is %v, want %v", c.mode, c.variant, got, c.want)
		}
	}
}

func TestMethodRole(t *testing.T) {
	cases := map[uint8]Role{
		0x00: RoleNeutral, // empty message
		0x01: RoleGET, 0x02: RolePOST, 0x03: RolePUT, 0x04: RoleDELETE,
		0x05: RoleGET, 0x06: RolePUT, 0x07: RolePUT,
		0x41: RoleGood, 0x45: RoleGood, 0x5f: RoleGood,
		0x80: RoleBad, 0x84: RoleBad, 0xa3: RoleBad,
		0xe1: RoleNeutral, // 7.01, signalling of RFC 8323
	}
	for code, want := range cases {
		if got := MethodRole(code); got != want {
			t.Errorf("code %d.%02d has role %d, want %d", code>>5, code&0x1f, got, want)
		}
	}
}

func TestFonts(t *testing.T) {
	test.NewTempApp(t)
	cases := []struct {
		style fyne.TextStyle
		want  string
	}{
		{fyne.TextStyle{}, "Inter-Regular.otf"},
		{fyne.TextStyle{Italic: true}, "Inter-Regular.otf"},
		{fyne.TextStyle{Bold: true}, "Inter-SemiBold.otf"},
		{fyne.TextStyle{Monospace: true}, "JetBrainsMono-Regular.ttf"},
		{fyne.TextStyle{Monospace: true, Bold: true}, "JetBrainsMono-Bold.ttf"},
	}
	for _, c := range cases {
		if got := New(Dark).Font(c.style).Name(); got != c.want {
			t.Errorf("font of %+v is %s, want %s", c.style, got, c.want)
		}
	}
	if New(Dark).Font(fyne.TextStyle{Symbol: true}) == nil {
		t.Error("no font of symbols")
	}
}

func TestIcons(t *testing.T) {
	for _, icon := range assets.Icons() {
		if res := Icon(icon); res == nil || len(res.Content()) == 0 {
			t.Errorf("icon %s is empty", icon)
		}
	}
	if Icon("unheard of") != nil {
		t.Error("an icon that does not exist is not nil")
	}
}
