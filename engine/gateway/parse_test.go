package gateway

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/secure"
	"sluice/engine/settings"
)

func segmentsOf(p string) message.Options {
	var o message.Options
	for _, s := range strings.Split(p, "/") {
		o = append(o, message.Option{ID: message.URIPath, Value: []byte(s)})
	}
	return o
}

func queryOf(entries ...string) *query {
	var o message.Options
	for _, e := range entries {
		o = append(o, message.Option{ID: message.URIQuery, Value: []byte(e)})
	}
	var q query
	q.parse(o)
	return &q
}

func TestQueryNames(t *testing.T) {
	for _, c := range []struct {
		entries []string
		field   field
		want    string
	}{
		{[]string{"clientid=a"}, fieldClientID, "a"},
		{[]string{"c=a"}, fieldClientID, "a"},
		{[]string{"c=a", "clientid=b"}, fieldClientID, "a"},
		{[]string{"clientid=b", "c="}, fieldClientID, ""},
		{[]string{"t=1"}, fieldToken, "1"},
		{[]string{"u=1", "u=2"}, fieldUsername, "2"},
		{[]string{"password=x"}, fieldPassword, "x"},
		{[]string{"q=1"}, fieldQoS, "1"},
		{[]string{"r=true"}, fieldRetain, "true"},
		{[]string{"expiry=1"}, fieldExpiry, "1"},
		{[]string{"nl=1"}, fieldNoLocal, "1"},
		{[]string{"rh=1"}, fieldRetainHandling, "1"},
	} {
		got := queryOf(c.entries...).get(c.field)
		if got == nil || string(got) != c.want {
			t.Errorf("%q: %q, want %q", c.entries, got, c.want)
		}
	}
	for _, entry := range []string{"clientid", "clientid=a=b", "=a", "", "e=1", "n=1", "Clientid=a", "cc=a"} {
		q := queryOf(entry)
		for f := range fields {
			if v := q.get(f); v != nil {
				t.Errorf("%q gives %q", entry, v)
			}
		}
	}
	if q := queryOf("c=a=b", "u=", "p=x"); string(q.c) != "a=b" || q.u == nil || string(q.p) != "x" {
		t.Errorf("EMQX 4 reads %q %q %q", q.c, q.u, q.p)
	}
}

func TestWhichGeneration(t *testing.T) {
	for entries, genc := range map[string]bool{
		"c=a": false, "c=a&u=b&p=c": false, "c=a&t=1": true, "c=a&token=1": true, "clientid=a": true, "c=a&r=true": true,
		"c=a&q=1": true, "c=a&x=y": false, "c=a=b": false, "c=a&expiry=1": true, "c=a&username=b": true,
	} {
		q := queryOf(strings.Split(entries, "&")...)
		if got := q.c == nil || q.onlyEMQX5(); got != genc {
			t.Errorf("%s: EMQX 5 is %v, want %v", entries, got, genc)
		}
	}
}

