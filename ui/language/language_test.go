package language

import (
	"testing"

	"fyne.io/fyne/v2/lang"
)

func TestTheSystemsLanguages(t *testing.T) {
	for _, c := range []struct {
		locales string
		want    Choice
	}{
		{"en_US.UTF-8", English},
		{"de_DE.UTF-8", German},
		{"de_AT", German},
		{"de_CH.UTF-8", German},
		{"zh_CN.UTF-8", SimplifiedChinese},
		{"zh_SG", SimplifiedChinese},
		{"zh", SimplifiedChinese},
		{"zh_TW.UTF-8", English},
		{"zh_HK", English},
		{"fr_FR.UTF-8", English},
		{"fr:de:en", German},
		{"ja_JP", English},
		{"C", English},
		{"", English},
	} {
		t.Run(c.locales, func(t *testing.T) {
			t.Setenv("LC_ALL", "")
			t.Setenv("LC_MESSAGES", "")
			t.Setenv("LANGUAGE", "")
			t.Setenv("LANG", c.locales)
			if got := ofSystem(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Choice{
		"system": System, "en": English, "en-GB": English, "de": German, "de-AT": German, "zh": SimplifiedChinese, "zh_CN": SimplifiedChinese,
		"zh-Hans": SimplifiedChinese,
	} {
		if got, err := Parse(text); got != want || err != nil {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "fr", "zh-Hant", "zh_TW", "german", "?"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// The texts of the window change, and those that the toolkit brings along.
func TestUseChangesTheTexts(t *testing.T) {
	if err := Load(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Use(English) })
	for _, c := range []struct {
		choice              Choice
		clients, one, paste string
	}{
		{German, "Clients", "1 Byte", "Einfügen"},
		{SimplifiedChinese, "客户端", "1 字节", "粘贴"},
		{English, "Clients", "1 byte", "Paste"},
	} {
		Use(c.choice)
		count := map[string]any{"Count": 1}
		if got := lang.L("Clients"); got != c.clients {
			t.Errorf("%s: %s", c.choice, got)
		}
		if got := lang.N("{{.Count}} bytes", 1, count); got != c.one {
			t.Errorf("%s: %s", c.choice, got)
		}
		if got := lang.L("Paste"); got != c.paste {
			t.Errorf("%s: %s", c.choice, got)
		}
	}
}

func TestEachLanguageCallsItselfByItsName(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Choices() {
		if name := c.Name(); name == "" || seen[name] {
			t.Errorf("%q: %q", c, name)
		} else {
			seen[name] = true
		}
	}
}
