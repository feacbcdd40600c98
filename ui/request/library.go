package request

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection"
	"sluice/engine/mistakes"
)

// library is a folder of collections, and those that come with Sluice. Its fields belong to the UI goroutine; read makes
// another one elsewhere.
type library struct {
	folder       string
	books        []*book
	environments *book // nil: none
	err          error // of the folder
}

// book is one collection.
type book struct {
	key   string // the path, or ready:NAME
	name  string
	ready bool // it comes with Sluice and cannot be changed
	file  *collection.File
	data  []byte // as it was read
	err   error  // its mistakes
}

// origin is where a request is saved; an empty key: nowhere, an index below 0: it is new there.
type origin struct {
	key   string
	index int
}

// newLibrary is a library of which only what comes with Sluice is read.
func newLibrary(folder string) *library {
	l := &library{folder: folder}
	for _, name := range collection.ReadyNames() {
		data, err := collection.ReadySource(name)
		if err != nil {
			continue // it is not there
		}
		file, err := collection.Parse(collection.ReadyPrefix+name, data)
		l.books = append(l.books, &book{key: collection.ReadyPrefix + name, name: readyTitle(name), ready: true, file: file, data: data, err: err})
	}
	return l
}

func readyTitle(name string) string {
	switch name {
	case "emqx5":
		return lang.L("EMQX 5")
	case "emqx5-connection":
		return lang.L("EMQX 5 connection")
	case "emqx4":
		return lang.L("EMQX 4")
	case "ietf":
		return lang.L("IETF pub/sub")
	case "directory":
		return lang.L("Resource directory")
	}
	return name
}

// maxBook bounds what is read of a file.
const maxBook = 4 << 20

// readLibrary reads a folder. One that is not there is empty.
func readLibrary(folder string) *library {
	ready := newLibrary(folder)
	l := &library{folder: folder}
	if folder != "" {
		l.err = l.readFolder()
	}
	l.books = append(l.books, ready.books...)
	return l
}

func (l *library) readFolder() error {
	entries, err := os.ReadDir(l.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return mistakes.Errorf("reading the folder of collections: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || filepath.Ext(name) != collection.Extension {
			continue
		}
		b, err := readBook(filepath.Join(l.folder, name))
		if err != nil {
			return err
		}
		if name == collection.EnvironmentsName {
			l.environments = b
			continue
		}
		l.books = append(l.books, b)
	}
	return nil
}

func readBook(path string) (*book, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxBook {
		err = errors.New(lang.L("the file is larger than 4 MB"))
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, mistakes.Errorf("reading %s: %w", path, err)
	}
	return parseBook(path, data), nil
}

func parseBook(path string, data []byte) *book {
	file, err := collection.Parse(path, data)
	return &book{key: path, name: strings.TrimSuffix(filepath.Base(path), collection.Extension), file: file, data: data, err: err}
}

// book returns a collection, nil if there is none of that key.
func (l *library) book(key string) *book {
	at := slices.IndexFunc(l.books, func(b *book) bool { return b.key == key })
	if at < 0 {
		return nil
	}
	return l.books[at]
}

// hasOwn reports whether there is a collection of the user's.
func (l *library) hasOwn() bool {
	return slices.ContainsFunc(l.books, func(b *book) bool { return !b.ready })
}

// folderOf is where the files of a collection are seen from.
func (l *library) folderOf(key string) string {
	if key == "" || strings.HasPrefix(key, collection.ReadyPrefix) {
		return l.folder
	}
	return filepath.Dir(key)
}

// path is that of a collection by its name.
func (l *library) path(name string) string {
	return filepath.Join(l.folder, name+collection.Extension)
}

// checkName says what is wrong with the name of a new collection.
func (l *library) checkName(name string) error {
	switch {
	case name == "", strings.HasPrefix(name, "."), strings.ContainsAny(name, `/\:*?"<>|`), name+collection.Extension == collection.EnvironmentsName:
		return errors.New(lang.L("That cannot be the name of a file"))
	case l.book(l.path(name)) != nil:
		return errors.New(lang.L("There is a collection of that name"))
	}
	return nil
}

// errChanged says that a file was changed by another program meanwhile.
type errChanged struct{}

// Error says so.
func (errChanged) Error() string {
	return lang.L("the file was changed by another program meanwhile, and is read again")
}

// remove removes the file of a collection, unless it is no longer what was read.
func remove(path string, was []byte) error {
	now, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(now, was) {
		return errChanged{}
	}
	if err := os.Remove(path); err != nil {
		return mistakes.Errorf("removing %s: %w", path, err)
	}
	return nil
}

// write replaces the file of a collection, unless it is no longer what was read; before is nil for a new one.
func write(path string, before, after []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return mistakes.Errorf("making the folder of collections: %w", err)
	}
	now, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return mistakes.Errorf("reading %s: %w", path, err)
	case !bytes.Equal(now, before):
		return errChanged{}
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".sluice-*")
	if err != nil {
		return mistakes.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(after)
	if err == nil {
		err = temporary.Chmod(0o644)
	}
	if err == nil {
		err = temporary.Sync()
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return mistakes.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// lookEvery is how often the folder is looked at for changes by other programs.
const lookEvery = 2 * time.Second

// signature tells whether a folder changed.
func signature(folder string) string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && filepath.Ext(entry.Name()) == collection.Extension {
			fmt.Fprintf(&b, "%s %d %d\n", entry.Name(), info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}
