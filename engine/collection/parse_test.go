package collection

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const example = `# A collection.
@host = 127.0.0.1
@host[plant] = 10.0.0.5
@clientid = lamp-{{random 1 9}}

### Open
# why
POST coap://{{host}}/mqtt/connection?clientid={{clientid}}
expect code 2.01
save token = payload

### Publish  a reading
POST coap://{{host}}/ps/a
Uri-Query: token={{token}}
uri-query: qos=1
Option-65001: 0x01ff
# in between
with type NON
with token 0x0102
with block-size 64
with early-negotiation
with ack-timeout 500ms
with max-retransmit 0
with socket lamp
payload json
expect payload contains "a b"
expect json $.a["b c"][0] >= 1.5
expect option Max-Age = 60
expect no option Observe
expect within 500ms

{"t": 1}
# this is payload
\### this too

###
GET coap://{{host}}/ps/a
observe as a
### Await
AWAIT a
expect no answer
### End
CANCEL a RST
### Pause
WAIT 10ms
### Anybody?
PING coap://{{host}}
`

func parsed(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse("a.coap", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if string(f.Bytes()) != text {
		t.Fatalf("written as\n%s", f.Bytes())
	}
	return f
}

func TestParse(t *testing.T) {
	f := parsed(t, example)
	if want := []Variable{{"host", "", "127.0.0.1", 2}, {"host", "plant", "10.0.0.5", 3}, {"clientid", "", "lamp-{{random 1 9}}", 4}}; !reflect.DeepEqual(f.Variables, want) {
		t.Errorf("variables %+v", f.Variables)
	}
	if got := Environments(f); !reflect.DeepEqual(got, []string{"plant"}) {
		t.Errorf("environments %q", got)
	}
	if len(f.Requests) != 7 {
		t.Fatalf("%d requests", len(f.Requests))
	}
	r := f.Requests[1].Clone()
	r.head = nil
	want := &Request{
		Line: 12, Title: "Publish  a reading", Verb: POST, Target: "coap://{{host}}/ps/a",
		Options: []Option{{"Uri-Query", "token={{token}}"}, {"uri-query", "qos=1"}, {"Option-65001", "0x01ff"}},
		Settings: Settings{
			Type: "NON", Token: "0x0102", BlockSize: 64, EarlyNegotiation: true, ACKTimeout: 500 * time.Millisecond,
			MaxRetransmit: new(0), Socket: "lamp",
		},
		Payload: Payload{Kind: JSONPayload, Text: "{\"t\": 1}\n# this is payload\n### this too"},
		Expect: []Expectation{
			{PayloadIs, "", "contains", `"a b"`}, {JSON, `$.a["b c"][0]`, ">=", "1.5"}, {OptionIs, "Max-Age", "=", "60"},
			{NoOption, "Observe", "", ""}, {Within, "", "", "500ms"},
		},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("read %+v\nwant %+v", r, want)
	}
	for i, want := range []struct {
		verb   Verb
		target string
		ending Ending
	}{
		{POST, "coap://{{host}}/mqtt/connection?clientid={{clientid}}", ""}, {POST, "coap://{{host}}/ps/a", ""}, {GET, "coap://{{host}}/ps/a", ""},
		{Await, "a", ""}, {Cancel, "a", EndByReset}, {Wait, "10ms", ""}, {Ping, "coap://{{host}}", ""},
	} {
		if r := f.Requests[i]; r.Verb != want.verb || r.Target != want.target || r.Ending != want.ending {
			t.Errorf("request %d is %s %s %s", i, r.Verb, r.Target, r.Ending)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"hello", "a.coap:1: is neither a comment, nor @NAME = VALUE"},
		{"@a = 1\n@a = 2", "a.coap:2: @a has a value already"},
		{"@now = 1", "a.coap:1: @now is the name of a function"},
		{"### x\nGET coap://h\nsave uuid = payload", "a.coap:3: save: uuid is the name of a function"},
		{"@a = {{random 1}}", "a.coap:1: {{random 1}} needs other arguments"},
		{"### x\n", "a.coap:1: the request has no line METHOD URI"},
		{"### x\nGOT coap://h", `a.coap:2: "GOT" is none of GET`},
		{"### x\nGET", "a.coap:2: GET needs a URI"},
		{"### x\nGET coap://h/a b", "a.coap:2: \"coap://h/a b\" has a space"},
		{"### x\nGET coap://h\nAccept: nothing/known", "a.coap:3: Accept: \"nothing/known\" is no registered media type"},
		{"### x\nGET coap://h\nColour: blue", `a.coap:3: "Colour" is no option`},
		{"### x\nGET coap://h\nBlock1: 1/2/64", "a.coap:3: Block1: \"1/2/64\" is not NUM/MORE/SIZE"},
		{"### x\nGET coap://h\nIf-None-Match: 1", "a.coap:3: If-None-Match: \"1\" is a value"},
		{"### x\nGET coap://h\nIf-Match: 0x1", "a.coap:3: If-Match: \"0x1\" has half a byte"},
		{"### x\nGET coap://h\nhello", `a.coap:3: "hello" is neither NAME: VALUE nor`},
		{"### x\nGET coap://h\nwith type ACK", `a.coap:3: with type: "ACK" is neither CON nor NON`},
		{"### x\nGET coap://h\nwith block-size 100", `a.coap:3: with block-size: "100" is none of 16`},
		{"### x\nGET coap://h\nwith token 12", `a.coap:3: with token: "12" is neither empty nor 0x`},
		{"### x\nGET coap://h\nwith timeout 0s", `a.coap:3: with timeout: "0s" is no duration`},
		{"### x\nGET coap://h\nwith luck", `a.coap:3: there is no setting "luck"`},
		{"### x\nGET coap://h\npayload xml", `a.coap:3: "xml" is no kind of payload`},
		{"### x\nGET coap://h\npayload file", "a.coap:3: payload file needs a path"},
		{"### x\nPUT coap://h\npayload file a\n\nb", "a.coap:1: the payload is a file, and there is another below"},
		{"### x\nPUT coap://h\nobserve as a", "a.coap:1: only GET and FETCH observe"},
		{"### x\nPING coap://h\n\nhello", "a.coap:1: PING has no options, no payload"},
		{"### x\nAWAIT a", "a.coap:1: no request before it says observe as a"},
		{"### x\nCANCEL a gently", "a.coap:2: CANCEL needs"},
		{"### x\nWAIT long", "a.coap:2: WAIT needs"},
		{"### x\nGET coap://h\nexpect code 205", `a.coap:3: "205" is no code`},
		{"### x\nGET coap://h\nexpect payload", "a.coap:3: expect payload \"\" is none of"},
		{"### x\nGET coap://h\nexpect payload matches (", "a.coap:3: error parsing regexp"},
		{"### x\nGET coap://h\nexpect json a = 1", `a.coap:3: the path "a" does not begin with $`},
		{"### x\nGET coap://h\nexpect json $.a", "a.coap:3: expect json needs PATH"},
		{"### x\nGET coap://h\nexpect json $..a = 1", `a.coap:3: the path "$..a" has "..a"`},
		{"### x\nGET coap://h\nexpect rain", `a.coap:3: "rain" can not be expected`},
		{"### x\nGET coap://h\nsave a = b", "a.coap:3: save needs NAME ="},
		{"### x\nGET coap://h\n\n{{a b}}", "a.coap:1: the payload: {{a b}} is neither"},
		{"\xff", "a.coap: is not UTF-8"},
		{"### x\nGET coap://h\nwith luck\nsave a = b", "a.coap:3: there is no setting \"luck\"; the settings are " + strings.Join(settingNames, ", ") + "\na.coap:4: save needs"},
	} {
		f, err := Parse("a.coap", []byte(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
		if f == nil {
			t.Errorf("%q: no file", c.text)
		}
	}
}

func TestUpdate(t *testing.T) {
	for _, c := range []struct {
		name     string
		before   string
		change   func(*Request)
		after    string
		requests int
	}{
		{"nothing", "### A\n  GET  coap://h\n# c\nexpect  code 2.05\n", func(*Request) {}, "### A\n  GET  coap://h\n# c\nexpect  code 2.05\n", 1},
		{"the title", "###   A\nGET coap://h", func(r *Request) { r.Title = "B" }, "### B\nGET coap://h\n", 1},
		{
			"an option more", "### A\nGET coap://h\n# why\nAccept:  50\nexpect code 2.05\n\n### B\nGET coap://h\n",
			func(r *Request) { r.Options = append(r.Options, Option{"Uri-Query", "a"}) },
			"### A\nGET coap://h\n# why\nAccept:  50\nUri-Query: a\nexpect code 2.05\n\n### B\nGET coap://h\n", 2,
		},
		{
			"a repeated option less", "### A\nGET coap://h\nUri-Query: a\nUri-Query: a\n# c\nUri-Query: b\n",
			func(r *Request) { r.Options = r.Options[1:] }, "### A\nGET coap://h\nUri-Query: a\n# c\nUri-Query: b\n", 1,
		},
		{
			"the URI", "### A\n# c\nGET coap://h\nwith type NON\n", func(r *Request) { r.Target = "coap://g" },
			"### A\n# c\nGET coap://g\nwith type NON\n", 1,
		},
		{
			"the payload", "### A\nPUT coap://h\n\nold\n\n\n### B\nGET coap://h\n", func(r *Request) { r.Payload.Text = "new\n### x" },
			"### A\nPUT coap://h\n\nnew\n\\### x\n\n\n### B\nGET coap://h\n", 2,
		},
		{"a payload", "### A\nPUT coap://h\n\n### B\nGET coap://h\n", func(r *Request) { r.Payload.Text = "new" }, "### A\nPUT coap://h\n\nnew\n\n### B\nGET coap://h\n", 2},
		{"no payload", "### A\r\nPUT coap://h\r\n\r\nold\r\n", func(r *Request) { r.Payload.Text = "" }, "### A\r\nPUT coap://h\r\n", 1},
		{"a setting, with CRLF", "### A\r\nGET coap://h\r\n", func(r *Request) { r.Settings.Type = "NON" }, "### A\r\nGET coap://h\r\nwith type NON\r\n", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := parsed(t, c.before)
			r := f.Requests[0].Clone()
			c.change(r)
			f.Update(0, r)
			if got := string(f.Bytes()); got != c.after || len(f.Requests) != c.requests {
				t.Errorf("written as\n%q, want\n%q", got, c.after)
			}
			if f.Requests[0].Payload != r.Payload || f.Requests[0].Target != r.Target || len(f.Requests[0].Options) != len(r.Options) {
				t.Errorf("read back as %+v", f.Requests[0])
			}
		})
	}
}

func TestInsertAndRemove(t *testing.T) {
	f := parsed(t, "@a = 1")
	f.Insert(0, &Request{Title: "B", Verb: PUT, Target: "coap://h", Payload: Payload{Text: "x"}})
	f.Insert(0, &Request{Title: "A", Verb: GET, Target: "coap://h", Settings: Settings{MaxRetransmit: new(2)}})
	f.Insert(2, &Request{Title: "C", Verb: Cancel, Target: "o", Ending: EndForget})
	want := "@a = 1\n\n### A\nGET coap://h\nwith max-retransmit 2\n\n### B\nPUT coap://h\n\nx\n\n### C\nCANCEL o forget\n"
	if string(f.Bytes()) != want {
		t.Errorf("written as\n%s", f.Bytes())
	}
	f.Remove(1)
	f.SetVariable("a", "", "2")
	f.SetVariable("a", "plant", "3")
	if want := "@a = 2\n@a[plant] = 3\n\n### A\nGET coap://h\nwith max-retransmit 2\n\n### C\nCANCEL o forget\n"; string(f.Bytes()) != want {
		t.Errorf("written as\n%s", f.Bytes())
	}
	empty := parsed(t, "### A\nGET coap://h\n")
	empty.SetVariable("a", "", "1")
	if want := "@a = 1\n\n### A\nGET coap://h\n"; string(empty.Bytes()) != want {
		t.Errorf("written as\n%s", empty.Bytes())
	}
}
