//go:build e2e && windowbench

package e2e

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"strings"
	"time"
)

// mark is a part of the screen in which an answer shows and where nothing changes by itself.
type mark struct{ x, y, width, height int }

// answer is what is waited for.
type answer struct {
	kind string
	mark mark
}

// look copies what a mark shows into buf.
func (f framebuffer) look(m mark, buf []byte) []byte {
	buf = buf[:0]
	for y := m.y; y < m.y+m.height; y++ {
		at := f.offset + y*f.stride + 4*m.x
		buf = append(buf, f.data[at:at+4*m.width]...)
	}
	return buf
}

// measure does something at no fixed time of a tick and waits until all answers are painted. Before, it waits until the
// marks are still: what was done last is painted then. A mark that never is, is told of: what it says is worth less.
func (b *bench) measure(do func(), answers ...answer) {
	before := make([][]byte, len(answers))
	look := func() (changed bool) {
		for i, a := range answers {
			seen := b.pixels.look(a.mark, nil)
			changed = changed || !bytes.Equal(seen, before[i])
			before[i] = seen
		}
		return changed
	}
	time.Sleep(100 * time.Millisecond)
	look()
	for tries := 0; ; tries++ {
		time.Sleep(100*time.Millisecond + rand.N(400*time.Millisecond))
		if !look() {
			break
		}
		if tries == 5 {
			b.unsteady[answers[0].kind]++
			break
		}
	}
	buf := make([]byte, 0, 16<<10)
	var first time.Duration
	began := time.Now()
	do()
	for painted := make([]bool, len(answers)); ; time.Sleep(100 * time.Microsecond) {
		waiting := 0
		for i, a := range answers {
			if painted[i] {
				continue
			}
			if buf = b.pixels.look(a.mark, buf); bytes.Equal(buf, before[i]) {
				waiting++
				continue
			}
			painted[i] = true
			b.note(a.kind, time.Since(began))
		}
		if len(answers)-waiting == 1 && first == 0 {
			first = time.Since(began)
		}
		if waiting == 0 {
			if b.flooded {
				b.first, b.whole = append(b.first, cmp.Or(first, time.Since(began))), append(b.whole, time.Since(began))
			}
			return
		}
		must(b.t, time.Since(began) < 5*time.Second, "there is no answer to %v", answers)
	}
}

func (b *bench) note(kind string, d time.Duration) {
	if len(b.took[kind]) == 0 {
		b.kinds = append(b.kinds, kind)
	}
	b.took[kind] = append(b.took[kind], d)
}

// clickOn moves the pointer, lets the window draw what is under it, and measures a click.
func (b *bench) clickOn(at point, answers ...answer) {
	b.in.move(at)
	b.measure(b.in.click, answers...)
}

func (b *bench) press(key uint32, answers ...answer) {
	b.measure(func() { b.in.key(key) }, answers...)
}

func (b *bench) pressWithControl(key uint32, answers ...answer) {
	b.measure(func() { b.in.withControl(key) }, answers...)
}

// place is a pane: where it is in the rail, and where what it says in its empty filter stands.
type place struct {
	name         string
	rail, filter point
}

// learn goes to each pane, reads where things are, and measures that first visit, in which most of a pane is made.
func (b *bench) learn() map[string]place {
	names := []string{"Overview", "Clients", "Topics", "Observers", "Directory", "Traffic", "Request", "Devices", "Certificates", "Access", "Settings"}
	places := map[string]place{}
	table := b.screen.text(b.t, b.screen.shoot(b.t), "tsv")
	for _, name := range names {
		at, ok := locate(inRail(table), name)
		must(b.t, ok || name == "Overview", "%s is not read in the rail", name)
		if ok {
			places[name] = place{name: name, rail: at}
		}
	}
	b.clickOn(places["Settings"].rail)
	for _, name := range names {
		p, ok := places[name]
		if !ok {
			continue
		}
		b.visit(p, "a pane's first visit, no flood")
		time.Sleep(time.Second)
		table := b.screen.text(b.t, b.screen.shoot(b.t), "tsv")
		for _, word := range []string{"Filter", "Filter,"} {
			if at, ok := locate(table, word); ok && at.y < 130 {
				p.filter = at
			}
		}
		if name == "Observers" { // the first choice makes room for what is chosen
			b.in.move(card(0))
			b.in.click()
		}
		places[name] = p
	}
	return places
}

