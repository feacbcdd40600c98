package overview

import (
	"cmp"
	"slices"
	"time"
)

// A column shows some of many. Who is shown keeps its place: another one gets it only when it is clearly busier, for a
// while now, and one at a time.
const (
	// settled is how long who is shown is left alone.
	settled = 5 * time.Second
	// busier is how many times busier than who is shown another one must be.
	busier = 1.5
)

// candidate is who could be shown.
type candidate struct {
	name string
	rate float64
	// weight tells apart those of the same rate.
	weight int
}

// The weights of candidates: who observes or is observed goes before who has nothing, then comes what moved, and what moves.
const (
	weightRelated = 1 + iota
	weightMoved
	weightMoves
)

func (c *candidate) before(o *candidate) int {
	return cmp.Or(cmp.Compare(o.rate, c.rate), cmp.Compare(o.weight, c.weight), cmp.Compare(c.name, o.name))
}

// slots are the places of a column.
type slots struct {
	names  []string
	since  map[string]time.Time
	swapAt time.Time // of the latest swap
}

// choose returns who has which place of at most room ones, from top to bottom.
func (s *slots) choose(candidates []candidate, room int, now time.Time) []string {
	if s.since == nil {
		s.since = map[string]time.Time{}
	}
	slices.SortFunc(candidates, func(a, b candidate) int { return a.before(&b) })
	rank := make(map[string]int, len(candidates))
	for i := range candidates {
		rank[candidates[i].name] = i
	}
	s.names = slices.DeleteFunc(s.names, func(name string) bool {
		_, there := rank[name]
		if !there {
			delete(s.since, name)
		}
		return !there
	})
	for len(s.names) > room {
		s.remove(s.last(rank))
	}
	s.fill(candidates, room, now)
	s.swap(candidates, rank, now)
	return s.names
}

// fill gives the free places to the first candidates that have none, by name.
func (s *slots) fill(candidates []candidate, room int, now time.Time) {
	var fresh []string
	for i := range candidates {
		if len(s.names)+len(fresh) == room {
			break
		}
		if name := candidates[i].name; !s.shows(name) {
			fresh = append(fresh, name)
			s.since[name] = now
		}
	}
	slices.Sort(fresh)
	s.names = append(s.names, fresh...)
}

// swap gives the place of the idlest to the busiest that has none, where that is due.
func (s *slots) swap(candidates []candidate, rank map[string]int, now time.Time) {
	if len(s.names) == 0 || now.Sub(s.swapAt) < settled/5 {
		return
	}
	next := slices.IndexFunc(candidates, func(c candidate) bool { return !s.shows(c.name) })
	if next < 0 {
		return
	}
	at := s.last(rank)
	out, in := s.names[at], &candidates[next]
	if now.Sub(s.since[out]) < settled || in.rate <= busier*candidates[rank[out]].rate+0.05 {
		return
	}
	delete(s.since, out)
	s.names[at], s.since[in.name], s.swapAt = in.name, now, now
}

// last is the place of the idlest.
func (s *slots) last(rank map[string]int) int {
	worst := 0
	for i, name := range s.names {
		if rank[name] > rank[s.names[worst]] {
			worst = i
		}
	}
	return worst
}

func (s *slots) remove(at int) {
	delete(s.since, s.names[at])
	s.names = slices.Delete(s.names, at, at+1)
}

func (s *slots) shows(name string) bool {
	_, there := s.since[name]
	return there
}
