package traffic

import (
	"sort"

	"fyne.io/fyne/v2/lang"

	"sluice/ui/widget/format"
)

// pause holds the rows still while the feed reads on.
type pause struct {
	rows   []*Row // nil until all that match were found
	whole  bool
	before int // rows that had come when it began
}

// take holds rows up to the frame until; whole says that no older ones are looked for any more.
func (p *pause) take(f *feed, until uint64, whole bool) {
	if p.whole {
		return
	}
	end := sort.Search(len(f.rows), func(i int) bool { return f.rows[i].Frame.Seq > until })
	p.rows, p.whole, p.before = f.rows[:end:end], whole, f.newer
}

// newer counts what came since, and how many of them will not be there when the view goes on.
func (p *pause) newer(f *feed, until, first uint64) (count, lost int) {
	count = f.newer - p.before
	there := len(f.rows) - sort.Search(len(f.rows), func(i int) bool { return f.rows[i].Frame.Seq > until && f.rows[i].Frame.Seq >= first })
	return count, max(count-there, 0)
}

// pausedText says what waits.
func pausedText(count, lost int) string {
	text := lang.L("Paused, {{.Count}} newer", map[string]any{"Count": format.Count(int64(count))})
	if lost > 0 {
		text += ", " + lang.L("{{.Count}} of them no longer kept", map[string]any{"Count": format.Count(int64(lost))})
	}
	return text
}
