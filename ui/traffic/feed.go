package traffic

import (
	"slices"
	"sort"
	"time"

	"sluice/engine/record"
	"sluice/engine/record/filter"
)

const (
	batch      = 2000                  // frames looked at between two looks at the clock
	readBudget = 25 * time.Millisecond // spent on reading in one tick; what is left waits for the next
	// farBehind is how many frames an index lags behind, after its view was hidden, that the newest are shown before it
	// has caught up.
	farBehind = 50_000
)

// feed turns a ring into the rows that a view shows: the latest that match its filter, bounded in number and bytes so
// that a view holds little that the ring has dropped. The newest are looked for first. It belongs to one goroutine; the
// slices it hands out do not change but behind their end.
type feed struct {
	ring     *record.Ring
	scanner  *record.Scanner
	maxRows  int
	maxBytes int

	index *record.Index
	// ready tells that the index knows all that is kept. Until then there are rows without it, if no filter needs it.
	ready bool

	filter filter.Filter
	asked  filter.Message // is matched
	rows   []*Row
	bytes  int
	last   uint64 // the newest frame looked at
	oldest uint64 // the frames before it were not looked at yet
	newer  int    // rows that came since the last restart, also those that are gone
	first  uint64 // the oldest frame that there was
}

func newFeed(ring *record.Ring, maxRows, maxBytes int) *feed {
	f := &feed{maxRows: maxRows, maxBytes: maxBytes}
	f.open(ring)
	return f
}

// open begins with another ring.
func (f *feed) open(ring *record.Ring) {
	f.ring, f.scanner, f.index, f.ready, f.first = ring, record.NewScanner(ring), record.NewIndex(), false, 0
	f.asked.Get = ring.Get
	f.restart(f.filter, ring.Last())
}

// restart looks for other messages, from the frame newest backwards.
func (f *feed) restart(wanted filter.Filter, newest uint64) {
	f.filter, f.rows, f.bytes, f.newer = wanted, nil, 0, 0
	f.last, f.oldest = newest, newest+1
}

// read takes in what is new up to the frame until, and looks further back; more reports that the time was too short.
func (f *feed) read(until uint64, now time.Time) (changed, more bool) {
	enough := time.Now().Add(readBudget)
	first := f.ring.First()
	if first < f.first { // what was cleared is back
		f.open(f.ring)
		f.restart(f.filter, until)
		changed = true
	}
	f.first = first
	if f.ready && f.ring.Last() > f.index.Last()+farBehind {
		f.ready = false
		f.restart(f.filter, until)
	}
	indexed := f.extendIndex(enough)
	if !f.ready {
		if indexed {
			f.ready = true
			f.restart(f.filter, until)
			changed = true
		} else if !f.filter.Empty() {
			return changed, true
		}
	}
	f.index.Settle(now)
	changed = f.refresh() || changed
	changed = f.forward(until, enough) || changed
	changed = f.backward(enough) || changed
	return changed, !indexed || f.last < until || f.searching()
}

// extendIndex adds what passed to the index; false if the time was too short.
func (f *feed) extendIndex(enough time.Time) bool {
	first, last := f.ring.First(), f.ring.Last()
	f.index.Forget(first)
	for f.index.Last() < last {
		before := f.index.Last()
		f.scanner.Scan(max(before+1, first), batch, func(frame *record.Frame) bool {
			f.index.Add(frame)
			return true
		})
		if f.index.Last() == before {
			return true // it was cleared meanwhile
		}
		if time.Now().After(enough) {
			return f.index.Last() >= last
		}
	}
	return true
}

