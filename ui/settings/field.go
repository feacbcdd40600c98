package settings

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// field edits the value of one key.
type field struct {
	key      settings.Key
	object   fyne.CanvasObject
	choice   *widget.Choice
	entry    *entry
	problem  *fynewidget.Label
	optional bool // it may have no value, and then the default
	filling  bool // it is being filled in, not the user's doing
	// typed is what the user typed last and meant how that is written, so that "3" does not become "3s" under the hand of
	// who goes on to "30s"; unread says that meant is not known yet.
	typed, meant string
	unread       bool
}

// newField makes the field of a key; changed is called with what the user chose or typed.
func newField(k settings.Key, optional bool, changed func(text string)) *field {
	f := &field{key: k, optional: optional, problem: pane.Remark("", theme.RoleBad)}
	var input fyne.CanvasObject
	if k.Kind == settings.Switch || k.Kind == settings.Choice {
		f.choice = widget.NewChoice(f.options(), "", func(option string) { changed(f.valueOf(option)) })
		input = leading(f.choice)
	} else {
		f.entry = newEntry(k, func(text string) {
			if !f.filling {
				f.typed, f.unread = text, true
				changed(text)
			}
		})
		input = f.entry
	}
	f.object = pane.NewColumn(4, input, f.problem)
	return f
}

// leading gives a control no more width than it needs.
func leading(o fyne.CanvasObject) fyne.CanvasObject { return pane.Border(nil, nil, o, nil, nil) }

// options are the words to choose from.
func (f *field) options() []string {
	var list []string
	if f.optional {
		list = append(list, lang.L("Default"))
	}
	for _, v := range f.values() {
		list = append(list, f.wordOf(v))
	}
	return list
}

func (f *field) values() []string {
	if f.key.Kind == settings.Switch {
		return []string{"true", "false"}
	}
	return f.key.Options
}

func (f *field) wordOf(value string) string {
	switch {
	case value == "" && f.optional:
		return lang.L("Default")
	case f.key.Kind == settings.Switch && value == "true":
		return lang.L("On")
	case f.key.Kind == settings.Switch:
		return lang.L("Off")
	}
	return value
}

func (f *field) valueOf(word string) string {
	if at := slices.IndexFunc(f.values(), func(v string) bool { return f.wordOf(v) == word }); at >= 0 {
		return f.values()[at]
	}
	return ""
}

// show brings the field up to date.
func (f *field) show(text, problem string) {
	if f.unread {
		f.meant, f.unread = text, false
	}
	if f.choice != nil {
		f.choice.SetSelected(f.wordOf(text))
	} else if asTyped := f.entry.Text == f.typed && text == f.meant; f.entry.Text != text && !asTyped {
		f.filling = true
		f.entry.SetText(text)
		f.filling = false
	}
	pane.SetRemark(f.problem, problem, theme.RoleBad)
}

// focus is what takes the keyboard.
func (f *field) focus() fyne.Focusable {
	if f.choice != nil {
		return f.choice
	}
	return f.entry
}

// entry is a line, or lines, of a field.
type entry struct{ widget.Entry }

func newEntry(k settings.Key, changed func(string)) *entry {
	e := &entry{}
	e.TextStyle.Monospace = true
	e.OnChanged = changed
	e.Password = strings.HasSuffix(k.Path, ".password")
	if k.Kind == settings.List {
		e.MultiLine, e.Wrapping = true, fyne.TextWrapOff
		e.SetMinRowsVisible(3)
		e.SetPlaceHolder(lang.L("A line each"))
	} else {
		e.SetPlaceHolder(k.Default)
	}
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements [fyne.Focusable].
func (e *entry) TypedKey(ev *fyne.KeyEvent) {
	if !widget.PassKey(e, ev) {
		e.Entry.TypedKey(ev)
	}
}
