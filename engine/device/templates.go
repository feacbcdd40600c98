package device

import (
	"embed"
	"fmt"
)

//go:embed templates/*.toml
var builtin embed.FS

// kinds are the templates that come with the program, in the order to show them.
var kinds = []string{"thermometer", "meter", "lamp", "door", "tracker", "updater"}

// Templates are those that come with the program.
func Templates() []*Template {
	all := make([]*Template, 0, len(kinds))
	for _, kind := range kinds {
		source, err := builtin.ReadFile("templates/" + kind + ".toml")
		if err != nil {
			panic(fmt.Sprintf("device: read the template of %s: %v", kind, err)) // it is embedded
		}
		t, err := ParseTemplate(string(source))
		if err != nil {
			panic(fmt.Sprintf("device: template of %s: %v", kind, err)) // a test reads all
		}
		all = append(all, t)
	}
	return all
}
