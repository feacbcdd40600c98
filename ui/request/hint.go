package request

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/collection"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// piece is a part of a text with placeholders.
type piece struct {
	text   string
	filled bool // it stands for a placeholder
	err    error
}

// pieces replaces what can be: variables by their values, while what changes with each sending stays a placeholder.
func pieces(text string, scope *collection.Scope) []piece {
	var all []piece
	last := 0
	for _, p := range collection.Placeholders(text) {
		if p.From > last {
			all = append(all, piece{text: text[last:p.From]})
		}
		last = p.To
		one := piece{text: text[p.From:p.To], filled: true, err: p.Problem}
		if p.Variable && p.Problem == nil {
			if value, err := scope.Value(p.Expression); err != nil {
				one.err = err
			} else {
				one.text = hushed(p.Expression, value)
			}
		}
		all = append(all, one)
	}
	if last < len(text) {
		all = append(all, piece{text: text[last:]})
	}
	return all
}

// secretNames are parts of names of variables whose values are not shown.
var secretNames = []string{"password", "secret", "passwd"}

// hushed is a value as it is shown: one that the name of its variable tells to be secret is not.
func hushed(name, value string) string {
	for _, secret := range secretNames {
		if strings.Contains(strings.ToLower(name), secret) {
			return "•••"
		}
	}
	return value
}

// resolved is what a text stands for, in a line, and what is wrong with it; empty where that is the text itself.
func resolved(text string, scope *collection.Scope) (string, error) {
	var b strings.Builder
	filled := false
	for _, p := range pieces(text, scope) {
		if p.err != nil {
			return "", p.err
		}
		filled = filled || p.filled
		b.WriteString(p.text)
	}
	if !filled {
		return "", nil
	}
	return b.String(), nil
}

// hint shows below a field what its text stands for: values in the colour of the accent, mistakes in red.
type hint struct {
	object fyne.CanvasObject
	line   *fyne.Container
	stays  bool // also with nothing to say, so that what is below does not move
}

func newHint() *hint {
	h := &hint{line: container.New(fynelayout.NewCustomPaddedHBoxLayout(0))}
	h.object = container.NewHScroll(h.line)
	h.object.Hide()
	return h
}

// show shows pieces, or nothing where none stands for a placeholder and nothing is wrong.
func (h *hint) show(all []piece, problem error) {
	telling := problem != nil
	for _, p := range all {
		telling = telling || p.filled
	}
	h.line.RemoveAll()
	if telling {
		for _, p := range all {
			style := styleHint
			switch {
			case p.err != nil:
				style.Color = theme.ColorBad
			case p.filled:
				style.Color = theme.ColorAccent
			}
			h.line.Add(widget.NewText(p.text, style))
		}
		if problem != nil {
			h.line.Add(widget.NewText("   "+language.Say(problem), styleMistake))
		}
	}
	if !telling && h.stays {
		h.line.Add(widget.NewText(" ", styleHint))
	}
	pane.SetVisible(h.object, telling || h.stays)
}

// firstError is the first mistake of pieces.
func firstError(all []piece) error {
	for _, p := range all {
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// functionHelp says what the functions of placeholders stand for.
func functionHelp() string {
	return lang.L("Placeholders: {{.Names}}, and every variable below.", map[string]any{"Names": "{{now}}, {{now unix}}, {{counter}}, {{random 20.0 25.0}}, {{uuid}}, {{getenv NAME}}"})
}
