// Command licences writes the licences of all modules that the program is made of, on every system it is built for, with
// and without a window. It reads them from the module cache.
//
//	go run ./.ci/licences > assets/licences.txt
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// program is a way the program is built.
type program struct{ system, tags string }

var programs = []program{
	{"linux", "migrated_fynedo"}, {"darwin", "migrated_fynedo"}, {"windows", "migrated_fynedo"},
	{"linux", "headless"}, {"darwin", "headless"}, {"windows", "headless"},
}

// write prints each text once, after the names of all that are under it.
func write() error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("asking where Go is: %w", err)
	}
	folders := map[string]string{"Go standard library": strings.TrimSpace(string(root))}
	for _, p := range programs {
		if err := p.modules(folders); err != nil {
			return err
		}
	}
	under := map[string][]string{}
	for module, folder := range folders {
		text, err := licence(folder)
		if err != nil {
			return fmt.Errorf("%s: %w", module, err)
		}
		under[text] = append(under[text], module)
	}
	var texts []string
	for text, modules := range under {
		slices.Sort(modules)
		texts = append(texts, text)
	}
	slices.SortFunc(texts, func(a, b string) int { return strings.Compare(under[a][0], under[b][0]) })
	var b bytes.Buffer
	for _, text := range texts {
		for _, module := range under[text] {
			fmt.Fprintf(&b, "=== %s\n", module)
		}
		fmt.Fprintf(&b, "\n%s\n\n", text)
	}
	_, err = os.Stdout.Write(b.Bytes())
	return err
}

// modules adds the modules that a program is made of, with their folders. Packages that need a C compiler for another
// system than this one are incomplete; which modules they belong to is known all the same.
func (p program) modules(folders map[string]string) error {
	list := exec.Command("go", "list", "-e", "-deps", "-tags", p.tags, "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "./app")
	list.Env = append(os.Environ(), "GOOS="+p.system, "CGO_ENABLED=1")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("listing the modules of %s: %w", p.system, err)
	}
	for line := range strings.Lines(string(out)) {
		if module, folder, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			folders[module] = folder
		}
	}
	return nil
}

// licence reads the files of a folder, or of one that it is in, that say under which licence it is.
func licence(folder string) (string, error) {
	for range 3 {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return "", err
		}
		var texts []string
		for _, e := range entries {
			name := strings.ToUpper(e.Name())
			if e.IsDir() || !strings.HasPrefix(name, "LICENSE") && !strings.HasPrefix(name, "LICENCE") && !strings.HasPrefix(name, "COPYING") && name != "NOTICE" {
				continue
			}
			data, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				return "", err
			}
			texts = append(texts, clean(string(data)))
		}
		if len(texts) > 0 {
			return strings.Join(texts, "\n\n"), nil
		}
		folder = filepath.Dir(folder)
	}
	return "", errors.Join(errors.New("has no licence"), fs.ErrNotExist)
}

// clean takes away what is not seen.
func clean(text string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		lines = append(lines, strings.TrimRight(line, " \t\f\n"))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
