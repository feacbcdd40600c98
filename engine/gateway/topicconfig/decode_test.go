package topicconfig

import (
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// encoded returns the CBOR of a value in hexadecimal.
func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := cbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type configuration = map[any]any

const minimal = "a200616e026c636f72652e70732e64617461" // {0: "n", 2: "core.ps.data"}

func TestDecodeAndEncode(t *testing.T) {
	full := Properties{
		Present:   1<<keys - 1,
		TopicName: "room/é", TopicData: "/ps/data/x", ResourceType: DataResourceType, TopicContentFormat: 112,
		TopicType: "temperature", ExpirationDate: time.Unix(1680393599, 0), MaxSubscribers: 100, ObserverCheck: 86400,
		Initialize: []byte{0x80},
	}
	half := Properties{Present: SetOf(ExpirationDate), ExpirationDate: time.Unix(1680393599, 5e8)}
	for name, p := range map[string]Properties{
		"all properties": full, "none": {}, "half a second": half,
		"the last second": {Present: SetOf(ExpirationDate), ExpirationDate: time.Unix(maxEpoch, 0)},
		"no bytes":        {Present: SetOf(Initialize), Initialize: []byte{}},
		"zeroes":          {Present: SetOf(TopicContentFormat, MaxSubscribers)},
	} {
		got, err := Decode(p.Encode())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got, p) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, p)
		}
	}
	if got := hex.EncodeToString(full.Encode()); !strings.HasPrefix(got, "a90067726f6f6d2fc3a9016a2f70732f646174612f78026c") {
		t.Errorf("the keys are not in order: %s", got)
	}
}

func TestDecodeAcceptsWhatConstrainedEncodersWrite(t *testing.T) {
	for name, text := range map[string]string{
		"definite":             minimal,
		"indefinite map":       "bf00616e026c636f72652e70732e64617461ff",
		"indefinite string":    "a2007f616eff026c636f72652e70732e64617461",
		"another order":        "a2026c636f72652e70732e6461746100616e",
		"a key of two bytes":   "a2180061" + "6e026c636f72652e70732e64617461",
		"the same with length": "b80200616e026c636f72652e70732e64617461",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Decode(b)
		if err != nil || p.TopicName != "n" || p.ResourceType != DataResourceType || p.Present != SetOf(TopicName, ResourceType) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	at := func(content any) configuration { return configuration{5: cbor.Tag{Number: 1, Content: content}} }
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"a name that is bytes", configuration{0: []byte("n")}, "topic-name is not a text string"},
		{"a name that is null", configuration{0: nil}, "topic-name is not a text string"},
		{"a tagged name", configuration{0: cbor.Tag{Number: 99, Content: "n"}}, "topic-name is not a text string"},
		{"topic-data that is a number", configuration{1: 1}, "topic-data is not a text string"},
		{"a list of resource types", configuration{2: []string{"a"}}, "resource-type is not a text string"},
		{"a format that is text", configuration{3: "60"}, "topic-content-format is not an unsigned integer"},
		{"a format below 0", configuration{3: -1}, "topic-content-format is not an unsigned integer"},
		{"a format that is a float", configuration{3: 60.0}, "topic-content-format is not an unsigned integer"},
		{"a format of 65536", configuration{3: 65536}, "topic-content-format is 65536, more than a Content-Format can be"},
		{"a type that is a number", configuration{4: 1}, "topic-type is not a text string"},
		{"a date without tag", configuration{5: 1680393599}, dateProblem},
		{"a date that is text", configuration{5: cbor.Tag{Number: 0, Content: "2026-01-01T00:00:00Z"}}, dateProblem},
		{"a date before 1970", at(-1), dateProblem},
		{"a date after 9999", at(uint64(maxEpoch + 1)), dateProblem},
		{"a date after 9999 as float", at(1e18), dateProblem},
		{"a date that is no number", at(true), ""},
		{"subscribers below 0", configuration{6: -1}, "max-subscribers is not an unsigned integer"},
		{"a check of 0 seconds", configuration{7: 0}, "observer-check is 0"},
		{"a check below 0", configuration{7: -5}, "observer-check is not an unsigned integer"},
		{"initialize that is text", configuration{8: "x"}, "initialize is not a byte string"},
		{"the key of draft -20", configuration{9: []int{1}}, "topic property 9 is not known"},
		{"an unknown key", configuration{0: "n", 1000: 1}, "topic property 1000 is not known"},
		{"a private key", configuration{-70000: 1}, "topic property -70000 is not known"},
		{"a key that is text", configuration{"topic-name": "n"}, errKeyType.Error()},
		{"a key that is a float", configuration{0.0: "n"}, errKeyType.Error()},
		{"a list", []any{0, "n"}, errNotMap.Error()},
		{"a number", 1, errNotMap.Error()},
		{"too deep", configuration{20: deep(20)}, errNotMap.Error()},
	} {
		b := encoded(t, c.value)
		if _, err := Decode(b); err == nil || c.want != "" && err.Error() != c.want {
			t.Errorf("%s (%x): %v, want %s", c.name, b, err, c.want)
		}
	}
}

