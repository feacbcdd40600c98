package traffic

import (
	"time"

	"sluice/engine/record"
)

// Ring is what is read of the traffic ring.
type Ring interface {
	Since(seq uint64, max int) []record.Frame
	Get(seq uint64) (record.Frame, bool)
	First() uint64
	Last() uint64
	Stats() record.Stats
	Clear()
}

const (
	batch = 2000 // frames read at once
	// trackedRequests is how many requests wait for their answer in a view; past it only how long some took is lost.
	trackedRequests = 8192
	readBudget      = 25 * time.Millisecond // spent on reading in one tick; what is left waits for the next
)

// feed turns the ring into the rows that a view shows: the latest that match its filter, bounded in number and bytes so
// that a view holds little that the ring has dropped. It belongs to one goroutine; the slices it hands out are only
// appended to behind their end.
type feed struct {
	ring     Ring
	maxRows  int
	maxBytes int

	filter  Filter
	rows    []*Row
	bytes   int
	last    uint64 // the newest frame read
	tracker *record.Tracker
}

func newFeed(ring Ring, maxRows, maxBytes int) *feed {
	return &feed{ring: ring, maxRows: maxRows, maxBytes: maxBytes, tracker: record.NewTracker(trackedRequests)}
}

// restart begins again with another filter: without one at the newest rows, with one at the oldest frame kept.
func (f *feed) restart(filter Filter) {
	f.filter, f.rows, f.bytes, f.tracker = filter, nil, 0, record.NewTracker(trackedRequests)
	f.last = 0
	if filter.Empty() {
		f.skipTo(f.ring.Last())
	}
}

// skipTo leaves out what would be dropped again at once.
func (f *feed) skipTo(newest uint64) {
	if newest > f.last+uint64(f.maxRows) {
		f.last = newest - uint64(f.maxRows)
	}
}

// forget drops everything up to now.
func (f *feed) forget() {
	f.rows, f.bytes, f.last = nil, 0, f.ring.Last()
}

// read takes in what is new up to the frame until; more reports that the time was too short for all of it.
func (f *feed) read(until uint64) (changed, more bool) {
	if f.filter.Empty() {
		f.skipTo(until)
	}
	for started := time.Now(); f.last < until; {
		frames := f.ring.Since(f.last, batch)
		if len(frames) == 0 {
			break
		}
		for i := range frames {
			if frames[i].Seq > until {
				f.trim()
				return changed, false
			}
			f.last = frames[i].Seq
			row := &Row{Frame: frames[i], exchange: f.tracker.Note(&frames[i]), ring: f.ring}
			if f.filter.Match(row) {
				f.rows = append(f.rows, row)
				f.bytes += len(row.Frame.Data)
				changed = true
			}
		}
		f.trim()
		if time.Since(started) > readBudget {
			return changed, f.last < until
		}
	}
	return changed, false
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
