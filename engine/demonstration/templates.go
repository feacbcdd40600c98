package demonstration

import (
	"embed"

	"sluice/engine/device"
	"sluice/engine/mistakes"
)

//go:embed templates/*.toml
var templates embed.FS

// template reads one of the templates; edit may change its source before.
func template(name string, edit func(source string) string) (*device.Template, error) {
	source, err := templates.ReadFile("templates/" + name + ".toml")
	if err != nil {
		return nil, mistakes.Errorf("read a template: %w", err)
	}
	t, err := device.ParseTemplate(edit(string(source)))
	if err != nil {
		return nil, mistakes.Errorf("template of %s: %w", name, err)
	}
	return t, nil
}
