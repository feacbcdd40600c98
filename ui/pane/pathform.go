package pane

import (
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/widget"
)

// pathForm asks for a path: typed, or found with the toolkit's file dialog, which takes no paths and does not close on
// Escape.
type pathForm struct {
	fileDialogs
	title, action, field string
	path                 string // what is proposed
	// use does with a path what is to be done and says then what went wrong.
	use func(path string, done func(error))
	// browse lets the user look for it; done is called once it is found.
	browse func(done func())
}

func (f pathForm) open() {
	var d *Dialog
	var entry *Entry
	d = f.host.NewDialog(f.title, f.action, func() {
		d.Working(f.action)
		f.use(absolute(entry.Text), func(err error) {
			d.Working("")
			if err != nil {
				d.Check(true, err)
				return
			}
			d.Close()
		})
	})
	entry = d.NewEntry("", func() { d.Check(strings.TrimSpace(entry.Text) != "", nil) })
	entry.SetText(f.path)
	entry.CursorColumn = len([]rune(f.path))
	browse := widget.NewButton(lang.L("Browse…"), func() { f.browse(d.Close) })
	d.Open(Field(f.field, container.NewBorder(nil, nil, nil, browse, entry)), 560, entry)
}

// lastFolderKey is under what the folder that was used last is remembered.
const lastFolderKey = "folder"

// lastFolder is the folder that was used last, at first the user's own.
func lastFolder() string {
	if folder := fyne.CurrentApp().Preferences().String(lastFolderKey); folder != "" {
		return folder
	}
	return home()
}

func keepFolder(folder string) { fyne.CurrentApp().Preferences().SetString(lastFolderKey, folder) }

func home() string {
	folder, err := os.UserHomeDir()
	if err != nil {
		return string(filepath.Separator)
	}
	return folder
}

// absolute is a path as it was typed: ~ is the user's own folder, and what is relative is in it.
func absolute(path string) string {
	path = strings.TrimSpace(path)
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		path = "." + rest
	}
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(home(), path)
}
