package pane

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
)

// Files asks the user for files and folders. What is done with them is done on the UI goroutine, and not at all where the
// user chooses none. UI goroutine only.
type Files interface {
	// Open hands over the name of a file and what is in it, or why it cannot be read.
	Open(do func(name string, data []byte, err error))
	// Folder hands over the path of a folder.
	Folder(do func(path string))
	// Save hands over the path of a file that is to be written; name is what is proposed.
	Save(name string, do func(path string))
}

// NewFiles asks by dialogs over the window of h.
func NewFiles(h *Host) Files { return fileDialogs{h} }

type fileDialogs struct{ host *Host }

// fileDialogSize is how large they open.
var fileDialogSize = fyne.NewSize(860, 560)

// maxFile bounds what is read of a file, which is kept in memory.
const maxFile = 4 << 20

func (d fileDialogs) Open(do func(string, []byte, error)) {
	showFileDialog(dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
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
	}, d.host.Window))
}

// showFileDialog opens a file dialog. Before it is shown it cannot be given a size.
func showFileDialog(chooser *dialog.FileDialog) {
	chooser.Show()
	chooser.Resize(fileDialogSize)
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

func (d fileDialogs) Folder(do func(string)) {
	showFileDialog(dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		switch {
		case err != nil:
			d.host.Failed(lang.L("Opening the folder failed"), err)
		case folder != nil:
			do(folder.Path())
		}
	}, d.host.Window))
}

func (d fileDialogs) Save(name string, do func(string)) {
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
	showFileDialog(chooser)
}

// TakeDropped hands over the first file that is dropped on the window, as Files.Open does, until stop is called. UI
// goroutine only.
func (h *Host) TakeDropped(do func(name string, data []byte, err error)) (stop func()) {
	h.Window.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { h.readDropped(uris, do) })
	return func() { h.Window.SetOnDropped(nil) }
}

func (h *Host) readDropped(uris []fyne.URI, do func(name string, data []byte, err error)) {
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

// WriteFile writes to a file beside and renames it: what is half written is nowhere, and no other can read a secret
// because a file of that name was there before. What is secret only its owner can read.
func WriteFile(path string, data []byte, secret bool) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".sluice-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if !secret {
		err = temporary.Chmod(0o644)
	}
	if err == nil {
		_, err = temporary.Write(data)
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	return err
}
