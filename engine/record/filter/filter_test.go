package filter

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sluice/engine/record"
)

var (
	sensor = netip.MustParseAddrPort("192.0.2.17:49320")
	noon   = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
)

// passed are the messages that filters are tried on.
var passed = map[string]record.Frame{
	// CON POST /ps/plant/line1/temp, token ab12, text/plain, "23.4 °C".
	"post": {Seq: 1, Client: "lamp-3", Listener: "coap://0.0.0.0:5683",
		Data: []byte("\x42\x02\x1a\x7c\xab\x12\xb2ps\x05plant\x05line1\x04temp\x10\xff23.4 °C")},
	"refused":   {Seq: 2, Client: "lamp-3", Listener: "coap://0.0.0.0:5683", Outgoing: true, Data: []byte("\x62\x81\x1a\x7c\xab\x12")},
	"claims":    {Seq: 3, Data: []byte("\x40\x01\x00\x01\xb4mqtt\x01x\x48c=door-1\x04p=xy")},
	"lone":      {Seq: 4, Listener: "coaps://0.0.0.0:5684", Outgoing: true, Data: []byte("\x50\x45\x00\x02\x61\x05\xff1")},
	"publish":   {Seq: 5, Client: "dash", Protocol: record.MQTT, Data: []byte("\x30\x0f\x00\x0bplant/Line1on")},
	"ping":      {Seq: 6, Data: []byte("\x40\x00\x00\x09")},
	"created":   {Seq: 7, Outgoing: true, Data: []byte("\x60\x41\x00\x05\xff3404490787")},
	"malformed": {Seq: 8, Note: record.Malformed, Data: []byte("\x40")},
}

var known = map[string]record.Known{
	"refused":   {Exchange: record.Exchange{Took: 60 * time.Millisecond, Request: 1}, Root: 1, Odd: record.OddRefused},
	"malformed": {Exchange: record.Exchange{Took: -1}, Odd: record.OddMalformed},
}

func message(name string) *Message {
	f := passed[name]
	f.At, f.Peer = noon, sensor
	k, ok := known[name]
	if !ok {
		k = record.Known{Exchange: record.Exchange{Took: -1}, Root: f.Seq}
	}
	return &Message{Frame: &f, Known: k, Get: func(seq uint64) (record.Frame, bool) {
		for _, f := range passed {
			if f.Seq == seq {
				return f, true
			}
		}
		return record.Frame{}, false
	}}
}

func TestFilter(t *testing.T) {
	for _, c := range []struct{ filter, want string }{
		{"", "claims created lone malformed ping post publish refused"},
		{"code:4.*", "refused"},
		{"code:4.xx", "refused"},
		{"code:4", "refused"},
		{"code:2.05", "lone"},
		{"code:content", "lone"},
		{"code:post", "post"},
		{"code:get", "claims"},
		{"code:publish", "publish"},
		{"code:ping", "ping"},
		{"peer:lamp", "post refused"},
		{"peer:lamp-*", "post refused"},
		{"peer:=lamp", ""},
		{"peer:=lamp-3", "post refused"},
		{"peer:192.0.2.17", "claims created lone malformed ping post publish refused"},
		{"peer:*:49320", "claims created lone malformed ping post publish refused"},
		{"peer:door-1", "claims"},
		{"path:/ps/**", "post refused"},
		{"path:/ps/*", ""},
		{"path:/ps/*/line1/t*", "post refused"},
		{"path:/ps/**/temp", "post refused"},
		{"path:**/line1/**", "post publish refused"},
		{"path:plant/*", "publish"},
		{"path:/mqtt/x", "claims"},
		{"path:/mqtt", ""},
		{"path:line1", "post publish refused"},
		{"path:=plant/Line1", "publish"},
		{"type:con", "claims malformed ping post"},
		{"type:mqtt", "publish"},
		{"type:*n", "claims lone malformed ping post"},
		{"token:ab", "post refused"},
		{"token:AB12", "post refused"},
		{"token:=ab", ""},
		{"token:*12", "post refused"},
		{"mid:6780", "post refused"},
		{"mid:0x1a7c", "post refused"},
		{"option:observe", "lone"},
		{"option:6", "lone"},
		{"option:observe=5", "lone"},
		{"option:observe=6", ""},
		{"option:content-format=text/plain", "post"},
		{"option:content-format=0", "post"},
		{"option:uri-*=plant", "post"},
		{"option:uri-query=xy", ""},
		{`text:"23.4 °c"`, "post"},
		{"text:3.4*", ""},
		{"text:23.4*", "post"},
		{"text:xy", ""},
		{"text:3404", ""},
		{"text:on", "publish"},
		{"listener:coaps", "lone"},
		{"dir:out", "created lone refused"},
		{"size:>25", "post"},
		{"size:<5", "malformed ping"},
		{"size:4", "ping"},
		{"took:>50ms", "refused"},
		{"took:<50ms", ""},
		{"took:60ms", "refused"},
		{"odd:refused", "refused"},
		{"odd:any", "malformed refused"},
		{"exchange:1", "post refused"},
		{"code:4.* peer:lamp-3 path:/ps/**", "refused"},
		{"type:con and -code:ping", "claims malformed post"},
		{"!peer:lamp-3 type:con", "claims malformed ping"},
		{"code:ping or odd:malformed", "malformed ping"},
		{"type:con code:ping or type:con token:ab", "ping post"},
		{"lamp", "post refused"},
		{"-lamp dir:in", "claims malformed ping publish"},
		{`"23.4 °C"`, "post"},
		{`"or"`, "claims refused"},
		{"192.0.2.17:49320 code:ping", "ping"},
		{"coap://nowhere", ""},
		{"  post  ", "post"},
	} {
		f, err := Parse(c.filter)
		if err != nil {
			t.Errorf("%q: %v", c.filter, err)
			continue
		}
		var got []string
		for _, name := range []string{"claims", "created", "lone", "malformed", "ping", "post", "publish", "refused"} {
			if f.Match(message(name)) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q finds %v, want %s", c.filter, got, c.want)
		}
	}
}

