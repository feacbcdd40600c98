package traffic

import (
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// maxSteps bounds the arrows of a ladder: the first message of an exchange, and its latest.
const maxSteps = 200

// ladder finds the exchange that the chosen message belongs to. Its show belongs to the UI goroutine, the rest to gather.
type ladder struct {
	show func([]*Row) // what is drawn; nil draws nothing

	root    uint64
	of      *feed
	last    uint64
	members []uint64
	rows    map[uint64]*Row
}

// follow returns the messages of the exchange of the chosen one, and whether they are others than before.
func (l *ladder) follow(f *feed, chosen uint64) ([]*Row, bool) {
	root := uint64(0)
	if chosen != 0 && f.ready {
		root = f.index.Of(chosen).Root
	}
	if root == l.root && f.index.Last() == l.last && l.of == f {
		return l.list(), false
	}
	if root != l.root || l.of != f {
		l.rows = map[uint64]*Row{}
	}
	l.root, l.last, l.of = root, f.index.Last(), f
	var members []uint64
	if root != 0 {
		members = f.index.Members(root, maxSteps)
	}
	changed := !slices.Equal(members, l.members)
	l.members = members
	for _, seq := range members {
		known := f.index.Of(seq)
		if row, found := l.rows[seq]; found && row.known == known {
			continue
		}
		if frame, kept := f.ring.Get(seq); kept {
			l.rows[seq], changed = &Row{Frame: frame, known: known, ring: f.ring}, true
		}
	}
	if len(l.rows) > 2*maxSteps {
		maps.DeleteFunc(l.rows, func(seq uint64, _ *Row) bool { return !slices.Contains(members, seq) })
	}
	return l.list(), changed
}

func (l *ladder) list() []*Row {
	rows := make([]*Row, 0, len(l.members))
	for _, seq := range l.members {
		if row := l.rows[seq]; row != nil {
			rows = append(rows, row)
		}
	}
	return rows
}

// steps are the arrows of an exchange.
func steps(rows []*Row) []widget.LadderStep {
	all := make([]widget.LadderStep, len(rows))
	for i, r := range rows {
		all[i] = widget.LadderStep{Key: r.Frame.Seq, Back: r.Frame.Outgoing, Label: stepLabel(r), Role: codeRole(r)}
		if i > 0 {
			all[i].Time = "+" + passedAfter(r.Frame.At.Sub(rows[0].Frame.At))
		}
		if r.known.Odd&record.OddUnanswered != 0 {
			all[i].Lost, all[i].Note = true, lang.L("not answered")
		}
	}
	for i := range rows {
		if lost, after := lostBefore(rows, i); lost >= 0 && rows[lost].Frame.Note&record.DelayedByConditions == 0 {
			all[lost].Lost = true
			all[lost].Note = lang.L("lost, resent {{.After}}", map[string]any{"After": format.Duration(after)})
		}
	}
	for i, r := range rows { // what is known wins over what is guessed
		switch n := r.Frame.Note; {
		case n&record.LostByConditions != 0:
			all[i].Lost, all[i].Note = true, r.conditioned()
		case all[i].Lost:
		case n&record.DelayedByConditions != 0:
			all[i].Late, all[i].Note = true, r.conditioned()
		default:
			all[i].Note = r.conditioned()
		}
	}
	return all
}

// passedAfter writes how much later than another one a message passed: to the millisecond, as long as those count.
func passedAfter(d time.Duration) string {
	if d < 10*time.Millisecond || d >= 10*time.Second {
		return format.Duration(d)
	}
	return format.Count(d.Milliseconds()) + " ms"
}

// lostBefore finds what was lost when the message i was sent again: the transmission before it where Sluice sent it and
// nothing came back, or the answer to it where the peer asked again. after is how much later that is; lost is -1 for none.
func lostBefore(rows []*Row, i int) (lost int, after time.Duration) {
	again := rows[i]
	if again.Frame.Note&(record.Retransmitted|record.Duplicate) == 0 || again.Type() == "ACK" || again.Type() == "RST" {
		return -1, 0
	}
	for before := i - 1; before >= 0; before-- {
		r := rows[before]
		if r.Frame.Outgoing != again.Frame.Outgoing || r.MID() != again.MID() || r.Type() != again.Type() {
			continue
		}
		after = again.Frame.At.Sub(r.Frame.At)
		for answer := before + 1; answer < i; answer++ {
			if rows[answer].Frame.Outgoing != again.Frame.Outgoing {
				return answer, after
			}
		}
		if again.Frame.Outgoing {
			return before, after
		}
		return -1, 0
	}
	return -1, 0
}

// stepLabel names a message in short: type, code, and what tells it from the others of its exchange.
func stepLabel(r *Row) string {
	m := r.Message()
	code := m.Code
	if number, _, found := strings.Cut(code, " "); found && !strings.HasPrefix(number, "7") {
		code = number // the name is in the table
	}
	parts := []string{m.Type, code}
	for _, name := range []string{"Observe", "Block1", "Block2", "Q-Block1", "Q-Block2"} {
		if value, _, _ := strings.Cut(fieldOf(m, name), " "); value != "" {
			parts = append(parts, strings.ToLower(name)+" "+value)
		}
	}
	if m.MID != "" && m.Type != "ACK" && m.Type != "RST" {
		parts = append(parts, "mid "+m.MID)
	}
	if took := r.Took(); took != "" {
		parts = append(parts, took)
	}
	return strings.Join(parts, " ")
}
