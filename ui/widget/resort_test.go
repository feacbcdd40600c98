package widget

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestResortSortsWhateverTheOrderWas(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	shuffled := func(n int) []int { return random.Perm(n) }
	ascending := func(n int) []int {
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		return order
	}
	descending := ascending(50)
	slices.Reverse(descending)
	outlier := ascending(50)
	outlier[3], outlier[49] = outlier[49], outlier[3]
	cases := map[string][]int{
		"none": {}, "one": {0}, "two": {1, 0}, "sorted": ascending(50), "descending": descending,
		"an outlier at the front": outlier, "shuffled": shuffled(1000), "all but sorted": append(ascending(100), 30, 20, 110),
	}
	for name, order := range cases {
		want := slices.Clone(order)
		slices.Sort(want)
		got := slices.Clone(order)
		resort(got, cmp.Compare[int])
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestResortComparesLittleWhenLittleMoved(t *testing.T) {
	const n = 10_000
	values := make([]int, n)
	order := make([]int, n)
	for i := range n {
		values[i], order[i] = i*10, i
	}
	for i := 0; i < n; i += 100 {
		values[i] += 1005
	}
	compared := 0
	resort(order, func(a, b int) int {
		compared++
		return cmp.Compare(values[a], values[b])
	})
	if !slices.IsSortedFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) }) {
		t.Error("not sorted")
	}
	if compared > 4*n {
		t.Errorf("%d comparisons for %d rows of which a hundred moved", compared, n)
	}
}
