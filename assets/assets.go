// Package assets holds what the program carries in itself: its icon, the icons of the window, the fonts and the
// translations. It knows no toolkit; package ui wraps the bytes.
package assets

import "embed"

// AppIcon is the icon of the program as a PNG of 512 by 512 pixels, rendered from icon.svg.
//
//go:embed icon.png
var AppIcon []byte

// The fonts of the window: Inter and JetBrains Mono, each with the Chinese letters of Noto Sans CJK SC, as
// fonts/chinese/merge.py joins them. They are static OpenType files, under the licences that lie in fonts.
var (
	//go:embed fonts/chinese/Inter-Regular-SC.otf
	SansRegular []byte
	//go:embed fonts/chinese/Inter-SemiBold-SC.otf
	SansBold []byte
	//go:embed fonts/chinese/JetBrainsMono-Regular-SC.ttf
	MonoRegular []byte
	//go:embed fonts/chinese/JetBrainsMono-Bold-SC.ttf
	MonoBold []byte
)

//go:embed icons/*.svg
var icons embed.FS

// Translations holds one JSON file a language, named after it (en.json), in the folder TranslationsDir.
//
//go:embed translations
var Translations embed.FS

// TranslationsDir is the only folder of Translations.
const TranslationsDir = "translations"

// Icon is the name of an icon: a drawing of 24 by 24 units in one colour, made of filled paths only, so that a theme can
// tint it.
type Icon string

// The icons of the rail.
const (
	Overview     Icon = "overview"
	Clients      Icon = "clients"
	Topics       Icon = "topics"
	Observers    Icon = "observers"
	Directory    Icon = "directory"
	Traffic      Icon = "traffic"
	Request      Icon = "request"
	Devices      Icon = "devices"
	Certificates Icon = "certificates"
	Access       Icon = "access"
	Settings     Icon = "settings"
)

// The icons of tools and actions.
const (
	Start      Icon = "start"
	Stop       Icon = "stop"
	Play       Icon = "play"
	Pause      Icon = "pause"
	Clear      Icon = "clear"
	Search     Icon = "search"
	Columns    Icon = "columns"
	ArrowUp    Icon = "arrow-up"
	ArrowDown  Icon = "arrow-down"
	Copy       Icon = "copy"
	Delete     Icon = "delete"
	Disconnect Icon = "disconnect"
	Publish    Icon = "publish"
	Observe    Icon = "observe"
)

// Icons lists every icon.
func Icons() []Icon {
	return []Icon{
		Overview, Clients, Topics, Observers, Directory, Traffic, Request, Devices, Certificates, Access, Settings,
		Start, Stop, Play, Pause, Clear, Search, Columns, ArrowUp, ArrowDown,
		Copy, Delete, Disconnect, Publish, Observe,
	}
}

// SVG returns the drawing of i, nil when there is none of that name.
func (i Icon) SVG() []byte {
	data, err := icons.ReadFile("icons/" + string(i) + ".svg")
	if err != nil {
		return nil
	}
	return data
}
