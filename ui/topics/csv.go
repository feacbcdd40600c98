package topics

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/mistakes"
	"sluice/ui/pane"
	"sluice/ui/widget"
)

// csvTime is RFC 3339 with milliseconds, which spreadsheets and programs read.
const csvTime = "2006-01-02T15:04:05.000Z07:00"

// writeCSV writes series as a table: a column for the moment and one a series, in the order of the moments. What has no
// number is empty.
func writeCSV(w io.Writer, series []widget.Series) error {
	type point struct {
		at            time.Time
		series, index int
	}
	var points []point
	head := []string{"time"}
	for i, s := range series {
		head = append(head, s.Name)
		for k, at := range s.At {
			points = append(points, point{at, i, k})
		}
	}
	slices.SortStableFunc(points, func(a, b point) int { return a.at.Compare(b.at) })
	table := csv.NewWriter(w)
	if err := table.Write(head); err != nil {
		return mistakes.Errorf("write CSV: %w", err)
	}
	for len(points) > 0 {
		row := make([]string, len(head))
		row[0] = points[0].at.Format(csvTime)
		n := 0
		// Messages of one moment share a line, one of each series.
		for n < len(points) && points[n].at.Equal(points[0].at) && row[1+points[n].series] == "" {
			p := points[n]
			if v := series[p.series].Values[p.index]; !math.IsNaN(v) {
				row[1+p.series] = strconv.FormatFloat(v, 'g', -1, 64)
			}
			n++
		}
		if err := table.Write(row); err != nil {
			return mistakes.Errorf("write CSV: %w", err)
		}
		points = points[n:]
	}
	table.Flush()
	return table.Error()
}

// saveCSV asks for a file and writes the series as they are now.
func (p *Pane) saveCSV(topic string, series []widget.Series) {
	p.files.Save(fileName(topic)+".csv", func(path string) {
		p.host.Run(func() {
			var b bytes.Buffer
			err := writeCSV(&b, series)
			if err == nil {
				err = pane.WriteFile(path, b.Bytes(), false)
			}
			if err != nil {
				p.host.Do(func() { p.host.Failed(lang.L("Saving the chart failed"), err) })
			}
		})
	})
}

// fileName makes a name for a file of a topic.
func fileName(topic string) string {
	name := []rune(topic)
	for i, r := range name {
		if r < ' ' || slices.Contains([]rune(`/\:*?"<>|`), r) {
			name[i] = '-'
		}
	}
	return string(name[:min(len(name), 80)])
}
