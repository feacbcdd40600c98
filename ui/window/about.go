package window

import (
	"fmt"
	"runtime/debug"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/assets"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// aboutSize is how large the page is.
var aboutSize = fyne.NewSize(900, 540)

// part is something that others made, as the page shows it.
type part struct {
	assets.Licence
	version string
}

// parts joins the licences with the versions of what was built in.
func parts(info *debug.BuildInfo) []part {
	versions := map[string]string{}
	if info != nil {
		versions["Go standard library"] = info.GoVersion
		for _, m := range info.Deps {
			versions[m.Path] = m.Version
		}
	}
	var list []part
	for _, l := range assets.Licences() {
		list = append(list, part{l, versions[l.Part]})
	}
	return list
}

// bugReport is what a developer of Sluice asks first: of what the program is built, on which system.
func bugReport(build string, list []part) string {
	var b strings.Builder
	b.WriteString(build)
	for _, p := range list {
		if p.version != "" {
			fmt.Fprintf(&b, "%s %s\n", p.Part, p.version)
		}
	}
	return b.String()
}

// about says what this program is and what it is made of.
func (w *window) about() {
	info, _ := debug.ReadBuildInfo()
	w.host.InformWide(lang.L("About Sluice"), w.newAbout(parts(info)), aboutSize, func() {})
}

func (w *window) newAbout(list []part) fyne.CanvasObject {
	build := w.options.Build
	if build == "" {
		build = "Sluice " + w.options.Version + "\n"
	}
	head := pane.NewColumn(4)
	for line := range strings.Lines(build) {
		style := widget.TextMonoMuted
		if len(head.Objects) == 0 {
			style = widget.TextStrong
		}
		head.Add(widget.NewText(strings.TrimSpace(line), style))
	}
	head.Add(widget.NewText(lang.L("A CoAP gateway in EMQX's dialects, an MQTT broker, and a window on what passes between them."), widget.TextMuted))
	head.Add(widget.NewText(lang.L("Sluice is under the Apache License 2.0. It is made with:"), widget.TextMuted))

	text := widget.NewCode()
	text.Wrap()
	table := newPartTable()
	table.OnSelected = func(p part) { text.SetText(p.Text[:min(len(p.Text), licenceShown)]) }
	table.SetRows(list)
	if len(list) > 0 {
		table.Select(list[0].Part)
	}
	copying := widget.NewButton(lang.L("Copy for a bug report"), func() {
		widget.CopyText(bugReport(build, list))
		w.notify(theme.RoleGood, lang.L("Versions and system are on the clipboard"), "", nil)
	})
	top := container.NewBorder(nil, nil, nil, container.NewVBox(copying), head)
	return pane.Border(widget.NewPadded(0, 8, top), nil, nil, nil, widget.NewHSplit(table, container.NewVScroll(text), 0.5))
}

// licenceShown is how much is shown of a licence: more, in one text, takes long to lay out.
const licenceShown = 14 << 10

func newPartTable() *widget.DataTable[string, part] {
	return widget.NewDataTable(func(p part) string { return p.Part }, []widget.Column[part]{
		{ID: "part", Title: lang.L("Module"), Width: 230, Text: func(p part) string { return p.Part }},
		{ID: "version", Title: lang.L("Version"), Width: 90, Mono: true, Tone: theme.RoleMuted, Text: func(p part) string { return p.version }},
		{ID: "licence", Title: lang.L("Licence"), Width: 100, Text: func(p part) string { return p.Name }},
	})
}
