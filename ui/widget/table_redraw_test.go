package widget

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2/canvas"
)

// A row that did not change is not drawn again: what a toolkit redraws is what an idle window costs.
func TestTableRedrawsOnlyRowsThatChanged(t *testing.T) {
	start(t)
	table := itemTable()
	show(t, table, 400, 300)
	rows := items(50)
	table.SetRows(rows)
	texts := func() map[*canvas.Text]string {
		all := make(map[*canvas.Text]string)
		for _, slot := range table.body.slots {
			for _, cell := range slot.cells {
				all[cell.text] = cell.text.Text
			}
		}
		return all
	}
	before := texts()
	next := slices.Clone(rows)
	next[2].name = "changed"
	table.SetRows(next)
	var changed []string
	for text, was := range before {
		if text.Text != was {
			changed = append(changed, text.Text)
		}
	}
	if !slices.Equal(changed, []string{"changed"}) {
		t.Errorf("changed %v", changed)
	}
}

func BenchmarkTableSetRows(b *testing.B) {
	const n, view = 10_000, 31 + 30*33
	build := func(b *testing.B, sorted string) (*DataTable[string, client], [2][]client) {
		start(b)
		table := clientTable()
		if sorted != "" {
			table.SortBy(sorted, true)
		}
		show(b, table, 1000, view)
		var versions [2][]client
		for v := range versions {
			for i := range n {
				c := clients[i%len(clients)]
				c.id = fmt.Sprintf("client-%05d", i)
				c.in, c.out = int64(i*7919%n), int64(i)
				if i%10 == 0 {
					c.in += int64(v)
				}
				versions[v] = append(versions[v], c)
			}
		}
		return table, versions
	}
	for _, c := range []struct{ name, sort, selected string }{
		{"unsorted", "", ""}, {"sorted", "in", ""}, {"selected", "", "client-05000"},
	} {
		b.Run(c.name, func(b *testing.B) {
			table, versions := build(b, c.sort)
			table.SetRows(versions[0])
			table.Select(c.selected)
			i := 0
			for b.Loop() {
				i++
				table.SetRows(versions[i%2])
			}
		})
	}
	b.Run("unchanged", func(b *testing.B) {
		table, versions := build(b, "")
		for b.Loop() {
			table.SetRows(versions[0])
		}
	})
	b.Run("follow, every row new", func(b *testing.B) {
		start(b)
		table := trafficTable()
		table.SetFollow(true)
		show(b, table, 1000, view)
		rows := trafficRows(200_000)
		i := 0
		for b.Loop() {
			i = (i + 37) % 100_000
			table.SetRows(rows[i : i+100_000])
		}
	})
}
