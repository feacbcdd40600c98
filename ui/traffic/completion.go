package traffic

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/engine/record/filter"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

const (
	// offered is how many values are offered at once.
	offered = 8
	// rememberedValues is how many peers, paths and codes are known of what passed.
	rememberedValues = 400
	// lookedThrough is how many of the newest rows are looked through at a time.
	lookedThrough = 200
)

// completion says below the filter what the word is that is being typed, and how it may go on. Tab, or an arrow and Enter,
// takes what is marked.
type completion struct {
	view   *view
	object fyne.CanvasObject
	about  *widget.Text
	row    *fyne.Container
	places []*suggestion
	under  fyne.CanvasObject // what it covers while it is seen

	focused bool
	held    bool // an offer is being clicked
	at      filter.Cursor
	offers  []string
	chosen  int // -1: none is marked, Enter is the filter's
	seen    map[string][]string
	last    uint64 // the newest frame that was looked at
}

// complete gives a filter completion, which is seen in the place of under.
func (v *view) complete(under fyne.CanvasObject) *completion {
	c := &completion{view: v, under: under, about: widget.NewText("", widget.TextMuted), chosen: -1, seen: map[string][]string{}}
	c.row = container.NewHBox()
	for i := range max(offered, len(filter.Words())) {
		s := newSuggestion(func() {
			v.host.Window.Canvas().Focus(v.filter)
			c.accept(i)
		}, c.hold)
		c.places = append(c.places, s)
		c.row.Add(s)
	}
	line := container.NewHScroll(container.NewHBox(c.row, container.NewCenter(c.about)))
	c.object = widget.NewPadded(12, 4, line)
	c.object.Hide()
	v.filter.OnCursorChanged = c.look
	v.filter.OnFocus = func(focused bool) {
		c.focused = focused
		c.look()
	}
	v.filter.OnKey = c.key
	v.completion = c
	return c
}

// hold keeps the line in view while an offer is being clicked.
func (c *completion) hold(held bool) {
	if c.held != held {
		c.held = held
		c.show()
	}
}

// look shows what fits where the cursor is.
func (c *completion) look() {
	c.at = filter.At(c.view.filter.Text, c.view.filter.CursorColumn)
	c.offers, c.chosen = c.fitting(), -1
	if c.at.Begun != "" && len(c.offers) > 0 {
		c.chosen = 0
	}
	c.show()
}

// key takes what is marked, or marks another one.
func (c *completion) key(ev *fyne.KeyEvent) bool {
	// Before a word is begun, Down goes to the rows.
	if !c.object.Visible() || len(c.offers) == 0 || ev.Name == fyne.KeyDown && c.at.Name == "" && c.at.Begun == "" {
		return false
	}
	switch ev.Name {
	case fyne.KeyTab:
		c.accept(max(c.chosen, 0))
	case fyne.KeyReturn, fyne.KeyEnter:
		if c.chosen < 0 {
			return false
		}
		c.accept(c.chosen)
	case fyne.KeyDown:
		c.mark(c.chosen + 1)
	case fyne.KeyUp:
		c.mark(c.chosen - 1)
	default:
		return false
	}
	return true
}

func (c *completion) mark(i int) {
	c.chosen = (i + len(c.offers)) % len(c.offers)
	c.show()
}

// accept puts an offer in the place of what was begun; behind a value the next word may follow.
func (c *completion) accept(i int) {
	if i >= len(c.offers) {
		return
	}
	text, put := []rune(c.view.filter.Text), c.offers[i]
	if c.at.Name != "" || !strings.HasSuffix(put, ":") {
		put += " "
	}
	after := strings.TrimLeft(string(text[c.at.To:]), " ")
	before := string(text[:c.at.From]) + put
	c.view.filter.SetText(before + after)
	c.view.filter.CursorColumn = len([]rune(before))
	c.view.filter.Refresh()
	c.look()
}

