package window

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluice/assets"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/record"
	"sluice/engine/settings"
	"sluice/ui/widget/payload"
)

// Every text of the window is in the base translation, so that a translator finds them all in one file.
func TestEveryTextCanBeTranslated(t *testing.T) {
	base := translations(t, "en")
	used := map[string]bool{}
	for _, f := range []payload.Format{payload.Text, payload.JSON, payload.CBOR, payload.SenML, payload.LinkFormat, payload.Hex} {
		used[f.Title()] = true
		if base[f.Title()] == nil {
			t.Errorf("%q is missing", f.Title())
		}
	}
	for _, text := range engineTexts() {
		used[text] = true
		if base[text] == nil {
			t.Errorf("%q is missing", text)
		}
	}
	for text := range sentences(t) {
		used[text] = true
		if base[text] == nil {
			t.Errorf("%q is missing", text)
		}
	}
	for key, plural := range texts(t, "..") {
		used[key] = true
		switch entry := base[key].(type) {
		case nil:
			t.Errorf("%q is missing", key)
		case map[string]any:
			if !plural {
				t.Errorf("%q has plural forms but is used without a number", key)
			}
		default:
			if plural {
				t.Errorf("%q has no plural forms: %v", key, entry)
			}
		}
	}
	for key := range base {
		if !used[key] {
			t.Errorf("%q is used nowhere", key)
		}
	}
	keys := keysInOrder(t, translationsFile(t, "en"))
	if !slices.IsSorted(keys) {
		t.Error("the texts are not in order")
	}
}

// translations are the texts of a language.
func translations(t *testing.T, language string) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(translationsFile(t, language), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func translationsFile(t *testing.T, language string) []byte {
	t.Helper()
	data, err := fs.ReadFile(assets.Translations, assets.TranslationsDir+"/"+language+".json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// engineTexts are the English sentences of the engine that the window translates.
func engineTexts() []string {
	texts := record.Phrases()
	for _, k := range settings.Keys() {
		texts = append(texts, k.Meaning, k.Allowed)
	}
	for _, kind := range device.Templates() {
		texts = append(texts, kind.About)
	}
	for _, p := range coap.Presets() {
		texts = append(texts, p.Title)
	}
	return texts
}

// texts finds the arguments of lang.L and lang.N below a folder, and whether they are plural.
func texts(t *testing.T, folder string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			function, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := function.X.(*ast.Ident); !ok || pkg.Name != "lang" || function.Sel.Name != "L" && function.Sel.Name != "N" {
				return true
			}
			literal, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				return true // a title that a format gives: see above
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			found[text] = found[text] || function.Sel.Name == "N"
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// keysInOrder lists the keys of a JSON object as the file has them.
func keysInOrder(t *testing.T, data []byte) []string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}
