package diagnostic

import (
	"encoding/hex"
	"strings"
	"testing"
)

// TestRead holds examples of RFC 8949, appendix A, and what people write.
func TestRead(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"0", "00"}, {"23", "17"}, {"24", "1818"}, {"1000000", "1a000f4240"}, {"18446744073709551615", "1bffffffffffffffff"},
		{"18446744073709551616", "c249010000000000000000"}, {"-18446744073709551617", "c349010000000000000000"},
		{"-1", "20"}, {"-1000", "3903e7"}, {"0x10", "10"}, {"007", "07"}, {"1_1", "190001"}, {"-1_0", "3800"},
		{"0.0", "f90000"}, {"1.5", "f93e00"}, {"1.1", "fb3ff199999999999a"}, {"100000.0", "fa47c35000"}, {"1.0e+300", "fb7e37e43c8800759c"},
		{"1.5_3", "fb3ff8000000000000"}, {"5.960464477539063e-8", "f90001"}, {"-4.1", "fbc010666666666666"},
		{"Infinity", "f97c00"}, {"NaN", "f97e00"}, {"-Infinity", "f9fc00"},
		{"false", "f4"}, {"true", "f5"}, {"null", "f6"}, {"undefined", "f7"}, {"simple(16)", "f0"}, {"simple(255)", "f8ff"},
		{`0("2013-03-21T20:04:00Z")`, "c074323031332d30332d32315432303a30343a30305a"}, {"1(1363896240)", "c11a514b67b0"},
		{"h'01020304'", "4401020304"}, {"h'01 02\n03'", "43010203"}, {"h''", "40"}, {"b64'AQID'", "43010203"}, {"b64'_-8='", "42ffef"}, {"'ab'", "426162"},
		{`""`, "60"}, {`"\u00fc"`, "62c3bc"}, {"[]", "80"}, {"[1, [2, 3], [4, 5]]", "8301820203820405"}, {"[1,]", "8101"},
		{"{}", "a0"}, {"{1: 2, 3: 4}", "a201020304"}, {`{"b": 1, "a": [2]}`, "a26162016161" + "8102"},
		{`(_ h'0102', h'030405')`, "5f42010243030405ff"}, {`(_ "strea", "ming")`, "7f657374726561646d696e67ff"},
		{"[_ 1, [2, 3]]", "9f01820203ff"}, {`{_ "Fun": true}`, "bf6346756ef5ff"}, {"<<1, 2>>", "420102"},
		{"/ a map / { # of one\n 0: 1 }", "a10001"}, {"1, 2", "0102"},
	} {
		got, err := Read(c.text)
		if err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("%s is %x, %v; want %s", c.text, got, err, c.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ": there is no item"}, {"{1}", `: a colon is missing before "}"`}, {"[1 2]", `line 1, column 4: a comma or ] is missing before "2]"`}, {"[1", ": a comma or ] is missing at the end"},
		{"[1,\n2", "line 2, column 2: a comma or ] is missing"}, {"nope", `: "nope" is no item`}, {"h'0'", ": h'0' is not hexadecimal"},
		{"b64'*'", ": b64'*' is not Base64"}, {`"open`, ": a text has no end"}, {"simple(24)", ": simple(24) is none"},
		{"(1)", ": ( stands for nothing"}, {`(_ "a", h'00')`, ": the parts of a string"}, {"(_ )", ": a string of indefinite length needs a part"},
		{"1(2", ": ) is missing at the end"}, {"-1(2)", ": -1 is no tag"}, {"1.1_1", ": 1.1 does not fit"}, {"256_0", ": 256 does not fit in 1 bytes"},
		{"1e999", ": 1e999 is more than"}, {"/ open", ": a comment has no end"}, {"1 2", ": \"2\" follows the item"},
		{strings.Repeat("[", 40), ": more than 32 items"}, {"<<1", ": a comma or >> is missing at the end"}, {"-", `: "-" is no number`},
	} {
		if got, err := Read(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s is %x, %v; want %s", c.text, got, err, c.want)
		}
	}
}

func TestWrite(t *testing.T) {
	got, err := Write([]byte{0xa1, 0x00, 0x82, 0x41, 0xff, 0xf5})
	if want := "{0: [h'ff', true]}"; err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if got, err := Write([]byte{1, 2}); err == nil {
		t.Errorf("two items are one: %s", got)
	}
	if got, err := WriteSequence([]byte{1, 2}); err != nil || got != "1, 2" {
		t.Errorf("%s, %v", got, err)
	}
}