func TestInteger(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "12": 12, "-3": -3, "+4": 4, "007": 7} {
		if got, ok := integer([]byte(text)); !ok || got != want {
			t.Errorf("%q: %d %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "-", "1.5", "1e3", " 1", "x", strings.Repeat("9", 30)} {
		if got, ok := integer([]byte(text)); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestParseCreate(t *testing.T) {
	for payload, want := range map[string]struct {
		name   string
		format uint16
	}{
		"<t>;ct=42": {"t", 42}, `<t>;ct="50"`: {"t", 50}, "<a%2Fb>;ct=0": {"a/b", 0}, " <t> ; ct=1 ": {"t", 1},
	} {
		name, format, err := parseCreate(payload)
		if err != nil || name != want.name || format != want.format {
			t.Errorf("%q: %q %d %v", payload, name, format, err)
		}
	}
	for _, payload := range []string{
		"", "t", "<t>", "<t", "<>;ct=1", "</t>;ct=1", "<+>;ct=1", "<t>;ct=", "<t>;ct=99999", "<t>;ct=1;x=y", "<%zz>;ct=1",
		"<t>,<u>;ct=1", "<%00>;ct=1", "<t>;ct=1;ct=2", "<t>;CT=1", "<t>;ct", "<t>;ct=1,<t>;ct=1",
	} {
		if name, _, err := parseCreate(payload); err == nil {
			t.Errorf("%q gives %q", payload, name)
		}
	}
}

func TestMountpoint(t *testing.T) {
	g := &Gateway{access: control(settings.Access{Users: []settings.User{
		{Username: "u", Password: "p", ClientAttrs: map[string]string{"tenant": "acme", "site": ""}},
	}})}
	tests := []struct {
		mountpoint string
		who        identity
		want       string
		refused    bool
	}{
		{"", identity{clientID: "c", username: "u"}, "", false},
		{"coap/", identity{clientID: "+", username: ""}, "coap/", false},
		{"a/${clientid}/${username}/", identity{clientID: "c", username: "u"}, "a/c/u/", false},
		{"${clientid}${clientid}", identity{clientID: "c", username: "u"}, "cc", false},
		{"${client_attrs.tenant}/${client_attrs.site}/x", identity{clientID: "c", username: "u"}, "acme//x", false},
		{"${client_attrs.tenant}/", identity{clientID: "c", username: "other"}, "${client_attrs.tenant}/", false},
		{"${client_attrs.zone}/", identity{clientID: "c", username: "u"}, "${client_attrs.zone}/", false},
		{"$x${y/${clientid}", identity{clientID: "c", username: "u"}, "$x${y/c", false},
		{"a/${clientid}/", identity{clientID: "+", username: "u"}, "", true},
		{"a/${username}/", identity{clientID: "c", username: "#"}, "", true},
		{"${client_attrs.tenant}/", identity{clientID: "a/+/b", username: ""}, "", true},
		{"${cert_common_name}/${cert_subject}/", identity{proved: secure.Identity{CommonName: "lamp", Subject: "CN=lamp,O=Plant"}}, "lamp/CN=lamp,O=Plant/", false},
		{"${psk_identity}/", identity{proved: secure.Identity{PSK: "lamp"}}, "lamp/", false},
		{"${cert_common_name}/${cert_subject}/${psk_identity}/", identity{}, "${cert_common_name}/${cert_subject}/${psk_identity}/", false},
		{"${clientid}/", identity{clientID: "c", proved: secure.Identity{CommonName: "#", Subject: "CN=a+O=b", PSK: "+"}}, "c/", false},
		{"${cert_common_name}/", identity{proved: secure.Identity{CommonName: "#"}}, "", true},
		{"${cert_subject}/", identity{proved: secure.Identity{Subject: "CN=a+O=b"}}, "", true},
		{"${psk_identity}/", identity{proved: secure.Identity{PSK: "a/+/b"}}, "", true},
		{"${psk_identity}/", identity{proved: secure.Identity{PSK: "\xff"}}, "", true},
		{"${psk_identity}/", identity{proved: secure.Identity{PSK: "a\x00"}}, "", true},
	}
	for _, tt := range tests {
		h := g.Handler(settings.Listener{Mountpoint: &tt.mountpoint}).(*handler)
		if got, ok := h.mountOf(tt.who); got != tt.want || ok == tt.refused {
			t.Errorf("%q for %v: %q, %v", tt.mountpoint, tt.who, got, ok)
		}
	}
}

func TestResourceEncoding(t *testing.T) {
	r := resource{topic: "t", payload: []byte("p"), format: 50, maxAge: 1 << 31, at: time.Unix(5, 7)}
	got, err := decodeResource("t", r.encode())
	if err != nil || string(got.payload) != "p" || got.format != r.format || got.maxAge != r.maxAge || !got.at.Equal(r.at) {
		t.Errorf("%+v %v", got, err)
	}
	if seconds, fresh := got.remaining(r.at.Add(90 * time.Second)); !fresh || seconds != 1<<31-90 {
		t.Errorf("remaining %d %v", seconds, fresh)
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("clientid=1&token=2&c=x=y&&=&qos")
	f.Fuzz(func(t *testing.T, s string) {
		q := queryOf(strings.Split(s, "&")...)
		for n := range fields {
			if v := q.get(n); bytes.IndexByte(v, '=') >= 0 {
				t.Errorf("%q has an =", v)
			}
			integer(q.get(n))
		}
		q.onlyEMQX5()
	})
}

func FuzzTopic(f *testing.F) {
	for _, s := range []string{"a/b", "/abc", "a%2Fb/%", "%zz", "a/", "\xff", "%00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		prefix := []byte("kept/")
		for _, of := range []func([]byte, message.Options) ([]byte, error){appendTopicEMQX5, appendTopicEMQX4} {
			got, err := of(prefix[:len(prefix):len(prefix)], segmentsOf(s))
			if err != nil {
				continue
			}
			topic, ok := bytes.CutPrefix(got, prefix)
			if !ok || !utf8.Valid(topic) || bytes.IndexByte(topic, 0) >= 0 || len(topic) > maxTopic {
				t.Errorf("%q gives %q", s, got)
			}
		}
	})
}

func FuzzCreate(f *testing.F) {
	for _, s := range []string{"<t>;ct=42", `<a%2Fb>;ct="50"`, "<>;ct=1", "<t", "<%>;ct=0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, _, err := parseCreate(s)
		if err == nil && (name == "" || name[0] == '/' || wild(name) || !utf8.ValidString(name)) {
			t.Errorf("%q gives %q", s, name)
		}
	})
}

func FuzzResource(f *testing.F) {
	r := resource{payload: []byte("p"), format: 50, maxAge: 60, at: time.Unix(1, 0)}
	f.Add(r.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeResource("t", b)
		if err == nil && !bytes.Equal(r.encode(), b) {
			t.Errorf("%x is encoded as %x", b, r.encode())
		}
	})
}

func FuzzTopicRecord(f *testing.F) {
	for _, r := range []topicRecord{
		{Version: topicVersion, Root: "ps", Path: "a", Config: []byte{0xa2, 0, 0x61, 'n', 0x01, 0x61, 'c'}},
		{Version: topicVersion, Full: true, Payload: []byte("21.5"), Format: 50, Formatted: true, At: 1},
	} {
		b, err := cbor.Marshal(&r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		topic, err := new(topicTable).decodeTopic("t", b)
		if err != nil {
			return
		}
		once, err := topic.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := new(topicTable).decodeTopic("t", once)
		if err != nil {
			t.Fatalf("%x is encoded as %x: %v", b, once, err)
		}
		if twice, err := again.encode(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%x, and then %x: %v", once, twice, err)
		}
	})
}
