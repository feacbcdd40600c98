package request

import (
	"slices"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/widget"
)

// completion is what may stand at the cursor.
type completion struct {
	label string
	text  string
	cut   int // bytes before the cursor that it takes the place of
}

// maxCompletions bounds how many are offered.
const maxCompletions = 24

// functionCalls are placeholders that are no variables.
var functionCalls = []string{"now", "now unix", "now unixms", "counter", "random 20.0 25.0", "uuid", "getenv NAME"}

// completions offers variables within {{, and in a URI paths of what was discovered, saved and sent.
func (p *Pane) completions(before string, uri bool) []completion {
	open := strings.LastIndex(before, "{{")
	if open >= 0 && !strings.Contains(before[open:], "}}") {
		return p.placeholders(strings.TrimLeft(before[open+2:], " "), len(before)-open)
	}
	if uri {
		if all := p.paths(before); len(all) > 0 {
			return all
		}
	}
	return p.placeholders("", 0)
}

// placeholders are those that begin with what was typed.
func (p *Pane) placeholders(typed string, cut int) []completion {
	var all []completion
	for _, v := range p.variables() {
		if strings.HasPrefix(v.name, typed) {
			all = append(all, completion{v.name + "   " + shortened(v.shown(), 40), "{{" + v.name + "}}", cut})
		}
	}
	for _, call := range functionCalls {
		if strings.HasPrefix(call, typed) {
			all = append(all, completion{call, "{{" + call + "}}", cut})
		}
	}
	return all[:min(len(all), maxCompletions)]
}

// paths are those that begin with the path that was typed.
func (p *Pane) paths(before string) []completion {
	_, rest, isURI := strings.Cut(before, "://")
	at := strings.IndexByte(rest, '/')
	if !isURI || at < 0 {
		return nil
	}
	typed := rest[at:]
	var found []string
	add := func(path string) {
		if strings.HasPrefix(path, typed) && path != typed && !slices.Contains(found, path) && len(found) < maxCompletions {
			found = append(found, path)
		}
	}
	if base, err := p.baseOf(); err == nil {
		for _, s := range p.found.servers {
			for _, link := range s.resources {
				if path := strings.TrimPrefix(link.Target, base); s.base == base && strings.HasPrefix(path, "/") {
					add(path)
				}
			}
		}
	}
	for _, e := range p.history.entries {
		add(resource(e.request.Target))
	}
	for _, b := range p.library.books {
		for _, r := range b.file.Requests {
			if r.Verb.IsMethod() && (!b.ready || b.key == p.origin.key) {
				add(resource(r.Target))
			}
		}
	}
	all := make([]completion, len(found))
	for i, path := range found {
		all[i] = completion{path, path, len(typed)}
	}
	return all
}

// isComplete reports whether a shortcut asks for what may stand at the cursor.
func isComplete(s fyne.Shortcut) bool {
	custom, ok := s.(*desktop.CustomShortcut)
	return ok && custom.Modifier == fyne.KeyModifierControl && custom.KeyName == fyne.KeySpace
}

// offer opens a menu of what may stand at the cursor.
func (f *field) offer() {
	if f.complete == nil || f.Disabled() {
		return
	}
	before, _ := f.aroundCursor()
	line := before[1+strings.LastIndexByte(before, '\n'):]
	var items []*fyne.MenuItem
	for _, c := range f.complete(line) {
		items = append(items, fyne.NewMenuItem(c.label, func() { f.take(c) }))
	}
	if len(items) == 0 {
		return
	}
	menu := fyne.NewMenu("", items...)
	if !f.MultiLine {
		widget.ShowMenuBelow(menu, f)
		return
	}
	driver := fyne.CurrentApp().Driver()
	fynewidget.ShowPopUpMenuAtPosition(menu, driver.CanvasForObject(f), driver.AbsolutePositionForObject(f).AddXY(40, 40))
}

// aroundCursor is the text before and behind the cursor.
func (f *field) aroundCursor() (before, after string) {
	at := 0
	lines := strings.SplitAfter(f.Text, "\n")
	for row, line := range lines {
		if row < f.CursorRow {
			at += len(line)
			continue
		}
		for range f.CursorColumn {
			_, size := utf8.DecodeRuneInString(f.Text[at:])
			at += size
		}
		break
	}
	return f.Text[:at], f.Text[at:]
}

// take puts a completion at the cursor.
func (f *field) take(c completion) {
	before, after := f.aroundCursor()
	before = before[:len(before)-c.cut] + c.text
	f.SetText(before + after)
	f.CursorRow = strings.Count(before, "\n")
	f.CursorColumn = utf8.RuneCountInString(before[1+strings.LastIndexByte(before, '\n'):])
	f.Refresh()
}
