package record

import (
	"strings"
	"testing"
)

func TestFieldsAreExplained(t *testing.T) {
	m := Decode(Frame{Data: unhex(t, `42 03 1a2b cafe b1 "f" 11 32 d1 02 e6 ff "x"`)})
	byName := map[string]string{}
	for _, f := range m.Fields {
		if f.Section == "" {
			t.Errorf("%s has no section", f.Name)
		}
		if len(f.Explain) == 0 && f.Name != "Payload" {
			t.Errorf("%s is not explained", f.Name)
		}
		byName[f.Name] = f.Explain.String()
	}
	for name, want := range map[string]string{
		"Version":        "bits 7 to 6 of byte 0: 01",
		"Type":           "bits 5 to 4 of byte 0: 00; the receiver acknowledges or resets it",
		"Token length":   "bits 3 to 0 of byte 0: 0010; 9 to 15 are reserved",
		"Code":           "class 0 in the upper 3 bits 000; a request; detail 03 in the lower 5 bits 00011",
		"Uri-Path":       "number 11 = 0 + delta 11; length 1; critical: who does not know it refuses the message; unsafe to forward; repeatable",
		"Content-Format": "number 12 = 11 + delta 1; length 1; elective: who does not know it ignores it; safe to forward; part of the cache key",
		"Block1":         "number 27 = 12 + delta 15; length 1; bytes of extended delta or length: 1; NUM 14, M 0, SZX 6; from byte 14336 of the body on; critical: who does not know it refuses the message; unsafe to forward",
	} {
		if byName[name] != want {
			t.Errorf("%s: %s\nwant %s", name, byName[name], want)
		}
	}
}

// The bits of a number tell what becomes of an option that nobody knows (RFC 7252, section 5.4.6).
func TestOptionProperties(t *testing.T) {
	for number, want := range map[int]string{
		65000: "elective|safe to forward|part of the cache key", 65001: "critical|safe to forward|part of the cache key",
		65002: "elective|unsafe to forward", 65003: "critical|unsafe to forward", 65020: "elective|safe to forward|no part of the cache key",
		60: "elective|safe to forward|no part of the cache key", 4: "elective|safe to forward|part of the cache key|repeatable",
	} {
		got := optionProperties(number).String()
		for _, part := range strings.Split(want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("option %d: %s, want %s", number, got, part)
			}
		}
	}
}

func TestEveryFieldOfAStreamMessageHasASection(t *testing.T) {
	for _, data := range []string{`00 e1`, `21 02 aa b1 "x"`, `30 e1 22 ffff`, `d1 00 e1 91 01`} {
		m := Decode(Frame{Protocol: CoAPTCP, Data: unhex(t, data)})
		for _, f := range m.Fields {
			if f.Section == "" && f.Name != "Not parsed" {
				t.Errorf("%s: %s has no section", data, f.Name)
			}
		}
	}
}
