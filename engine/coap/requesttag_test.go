package coap

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// TestTransferKeys compares what RFC 7959 and RFC 9175, section 3.3, compare: options that are part of the cache key, and
// lists of Request-Tags, in which number, order and value count. Absence is not the empty value.
func TestTransferKeys(t *testing.T) {
	path := func(more ...message.Option) message.Options {
		return append(message.Options{{ID: message.URIPath, Value: []byte("a")}}, more...)
	}
	option := func(id message.OptionID, value string) message.Option {
		return message.Option{ID: id, Value: []byte(value)}
	}
	tag := func(value string) message.Option { return option(requestTag, value) }
	long := strings.Repeat("x", 256)
	for _, tt := range []struct {
		name     string
		one, two message.Options
		same     bool
	}{
		{"no tags", path(), path(), true},
		{"one tag", path(tag("1")), path(tag("1")), true},
		{"another tag", path(tag("1")), path(tag("2")), false},
		{"no tag and the empty tag", path(), path(tag("")), false},
		{"one empty tag and two", path(tag("")), path(tag(""), tag("")), false},
		{"two tags", path(tag("1"), tag("2")), path(tag("1"), tag("2")), true},
		{"two tags in another order", path(tag("1"), tag("2")), path(tag("2"), tag("1")), false},
		{"a tag and a longer list", path(tag("1")), path(tag("1"), tag("1")), false},
		{"tags that are the same when joined", path(tag("12"), tag("3")), path(tag("1"), tag("23")), false},
		{"another path", path(), message.Options{option(message.URIPath, "b")}, false},
		{"a segment more", path(), path(option(message.URIPath, "")), false},
		{"a query", path(), path(option(message.URIQuery, "c=1")), false},
		{"another Accept", path(option(message.Accept, "\x32")), path(option(message.Accept, "\x3c")), false},
		{"another target of a proxy", message.Options{option(message.ProxyURI, "coap://a/")},
			message.Options{option(message.ProxyURI, "coap://b/")}, false},
		{"a long target that is another's with options", message.Options{option(message.ProxyURI, long)},
			message.Options{option(message.ProxyURI, "")}, false},
		{"another scheme", path(option(message.ProxyScheme, "coap")), path(option(message.ProxyScheme, "coaps")), false},
		{"Size1, Block1 and Echo are none of it", path(),
			path(option(message.Block1, "\x08"), option(message.Size1, "\x40"), option(echo, "value")), true},
	} {
		if same := transferKey(codes.PUT, tt.one) == transferKey(codes.PUT, tt.two); same != tt.same {
			t.Errorf("%s: the same %v, want %v", tt.name, same, tt.same)
		}
	}
	if transferKey(codes.PUT, path()) == transferKey(codes.POST, path()) {
		t.Error("another method: the same")
	}
}

// TestParallelUploadsDoNotMix has one peer upload several bodies to one resource at a time, told apart by Request-Tag only.
func TestParallelUploadsDoNotMix(t *testing.T) {
	lists := map[string]message.Options{
		"none": nil,
		"an":   {{ID: requestTag}},
		"one":  {{ID: requestTag, Value: []byte{1}}},
		"two":  {{ID: requestTag, Value: []byte{1}}, {ID: requestTag, Value: []byte{2}}},
		"owt":  {{ID: requestTag, Value: []byte{2}}, {ID: requestTag, Value: []byte{1}}},
	}
	const blocks = 20
	got := map[string]bool{}
	w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
		got[string(r.Payload)] = true
		w.SetCode(codes.Changed)
	})}).gather()
	next := map[string]int{}
	var names, order []string
	for name := range lists {
		names = append(names, name)
		for range blocks {
			order = append(order, name)
		}
	}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for id, name := range order {
		num := next[name]
		next[name]++
		b := block{num: uint32(num), more: num < blocks-1, size: 16}
		m := get(con, uint16(id), fmt.Sprint(id), "a", message.Option{ID: message.Block1, Value: appendUint(nil, b.value(), false)})
		m.options = append(m.options, lists[name]...)
		m.code, m.payload = codes.PUT, fmt.Appendf(nil, "%-12s%4d", name, num)
		w.request(m)
		want := codes.Continue
		if !b.more {
			want = codes.Changed
		}
		if s := w.next(); s.code != want {
			t.Fatalf("block %d of %s: %v", num, name, s.code)
		}
	}
	for _, name := range names {
		var whole []byte
		for num := range blocks {
			whole = fmt.Appendf(whole, "%-12s%4d", name, num)
		}
		if !got[string(whole)] {
			t.Errorf("the body of %s did not come whole", name)
		}
	}
}