// forward looks at the frames that came since.
func (f *feed) forward(until uint64, enough time.Time) (changed bool) {
	if f.filter.Empty() && until > f.last+uint64(f.maxRows) { // they would be dropped again at once
		skipped := until - uint64(f.maxRows) - f.last
		f.last += skipped
		f.newer += int(skipped)
	}
	if f.ready {
		until = min(until, f.index.Last())
	}
	f.last = max(f.last, f.ring.First()-1)
	for f.last < until {
		end := min(until, f.last+batch)
		f.scanner.Scan(f.last+1, int(end-f.last), func(frame *record.Frame) bool {
			if row := f.match(frame); row != nil {
				f.rows = append(f.rows, row)
				f.bytes += len(row.Frame.Data)
				f.newer++
				changed = true
			}
			return true
		})
		f.last = end
		f.trim()
		if time.Now().After(enough) {
			break
		}
	}
	return changed
}

// searching reports whether older messages are still looked for.
func (f *feed) searching() bool {
	return f.oldest > f.ring.First() && len(f.rows) < f.maxRows && f.bytes < f.maxBytes
}

// behind reports whether there are kept frames that were not looked at, besides those that came just now.
func (f *feed) behind() bool { return !f.ready || f.searching() }

// backward looks at older frames.
func (f *feed) backward(enough time.Time) (changed bool) {
	for f.searching() {
		from := f.oldest - min(batch, f.oldest)
		var found []*Row
		f.scanner.Scan(from, int(f.oldest-from), func(frame *record.Frame) bool {
			if row := f.match(frame); row != nil {
				found = append(found, row)
				f.bytes += len(row.Frame.Data)
			}
			return true
		})
		f.oldest = from
		if len(found) > 0 {
			f.rows = append(found, f.rows...)
			f.trim()
			changed = true
		}
		if time.Now().After(enough) {
			break
		}
	}
	return changed
}

// match returns a row of a frame that the filter means, nil for others.
func (f *feed) match(frame *record.Frame) *Row {
	known := f.index.Of(frame.Seq)
	f.asked.Set(frame, known)
	if !f.filter.Match(&f.asked) {
		return nil
	}
	copied := *frame
	copied.Data = slices.Clone(frame.Data)
	return &Row{Frame: copied, known: known, ring: f.ring}
}

// refresh looks again at messages of which more is known now: that nobody answered, or that somebody did.
func (f *feed) refresh() (changed bool) {
	for _, seq := range f.index.TakeChanged() {
		if seq > f.last || seq < f.oldest {
			continue
		}
		at := sort.Search(len(f.rows), func(i int) bool { return f.rows[i].Frame.Seq >= seq })
		shown := at < len(f.rows) && f.rows[at].Frame.Seq == seq
		frame, kept := f.ring.Get(seq)
		if !kept {
			continue
		}
		row := f.match(&frame)
		if row == nil && !shown {
			continue
		}
		rows := slices.Clone(f.rows) // what was handed out stays as it is
		switch {
		case row == nil:
			rows = slices.Delete(rows, at, at+1)
			f.bytes -= len(frame.Data)
		case shown:
			rows[at] = row
		default:
			rows = slices.Insert(rows, at, row)
			f.bytes += len(frame.Data)
		}
		f.rows, changed = rows, true
	}
	f.trim()
	return changed
}

// dropBefore drops the rows whose frames the ring has dropped, after Clear all of them.
func (f *feed) dropBefore(first uint64) (changed bool) {
	drop := 0
	for drop < len(f.rows) && f.rows[drop].Frame.Seq < first {
		f.bytes -= len(f.rows[drop].Frame.Data)
		drop++
	}
	f.rows = f.rows[drop:]
	return drop > 0
}

// trim drops the oldest rows past the bounds. What was handed out keeps its slice.
func (f *feed) trim() {
	drop := max(len(f.rows)-f.maxRows, 0)
	for i := range drop {
		f.bytes -= len(f.rows[i].Frame.Data)
	}
	for f.bytes > f.maxBytes && drop < len(f.rows)-1 {
		f.bytes -= len(f.rows[drop].Frame.Data)
		drop++
	}
	f.rows = f.rows[drop:]
}
