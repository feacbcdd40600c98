package certificates

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sluice/engine/mistakes"
	"sluice/engine/pki"
	"sluice/ui/pane"
)

// existing names the files of an export that a folder has already with something else in them: the authority's certificate
// comes with each device.
func existing(folder string, list []pki.File) []string {
	var names []string
	for _, f := range list {
		if there, err := os.ReadFile(filepath.Join(folder, f.Name)); !errors.Is(err, fs.ErrNotExist) && !(err == nil && bytes.Equal(there, f.Data)) {
			names = append(names, f.Name)
		}
	}
	return names
}

// write puts the files of an export into a folder; what is secret only its owner can read.
func write(folder string, list []pki.File) error {
	for _, f := range list {
		if err := pane.WriteFile(filepath.Join(folder, filepath.Base(f.Name)), f.Data, f.Secret); err != nil {
			return mistakes.Errorf("writing %s: %w", f.Name, err)
		}
	}
	return nil
}
