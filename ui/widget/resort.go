package widget

import "slices"

// resort sorts order, which mostly is sorted already because the rows of a table change little from one update to the
// next. It takes out the pairs that stand in the wrong order, sorts those, and merges them back: with k of n rows moved
// that is about n + k log k comparisons, where sorting anew would be n log n.
func resort(order []int, compare func(a, b int) int) {
	if slices.IsSortedFunc(order, compare) {
		return
	}
	kept := make([]int, 0, len(order))
	var moved []int
	for _, row := range order {
		if n := len(kept); n > 0 && compare(kept[n-1], row) > 0 {
			moved = append(moved, kept[n-1], row)
			kept = kept[:n-1]
			continue
		}
		kept = append(kept, row)
	}
	slices.SortFunc(moved, compare)
	for i := range order {
		switch {
		case len(moved) == 0:
			copy(order[i:], kept)
			return
		case len(kept) == 0 || compare(moved[0], kept[0]) < 0:
			order[i], moved = moved[0], moved[1:]
		default:
			order[i], kept = kept[0], kept[1:]
		}
	}
}
