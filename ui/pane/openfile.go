package pane

import (
	"errors"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
)

// AskForFile asks for a file that may be too large to be handed over as a whole, and hands over its path on the UI
// goroutine. Who looks for it in the folders sees those with one of the extensions. UI goroutine only.
func (h *Host) AskForFile(extensions []string, do func(path string)) {
	d := fileDialogs{h}
	form := pathForm{fileDialogs: d, title: lang.L("Open a file"), action: lang.L("Open"), field: lang.L("File"), path: lastFolder() + string(filepath.Separator)}
	take := func(path string) {
		keepFolder(filepath.Dir(path))
		do(path)
	}
	form.browse = func(done func()) {
		chooser := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
			d.taken(file, err, func(path string) {
				done()
				take(path)
			})
		}, h.Window)
		chooser.SetFilter(storage.NewExtensionFileFilter(extensions))
		d.show(chooser)
	}
	form.use = func(path string, done func(error)) {
		h.Run(func() {
			err := readable(path)
			h.Do(func() {
				if done(err); err == nil {
					take(path)
				}
			})
		})
	}
	form.open()
}

// readable says why a path is that of no file that can be read from its beginning to its end. A pipe or a device may never
// end, or never begin.
func readable(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(lang.L("{{.Path}} is no file", map[string]any{"Path": path}))
	}
	return err
}
