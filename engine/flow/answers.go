package flow

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// answers counts how soon requests were answered and how. Times fall into buckets, eight to each doubling, so that what
// is read from them is at most 6 % off.
type answers struct {
	errors, all atomic.Uint64
	buckets     [bucketCount]atomic.Uint64
}

const (
	perDoubling = 8
	// smallest is the time below which all is one bucket.
	smallest    = 1024 * time.Nanosecond
	doublings   = 27 // up to two minutes
	bucketCount = doublings * perDoubling
)

// bucketOf is the bucket of a time.
func bucketOf(took time.Duration) int {
	if took < smallest {
		return 0
	}
	n := uint64(took)
	exponent := bits.Len64(n) - 1
	fraction := int(n>>(exponent-3)) & (perDoubling - 1)
	return min((exponent-10)*perDoubling+fraction, bucketCount-1)
}

// middleOf is the time in the middle of a bucket.
func middleOf(bucket int) time.Duration {
	base := smallest << (bucket / perDoubling)
	return base + base*time.Duration(2*(bucket%perDoubling)+1)/(2*perDoubling)
}

// NoteAnswer counts the answer to a request: whether its code is an error (4.xx or 5.xx), and how long after the request
// it was ready. While nobody looks it does nothing.
func (t *Table) NoteAnswer(isError bool, took time.Duration) {
	if !t.watched.Load() {
		return
	}
	a := &t.answers
	a.all.Add(1)
	if isError {
		a.errors.Add(1)
	}
	a.buckets[bucketOf(took)].Add(1)
}

// Answers are counts of answers since somebody looks.
type Answers struct {
	All, Errors uint64
	buckets     [bucketCount]uint64
}

// Answers returns the counts.
func (t *Table) Answers() Answers {
	a := Answers{All: t.answers.all.Load(), Errors: t.answers.errors.Load()}
	for i := range a.buckets {
		a.buckets[i] = t.answers.buckets[i].Load()
	}
	return a
}

// Median is the median of the answers given since before; false if there were none.
func (a *Answers) Median(before *Answers) (time.Duration, bool) {
	var all uint64
	for i := range a.buckets {
		all += a.buckets[i] - before.buckets[i]
	}
	if all == 0 {
		return 0, false
	}
	var below uint64
	for i := range a.buckets {
		if below += a.buckets[i] - before.buckets[i]; 2*below >= all {
			return middleOf(i), true
		}
	}
	return 0, false
}
