package coap

import (
	"bytes"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
)

func TestUintValues(t *testing.T) {
	for _, tt := range []struct {
		value      uint32
		zeroAsByte bool
		want       []byte
	}{
		{0, false, []byte{}}, {0, true, []byte{0}}, {1, true, []byte{1}}, {255, false, []byte{255}},
		{256, false, []byte{1, 0}}, {65535, false, []byte{255, 255}}, {65536, false, []byte{1, 0, 0}},
		{1<<24 - 1, false, []byte{255, 255, 255}}, {1 << 24, false, []byte{1, 0, 0, 0}},
	} {
		got := appendUint([]byte{}, tt.value, tt.zeroAsByte)
		if !bytes.Equal(got, tt.want) || uintValue(got) != tt.value {
			t.Errorf("%d is % x, want % x", tt.value, got, tt.want)
		}
	}
	if uintValue([]byte{0, 0, 7}) != 7 {
		t.Error("leading zeros count")
	}
}

func TestBlockValues(t *testing.T) {
	for _, tt := range []struct {
		value []byte
		want  block
	}{
		{nil, block{size: 16}},
		{[]byte{0x06}, block{size: 1024}},
		{[]byte{0x0e}, block{more: true, size: 1024}},
		{[]byte{0x00, 0x1a}, block{num: 1, more: true, size: 64}},
		{[]byte{0xff, 0xff, 0xfe}, block{num: 1<<20 - 1, more: true, size: 1024}},
		{[]byte{0x2f}, block{num: 2, more: true, size: 1024, bert: true}},
	} {
		got := parseBlock(tt.value)
		if got != tt.want || uintValue(tt.value) != got.value() {
			t.Errorf("% x is %+v, want %+v", tt.value, got, tt.want)
		}
	}
	if last := (block{num: 1<<28 - 1, size: 1024}); last.offset() != (1<<28-1)*1024 {
		t.Errorf("the last offset is %d", last.offset())
	}
}

func TestManyOptions(t *testing.T) {
	for _, n := range []int{1, 32, 33, 500} {
		m := outgoing{code: 1}
		for range n {
			m.options = append(m.options, message.Option{ID: message.URIQuery, Value: []byte("q")})
		}
		got := incoming{options: make(message.Options, 0, 32)}
		if err := got.parse(m.append(nil)); err != nil || len(got.options) != n {
			t.Errorf("%d options: %d came, %v", n, len(got.options), err)
		}
	}
	m := outgoing{code: 1, options: make(message.Options, 10_000)}
	for i := range m.options {
		m.options[i].ID = message.URIQuery
	}
	if err := new(incoming).parse(m.append(nil)); err != errFormat {
		t.Errorf("10,000 options: %v", err)
	}
}

func TestResponseOptionsComeInAnyOrder(t *testing.T) {
	w := newWriter(&Endpoint{}, exchange{})
	w.AddUint(message.MaxAge, 1)
	w.AddString(message.LocationPath, "ps")
	w.AddOption(message.ETag, []byte{1})
	w.AddString(message.LocationPath, "topic")
	w.AddString(message.URIQuery, string(make([]byte, 300))) // longer than the arena
	w.AddOption(message.ETag, []byte{2})
	want := message.Options{
		{ID: message.ETag, Value: []byte{1}}, {ID: message.ETag, Value: []byte{2}},
		{ID: message.LocationPath, Value: []byte("ps")}, {ID: message.LocationPath, Value: []byte("topic")},
		{ID: message.MaxAge, Value: []byte{1}}, {ID: message.URIQuery, Value: make([]byte, 300)},
	}
	for i, o := range w.options {
		if o.ID != want[i].ID || !bytes.Equal(o.Value, want[i].Value) {
			t.Errorf("option %d is %v %q, want %v %q", i, o.ID, o.Value, want[i].ID, want[i].Value)
		}
	}
}
