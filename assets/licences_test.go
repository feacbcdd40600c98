package assets

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Who adds a module runs go generate ./assets.
func TestEveryModuleIsListed(t *testing.T) {
	listed := Licences()
	for _, tags := range []string{"migrated_fynedo", "headless"} {
		list := exec.Command("go", "list", "-e", "-deps", "-tags", tags, "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "../app")
		list.Env = append(os.Environ(), "CGO_ENABLED=1")
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		modules := strings.Fields(string(out))
		slices.Sort(modules)
		modules = slices.Compact(modules)
		if len(modules) < 10 {
			t.Fatalf("%s: only the modules %q", tags, modules)
		}
		for _, module := range modules {
			if !slices.ContainsFunc(listed, func(l Licence) bool { return l.Part == module }) {
				t.Errorf("the licence of %s is missing: run go generate ./assets", module)
			}
		}
	}
}

func TestEveryLicenceHasAText(t *testing.T) {
	known := map[string]bool{}
	for _, l := range Licences() {
		if known[l.Part] || l.Part == "" || len(l.Text) < 200 || strings.HasPrefix(l.Text, "=") {
			t.Errorf("%s: %.40q", l.Part, l.Text)
		}
		if l.Name == "" {
			t.Errorf("%s is under an unknown licence: %.80q", l.Part, l.Text)
		}
		known[l.Part] = true
	}
	for _, part := range []string{"Go standard library", "Inter (font)", "fyne.io/fyne/v2"} {
		if !known[part] {
			t.Errorf("%s is missing", part)
		}
	}
}
