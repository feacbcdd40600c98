// Package palette is the list in which whatever the window can do or show is found by a few letters of its name.
package palette

import (
	"cmp"
	"slices"
	"strings"
)

// Command is something that the user can ask for by its name.
type Command struct {
	ID   string // unique, and stable: it is what is remembered of a command that was used
	Kind string // what it is, in a word or two
	Name string // what is found
	Note string // said beside the name
	Keys string // its shortcut as it is written
	Run  func() // UI goroutine
}

// Commander is a pane that has commands of its own; they are asked for, on the UI goroutine, each time the palette opens
// over the pane.
type Commander interface {
	Commands() []Command
}

// Items are things of one kind of which there may be many: only those that are found become commands. An item's ID is
// Prefix and its name.
type Items struct {
	Prefix string
	Kind   string
	Names  []string
	Notes  []string // nil, or one a name; found as well
	Run    func(i int)
}

func (s *Items) command(i int) Command {
	c := Command{ID: s.Prefix + s.Names[i], Kind: s.Kind, Name: s.Names[i], Run: func() { s.Run(i) }}
	if s.Notes != nil {
		c.Note = s.Notes[i]
	}
	return c
}

// Found is a command with the letters of its name that were asked for.
type Found struct {
	Command
	At []int // in runes of the name, ascending

	points int
}

// limit is how many are found at most.
const limit = 100

// pointsRecent are for what was used last; who was used before that gets less.
const pointsRecent = 24

// staleEvery is after how many names a search asks whether it is still wanted.
const staleEvery = 2000

// search finds commands and items, the best first; recent are the IDs of what was used, the latest first. Without a query
// it is what was used lately, and then the commands. It ends early, without a result, when stale says so.
func search(query string, commands []Command, items []Items, recent []string, stale func() bool) []Found {
	m := newMatcher(query)
	if len(m.words) == 0 {
		return lately(commands, items, recent)
	}
	used := map[string]int{}
	for i, id := range recent {
		used[id] = pointsRecent - min(i, pointsRecent-1)
	}
	var best ranking
	for _, c := range commands {
		if points, at, ok := m.match(c.Kind, c.Name); ok {
			best.add(Found{Command: c, At: slices.Clone(at), points: points + used[c.ID]})
		}
	}
	for s := range items {
		source := &items[s]
		recents := below(used, source.Prefix)
		for i, name := range source.Names {
			if i%staleEvery == 0 && stale() {
				return nil
			}
			points, at, ok := m.match(source.Kind, name)
			if !ok && source.Notes != nil {
				points, _, ok = m.match(source.Kind, source.Notes[i])
				points, at = points/2, nil
			}
			points += recents[name]
			if ok && best.wants(points) {
				best.add(Found{Command: source.command(i), At: slices.Clone(at), points: points})
			}
		}
	}
	return best.found
}

// below is what is said of the IDs with a prefix, by the rest of them.
func below(used map[string]int, prefix string) map[string]int {
	rest := map[string]int{}
	for id, points := range used {
		if name, ok := strings.CutPrefix(id, prefix); ok {
			rest[name] = points
		}
	}
	return rest
}

// lately is what was used last, and then all commands in their order.
func lately(commands []Command, items []Items, recent []string) []Found {
	known := map[string]Command{}
	for _, c := range commands {
		known[c.ID] = c
	}
	wanted := map[string]int{}
	for i, id := range recent {
		wanted[id] = i
	}
	for s := range items {
		source := &items[s]
		names := below(wanted, source.Prefix)
		if len(names) == 0 {
			continue
		}
		for i, name := range source.Names {
			if _, ok := names[name]; ok {
				known[source.Prefix+name] = source.command(i)
			}
		}
	}
	var found []Found
	for _, id := range recent {
		if c, ok := known[id]; ok {
			found = append(found, Found{Command: c})
		}
	}
	for _, c := range commands {
		if _, used := wanted[c.ID]; !used {
			found = append(found, Found{Command: c})
		}
	}
	return found[:min(len(found), limit)]
}

// ranking keeps the best, of equals the one that came first.
type ranking struct{ found []Found }

func (r *ranking) wants(points int) bool {
	return len(r.found) < limit || points > r.found[len(r.found)-1].points
}

func (r *ranking) add(f Found) {
	if !r.wants(f.points) {
		return
	}
	at, _ := slices.BinarySearchFunc(r.found, f.points, func(have Found, points int) int {
		if have.points == points {
			return -1
		}
		return cmp.Compare(points, have.points)
	})
	r.found = slices.Insert(r.found, at, f)
	r.found = r.found[:min(len(r.found), limit)]
}

// recentMost is how many commands are remembered.
const recentMost = 12

// Used puts an ID in front of those that were used before.
func Used(recent []string, id string) []string {
	next := append([]string{id}, slices.DeleteFunc(slices.Clone(recent), func(have string) bool { return have == id })...)
	return next[:min(len(next), recentMost)]
}
