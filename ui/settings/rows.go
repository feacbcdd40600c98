package settings

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/settings"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// group is a part of the settings.
type group struct {
	id    string
	title string
}

// The groups that are no tables of a settings file.
const (
	groupAll        = ""
	groupAppearance = "appearance"
	groupListeners  = "listener"
)

func groups() []group {
	return []group{
		{groupAll, lang.L("Everything")},
		{groupListeners, lang.L("Listeners")},
		{"gateway", lang.L("Gateway")},
		{"gateway.blockwise", lang.L("Block-wise transfer")},
		{"gateway.transmission", lang.L("Transmission")},
		{"gateway.emqx4", lang.L("Dialect emqx4")},
		{"gateway.ietf", lang.L("Dialect ietf")},
		{"gateway.directory", lang.L("Resource directory")},
		{"gateway.proxy", lang.L("Proxy")},
		{"gateway.limits", lang.L("Limits")},
		{"access", lang.L("Access")},
		{groupAppearance, lang.L("Appearance")},
	}
}

// The places of what is no setting of the engine.
const (
	themePlace    = "window.theme"
	languagePlace = "window.language"
)

// Row is a setting as the table shows it.
type Row struct {
	place    string
	key      settings.Key
	listener int // noListener
	group    string
	name     string
	value    string
	meaning  string
	standard string // the default
	problem  string
	pending  bool // it is wanted otherwise than it is
	other    bool // it is a listener that there is not by default
}

// changed reports whether the value is another one than the default.
func (r Row) changed() bool {
	if r.listener != noListener {
		return r.other
	}
	return r.value != r.standard
}

func (r Row) role() theme.Role {
	switch {
	case r.problem != "":
		return theme.RoleBad
	case r.pending:
		return theme.RoleLate
	case r.changed():
		return theme.RoleAccent
	}
	return theme.RoleNeutral
}

// state is the mark of a row in a word.
func (r Row) state() string {
	switch {
	case r.problem != "":
		return lang.L("wrong")
	case r.pending:
		return lang.L("to apply")
	case r.changed():
		return lang.L("changed")
	}
	return ""
}

func (r Row) matches(g, filter string) bool {
	if filter == "" {
		return g == groupAll || r.group == g
	}
	text := strings.ToLower(r.place + " " + r.name + " " + r.meaning + " " + r.value + " " + r.state())
	for word := range strings.FieldsSeq(strings.ToLower(filter)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// buildRows are all rows in the order of the groups.
func buildRows(d *draft, look Look) []Row {
	problems := d.problems()
	byGroup := map[string][]Row{groupListeners: listenerRows(d, problems), groupAppearance: {themeRow(look.Mode()), languageRow(look.Language())}}
	for _, k := range settings.Keys() {
		if k.OfListener() {
			continue
		}
		table := k.Path[:strings.LastIndexByte(k.Path, '.')]
		byGroup[table] = append(byGroup[table], Row{place: k.Path, key: k, listener: noListener, group: table, name: k.Path, meaning: lang.L(k.Meaning),
			value: oneLine(d.text(k, noListener)), standard: oneLine(k.Default), problem: problems[k.Path], pending: d.differs(k)})
	}
	var rows []Row
	for _, g := range groups() {
		rows = append(rows, byGroup[g.id]...)
	}
	return rows
}

// listenerPlace is the place of a listener as a whole.
func listenerPlace(i int) string { return fmt.Sprintf("listener[%d]", i) }

func listenerRows(d *draft, problems map[string]string) []Row {
	var rows []Row
	for i, l := range d.wanted.Listeners {
		at := listenerPlace(i)
		r := Row{place: at, listener: i, group: groupListeners, name: l.Bind, meaning: lang.L("A listener"), value: string(l.Dialect),
			other: !has(settings.Default().Listeners, l), pending: !has(d.inForce.Listeners, l)}
		for place, problem := range problems {
			if strings.HasPrefix(place, at) {
				r.problem = problem
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func themeRow(mode theme.Mode) Row {
	return Row{place: themePlace, listener: noListener, group: groupAppearance, name: lang.L("Theme"), value: modeWord(mode),
		meaning: lang.L("How the window looks: dark, light, or as the system has it. It holds at once."), standard: modeWord(theme.System)}
}

func modeWord(mode theme.Mode) string {
	switch mode {
	case theme.Dark:
		return lang.L("Dark")
	case theme.Light:
		return lang.L("Light")
	}
	return lang.L("As the system")
}

// oneLine writes a list on a line.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", ", ") }

func newTable() *widget.DataTable[string, Row] {
	return widget.NewDataTable(func(r Row) string { return r.place }, []widget.Column[Row]{
		{ID: "state", Width: 26, Kind: widget.KindDot, Text: Row.state, Role: Row.role},
		{ID: "name", Title: lang.L("Setting"), Width: 286, Mono: true, Middle: true, Text: func(r Row) string { return r.name },
			Compare: func(a, b Row) int { return strings.Compare(a.name, b.name) }},
		{ID: "value", Title: lang.L("Value"), Width: 112, Text: func(r Row) string { return r.value }, Role: Row.role},
		{ID: "default", Title: lang.L("Default"), Width: 86, Tone: theme.RoleMuted, Text: func(r Row) string { return r.standard }},
		{ID: "meaning", Title: lang.L("What it is for"), Width: 180, Tone: theme.RoleMuted, Text: func(r Row) string { return r.meaning }},
	})
}

// groupRow is a group with how much of it is changed.
type groupRow struct {
	group
	changed int
}

func (g groupRow) count() string {
	if g.changed == 0 {
		return ""
	}
	return fmt.Sprint(g.changed)
}

// buildGroups counts what differs from its default; gone are listeners of it that are not there.
func buildGroups(rows []Row, gone int) []groupRow {
	var list []groupRow
	for _, g := range groups() {
		row := groupRow{group: g}
		if g.id == groupAll || g.id == groupListeners {
			row.changed = gone
		}
		for _, r := range rows {
			if (g.id == groupAll || r.group == g.id) && (r.changed() || r.pending) {
				row.changed++
			}
		}
		list = append(list, row)
	}
	return list
}

func newGroupTable() *widget.DataTable[string, groupRow] {
	return widget.NewDataTable(func(g groupRow) string { return g.id }, []widget.Column[groupRow]{
		{ID: "title", Title: lang.L("Group"), Width: 124, Grows: true, Text: func(g groupRow) string { return g.title }},
		{ID: "changed", Width: 36, Kind: widget.KindNumber, Text: groupRow.count},
	})
}