const dateProblem = "expiration-date is not a date: tag 1 with seconds since 1970, up to the year 9999"

func deep(levels int) any {
	if levels == 0 {
		return 0
	}
	return []any{deep(levels - 1)}
}

func TestDecodeRefusesBytes(t *testing.T) {
	for name, c := range map[string][2]string{
		"nothing":              {"", errNotMap.Error()},
		"cut short":            {minimal[:len(minimal)-2], errNotMap.Error()},
		"something behind it":  {minimal + "00", errNotMap.Error()},
		"a key twice":          {"a200616e00616f", "a topic property is given twice"},
		"a key in two forms":   {"a200616e180061" + "6f", "a topic property is given twice"},
		"text that is no text": {"a10061ff", "topic-name is not a text string"},
		"a tagged key":         {"a1c100616e", errKeyType.Error()},
		"a bignum key":         {"a1c24100616e", errNotMap.Error()},
		"a key beyond int64":   {"a11bffffffffffffffff00", ""},
		"a date that is NaN":   {"a105c1f97e00", dateProblem},
	} {
		b, err := hex.DecodeString(c[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(b); err == nil || c[1] != "" && err.Error() != c[1] {
			t.Errorf("%s: %v, want %s", name, err, c[1])
		}
	}
	if _, err := Decode(encoded(t, configuration{0: strings.Repeat("n", MaxSize)})); err != ErrTooLarge {
		t.Errorf("too large: %v", err)
	}
}

func TestDecodeKeys(t *testing.T) {
	for _, c := range []struct {
		value any
		want  Set
		ok    bool
	}{
		{[]int{1, 3}, SetOf(TopicData, TopicContentFormat), true},
		{[]int{}, 0, true},
		{[]int{3, 3, 9, 1000, -5}, SetOf(TopicContentFormat), true},
		{[]any{"topic-name"}, 0, false},
		{[]any{1.0}, 0, false},
		{configuration{9: []int{1}}, 0, false},
		{1, 0, false},
		{make([]int, maxKeys+1), 0, false},
	} {
		b := encoded(t, c.value)
		if got, err := DecodeKeys(b); got != c.want || (err == nil) != c.ok {
			t.Errorf("%v: %v, %v", c.value, got, err)
		}
	}
	if got, err := DecodeConfFilter(encoded(t, configuration{9: []int{1, 3}})); err != nil || got != SetOf(TopicData, TopicContentFormat) {
		t.Errorf("the form of draft -20: %v, %v", got, err)
	}
	for _, v := range []any{[]int{1}, configuration{}, configuration{9: 1}, configuration{9: []int{1}, 0: "n"}} {
		if _, err := DecodeConfFilter(encoded(t, v)); err == nil {
			t.Errorf("%v is taken for the form of draft -20", v)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{minimal, "", "a0", "bfff", "a105c1fb41d90a3d3fc00000", "a1084180", "810", "a1098203041b", "a200616e00616f"} {
		b, _ := hex.DecodeString(text)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = DecodeKeys(b)
		_, _ = DecodeConfFilter(b)
		p, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(p.Encode())
		if err != nil {
			t.Fatalf("%x is written as %x: %v", b, p.Encode(), err)
		}
		if !again.Matches(&p) || string(again.Encode()) != string(p.Encode()) {
			t.Fatalf("%+v comes back as %+v", p, again)
		}
		_ = Create(&p)
		_, _ = p.Replace(&again)
	})
}
