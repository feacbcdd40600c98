package request

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// The tabs of a request besides those of an answer.
const (
	tabSecurity     = "security"
	tabTransmission = "transmission"
	tabVariables    = "variables"
	tabText         = "text"
	tabCode         = "code"
)

// editor shows all of a request but its first line.
type editor struct {
	pane    *Pane
	object  fyne.CanvasObject
	tabs    *widget.Tabs
	parts   map[string]part
	saved   *widget.Text
	where   *fyne.Container // of saved
	save    *widget.Button
	loading bool

	payload  *payloadEditor
	security *securityEditor
}

// part is what a tab shows.
type part interface {
	content() fyne.CanvasObject
	load()    // another draft
	refresh() // the draft changed; it is called of the part in view
}

func newEditor(p *Pane) *editor {
	e := &editor{pane: p, payload: newPayloadEditor(p), security: newSecurityEditor(p), saved: widget.NewText("", widget.TextDim)}
	e.tabs = widget.NewTabs(
		widget.Tab{ID: tabOptions, Label: lang.L("Options")}, widget.Tab{ID: tabPayload, Label: lang.L("Payload")},
		widget.Tab{ID: tabSecurity, Label: lang.L("Security")}, widget.Tab{ID: tabTransmission, Label: lang.L("Transmission")},
		widget.Tab{ID: tabVariables, Label: lang.L("Variables")}, widget.Tab{ID: tabText, Label: lang.L("Text")},
		widget.Tab{ID: tabCode, Label: lang.L("Code")})
	e.tabs.OnSelected = func(string) { e.choose() }
	e.parts = map[string]part{
		tabOptions: newOptionsEditor(p), tabPayload: e.payload, tabSecurity: e.security, tabTransmission: newTransmissionEditor(p),
		tabVariables: newVariablesView(p), tabText: newTextEditor(p), tabCode: newCodeView(p),
	}
	least := canvas.NewRectangle(color.Transparent) // one for all parts: the border stays when another is chosen
	least.SetMinSize(fyne.NewSize(0, headHeight+leastRows*(rowHeight+1)))
	all := container.NewStack(least)
	for _, part := range e.parts {
		all.Add(part.content())
	}
	e.save = widget.NewQuietButton(lang.L("Save"), p.save)
	e.where = container.New(&atEnd{}, e.saved.Shrink())
	right := container.NewBorder(nil, nil, nil, e.save, e.where)
	head := container.New(&tabsLayout{}, container.NewHScroll(e.tabs), right)
	e.tabs.OnResized = head.Refresh
	e.object = widget.NewPadded(16, 8, pane.Border(widget.NewPadded(0, 4, head), nil, nil, nil, all))
	e.choose()
	return e
}

// choose shows the part of the chosen tab.
func (e *editor) choose() {
	for id, part := range e.parts {
		chosen := id == e.tabs.Selected()
		if chosen && e.pane.draft != nil {
			e.loading = true
			part.load()
			e.loading = false
			part.refresh()
		}
		pane.SetVisible(part.content(), chosen)
	}
}

// load shows another draft.
func (e *editor) load() {
	e.loading = true
	for _, part := range e.parts {
		part.load()
	}
	e.loading = false
}

// refresh brings the part in view and the tabs up to date.
func (e *editor) refresh() {
	p := e.pane
	e.parts[e.tabs.Selected()].refresh()
	options, role := countOf(len(p.draft.Options)), theme.RoleNeutral
	for _, o := range p.draft.Options {
		if o.Check() != nil {
			role = theme.RoleBad
		}
	}
	e.tabs.SetCount(tabOptions, options, role)
	payload, role := payloadSign(p.draft), theme.RoleNeutral
	if e.payload.problem() != nil {
		payload, role = "!", theme.RoleBad
	}
	e.tabs.SetCount(tabPayload, payload, role)
	where := p.title()
	if p.dirty() {
		where += " · " + lang.L("changed")
	}
	e.saved.SetText(shortened(where, 48))
	e.where.Refresh() // the text has another width
	pane.SetVisible(e.save, p.dirty() || p.origin.index < 0 && p.origin.key != "")
}
