package request

import (
	"cmp"
	"errors"
	"regexp"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// variable is a variable with what it stands for.
type variable struct {
	name, written, from string
	value               string
	err                 error
}

// variablesView lists the variables that the draft may name.
type variablesView struct {
	pane   *Pane
	object fyne.CanvasObject
	table  *widget.DataTable[string, variable]
	where  *widget.Choice
}

// noEnvironment is the choice of none.
func noEnvironment() string { return lang.L("No environment") }

func newVariablesView(p *Pane) *variablesView {
	v := &variablesView{pane: p}
	v.table = widget.NewDataTable(func(v variable) string { return v.name }, []widget.Column[variable]{
		{ID: "name", Title: lang.L("Variable"), Width: 150, Mono: true, Text: func(v variable) string { return v.name }, Compare: func(a, b variable) int { return cmp.Compare(a.name, b.name) }},
		{ID: "value", Title: lang.L("Stands for"), Width: 240, Mono: true, Text: variable.shown, Role: func(v variable) theme.Role {
			if v.err != nil {
				return theme.RoleBad
			}
			return theme.RoleAccent
		}},
		{ID: "written", Title: lang.L("Written as"), Width: 220, Mono: true, Tone: theme.RoleMuted, Text: func(v variable) string { return hushed(v.name, v.written) }},
		{ID: "from", Title: lang.L("From"), Width: 150, Tone: theme.RoleMuted, Text: func(v variable) string { return v.from }},
	})
	v.table.Dense = true
	v.table.Empty = widget.NewEmptyState(lang.L("The collection of this request has no variables. In its file, a line such as this one makes one:"), "@host = 127.0.0.1")
	v.table.OnActivated = v.edit
	v.table.OnSecondary = func(one variable) []*fyne.MenuItem {
		change := fyne.NewMenuItem(lang.L("Change…"), func() { v.edit(one) })
		change.Disabled = p.readOnly() || p.origin.key == ""
		remove := fyne.NewMenuItem(lang.L("Delete"), func() { p.deleteVariable(one) })
		remove.Disabled = !v.removable(one)
		return []*fyne.MenuItem{change, fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(one.value) }), remove}
	}
	v.table.OnDelete = func(one variable) {
		if v.removable(one) {
			p.deleteVariable(one)
		}
	}
	v.where = widget.NewChoice(nil, noEnvironment(), p.chooseEnvironment)
	add := widget.NewQuietButton("+ "+lang.L("Variable"), func() { v.edit(variable{}) })
	bar := container.NewBorder(nil, nil, v.where, add, container.New(&inMiddle{}, widget.NewText(functionHelp(), widget.TextCaption).Shrink()))
	v.object = pane.Border(widget.NewPadded(0, 4, bar), nil, nil, nil, widget.NewWell(v.table))
	return v
}

// removable reports whether a variable is one of the collection's own.
func (v *variablesView) removable(one variable) bool {
	p := v.pane
	return !p.readOnly() && p.origin.key != "" && (one.from == lang.L("the collection") || one.from != "" && one.from == p.environment)
}

func (v variable) shown() string {
	if v.err != nil {
		return language.Say(v.err)
	}
	return hushed(v.name, v.value)
}

func (v *variablesView) content() fyne.CanvasObject { return v.object }

func (v *variablesView) load() {}

func (v *variablesView) refresh() {
	p := v.pane
	v.where.SetOptions(append([]string{noEnvironment()}, p.environments()...))
	chosen := p.environment
	if chosen == "" {
		chosen = noEnvironment()
	}
	v.where.SetSelected(chosen)
	v.table.SetRows(p.variables())
}

// environments are those that the variables of the draft have values for.
func (p *Pane) environments() []string {
	return collection.Environments(p.variableFiles(p.origin.key)...)
}

// chooseEnvironment takes other values for variables.
func (p *Pane) chooseEnvironment(name string) {
	if name == noEnvironment() {
		name = ""
	}
	p.environment = name
	p.rescope()
	p.refresh()
}

// variables lists what the draft may name, with the values now.
func (p *Pane) variables() []variable {
	scope := p.hints()
	byName := map[string]variable{}
	for _, f := range p.variableFiles(p.origin.key) {
		for _, v := range f.Variables {
			before, there := byName[v.Name]
			inOne := v.Environment != "" && v.Environment == p.environment
			if v.Environment != "" && !inOne || there && before.from == p.environment && !inOne {
				continue
			}
			one := variable{name: v.Name, written: v.Value, from: lang.L("the collection")}
			if f.Name != "" && p.library.environments != nil && f == p.library.environments.file {
				one.from = collection.EnvironmentsName
			}
			if inOne {
				one.from = v.Environment
			}
			byName[v.Name] = one
		}
	}
	for name, value := range scope.Saved() {
		from := lang.L("an answer")
		if name == readyHost && p.readOnly() {
			from = lang.L("this gateway")
		}
		byName[name] = variable{name: name, written: value, from: from}
	}
	var all []variable
	for _, one := range byName {
		one.value, one.err = scope.Value(one.name)
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b variable) int { return cmp.Compare(a.name, b.name) })
	return all
}

// environmentName is what a file takes for one.
var environmentName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// edit asks for a variable and its value, and writes it into the collection.
func (v *variablesView) edit(one variable) {
	p := v.pane
	if p.readOnly() || p.origin.key == "" {
		p.host.Notify(theme.RoleLate, lang.L("Save the request in a collection of your own first: variables are kept there."), "", nil)
		return
	}
	every, fresh := lang.L("In every environment"), lang.L("A new environment…")
	var name, value, named *pane.Entry
	var where *widget.Choice
	var d *pane.Dialog
	environment := func() string {
		switch where.Selected() {
		case every:
			return ""
		case fresh:
			return named.Text
		}
		return where.Selected()
	}
	d = p.host.NewDialog(lang.L("Variable"), lang.L("Save"), func() {
		d.Close()
		p.setVariable(name.Text, environment(), value.Text)
		if where.Selected() == fresh {
			p.chooseEnvironment(named.Text)
		}
	})
	check := func() {
		isNew := where.Selected() == fresh
		pane.SetVisible(named, isNew)
		var err error
		switch {
		case name.Text != "" && !variableName.MatchString(name.Text):
			err = errors.New(lang.L("A name has letters, digits, _, - and dots"))
		case isNew && named.Text != "" && !environmentName.MatchString(named.Text):
			err = errors.New(lang.L("The name of an environment has letters, digits, _, - and dots"))
		}
		d.Check(name.Text != "" && (!isNew || named.Text != ""), err)
	}
	name, value, named = d.NewEntry("host", check), d.NewEntry("127.0.0.1", check), d.NewEntry("plant", check)
	name.Text, value.Text = one.name, one.written
	where = widget.NewChoice(slices.Concat([]string{every}, p.environments(), []string{fresh}), every, func(string) { check() })
	if p.environment != "" {
		where.SetSelected(p.environment)
	}
	d.Open(pane.NewColumn(10, pane.Field(lang.L("Name"), name), pane.Field(lang.L("Value"), value), leading(where), named), 460, name)
	check()
}
