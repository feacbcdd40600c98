package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImportsRunDown: who is below knows nothing of who is above, and what is one package's own is imported by no other.
func TestImportsRunDown(t *testing.T) {
	imports := importsOfPackages(t)
	for pkg, unknown := range map[string][]string{
		"assets":            {"sluice/", "fyne.io/"},
		"engine":            {"sluice/ui/", "sluice/app", "fyne.io/"},
		"ui":                {"sluice/app"},
		"ui/widget":         {"sluice/engine", "sluice/ui/pane"},
		"ui/pane":           {"sluice/ui/window"},
		"engine/coap":       {"sluice/engine/broker", "sluice/engine/gateway", "sluice/engine/access", "sluice/engine/store", "sluice/engine/settings"},
		"engine/broker":     {"sluice/engine/coap", "sluice/engine/gateway", "sluice/engine/access", "sluice/engine/store", "github.com/plgd-dev/"},
		"engine/record":     {"sluice/engine/coap", "sluice/engine/broker", "sluice/engine/gateway"},
		"engine/client":     {"sluice/engine/coap", "sluice/engine/broker", "sluice/engine/gateway"},
		"engine/flow":       {"sluice/engine/coap", "sluice/engine/broker", "sluice/engine/gateway", "sluice/engine/topics"},
		"engine/linked":     {"sluice/"},
		"engine/mistakes":   {"sluice/"},
		"engine/datagram":   {"sluice/"},
		"engine/collection": {"sluice/engine/coap", "sluice/engine/broker", "sluice/engine/gateway"},
	} {
		for path, imported := range below(imports, pkg) {
			for _, name := range imported {
				if path == "ui/widget/payload" && (name == "sluice/engine/record" || name == "sluice/engine/mistakes") {
					continue // the registry of Content-Formats, and errors that the window translates
				}
				if slices.ContainsFunc(unknown, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
					t.Errorf("%s imports %s", path, name)
				}
			}
		}
	}
	own := map[string]string{"go.etcd.io/bbolt": "engine/store", "github.com/mochi-mqtt/server": "engine/broker"}
	for _, pane := range []string{
		"access", "certificates", "clients", "devices", "directory", "observers", "overview", "request", "settings", "topics", "traffic",
	} {
		own["sluice/ui/"+pane] = "ui/window"
	}
	for path, imported := range imports {
		for _, name := range imported {
			for prefix, owner := range own {
				if strings.HasPrefix(name, prefix) && path != owner {
					t.Errorf("%s imports %s, which only %s may", path, name, owner)
				}
			}
			if name == "sluice/engine" && strings.HasPrefix(path, "engine/") && path != "engine/demonstration" && path != "engine/watch" {
				t.Errorf("%s imports the engine that is made of it", path)
			}
		}
	}
}

// importsOfPackages are what the packages of the program import, without their tests, by the paths of their folders.
func importsOfPackages(t *testing.T) map[string][]string {
	t.Helper()
	const root = ".."
	all := map[string][]string{}
	for _, top := range []string{"app", "assets", "engine", "ui"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			folder, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			for _, spec := range file.Imports {
				name, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				pkg := filepath.ToSlash(folder)
				all[pkg] = append(all[pkg], name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all["engine"]) == 0 || len(all["ui/window"]) == 0 {
		t.Fatal("packages are missing")
	}
	return all
}

// below are the imports of a package and of all in its folder.
func below(imports map[string][]string, pkg string) map[string][]string {
	found := map[string][]string{}
	for path, imported := range imports {
		if path == pkg || strings.HasPrefix(path, pkg+"/") {
			found[path] = imported
		}
	}
	return found
}
