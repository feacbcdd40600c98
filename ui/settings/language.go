package settings

import (
	"slices"

	"fyne.io/fyne/v2/lang"

	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

func languageRow(c language.Choice) Row {
	return Row{place: languagePlace, listener: noListener, group: groupAppearance, name: lang.L("Language"), value: c.Name(),
		meaning:  lang.L("The language of the window. It holds at once: the window is built anew, and what the Request pane sends or observes ends."),
		standard: language.System.Name()}
}

func (d *detail) buildLanguage(r Row) {
	choices := language.Choices()
	words := make([]string, len(choices))
	for i, c := range choices {
		words[i] = c.Name()
	}
	choice := widget.NewChoice(words, r.value, func(word string) { d.pane.look.SetLanguage(choices[slices.Index(words, word)]) })
	d.object.Add(widget.NewText(r.name, widget.TextTitle))
	d.object.Add(pane.Remark(r.meaning, theme.RoleMuted))
	d.object.Add(leading(choice))
}

// Resume takes over from a pane that is closed what was not applied yet, and where the user was.
func (p *Pane) Resume(from *Pane) {
	p.draft, p.group = from.draft, from.group
	p.groups.Select(p.group)
	if at, ok := from.table.Selected(); ok {
		p.refresh()
		p.table.Select(at.place)
	}
	p.filter.SetText(from.filter.Text)
	p.refresh()
}
