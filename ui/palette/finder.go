package palette

import (
	"sync"
	"sync/atomic"
)

// finder searches off the UI goroutine, one query at a time: of those that are asked meanwhile only the last counts.
type finder struct {
	run  func(func())
	do   func(func())
	show func(found []Found) // UI goroutine

	commands []Command
	recent   []string
	load     func() []Items

	asked atomic.Uint64 // counts queries; the last one is wanted

	mu     sync.Mutex // one search at a time
	items  []Items
	loaded bool
}

// ask searches for query and shows what is found unless something else has been asked by then.
func (f *finder) ask(query string) {
	number := f.asked.Add(1)
	stale := func() bool { return f.asked.Load() != number }
	f.run(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if stale() {
			return
		}
		if !f.loaded {
			f.items, f.loaded = f.load(), true
		}
		found := search(query, f.commands, f.items, f.recent, stale)
		f.do(func() {
			if !stale() {
				f.show(found)
			}
		})
	})
}

// end drops what is still searched.
func (f *finder) end() { f.asked.Add(1) }