// fitting are the ways to go on, the likeliest first.
func (c *completion) fitting() []string {
	var all []string
	if c.at.Name == "" {
		for _, w := range filter.Words() {
			all = append(all, w.Name+":")
		}
	} else {
		for _, w := range filter.Words() {
			if w.Name == c.at.Name {
				all = append(all, w.Choices...)
			}
		}
		for _, value := range c.seen[c.at.Name] {
			all = append(all, filter.Quote(value))
		}
		if c.at.Name == "code" {
			all = append(all, "2.*", "4.*", "5.*")
			for code := range 256 {
				if number, name := record.CodeName(byte(code)); name != "" {
					all = append(all, codeWord(number, name))
				}
			}
		}
	}
	begun := strings.ToLower(c.at.Begun)
	var first, inside []string
	for _, offer := range all {
		bare := strings.ToLower(strings.Trim(offer, `"`))
		switch {
		case bare == begun || slices.Contains(first, offer) || slices.Contains(inside, offer):
		case strings.HasPrefix(bare, begun):
			first = append(first, offer)
		case c.at.Name != "" && strings.Contains(bare, begun):
			inside = append(inside, offer)
		}
	}
	first = append(first, inside...)
	if c.at.Name != "" {
		return first[:min(len(first), offered)]
	}
	return first
}

// codeWord is how a code is asked for: methods by their names, responses by their numbers.
func codeWord(number, name string) string {
	if isMethod(name) {
		return name
	}
	return number
}

// show brings the line up to date; it is seen while the filter is being typed.
func (c *completion) show() {
	text := c.explain()
	c.about.SetText(text)
	for i, place := range c.places {
		offer := ""
		if i < len(c.offers) {
			offer = c.offers[i]
		}
		place.set(offer, i == c.chosen)
	}
	// What is wrong is said in the line that this one covers: it waits while its word may be completed.
	wrong := c.view.wrong
	typing := (c.focused || c.held) && (wrong == nil && text != "" || len(c.offers) > 0 && (wrong == nil || wrong.Touches(c.view.filter.CursorColumn)))
	pane.SetVisible(c.object, typing)
	pane.SetVisible(c.under, !typing)
	c.view.filter.TakesTab = typing && len(c.offers) > 0 && c.at.Begun != ""
	c.row.Refresh()
}

// explain says what the word is that the cursor is in, or that the marked offer would make.
func (c *completion) explain() string {
	name := c.at.Name
	if name == "" && c.chosen >= 0 {
		name = strings.TrimSuffix(c.offers[c.chosen], ":")
	}
	switch {
	case slices.ContainsFunc(filter.Words(), func(w filter.Word) bool { return w.Name == name }):
		return name + ": " + wordText(name)
	case name == "" && c.at.Begun != "":
		return lang.L("looked for in all that is shown of a message")
	}
	return ""
}

// learn remembers what can be asked for of rows that came.
func (c *completion) learn(rows []*Row) {
	for _, r := range rows[max(0, len(rows)-lookedThrough):] {
		if r.Frame.Seq <= c.last {
			continue
		}
		c.last = r.Frame.Seq
		c.know("peer", r.Frame.Client)
		if r.Frame.Peer.IsValid() {
			c.know("peer", r.Frame.Peer.Addr().String())
		}
		c.know("listener", r.Frame.Listener)
		c.know("path", pathOf(r.Resource()))
		c.know("token", r.Message().Token)
	}
}

// know puts a value before the others of a word.
func (c *completion) know(word, value string) {
	known := c.seen[word]
	if value == "" || slices.Contains(known[:min(len(known), offered)], value) {
		return
	}
	known = slices.DeleteFunc(known, func(v string) bool { return v == value })
	c.seen[word] = slices.Insert(known[:min(len(known), rememberedValues-1)], 0, value)
}

// pathOf is a resource without its query.
func pathOf(resource string) string {
	path, _, _ := strings.Cut(resource, "?")
	return path
}

// markedStyle is that of the offer that Tab takes.
var markedStyle = widget.TextStyle{Color: theme.ColorAccent, Size: theme.SizeText, Bold: true, Mono: true}
