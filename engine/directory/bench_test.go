package directory

import (
	"fmt"
	"strings"
	"testing"

	"sluice/engine/linkformat"
)

// crowd is a directory with 10,000 endpoints of ten links each.
func crowd(b *testing.B) *Directory {
	b.Helper()
	d := open(b, Config{Limits: Limits{RegistrationsClient: 10_000, Size: 1 << 30}})
	var links []string
	for i := range 10 {
		links = append(links, fmt.Sprintf(`</sensors/%d>;rt="temperature-%d";if="sensor";ct=60`, i, i))
	}
	document := strings.Join(links, ",")
	for i := range 10_000 {
		enter(b, d, "user:a", fmt.Sprintf("ep=node-%d&et=sensor&base=coap://[2001:db8::%x]", i, i), document)
	}
	return d
}

func BenchmarkLookup(b *testing.B) {
	d := crowd(b)
	for name, queries := range map[string][]string{
		"by endpoint": {"ep=node-9999"}, "by type": {"rt=temperature-3", "ep=node-99*"}, "a page": nil,
	} {
		q := &query{kind: resources, client: Client{MayLookUp: func(string) bool { return true }}}
		q.filters = linkformat.ParseFilters(queries)
		q.locations = q.filters
		if queries == nil {
			q.counted, q.count = true, 20
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := d.answer(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRegister(b *testing.B) {
	d := crowd(b)
	i := 0
	for b.Loop() {
		i = (i + 1) % 10_000
		enter(b, d, "user:a", fmt.Sprintf("ep=node-%d&base=coap://h", i), "</a>;rt=x")
	}
}
