package assets

import (
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
)

// A language has every text of the English file, with its placeholders and with the plural forms that its grammar has.
// What is missing is printed as JSON, to be translated.
func TestEveryLanguageIsComplete(t *testing.T) {
	base := translation(t, "en")
	for language, forms := range map[string][]string{"de": {"one", "other"}, "zh_Hans": {"other"}} {
		t.Run(language, func(t *testing.T) {
			texts := translation(t, language)
			missing := map[string]any{}
			for key, entry := range base {
				if texts[key] == nil {
					missing[key] = entry
				} else {
					sameShape(t, key, entry, texts[key], forms)
				}
			}
			for key := range texts {
				if base[key] == nil {
					t.Errorf("%q is in no other language", key)
				}
			}
			if len(missing) > 0 {
				out, err := json.MarshalIndent(missing, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				t.Errorf("%d texts are missing:\n%s", len(missing), out)
			}
		})
	}
}

// sameShape compares a translation with the English text: plural where that is, with the forms of the language.
func sameShape(t *testing.T, key string, english, entry any, forms []string) {
	t.Helper()
	if _, plural := english.(map[string]any); !plural {
		text, ok := entry.(string)
		if !ok {
			t.Errorf("%q has plural forms but is used without a number", key)
			return
		}
		sameWords(t, key, text, true)
		return
	}
	plural, ok := entry.(map[string]any)
	if !ok {
		t.Errorf("%q has no plural forms", key)
		return
	}
	if has := slices.Sorted(maps.Keys(plural)); !slices.Equal(has, forms) {
		t.Errorf("%q has the forms %q, want %q", key, has, forms)
	}
	for form, text := range plural {
		sameWords(t, key, text.(string), form == "other")
	}
}

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

// sameWords wants the placeholders of the key in a text; a form for one thing may leave the number out.
func sameWords(t *testing.T, key, text string, all bool) {
	t.Helper()
	if strings.TrimSpace(text) == "" {
		t.Errorf("%q is empty", key)
	}
	if strings.ContainsAny(strings.ReplaceAll(text, "!=", ""), "!！") {
		t.Errorf("%q is shouted: %s", key, text)
	}
	want, got := unique(placeholder.FindAllString(key, -1)), unique(placeholder.FindAllString(text, -1))
	for _, p := range got {
		if !slices.Contains(want, p) {
			t.Errorf("%q: nothing fills %s", key, p)
		}
	}
	for _, p := range want {
		if all && !slices.Contains(got, p) {
			t.Errorf("%q: %s is missing", key, p)
		}
	}
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// What the translations say can be drawn without a font of the system. Who adds letters runs fonts/chinese/merge.py.
func TestFontsHaveTheLettersOfEveryTranslation(t *testing.T) {
	letters := map[rune]bool{}
	for _, language := range []string{"en", "de", "zh_Hans"} {
		for key, entry := range translation(t, language) {
			texts := []any{entry}
			if plural, ok := entry.(map[string]any); ok {
				texts = slices.Collect(maps.Values(plural))
			}
			for _, text := range append(texts, key) {
				for _, r := range text.(string) {
					letters[r] = true
				}
			}
		}
	}
	delete(letters, '\n')
	for _, r := range "简体中文Deutsch" {
		letters[r] = true
	}
	for name, data := range map[string][]byte{
		"sans": SansRegular, "sans bold": SansBold, "mono": MonoRegular, "mono bold": MonoBold,
	} {
		font, err := sfnt.Parse(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var lacking []rune
		for r := range letters {
			if glyph, err := font.GlyphIndex(nil, r); err != nil || glyph == 0 {
				lacking = append(lacking, r)
			}
		}
		if len(lacking) > 0 {
			slices.Sort(lacking)
			t.Errorf("%s lacks %s", name, string(lacking))
		}
	}
}

func translation(t *testing.T, language string) map[string]any {
	t.Helper()
	data, err := fs.ReadFile(Translations, TranslationsDir+"/"+language+".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]any
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}
