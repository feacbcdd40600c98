package record

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// unhex reads hexadecimal with spaces and quoted text: `40 01 "abc" ff`.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	var b []byte
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			b = append(b, part...)
			continue
		}
		d, err := hex.DecodeString(strings.Join(strings.Fields(part), ""))
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		b = append(b, d...)
	}
	return b
}

// summary writes the columns of a message on one line; empty ones are left out.
func summary(m *Message) string {
	var b strings.Builder
	b.WriteString(m.Type)
	for _, c := range []struct{ name, value string }{
		{"", m.Code}, {"", m.Resource}, {"mid ", m.MID}, {"token ", m.Token}, {"payload ", m.PayloadPreview}, {"! ", m.Err},
	} {
		if c.value != "" {
			b.WriteString(" | " + c.name + c.value)
		}
	}
	return b.String()
}

// fields writes fields as lines "offset+length name: value (section)".
func fields(m *Message) string {
	var b strings.Builder
	for _, f := range m.Fields {
		fmt.Fprintf(&b, "%d+%d %s: %s (%s)\n", f.Offset, f.Length, f.Name, f.Value, f.Section)
	}
	return b.String()
}

// checkBounds reports offsets that are not within the data.
func checkBounds(t testing.TB, data []byte, m *Message) {
	t.Helper()
	for _, f := range m.Fields {
		if f.Offset < 0 || f.Length < 0 || f.Offset+f.Length > len(data) {
			t.Errorf("field %s is at %d, %d bytes long, of %d", f.Name, f.Offset, f.Length, len(data))
		}
	}
	for _, s := range m.Mask {
		if s.From < 0 || s.From >= s.To || s.To > len(data) {
			t.Errorf("mask from %d to %d of %d", s.From, s.To, len(data))
		}
	}
	if m.Payload != nil && string(data[m.PayloadOffset:m.PayloadOffset+len(m.Payload)]) != string(m.Payload) {
		t.Errorf("the payload is not at %d", m.PayloadOffset)
	}
}

func TestDecodeUnknownProtocol(t *testing.T) {
	if m := Decode(Frame{Protocol: 9, Data: []byte{1}}); m.Err != "byte 0: protocol 9 is unknown" {
		t.Error(m.Err)
	}
}

func TestPreview(t *testing.T) {
	tests := []struct{ name, payload, want string }{
		{"text", "23.4", "23.4"},
		{"lines become one", "a\r\n\tb  c\n", "a b c"},
		{"not ASCII", "23,4 °C", "23,4 °C"},
		{"control characters", "a\x00b", "61 00 62"},
		{"formatting characters", "a\u202eb", `a\u202eb`},
		{"long text", strings.Repeat("a", 200), strings.Repeat("a", 120) + "…"},
		{"cut inside a character", strings.Repeat("a", 119) + "°C", strings.Repeat("a", 119) + "…"},
		{"bytes", "\xa2\x61\xff", "a2 61 ff"},
		{"many bytes", strings.Repeat("\xff", 30), strings.TrimSpace(strings.Repeat("ff ", 24)) + " …"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := preview([]byte(test.payload)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