func TestAMistakeIsNamedAtItsPlace(t *testing.T) {
	for _, c := range []struct {
		filter string
		column int
		word   string
		kind   Kind
	}{
		{"cod:4.04", 1, "cod:4.04", UnknownWord},
		{"sensor  größe:1", 9, "größe:1", UnknownWord},
		{"peer:a code:", 8, "code:", NoValue},
		{`é text:"a b`, 3, `text:"a b`, OpenQuote},
		{"or x", 1, "or", NothingToAsk},
		{"x or", 3, "or", NothingToAsk},
		{"x or or y", 6, "or", NothingToAsk},
		{"x -", 3, "-", NothingToAsk},
		{"mid:70000", 1, "mid:70000", NotANumber},
		{"size:>big", 1, "size:>big", NotANumber},
		{"exchange:x", 1, "exchange:x", NotANumber},
		{"took:>50", 1, "took:>50", NotADuration},
		{"token:xy", 1, "token:xy", NotHex},
		{"type:cin", 1, "type:cin", NotAChoice},
		{"dir:up", 1, "dir:up", NotAChoice},
		{"-odd:strange", 1, "-odd:strange", NotAChoice},
		{"option:nothing", 1, "option:nothing", UnknownOption},
		{strings.Repeat("a ", 70), 129, "a", TooMany},
	} {
		_, err := Parse(c.filter)
		var mistake *Mistake
		if !errors.As(err, &mistake) || mistake.Column != c.column || mistake.Word != c.word || mistake.Kind != c.kind {
			t.Errorf("%q: %v, want column %d, word %q, kind %d", c.filter, err, c.column, c.word, c.kind)
		}
	}
}

func TestWhatIsQuotedIsReadAsItStands(t *testing.T) {
	for _, value := range []string{"lamp-3", "a b", `say "x"`, `back\slash`, "a*b", "", "[::1]:5683"} {
		tokens := tokens("peer:=" + Quote(value))
		if len(tokens) != 1 || tokens[0].value != "="+value || !tokens[0].closed {
			t.Errorf("%q is read as %+v", value, tokens)
		}
	}
}

func TestEveryWordHasAnExampleThatCanBeRead(t *testing.T) {
	for _, w := range Words() {
		f, err := Parse(w.Example)
		if err != nil || !f.Uses(w.Name) {
			t.Errorf("%s: %v", w.Example, err)
		}
		for _, choice := range w.Choices {
			if _, err := Parse(w.Name + ":" + choice); err != nil {
				t.Error(err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "code:4.* peer:lamp", "*", "a**b", "path:", ":x", "é:1", " \t x ", `text:"a\"b`, "path:/a/**/*b/**", "-!x or y", "option:6=*", "path:/**/**/*/**a"} {
		f.Add(s)
	}
	names := []string{"post", "refused", "claims", "publish", "malformed"}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Parse(text)
		if err != nil {
			var mistake *Mistake
			if !errors.As(err, &mistake) || mistake.Column < 1 || !strings.Contains(text, mistake.Word) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, name := range names {
			filter.Match(message(name))
		}
	})
}

// FuzzMatch has filters read the bytes of messages.
func FuzzMatch(f *testing.F) {
	for _, name := range []string{"post", "refused", "claims", "publish", "created", "malformed"} {
		f.Add(byte(passed[name].Protocol), passed[name].Data)
	}
	var filters []Filter
	for _, text := range []string{"code:4 or path:/a/** or text:x", "path:b or mid:1 or token:a", "option:observe=1 or option:12=x or peer:a", "x"} {
		filter, err := Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		filters = append(filters, filter)
	}
	f.Fuzz(func(t *testing.T, protocol byte, data []byte) {
		frame := record.Frame{Seq: 1, Peer: sensor, Protocol: record.Protocol(protocol % 5), Data: data}
		index := record.NewIndex()
		index.Add(&frame)
		for _, filter := range filters {
			filter.Match(&Message{Frame: &frame, Known: index.Of(1)})
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	m := message("post")
	for _, text := range []string{"code:4.*", "code:4.* peer:lamp-3 path:/ps/** type:con token:ab12", "path:/ps/**/temp", "peer:lamp-4", `text:"not there"`, "nowhere"} {
		f, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Set(m.Frame, m.Known)
				f.Match(m)
			}
		})
	}
}
