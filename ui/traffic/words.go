package traffic

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record/filter"
	"sluice/ui/language"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// mistakeText says what is wrong with a filter and where.
func mistakeText(err error) string {
	var m *filter.Mistake
	if !errors.As(err, &m) {
		return language.Say(err)
	}
	text := lang.L("Column {{.Column}}, {{.Word}}: {{.Reason}}", map[string]any{
		"Column": format.Count(int64(m.Column)), "Word": m.Word, "Reason": reason(m.Kind)})
	if len(m.Choices) > 0 {
		text += "; " + lang.L("there are {{.Words}}", map[string]any{"Words": strings.Join(m.Choices, " ")})
	}
	return text
}

func reason(k filter.Kind) string {
	switch k {
	case filter.UnknownWord:
		return lang.L("no such word")
	case filter.NoValue:
		return lang.L("a value is missing after the colon")
	case filter.OpenQuote:
		return lang.L("the quote is not closed")
	case filter.NothingToAsk:
		return lang.L("something to look for is missing")
	case filter.NotANumber:
		return lang.L("a number is needed")
	case filter.NotADuration:
		return lang.L("a duration such as 50ms or 2s is needed")
	case filter.NotHex:
		return lang.L("a token is hexadecimal")
	case filter.NotAChoice:
		return lang.L("none of its values")
	case filter.UnknownOption:
		return lang.L("no option of this name")
	}
	return lang.L("too many words")
}

// wordText says what a word looks at.
func wordText(name string) string {
	switch name {
	case "code":
		return lang.L("method, response code or MQTT packet")
	case "peer":
		return lang.L("client ID or address")
	case "path":
		return lang.L("path or topic, * within a level, ** over levels; answers have that of their request")
	case "type":
		return lang.L("type of message")
	case "token":
		return lang.L("beginning of the token")
	case "mid":
		return lang.L("message ID or packet identifier")
	case "option":
		return lang.L("option by name or number, or with its value: option:accept=60")
	case "text":
		return lang.L("in path, query and payload")
	case "listener":
		return lang.L("where it passed")
	case "dir":
		return lang.L("received or sent")
	case "size":
		return lang.L("bytes")
	case "took":
		return lang.L("time to the answer")
	case "is":
		return lang.L("what simulated conditions did to it")
	case "odd":
		return lang.L("what is out of the ordinary")
	}
	return lang.L("the exchange that a message is the first of")
}

// helpMenu lists the words; one that is chosen is added to the filter.
func (v *view) helpMenu() *fyne.Menu {
	var items []*fyne.MenuItem
	for _, w := range filter.Words() {
		about := wordText(w.Name)
		if len(w.Choices) > 0 {
			about += ": " + strings.Join(w.Choices, " ")
		}
		items = append(items, fyne.NewMenuItem(w.Example+"   "+about, func() { v.addWord(w.Name + ":") }))
	}
	items = append(items, fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem("-code:2.*   "+lang.L("what is not so"), func() { v.addWord("-") }),
		fyne.NewMenuItem("a b or c   "+lang.L("a and b, or c"), func() { v.addWord("or ") }),
		fyne.NewMenuItem(`"two words", =lamp-3   `+lang.L("spaces; the whole value and no other"), func() { v.addWord("=") }))
	return fyne.NewMenu("", items...)
}

func (v *view) showHelp() { widget.ShowMenuBelow(v.helpMenu(), v.help) }

// addWord adds the beginning of a word to the filter, for the user to go on.
func (v *view) addWord(word string) {
	text := strings.TrimRight(v.filter.Text, " ")
	if text != "" {
		text += " "
	}
	v.filter.SetText(text + word)
	v.filter.CursorColumn = len([]rune(v.filter.Text))
	v.host.Window.Canvas().Focus(v.filter)
}