// inRail leaves in a table of words, see locate, those of the rail.
func inRail(table string) string {
	const width, top = 190, 80
	var kept strings.Builder
	for line := range strings.Lines(table) {
		if f := strings.Split(line, "\t"); len(f) > 7 && atoi(f[6]) < 2*width && atoi(f[7]) > 2*top {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// visit clicks a pane in the rail.
func (b *bench) visit(p place, kind string) {
	b.clickOn(point{100, p.rail.y}, answer{kind, mark{12, p.rail.y + 6, 4, 4}}, answer{kind + ": its content", mark{214, 96, 50, 16}})
}

// rest stays in Overview.
func (b *bench) rest(d time.Duration) string {
	table := b.screen.text(b.t, b.screen.shoot(b.t), "tsv")
	if at, ok := locate(inRail(table), "Overview"); ok {
		b.in.move(point{100, at.y})
		b.in.click()
	}
	return b.restFrames(d)
}

// script goes through the panes and does in each what is done often, until a moment.
func (b *bench) script(places map[string]place, until time.Time) {
	steps := []func(){}
	add := func(name string, inIt ...func()) {
		steps = append(steps, func() { b.visit(places[name], "rail: another pane") })
		steps = append(steps, inIt...)
	}
	letter := func(name string, list ...mark) func() { return func() { b.filter(places[name], list...) } }
	add("Clients", b.rows(2, mark{1105, 150, 80, 20}), letter("Clients", mark{240, 205, 60, 14}), b.drawer, b.palette)
	add("Topics", b.branches, letter("Topics", mark{262, 204, 30, 14}))
	add("Observers", b.cards, letter("Observers", mark{228, 160, 80, 14}))
	add("Directory", b.rows(1, mark{1010, 150, 100, 20}), b.palette)
	add("Traffic", b.traffic(places["Traffic"]), letter("Traffic"))
	add("Request", b.tabs)
	add("Devices")
	add("Certificates", b.drawer)
	add("Access", b.users, letter("Access", mark{210, 174, 60, 14}))
	add("Settings", letter("Settings"))
	b.flooded = true
	defer func() { b.flooded = false }()
	for {
		for _, step := range steps {
			if time.Now().After(until) {
				return
			}
			step()
		}
	}
}

const (
	firstRow  = 179 // where the first row of a table is
	rowHeight = 33
)

// rows chooses two rows of a table, from a row on; detail is where their names stand on the right.
func (b *bench) rows(from int, detail mark) func() {
	return func() {
		for _, row := range []int{from + 1, from + 4} {
			y := firstRow + row*rowHeight
			b.clickOn(point{270, y}, answer{"row: chosen", mark{230, y - 4, 8, 8}}, answer{"row: its detail", detail})
		}
	}
}

// users chooses the users of Access, whose rows begin at the edge.
func (b *bench) users() {
	for row := range 2 {
		y := firstRow + row*rowHeight
		b.clickOn(point{270, y}, answer{"row: chosen", mark{204, y - 4, 5, 8}})
	}
}

// branches chooses two topics in the tree.
func (b *bench) branches() {
	for _, row := range []int{3, 6} {
		y := 147 + 32*row
		b.clickOn(point{270, y}, answer{"topic: chosen", mark{206, y - 4, 8, 8}}, answer{"topic: its detail", mark{640, 152, 80, 16}})
	}
}

// card is a place in one of the first two cards of Observers.
func card(i int) point { return point{222 + 383*i, 203} }

func (b *bench) cards() {
	for _, i := range []int{1, 0} {
		at := card(i)
		b.clickOn(point{at.x + 40, at.y}, answer{"card: chosen", mark{at.x - 3, at.y - 3, 6, 6}}, answer{"card: its detail", mark{1036, 152, 120, 16}})
	}
}

// tabs goes to a tab of the request and back.
func (b *bench) tabs() {
	table := b.screen.text(b.t, b.screen.shoot(b.t), "tsv")
	for _, name := range []string{"Payload", "Options"} {
		if at, ok := locate(table, name); ok {
			b.clickOn(at, answer{"tab: chosen", mark{at.x - 10, at.y + 12, 20, 6}})
		}
	}
}

// traffic chooses a message that flows by, goes on to the latest, and pauses.
func (b *bench) traffic(place) func() {
	return func() {
		const y = 400
		b.clickOn(point{270, y}, answer{"traffic: a row chosen", mark{204, y - 4, 5, 8}})
		b.clickOn(point{1380, 152}, answer{"traffic: to the latest", mark{1350, 146, 60, 12}})
		for range 2 {
			b.clickOn(point{975, 104}, answer{"traffic: paused, resumed", mark{955, 98, 40, 12}})
		}
	}
}

// filter types a letter that nothing has, and takes it back.
func (b *bench) filter(p place, list ...mark) {
	if p.filter == (point{}) {
		return
	}
	b.in.move(p.filter)
	b.in.click()
	answers := []answer{{"filter: the letter", mark{p.filter.x - 4, p.filter.y - 5, 16, 10}}}
	for _, m := range list {
		answers = append(answers, answer{"filter: the list", m})
	}
	time.Sleep(200 * time.Millisecond) // the cursor is there
	b.press('z', answers...)
	b.press(keyBackSpace, answers...)
}

// drawer closes and opens the traffic drawer.
func (b *bench) drawer() {
	for range 2 {
		b.pressWithControl('j', answer{"drawer: opened, closed", mark{214, 684, 50, 12}})
	}
}

// palette opens the palette and closes it.
func (b *bench) palette() {
	over := mark{700, 140, 40, 8}
	b.pressWithControl('k', answer{"palette: opened", over})
	b.press(keyEscape, answer{"palette: closed", over})
}
