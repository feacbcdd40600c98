package pane

import "slices"

// Together is one function that does all updates in their order. Those that are nil are left out; where all are, it is nil
// too: there is nothing to bring up to date.
func Together(updates ...func()) func() {
	updates = slices.DeleteFunc(updates, func(update func()) bool { return update == nil })
	if len(updates) == 0 {
		return nil
	}
	return func() {
		for _, update := range updates {
			update()
		}
	}
}
