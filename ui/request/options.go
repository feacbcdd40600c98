package request

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynetheme "fyne.io/fyne/v2/theme"

	"sluice/engine/collection"
	"sluice/engine/record"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/widget"
)

// optionsEditor is the table of options, with the type of the message and the size of its blocks.
type optionsEditor struct {
	pane   *Pane
	object fyne.CanvasObject
	column *fyne.Container
	scroll *container.Scroll
	rows   []*optionRow
	kind   *widget.Choice
	block  *widget.Choice
	fixed  [3]fyne.CanvasObject // the type before the options; the size of blocks and the button behind them
}

// optionRow edits one option.
type optionRow struct {
	object fyne.CanvasObject
	value  *field // nil: the option has no value
	hint   remark
}

// optionShares are the widths of name, value and hint.
var optionShares = []float32{0.24, 0.38, 0.38}

// leastRows is how many rows of the table are in view unless the window is very low.
const leastRows = 4

func newOptionsEditor(p *Pane) *optionsEditor {
	e := &optionsEditor{pane: p, column: pane.NewColumn(0)}
	e.kind = widget.NewChoice([]string{"CON", "NON"}, "CON", func(kind string) {
		p.draft.Settings.Type = kind
		if kind == "CON" {
			p.draft.Settings.Type = ""
		}
		p.changed()
	})
	e.block = newBlockChoice(p)
	head := widget.NewPanel(container.New(&columnsLayout{shares: optionShares, height: headHeight},
		widget.NewText(lang.L("Option"), widget.TextCaption), widget.NewText(lang.L("Value"), widget.TextCaption), widget.NewText("", widget.TextDim), widget.NewText("", widget.TextDim)))
	e.fixed = [3]fyne.CanvasObject{
		newRow(widget.NewText(lang.L("Confirmable"), widget.TextPlain), leading(e.kind), nil, nil),
		newRow(widget.NewText(lang.L("Block size"), widget.TextPlain), leading(e.block), nil, nil),
		widget.NewPadded(0, 2, leading(quietMenu("+ "+lang.L("Add option"), e.addMenu))),
	}
	e.scroll = container.NewVScroll(e.column)
	e.object = pane.Border(head, nil, nil, nil, e.scroll)
	return e
}

// newBlockChoice chooses the size of blocks.
func newBlockChoice(p *Pane) *widget.Choice {
	names := []string{blockName(0)}
	for size := 16; size <= 1024; size *= 2 {
		names = append(names, blockName(size))
	}
	return widget.NewChoice(names, names[0], func(name string) {
		p.draft.Settings.BlockSize = 0
		if size, err := strconv.Atoi(name); err == nil {
			p.draft.Settings.BlockSize = size
		}
		p.changed()
	})
}

func blockName(size int) string {
	if size == 0 {
		return lang.L("automatic, 1024")
	}
	return strconv.Itoa(size)
}

// newRow is a row of the table with a line below it; value, hint and remove may be nil.
func newRow(name, value, hint, remove fyne.CanvasObject) fyne.CanvasObject {
	for _, o := range []*fyne.CanvasObject{&value, &hint, &remove} {
		if *o == nil {
			*o = widget.NewText("", widget.TextDim)
		}
	}
	row := container.New(&columnsLayout{shares: optionShares, height: rowHeight}, name, value, hint, remove)
	return pane.Border(nil, widget.NewLine(), nil, nil, row)
}

// quietMenu is a button without a ground that opens a menu.
func quietMenu(label string, menu func() *fyne.Menu) *widget.Button {
	var b *widget.Button
	b = widget.NewQuietButton(label, func() { widget.ShowMenuBelow(menu(), b) })
	return b
}

// leading keeps an object as narrow as it is.
func leading(o fyne.CanvasObject) fyne.CanvasObject { return container.NewHBox(o) }

func (e *optionsEditor) content() fyne.CanvasObject { return e.object }

// load makes a row an option.
func (e *optionsEditor) load() {
	d := e.pane.draft
	e.kind.SetSelected("CON")
	if d.Settings.Type == "NON" {
		e.kind.SetSelected("NON")
	}
	e.block.SetSelected(blockName(d.Settings.BlockSize))
	e.column.RemoveAll()
	e.rows = nil
	e.column.Add(e.fixed[0])
	for i, o := range d.Options {
		row := e.newOption(i, o)
		e.rows = append(e.rows, row)
		e.column.Add(row.object)
	}
	e.column.Add(e.fixed[1])
	e.column.Add(e.fixed[2])
}

// refresh says what the values stand for and what is wrong with them.
func (e *optionsEditor) refresh() {
	d := e.pane.draft
	if len(e.rows) != len(d.Options) {
		e.load()
	}
	for i, row := range e.rows {
		text, err := resolved(d.Options[i].Value, e.pane.hints())
		switch wrong := d.Options[i].Check(); {
		case wrong != nil:
			row.hint.say("", trimmed(wrong, d.Options[i]))
		case text != "" || err != nil:
			row.hint.say(text, err)
		default:
			meaning, unusual := optionMeaning(d.Options[i])
			row.hint.say(meaning, nil)
			if unusual {
				row.hint.SetStyle(styleUnusual)
			}
		}
	}
}

