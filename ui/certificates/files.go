package certificates

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"

	"sluice/engine/pki"
	"sluice/ui/pane"
)

// now is the time that menus are made at.
var now = time.Now

// files asks the user for files and folders.
type files interface {
	// open hands over what is in a file that the user chooses.
	open(do func(name string, data []byte, err error))
	// folder hands over the path of a folder.
	folder(do func(path string))
	// save hands over the path of a file that is to be written.
	save(name string, do func(path string))
}

// dialogs asks by the toolkit's dialogs.
type dialogs struct{ host *pane.Host }

// dialogSize is how large they open.
var dialogSize = fyne.NewSize(860, 560)

// maxFile bounds what is read of a file: no certificate or table is larger.
const maxFile = 4 << 20

func (d dialogs) open(do func(string, []byte, error)) {
	chooser := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil {
			do("", nil, err)
			return
		}
		if file == nil { // the user chose none
			return
		}
		d.host.Run(func() {
			data, err := readAll(file)
			d.host.Do(func() { do(file.URI().Name(), data, err) })
		})
	}, d.host.Window)
	show(chooser)
}

// show opens a file dialog. Before it is shown it cannot be given a size.
func show(chooser *dialog.FileDialog) {
	chooser.Show()
	chooser.Resize(dialogSize)
}

// readAll reads a file and closes it.
func readAll(file io.ReadCloser) ([]byte, error) {
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New(lang.L("the file is larger than 4 MB"))
	}
	return data, err
}

func (d dialogs) folder(do func(string)) {
	chooser := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		switch {
		case err != nil:
			d.host.Failed(lang.L("Opening the folder failed"), err)
		case folder != nil:
			do(folder.Path())
		}
	}, d.host.Window)
	show(chooser)
}

func (d dialogs) save(name string, do func(string)) {
	chooser := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		if file == nil && err == nil { // the user chose none
			return
		}
		if err == nil {
			err = file.Close()
		}
		if err != nil {
			d.host.Failed(lang.L("Opening the file failed"), err)
			return
		}
		do(file.URI().Path())
	}, d.host.Window)
	chooser.SetFileName(name)
	show(chooser)
}

// dropped reads the first file that was dropped on the window.
func dropped(h *pane.Host, uris []fyne.URI, do func(name string, data []byte, err error)) {
	if len(uris) == 0 {
		return
	}
	h.Run(func() {
		var data []byte
		file, err := storage.Reader(uris[0])
		if err == nil {
			data, err = readAll(file)
		}
		h.Do(func() { do(uris[0].Name(), data, err) })
	})
}

// existing names the files of an export that a folder has already.
func existing(folder string, list []pki.File) []string {
	var names []string
	for _, f := range list {
		if _, err := os.Lstat(filepath.Join(folder, f.Name)); !errors.Is(err, fs.ErrNotExist) {
			names = append(names, f.Name)
		}
	}
	return names
}

// write puts the files of an export into a folder; what is secret only its owner can read.
func write(folder string, list []pki.File) error {
	for _, f := range list {
		if err := writeFile(filepath.Join(folder, filepath.Base(f.Name)), f); err != nil {
			return fmt.Errorf("writing %s: %w", f.Name, err)
		}
	}
	return nil
}

// writeFile writes to a file beside and renames it: what is half written is nowhere, and no other can read a secret
// because a file of that name was there before.
func writeFile(path string, f pki.File) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".sluice-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if !f.Secret {
		err = temporary.Chmod(0o644)
	}
	if err == nil {
		_, err = temporary.Write(f.Data)
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	return err
}
