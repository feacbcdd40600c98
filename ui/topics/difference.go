package topics

import (
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/topics"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// changeKind says what became of a value or a line.
type changeKind uint8

const (
	changed changeKind = iota
	added
	removed
)

// word and role are how a table shows a kind.
func (k changeKind) word() string {
	switch k {
	case added:
		return lang.L("added")
	case removed:
		return lang.L("removed")
	}
	return lang.L("changed")
}

func (k changeKind) role() theme.Role {
	switch k {
	case added:
		return theme.RoleGood
	case removed:
		return theme.RoleBad
	}
	return theme.RoleLate
}

// change is one place where two payloads differ.
type change struct {
	index       int
	kind        changeKind
	where       string // path, or number of the line
	before, now string
	by          string // how much a number grew
}

// difference is what lies between an older value of a topic and its last.
type difference struct {
	known      bool // there is an older value
	older, now time.Time
	changes    []change
}

// compare finds the older value in a history that is newest first, chosen by its number or 0 for the one before the last.
func compare(history []historyRow, chosen uint64) difference {
	if len(history) < 2 {
		return difference{}
	}
	at := 1
	if chosen != 0 {
		if i := slices.IndexFunc(history, func(r historyRow) bool { return r.number == chosen }); i > 0 {
			at = i
		}
	}
	older, now := &history[at].value, &history[0].value
	return difference{known: true, older: older.At, now: now.At, changes: changesBetween(older, now)}
}

// changesBetween compares by path where both are structured, by byte where both are bytes, otherwise by line.
func changesBetween(before, now *topics.Value) []change {
	a, structuredA := payload.Leaves(before.Payload, units.DeclaredFormat(before.Type))
	b, structuredB := payload.Leaves(now.Payload, units.DeclaredFormat(now.Type))
	var list []change
	switch {
	case structuredA && structuredB:
		list = changesByPath(a, b)
	case binary(before) && binary(now):
		list = changesByByte(before.Payload, now.Payload)
	default:
		list = changesByLine(linesOf(before), linesOf(now))
	}
	for i := range list {
		list[i].index = i
	}
	return list
}

func changesByPath(before, now []payload.Leaf) []change {
	older := make(map[string]payload.Leaf, len(before))
	for _, l := range before {
		older[l.Path] = l
	}
	var list []change
	still := make(map[string]bool, len(now))
	for _, l := range now {
		still[l.Path] = true
		was, known := older[l.Path]
		switch {
		case !known:
			list = append(list, change{kind: added, where: l.Path, now: l.Text})
		case was.Text != l.Text:
			list = append(list, change{kind: changed, where: l.Path, before: was.Text, now: l.Text, by: grown(was, l)})
		}
	}
	for _, l := range before {
		if !still[l.Path] {
			list = append(list, change{kind: removed, where: l.Path, before: l.Text})
		}
	}
	return list
}

// grown is how much larger a number is.
func grown(before, now payload.Leaf) string {
	a, okA := before.Number()
	b, okB := now.Number()
	if !okA || !okB {
		return ""
	}
	text := format.Number(b - a)
	if b > a {
		text = "+" + text
	}
	return text
}

// comparedLines bounds each side of a comparison by line.
const comparedLines = 2000

func linesOf(v *topics.Value) []string {
	data := v.Payload[:min(len(v.Payload), 64<<10)]
	lines, _ := payload.Render(data, payload.Guess(data, units.DeclaredFormat(v.Type)))
	text := make([]string, 0, min(len(lines), comparedLines))
	for _, l := range lines[:min(len(lines), comparedLines)] {
		text = append(text, l.Text())
	}
	return text
}

// changesByLine finds the lines that came and went. A line in the place of another is that line changed.
func changesByLine(before, now []string) []change {
	first := 0
	for first < len(before) && first < len(now) && before[first] == now[first] {
		first++
	}
	end := 0
	for end < min(len(before), len(now))-first && before[len(before)-1-end] == now[len(now)-1-end] {
		end++
	}
	a, b := before[first:len(before)-end], now[first:len(now)-end]
	var list []change
	i, j := 0, 0
	for _, pair := range append(common(a, b), [2]int{len(a), len(b)}) {
		for i < pair[0] || j < pair[1] {
			switch {
			case i < pair[0] && j < pair[1]:
				list = append(list, change{kind: changed, where: lineNumber(first + j), before: a[i], now: b[j]})
				i, j = i+1, j+1
			case i < pair[0]:
				list = append(list, change{kind: removed, where: lineNumber(first + j), before: a[i]})
				i++
			default:
				list = append(list, change{kind: added, where: lineNumber(first + j), now: b[j]})
				j++
			}
		}
		i, j = i+1, j+1
	}
	return list
}

func lineNumber(index int) string {
	return lang.L("line {{.Line}}", map[string]any{"Line": strconv.Itoa(index + 1)})
}

// comparedCells bounds the table in which common lines are looked for; beyond, all lines are taken for changed.
const comparedCells = 1 << 20

// common pairs the lines of a longest common subsequence.
func common(a, b []string) [][2]int {
	if len(a) == 0 || len(b) == 0 || len(a)*len(b) > comparedCells {
		return nil
	}
	width := len(b) + 1
	longest := make([]int16, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case longest[(i+1)*width+j] >= longest[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
