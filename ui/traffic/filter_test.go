package traffic

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"sluice/engine/record"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 482_000_000, time.Local)

// post is CON POST /ps/a/b with token 01 and payload "on".
var post = []byte{0x41, 0x02, 0x1a, 0x7c, 0x01, 0xb2, 'p', 's', 0x01, 'a', 0x01, 'b', 0xff, 'o', 'n'}

// changed is its ACK 2.04.
var changed = []byte{0x61, 0x44, 0x1a, 0x7c, 0x01}

// row makes a row of a frame, and gives it the defaults of the tests.
func row(f record.Frame) *Row {
	f.At = noon
	if !f.Peer.IsValid() {
		f.Peer = netip.MustParseAddrPort("192.0.2.17:49320")
	}
	return &Row{Frame: f, exchange: record.Exchange{Took: -1}}
}

func TestFilter(t *testing.T) {
	request := row(record.Frame{Client: "sensor-17", Data: post})
	answer := row(record.Frame{Client: "sensor-17", Outgoing: true, Data: changed})
	for _, c := range []struct {
		filter           string
		request, answers bool
	}{
		{"", true, true},
		{"post", true, false},
		{"code:POST", true, false},
		{"code:2.04", false, true},
		{"code:2.*", false, true},
		{"code:2", false, true},
		{"code:4.*", false, false},
		{"peer:sensor", true, true},
		{"peer:*17", true, true},
		{"peer:192.0.2.17", true, true},
		{"peer:lamp", false, false},
		{"path:/ps/*", true, false},
		{"path:/ps/*/b", true, false},
		{"path:*/a", false, false},
		{"type:con", true, false},
		{"type:ACK", false, true},
		{"sensor path:/ps/a/b", true, false},
		{"sensor code:5", false, false},
		{"192.0.2.17:49320", true, true},
		{"  on  ", true, false},
		{"coap://nowhere", false, false},
	} {
		f, err := ParseFilter(c.filter)
		if err != nil {
			t.Errorf("%q: %v", c.filter, err)
			continue
		}
		if got := f.Match(request); got != c.request {
			t.Errorf("%q matches the request: %v, want %v", c.filter, got, c.request)
		}
		if got := f.Match(answer); got != c.answers {
			t.Errorf("%q matches the answer: %v, want %v", c.filter, got, c.answers)
		}
	}
}

func TestAMistakeInAFilterSaysWhere(t *testing.T) {
	for _, c := range []struct {
		filter string
		column int
		word   string
	}{
		{"cod:4.04", 1, "cod:4.04"},
		{"sensor  größe:1", 9, "größe:1"},
		{"peer:a code:", 8, "code:"},
	} {
		_, err := ParseFilter(c.filter)
		var mistake *FilterError
		if !errors.As(err, &mistake) || mistake.Column != c.column || mistake.Word != c.word {
			t.Errorf("%q: %v, want column %d, word %q", c.filter, err, c.column, c.word)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"", "code:4.* peer:lamp", "*", "a**b", "path:", ":x", "é:1", " \t x "} {
		f.Add(s)
	}
	request := row(record.Frame{Client: "sensor-17", Data: post})
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseFilter(text)
		if err != nil {
			var mistake *FilterError
			if !errors.As(err, &mistake) || mistake.Column < 1 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		filter.Match(request)
	})
}
