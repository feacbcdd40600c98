package collection

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
)

func TestExpectations(t *testing.T) {
	json := Answer{
		Answered: true, Code: codes.Content, RTT: 20 * time.Millisecond, Payload: []byte(`{"t": 21.50, "on": true, "l": ["a", {"b c": null}]}`),
		Options: message.Options{{ID: message.ETag, Value: []byte{1}}, {ID: message.ContentFormat, Value: []byte{50}}, {ID: message.LocationPath, Value: []byte("a")}, {ID: message.LocationPath, Value: []byte("b")}},
	}
	cbor := Answer{Answered: true, Code: codes.Content, Payload: []byte{0xa3, 0x00, 0x61, 'a', 0x20, 0x41, 0xff, 0x61, 'x', 0xc1, 0x05}}
	for _, c := range []struct {
		answer Answer
		expect string
		want   string // empty: met
	}{
		{json, "code 2.05", ""}, {json, "code 2.01 2.*", ""}, {json, "code 4.*", "expected code 4.*: it is 2.05 Content"},
		{json, "payload contains 21.5", ""}, {json, `payload contains "\"on\": true"`, ""}, {json, "payload contains off", "expected payload contains off: it is {"},
		{json, "payload matches ^\\{", ""}, {json, "payload empty", "expected payload empty: it is"}, {json, "payload equals {", "expected payload equals {: it is"},
		{cbor, "payload hex a3 00 6161 2041ff 6178c105", ""}, {Answer{Answered: true}, "payload empty", ""}, {Answer{Answered: true}, "payload equals x", "expected payload equals x: it is empty"},
		{json, "json $.t = 21.5", ""}, {json, "json $.t >= 21.5", ""}, {json, "json $.t < 21", "expected json $.t < 21: it is 21.50"}, {json, "json $.t != 3", ""},
		{json, "json $.on = true", ""}, {json, "json $.l[0] = a", ""}, {json, `json $.l[1]["b c"] exists`, ""}, {json, `json $.l[1]["b c"] = null`, ""},
		{json, "json $.l[2] exists", "expected json $.l[2] exists: there is no $[l][2]"}, {json, "json $.l contains b c", ""}, {cbor, "json $.x exists", "expected json $.x exists: the payload is not JSON"},
		{cbor, "cbor $.0 = a", ""}, {cbor, "cbor $[-1] = ff", ""}, {cbor, "cbor $.x = 5", ""}, {json, "cbor $.x = 5", "expected cbor $.x = 5: "},
		{json, "option ETag", ""}, {json, "option Content-Format = application/json", ""}, {json, "option Location-Path = b", ""},
		{json, "option Max-Age", "expected option Max-Age: it is not there"}, {json, "option Content-Format = 0", "expected option Content-Format = 0: it is application/json"},
		{json, "no option Observe", ""}, {json, "no option ETag", "expected no option ETag: it is 0x01"},
		{json, "within 30ms", ""}, {json, "within 10ms", "expected within 10ms: it took 20ms"},
		{json, "no answer", "no answer was expected, 2.05 Content came"}, {json, "reset", "a Reset was expected, 2.05 Content came"},
		{Answer{Err: client.ErrUnanswered}, "no answer", ""}, {Answer{Err: client.ErrReset}, "reset", ""}, {Answer{Err: client.ErrReset}, "no answer", "answered by a Reset"},
		{Answer{Err: errors.New("broken")}, "code 2.05", "broken"},
	} {
		f := parsed(t, "### x\nGET coap://h\nexpect "+c.expect+"\n")
		got := joined(f.Requests[0].Check(NewScope("", nil), c.answer))
		if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("expect %s: %q, want %q", c.expect, got, c.want)
		}
	}
	if got := (&Request{Verb: GET}).Check(NewScope("", nil), Answer{Err: client.ErrUnanswered}); len(got) != 1 {
		t.Errorf("no answer passes: %q", got)
	}
}

func TestTake(t *testing.T) {
	f := parsed(t, "### x\nGET coap://h\nsave a = payload\nsave b = code\nsave c = option Location-Path\nsave d = json $.x[1]\nsave e = option Uri-Query\n")
	a := Answer{
		Answered: true, Code: codes.Created, Payload: []byte(`{"x":[1,2]}`),
		Options: message.Options{{ID: message.LocationPath, Value: []byte("/ps/a")}, {ID: message.URIQuery, Value: []byte("a")}, {ID: message.URIQuery, Value: []byte("b")}},
	}
	got, err := f.Requests[0].Take(a)
	if err != nil || got["a"] != `{"x":[1,2]}` || got["b"] != "2.01" || got["c"] != "/ps/a" || got["d"] != "2" || got["e"] != "a&b" {
		t.Errorf("took %q, %v", got, err)
	}
	if _, err := f.Requests[0].Take(Answer{}); err == nil || !strings.HasPrefix(err.Error(), "save c: there is no Location-Path") {
		t.Errorf("got %v", err)
	}
}

func TestDescribePayload(t *testing.T) {
	for _, c := range []struct {
		payload string
		format  int
		kind    PayloadKind
		text    string
	}{
		{"hot", -1, TextPayload, "hot"}, {`{"a":1}`, -1, JSONPayload, `{"a":1}`}, {"21", 50, TextPayload, "21"}, {"\xa1\x00\x01", -1, CBORPayload, "{0: 1}"},
		{"\x01", 60, CBORPayload, "1"}, {"\x01\x02", 63, CBORPayload, "1, 2"}, {"\xff\xfe", -1, HexPayload, "fffe"}, {"\x01\x02", 60, HexPayload, "0102"}, {"", -1, TextPayload, ""},
	} {
		if kind, text := DescribePayload([]byte(c.payload), c.format); kind != c.kind || text != c.text {
			t.Errorf("%q is %s %q", c.payload, kind, text)
		}
	}
}

func joined(failures []error) string {
	var texts []string
	for _, failure := range failures {
		texts = append(texts, failure.Error())
	}
	return strings.Join(texts, "; ")
}
