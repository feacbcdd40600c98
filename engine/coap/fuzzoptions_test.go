package coap

import (
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// FuzzOptions checks what is left of the options of a request, and that their length is known before they are written.
func FuzzOptions(f *testing.F) {
	for _, s := range []string{
		"", "\xb1a", "\xb1a\xb1b", "\x61\x01\x51a", "\xd1\x0e\x08", "\xd1\x0e\x0f", "\x91\x00", "\xd1\xf5\x02", "\xe1\x00\x17\x01",
		"\xb1a\xd1\x04\x16\x41\x08", "\x10\x10", "\x58\x01234567\x59012345678", "\xe0\xff\xff", "\xb2a\xff\xffx", "\xd0\x0a\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := incoming{options: make(message.Options, 0, 4)}
		if m.parseOptions(data) != nil {
			return
		}
		unwanted, value := noResponse(m.options), echoOf(m.options)
		if code := checkOptions(&m.options, false); code != codes.Empty {
			if code != codes.BadOption && code != codes.BadRequest {
				t.Fatalf("% x is refused with %v", data, code)
			}
			return
		}
		var previous message.OptionID
		for i, o := range m.options {
			rule, known := knownOptions[o.ID]
			switch {
			case !known && critical(o.ID) && (unsafeToForward(o.ID) || !forProxy(m.options)):
				t.Errorf("critical option %d is let through", o.ID)
			case known && (len(o.Value) < rule.min || len(o.Value) > rule.max):
				t.Errorf("option %d of %d bytes is let through", o.ID, len(o.Value))
			case known && i > 0 && o.ID == previous && !rule.repeatable:
				t.Errorf("option %d is let through twice", o.ID)
			case o.ID < previous:
				t.Errorf("option %d comes after %d", o.ID, previous)
			}
			previous = o.ID
		}
		if kept := noResponse(m.options); kept != unwanted && kept != 0 {
			t.Errorf("No-Response %d, then %d", unwanted, kept)
		}
		if kept := echoOf(m.options); kept != nil && string(kept) != string(value) {
			t.Errorf("Echo % x, then % x", value, kept)
		}
		encoded := (&outgoing{options: m.options}).append(nil)
		if n := headerSize + optionsLength(m.options); n != len(encoded) {
			t.Errorf("%d bytes, foretold as %d", len(encoded), n)
		}
	})
}
