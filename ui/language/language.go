// Package language says in which language the window speaks: the one that the user chose, or the first of the system's
// that there are texts in. Numbers, times and units are not translated: they are written one way in all languages, that of
// the protocols and their tools, so that what is copied from the window can be pasted anywhere.
package language

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"github.com/jeandeaual/go-locale"
	"golang.org/x/text/language"

	"sluice/assets"
)

// Choice is what the user wants: a language, or System.
type Choice string

// The choices. System follows the languages that the desktop is set to; English where there are texts in none of them.
const (
	System            Choice = ""
	English           Choice = "en"
	German            Choice = "de"
	SimplifiedChinese Choice = "zh-Hans"
)

// Choices lists all, System first.
func Choices() []Choice { return []Choice{System, English, German, SimplifiedChinese} }

// Name is what a language calls itself, so that who reads no other finds it.
func (c Choice) Name() string {
	switch c {
	case English:
		return "English"
	case German:
		return "Deutsch"
	case SimplifiedChinese:
		return "简体中文"
	}
	return lang.L("As the system")
}

// Parse reads a choice as it is written on a command line: "system", or a language tag such as de, de-AT or zh_CN.
func Parse(text string) (Choice, error) {
	if text == "system" {
		return System, nil
	}
	tag, err := language.Parse(text)
	if err == nil {
		if c, ok := nearest([]language.Tag{tag}); ok {
			return c, nil
		}
	}
	return System, fmt.Errorf("there are no texts in the language %q; allowed: system, en, de, zh", text)
}

// Load reads the texts of all languages. It is called once, before Use.
func Load() error {
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		return fmt.Errorf("reading the translations: %w", err)
	}
	english, err := fs.ReadFile(assets.Translations, path.Join(assets.TranslationsDir, "en.json"))
	if err == nil {
		err = json.Unmarshal(english, &texts)
	}
	if err != nil {
		return fmt.Errorf("reading the English texts: %w", err)
	}
	return nil
}

// texts are what there is a translation of.
var texts map[string]any

// Use has lang.L and lang.N, and the toolkit with them, speak c from now on. What was built before keeps its texts.
// UI goroutine only.
func Use(c Choice) {
	if !slices.Contains(Choices(), c) || c == System {
		c = ofSystem()
	}
	setLanguage(string(c))
}

// ofSystem is the first language of the desktop that there are texts in.
func ofSystem() Choice {
	locales, err := locale.GetLocales()
	if err != nil {
		fyne.LogError("asking the system for its languages", err)
	}
	var tags []language.Tag
	for _, l := range locales {
		if tag, err := language.Parse(l); err == nil {
			tags = append(tags, tag)
		}
	}
	c, ok := nearest(tags)
	if !ok {
		return English
	}
	return c
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.German, language.SimplifiedChinese})

// nearest is the language that serves who reads the first of tags that any serves. Traditional Chinese is not served by
// Simplified Chinese, nor is a language that has no more in common with one here than its readers.
func nearest(tags []language.Tag) (Choice, bool) {
	_, i, confidence := matcher.Match(tags...)
	if confidence < language.High {
		return System, false
	}
	return Choices()[1+i], true
}
