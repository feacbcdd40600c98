package pane

import (
	"errors"
	"io"
	"io/fs"
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
	path := pathForm{fileDialogs: d, title: lang.L("Open a file"), action: lang.L("Open"), field: lang.L("File"), path: lastFolder() + string(filepath.Separator)}
	path.browse = func(done func()) {
		d.show(dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
			switch {
			case err != nil:
				done()
				do("", nil, err)
			case file != nil: // nil where the user chose none
				done()
				keepFolder(filepath.Dir(file.URI().Path()))
				d.read(file, do)
			}
		}, d.host.Window))
	}
	path.use = func(path string, done func(error)) {
		d.host.Run(func() {
			data, err := readFile(path)
			d.host.Do(func() {
				done(err)
				if err == nil {
					keepFolder(filepath.Dir(path))
					do(filepath.Base(path), data, nil)
				}
			})
		})
	}
	path.open()
}

// read hands over what is in a file that was chosen.
func (d fileDialogs) read(file fyne.URIReadCloser, do func(string, []byte, error)) {
	d.host.Run(func() {
		data, err := readAll(file)
		d.host.Do(func() { do(file.URI().Name(), data, err) })
	})
}

func (d fileDialogs) show(chooser *dialog.FileDialog) { d.host.ShowFileDialog(chooser) }

// ShowFileDialog opens a file dialog, which Escape closes. Before it is shown it cannot be given a size. UI goroutine only.
func (h *Host) ShowFileDialog(chooser *dialog.FileDialog) {
	chooser.SetOnClosed(h.onEscape(chooser.Dismiss))
	chooser.Show()
	chooser.Resize(fileDialogSize)
}

// readFile reads a file of no more than maxFile.
func readFile(path string) ([]byte, error) {
	if err := readable(path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return readAll(file)
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
	path := pathForm{fileDialogs: d, title: lang.L("Save to a folder"), action: lang.L("Save"), field: lang.L("Folder, made if it is not there"), path: lastFolder()}
	path.browse = func(done func()) {
		chooser := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
			switch {
			case err != nil:
				d.host.Failed(lang.L("Opening the folder failed"), err)
			case folder != nil:
				done()
				keepFolder(folder.Path())
				do(folder.Path())
			}
		}, d.host.Window)
		chooser.SetTitleText(lang.L("Save to a folder"))
		chooser.SetConfirmText(lang.L("Save here"))
		d.show(chooser)
	}
	path.use = func(path string, done func(error)) {
		d.host.Run(func() {
			err := os.MkdirAll(path, 0o755)
			d.host.Do(func() {
				done(err)
				if err == nil {
					keepFolder(path)
					do(path)
				}
			})
		})
	}
	path.open()
}

func (d fileDialogs) Save(name string, do func(string)) {
	path := pathForm{fileDialogs: d, title: lang.L("Save to a file"), action: lang.L("Save"), field: lang.L("File"), path: filepath.Join(lastFolder(), name)}
	path.browse = func(done func()) {
		chooser := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
			d.taken(file, err, func(path string) {
				done()
				keepFolder(filepath.Dir(path))
				do(path)
			})
		}, d.host.Window)
		chooser.SetFileName(name)
		d.show(chooser)
	}
	path.use = func(path string, done func(error)) {
		d.host.Run(func() {
			info, err := os.Stat(path)
			if folder := filepath.Dir(path); errors.Is(err, fs.ErrNotExist) {
				if _, missing := os.Stat(folder); errors.Is(missing, fs.ErrNotExist) {
					err = errors.New(lang.L("there is no folder {{.Path}}", map[string]any{"Path": folder}))
				}
			}
			d.host.Do(func() { d.saveTo(path, info, err, done, do) })
		})
	}
	path.open()
}

// chosenFile is a file that a dialog of the toolkit opened, nil where none was chosen.
type chosenFile interface {
	io.Closer
	URI() fyne.URI
}

// taken hands over the path of a file that was chosen in the toolkit's dialog.
func (d fileDialogs) taken(file chosenFile, err error, do func(path string)) {
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
}

// saveTo hands over a path after a question where a file is there.
func (d fileDialogs) saveTo(path string, info fs.FileInfo, err error, done func(error), do func(string)) {
	switch {
	case err == nil && info.IsDir():
		done(errors.New(lang.L("{{.Path}} is a folder", map[string]any{"Path": path})))
		return
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		done(err)
		return
	}
	save := func() {
		keepFolder(filepath.Dir(path))
		do(path)
	}
	done(nil)
	if err == nil {
		d.host.Ask(lang.L("Replace {{.Files}}?", map[string]any{"Files": filepath.Base(path)}),
			lang.L("{{.Folder}} has it already.", map[string]any{"Folder": filepath.Dir(path)}), lang.L("Replace"), save)
		return
	}
	save()
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
