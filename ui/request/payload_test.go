package request

import (
	"path/filepath"
	"testing"

	"sluice/engine/collection"
)

// TestFilesAndFoldersAreAskedFor: the dialogs open, which is where the toolkit is easily asked for a size too early.
func TestFilesAndFoldersAreAskedFor(t *testing.T) {
	b := newBench(t)
	b.draft.Payload = collection.Payload{Kind: collection.FilePayload, Path: filepath.Join(t.TempDir(), "firmware.bin")}
	for what, ask := range map[string]func(){"a payload": b.editor.payload.choose, "collections": b.chooseFolder} {
		ask()
		top := b.window.Canvas().Overlays().Top()
		if top == nil {
			t.Errorf("no dialog asks for %s", what)
			continue
		}
		if size := top.MinSize(); size.IsZero() {
			t.Errorf("the dialog that asks for %s is empty", what)
		}
		b.window.Canvas().Overlays().Remove(top)
	}
}

func TestAFileIsNamedAsTheCollectionSeesIt(t *testing.T) {
	folder := filepath.FromSlash("/home/ann/requests")
	for path, want := range map[string]string{
		"/home/ann/requests/firmware.bin":    "firmware.bin",
		"/home/ann/requests/v2/firmware.bin": filepath.FromSlash("v2/firmware.bin"),
		"/home/ann/firmware.bin":             filepath.FromSlash("/home/ann/firmware.bin"),
	} {
		path = filepath.FromSlash(path)
		if got := seenFrom(folder, path); got != want {
			t.Errorf("%s: %s", path, got)
		}
		if got := seenFrom("", path); got != path {
			t.Errorf("%s without a folder: %s", path, got)
		}
	}
}
