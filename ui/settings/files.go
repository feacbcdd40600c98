package settings

import (
	"errors"
	"image/color"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/settings"
	"sluice/engine/settings/emqx"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// importSize is how large mistakes and reports are shown.
var importSize = fyne.NewSize(900, 420)

// wholeHeight has room for what is said of a row in three lines.
const wholeHeight = 62

// importFile lays a settings file over what is wanted. It holds when it is applied.
func (p *Pane) importFile() {
	p.files.Open(func(name string, data []byte, err error) {
		if err != nil {
			p.host.Failed(lang.L("Opening the file failed"), err)
			return
		}
		next, err := settings.Decode(name, data, p.draft.wanted)
		if err != nil {
			p.showMistakes(name, err)
			return
		}
		p.take(next, name)
	})
}

// take wants imported settings.
func (p *Pane) take(next settings.Settings, name string) {
	p.draft.replace(next)
	p.refresh()
	p.host.Notify(theme.RoleGood, lang.L("{{.File}} is taken over. It holds when you apply it.", map[string]any{"File": name}), "", nil)
}

// showMistakes lists what is wrong in a file.
func (p *Pane) showMistakes(name string, err error) {
	rows := []mistake{{what: language.Say(err)}}
	if all, ok := errors.AsType[settings.Errors](err); ok {
		rows = nil
		for i, e := range all {
			rows = append(rows, mistake{i, e.Line, e.Key, words(e)})
		}
	}
	table := widget.NewDataTable(func(m mistake) int { return m.number }, []widget.Column[mistake]{
		{ID: "line", Title: lang.L("Line"), Width: 50, Kind: widget.KindNumber, Text: func(m mistake) string { return lineNumber(m.line) }},
		{ID: "key", Title: lang.L("Setting"), Width: 240, Mono: true, Text: func(m mistake) string { return m.key }},
		{ID: "what", Title: lang.L("What is wrong"), Width: 500, Text: func(m mistake) string { return m.what }},
	})
	table.SetRows(rows)
	p.host.InformWide(lang.L("{{.File}} cannot be used", map[string]any{"File": name}), table, importSize, func() {})
}

// mistake is a line of what is wrong in a file.
type mistake struct {
	number, line int
	key, what    string
}

func lineNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// importEMQX takes over settings of EMQX after it has shown what becomes of each of them.
func (p *Pane) importEMQX() {
	p.files.Open(func(name string, data []byte, err error) {
		if err != nil {
			p.host.Failed(lang.L("Opening the file failed"), err)
			return
		}
		base := p.draft.wanted.Clone()
		p.host.Run(func() {
			next, report, err := emqx.Import(name, data, base)
			p.host.Do(func() {
				if err != nil {
					p.host.Failed(lang.L("Reading the settings of EMQX failed"), err)
					return
				}
				p.showReport(name, next, report)
			})
		})
	})
}

// reportRow is what became of a key.
type reportRow struct {
	number int
	emqx.Item
}

// key is the key below the gateway, in which they all are; the whole one is said of the row that is selected.
func (r reportRow) key() string {
	return strings.TrimPrefix(strings.TrimPrefix(r.Key, "gateway.coap."), "coap.")
}

func (r reportRow) role() theme.Role {
	switch r.Outcome {
	case emqx.Taken:
		return theme.RoleGood
	case emqx.Adjusted:
		return theme.RoleLate
	}
	return theme.RoleBad
}

func (r reportRow) outcome() string {
	switch r.Outcome {
	case emqx.Taken:
		return lang.L("taken")
	case emqx.Adjusted:
		return lang.L("adjusted")
	}
	return lang.L("not taken")
}

// showReport shows what becomes of the settings of EMQX, and takes them when the user says so.
func (p *Pane) showReport(name string, next settings.Settings, report emqx.Report) {
	var d *pane.Dialog
	d = p.host.NewDialog(lang.L("Settings of EMQX"), lang.L("Take over"), func() {
		d.Close()
		p.take(next, name)
	})
	counts := lang.L("{{.File}}: {{.Left}} not taken, {{.Adjusted}} adjusted, {{.Taken}} taken", map[string]any{"File": report.Source,
		"Taken": report.Count(emqx.Taken), "Adjusted": report.Count(emqx.Adjusted), "Left": report.Count(emqx.NotTaken)})
	whole := widget.NewSelectable("")
	whole.Wrapping, whole.SizeName = fyne.TextWrapWord, theme.SizeSmall
	below := container.NewVScroll(whole)
	below.SetMinSize(fyne.NewSize(0, wholeHeight))
	table := newReportTable(report)
	table.OnSelected = func(r reportRow) { whole.SetText(r.String()) }
	copying := widget.NewQuietButton(lang.L("Copy the report"), func() {
		widget.CopyText(report.String())
		p.host.Notify(theme.RoleGood, lang.L("The report is on the clipboard"), "", nil)
	})
	content := pane.Border(pane.Remark(counts, theme.RoleText), below, nil, nil, table)
	room := canvas.NewRectangle(color.Transparent)
	room.SetMinSize(importSize)
	d.OpenBeside(container.NewStack(room, content), importSize.Width, table.Keyboard(), container.NewHBox(copying, widget.NewButton(lang.L("Cancel"), d.Close)))
	if len(report.Items) > 0 {
		table.Select(0)
	}
}

func newReportTable(report emqx.Report) *widget.DataTable[int, reportRow] {
	table := widget.NewDataTable(func(r reportRow) int { return r.number }, []widget.Column[reportRow]{
		{ID: "line", Title: lang.L("Line"), Width: 46, Kind: widget.KindNumber, Text: func(r reportRow) string { return lineNumber(r.Line) }},
		{ID: "key", Title: lang.L("Key of EMQX"), Width: 230, Mono: true, Middle: true, Text: reportRow.key},
		{ID: "outcome", Title: lang.L("Outcome"), Width: 84, Kind: widget.KindBadge, Text: reportRow.outcome, Role: reportRow.role},
		{ID: "as", Title: lang.L("As"), Width: 230, Mono: true, Middle: true, Text: func(r reportRow) string { return r.As }},
		{ID: "why", Title: lang.L("Why"), Width: 300, Tone: theme.RoleMuted, Text: func(r reportRow) string { return language.Say(r.Why) }},
	})
	rows := make([]reportRow, len(report.Items))
	for i, item := range report.Items {
		rows[i] = reportRow{i, item}
	}
	table.SetRows(rows)
	return table
}

// export writes what is in force as a settings file. It has the hashes of passwords, so only its owner can read it.
func (p *Pane) export() {
	p.files.Save("sluice.toml", func(path string) {
		data := settings.Encode(p.draft.inForce)
		p.host.Run(func() {
			err := pane.WriteFile(path, data, true)
			p.host.Do(func() {
				if err != nil {
					p.host.Failed(lang.L("Saving the settings failed"), err)
					return
				}
				p.host.Notify(theme.RoleGood, lang.L("{{.File}} has the settings in force. Passwords are in it as hashes only.", map[string]any{"File": path}), "", nil)
			})
		})
	})
}