// trimmed takes from a mistake what the row says already.
func trimmed(err error, o collection.Option) error {
	return errors.New(strings.TrimPrefix(language.Say(err), fmt.Sprintf("%s: %q ", o.Name, o.Value)))
}

func (e *optionsEditor) newOption(i int, o collection.Option) *optionRow {
	p := e.pane
	row := &optionRow{hint: newRemark()}
	n := number(o.Name)
	known, registered := registered[n]
	title := o.Name
	if registered {
		title = known.Name + " (" + strconv.Itoa(n) + ")"
	}
	change := func(value string) {
		if i < len(p.draft.Options) && p.draft.Options[i].Value != value {
			p.draft.Options[i].Value = value
			p.changed()
		}
	}
	var value fyne.CanvasObject
	if !registered || known.Format != record.EmptyOption {
		row.value = newField(optionPlaceholder(n, known, registered), p.send, change)
		row.value.Text = o.Value
		value = row.value
		if n == 12 || n == 17 { // Content-Format and Accept: RFC 7252, section 12.2
			choose := widget.NewMenuButton("", func() *fyne.Menu { return formatMenu(row.value.SetText) })
			value = container.NewBorder(nil, nil, nil, choose, row.value)
		}
	} else {
		value = widget.NewText(lang.L("has no value"), widget.TextDim)
	}
	remove := widget.NewQuietButton("", func() { e.remove(i) })
	remove.SetIcon(fynetheme.CancelIcon())
	row.object = newRow(widget.NewText(title, widget.TextPlain).Shrink(), value, row.hint, remove)
	return row
}

// optionPlaceholder says how the value of an option is written.
func optionPlaceholder(n int, o record.Option, registered bool) string {
	switch {
	case n == 12 || n == 17:
		return "application/json"
	case !registered:
		return "0x01ff"
	case n == 23 || n == 27: // Block2 and Block1 (RFC 7959)
		return "0/0/64"
	case o.Format == record.UintOption:
		return "0"
	case o.Format == record.OpaqueOption:
		return "0x7d1f"
	}
	return ""
}

// formatMenu lists the Content-Formats that are in use, and the others below.
func formatMenu(choose func(string)) *fyne.Menu {
	item := func(n int) *fyne.MenuItem {
		name := record.ContentFormatName(n)
		return fyne.NewMenuItem(fmt.Sprintf("%s (%d)", name, n), func() { choose(name) })
	}
	menu := fyne.NewMenu("")
	common := []int{0, 40, 42, 50, 60, 110, 112}
	for _, n := range common {
		menu.Items = append(menu.Items, item(n))
	}
	others := fyne.NewMenuItem(lang.L("All registered"), nil)
	others.ChildMenu = fyne.NewMenu("")
	for _, n := range record.ContentFormats() {
		others.ChildMenu.Items = append(others.ChildMenu.Items, item(n))
	}
	menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), others)
	return menu
}

// usualOptions are those that requests have most; the others are in a menu of their own.
var usualOptions = []int{17, 12, 4, 1, 5, 15, 11, 3, 6, 258, 252}

// addMenu lists the registered options, and asks for the number of any other.
func (e *optionsEditor) addMenu() *fyne.Menu {
	item := func(o record.Option) *fyne.MenuItem {
		return fyne.NewMenuItem(fmt.Sprintf("%s (%d)", o.Name, o.Number), func() { e.add(o.Name) })
	}
	menu := fyne.NewMenu("")
	for _, n := range usualOptions {
		menu.Items = append(menu.Items, item(registered[n]))
	}
	others := fyne.NewMenuItem(lang.L("Other registered"), nil)
	others.ChildMenu = fyne.NewMenu("")
	for _, o := range record.Options() {
		if !slices.Contains(usualOptions, o.Number) {
			others.ChildMenu.Items = append(others.ChildMenu.Items, item(o))
		}
	}
	menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), others, fyne.NewMenuItem(lang.L("Other number…"), e.askNumber))
	return menu
}

func (e *optionsEditor) askNumber() {
	check := func(text string) error {
		if _, err := strconv.ParseUint(text, 10, 16); err != nil {
			return fmt.Errorf("%s", lang.L("An option has a number from 0 to 65535"))
		}
		return nil
	}
	e.pane.host.Prompt(lang.L("Number of the option"), "2049", lang.L("Add"), check, func(text string) { e.add("Option-" + text) })
}

// add adds an option and gives its value the keyboard.
func (e *optionsEditor) add(name string) {
	p := e.pane
	p.draft.Options = append(p.draft.Options, collection.Option{Name: name})
	e.load()
	p.changed()
	e.scroll.ScrollToBottom()
	if value := e.rows[len(e.rows)-1].value; value != nil {
		p.host.Window.Canvas().Focus(value)
	}
}

func (e *optionsEditor) remove(i int) {
	p := e.pane
	was := p.draft.Options[i]
	p.draft.Options = append(p.draft.Options[:i:i], p.draft.Options[i+1:]...)
	e.load()
	p.changed()
	draft := p.draft
	p.host.Undoable(lang.L("{{.Option}} was taken out", map[string]any{"Option": was.Name}), func() error {
		p.host.Do(func() {
			at := min(i, len(draft.Options))
			draft.Options = append(draft.Options[:at:at], append([]collection.Option{was}, draft.Options[at:]...)...)
			if draft == p.draft {
				e.load()
				p.changed()
			}
		})
		return nil
	})
}
