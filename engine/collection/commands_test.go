package collection

import (
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine/broker"
)

func TestReadCoapClient(t *testing.T) {
	for _, c := range []struct {
		line, want string
		notes      int
	}{
		{"coap-client coap://h", "### GET coap://h\nGET coap://h\n", 0},
		{`$ coap-client -m put -t json -e '{"t": 21}' 'coap://[::1]/mqtt/a?c=lamp-3'`, "### PUT coap://[::1]/mqtt/a?c=lamp-3\nPUT coap://[::1]/mqtt/a?c=lamp-3\nContent-Format: application/json\npayload text\n\n{\"t\": 21}\n", 0},
		{`coap-client-notls -NmGET -T "obs" -O 6,0x00 "coap://h/ps/a?x=1&y=2" -A50`, "### GET coap://h/ps/a?x=1&y=2\nGET coap://h/ps/a?x=1&y=2\nObserve: 0x00\nAccept: application/json\nwith type NON\nwith token 0x6f6273\nobserve as observation\n", 0},
		{`/usr/bin/coap-client-openssl -k key -u me -m post -e a%20b%0A coaps://h -B 5 -b 64`, "### POST coaps://h\nPOST coaps://h\nwith block-size 64\nwith early-negotiation\nwith timeout 5s\npayload hex\n\n6120620a\n", 2},
		{`coap-client -s 20 -v 9 coap://h/a -b 2,32 -O 65001,x -H 3`, "### GET coap://h/a\nGET coap://h/a\nBlock2: 2/0/32\nOption-65001: 0x78\nHop-Limit: 3\nwith block-size 32\nobserve as observation\n", 1},
		{"coap-client -m put \\\n  -f data.bin coap://h/a", "### PUT coap://h/a\nPUT coap://h/a\npayload file data.bin\n", 0},
		{"coap-client -r coap://h/a", "### GET coap+tcp://h/a\nGET coap+tcp://h/a\n", 0},
		{"echo -n \"mode=on\" | coap-client -m put \\\n coap://[2001:db8:c001:f00d:221:2eff:ff00:2704]:5683/actuators/leds?color=r -f-", "### PUT coap://[2001:db8:c001:f00d:221:2eff:ff00:2704]:5683/actuators/leds?color=r\nPUT coap://[2001:db8:c001:f00d:221:2eff:ff00:2704]:5683/actuators/leds?color=r\npayload text\n\nmode=on\n", 0},
		{"coap-client -m put coap://[fec0::3]/ck -T 3a -t binary -f to_upload", "### PUT coap://[fec0::3]/ck\nPUT coap://[fec0::3]/ck\nContent-Format: application/octet-stream\nwith token 0x3361\npayload file to_upload\n", 0},
		{`printf '\000\377|%s%%' "a b" | coap-client-notls -m put -f - coap://h`, "### PUT coap://h\nPUT coap://h\npayload hex\n\n00ff7c61206225\n", 0},
		{"echo on | coap-client -m put -f - coap://h", "### PUT coap://h\nPUT coap://h\npayload hex\n\n6f6e0a\n", 0},
		{`coap-client -m put -e "{{a}}" coap://h`, "### PUT coap://h\nPUT coap://h\npayload text\n\n\\{{a}}\n", 0},
	} {
		r, notes, err := ReadCoapClient(c.line)
		if err != nil || r.String() != c.want || len(notes) != c.notes {
			t.Errorf("%s\nis %q, %q, %v\nwant %q", c.line, r.String(), notes, err, c.want)
		}
	}
	for _, c := range []struct{ line, want string }{
		{"curl http://h", "does not begin with coap-client"}, {"coap-client", "there is no URI"}, {"coap-client -m get", "there is no URI"},
		{"coap-client -z coap://h", "no option -z"}, {"coap-client coap://h -m", "-m needs a value"}, {"coap-client -m steal coap://h", "is no method"},
		{"coap-client coap://h/a?b&c", "the & is outside of quotes"}, {"coap-client 'coap://h", "a single quote is not closed"}, {"coap-client \"coap://h", "a double quote is not closed"},
		{"coap-client $URI", "variable or a command of the shell"}, {"coap-client a b", "there are two URIs"}, {"coap-client -r coaps://h@x", "user name"},
		{"cat a | coap-client -m put coap://h -f -", "only echo and printf"}, {"coap-client -m put coap://h -f -", "no standard input"}, {"printf %d 1 | coap-client -m put coap://h -f-", "only %s and %%"},
		{"coap-client -b 100 coap://h", "is none of 16"}, {"coap-client -O x coap://h", "is not NUMBER,TEXT"}, {"coap-client -T 123456789 coap://h", "1 to 8 bytes"}, {"coap-client coap://h; ls", "more than one command"},
	} {
		if r, _, err := ReadCoapClient(c.line); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s is %v, %v; want %s", c.line, r, err, c.want)
		}
	}
}

func TestCommandLines(t *testing.T) {
	for _, c := range []struct{ request, coapClient, aiocoap, mosquitto string }{
		{
			"POST coap://h/ps/a%20b/c?clientid=lamp-3&qos=1&retain=true&expiry=60&password=x\nContent-Format: application/json\n\n{\"it's\": 1}",
			`coap-client-notls -m post -t 50 -e '{"it'\''s": 1}' 'coap://h/ps/a%20b/c?clientid=lamp-3&qos=1&retain=true&expiry=60&password=x'`,
			`aiocoap-client -m POST --content-format application/json --payload '{"it'\''s": 1}' 'coap://h/ps/a%20b/c?clientid=lamp-3&qos=1&retain=true&expiry=60&password=x'`,
			`mosquitto_pub -h localhost -p 1883 -t 'a b/c' -i lamp-3 -q 1 -r -V 5 -D publish message-expiry-interval 60 -m '{"it'\''s": 1}'`,
		},
		{
			"GET coaps://[::1]/ps/a?x=a%26b\nObserve: 0\nAccept: 60\nwith type NON\nwith block-size 64\nwith early-negotiation",
			`coap-client-openssl -m get -N -b 64 -O 6,0x -A 60 'coaps://[::1]/ps/a?x=a%26b'`,
			`aiocoap-client -m GET --non --payload-initial-szx 2 --observe --accept 60 'coaps://[::1]/ps/a?x=a%26b'`,
			"!GET does not publish",
		},
		{
			"PUT coap://192.0.2.1:5690/mqtt/a?c=b\nContent-Format: application/cbor\nMax-Age: 5\npayload cbor\n\n[1, h'00ff']",
			`coap-client-notls -m put -t 60 -O 14,0x05 -e %82%01B%00%FF 'coap://192.0.2.1:5690/mqtt/a?c=b'`,
			"!aiocoap-client has no way to send Max-Age",
			`printf '\202\001\102\000\377' | mosquitto_pub -h localhost -p 1883 -t a -i b -s`,
		},
		{"FETCH coap://h/pubsub\nContent-Format: application/cbor\npayload cbor\n\n[1]", "coap-client-notls -m fetch -t 60 -e %81%01 coap://h/pubsub", "aiocoap-client -m FETCH --content-format application/cbor --payload '[1]' coap://h/pubsub", "!the path is neither"},
		{"PUT coap://h/ps/a\nwith token 0x6162", "coap-client-notls -m put -T ab coap://h/ps/a", "!aiocoap-client chooses the token", "mosquitto_pub -h localhost -p 1883 -t a -n"},
	} {
		p, err := parsed(t, "### x\n"+c.request).Requests[0].Prepare(NewScope("", nil), ".")
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []struct {
			write func() (string, error)
			want  string
		}{{p.CoapClient, c.coapClient}, {p.AiocoapClient, c.aiocoap}, {p.MosquittoPub, c.mosquitto}} {
			got, err := line.write()
			if refused, ok := strings.CutPrefix(line.want, "!"); ok {
				if err == nil || !strings.Contains(err.Error(), refused) {
					t.Errorf("%s\nis %s, %v", c.request, got, err)
				}
			} else if err != nil || got != line.want {
				t.Errorf("%s\nis   %s, %v\nwant %s", c.request, got, err, line.want)
			}
		}
	}
}

func TestWords(t *testing.T) {
	for _, word := range []string{"", "a", "a b", "it's", `"`, `\`, "$x`y`", "a\nb", "é", "-", "!"} {
		got, err := words("x " + quote(word))
		if err != nil || len(got) != 2 || got[1] != word {
			t.Errorf("%q is quoted %s and read %q, %v", word, quote(word), got, err)
		}
	}
}

// TestRealPrograms sends what the lines for coap-client say with coap-client, and looks at what arrives.
func TestRealPrograms(t *testing.T) {
	program, err := exec.LookPath("coap-client-notls")
	if err != nil {
		t.Skip("coap-client-notls is not installed")
	}
	for _, request := range []string{
		"POST coap://HOST/ps/a%20b/it's?clientid=lamp-3&x=%26%3D\nContent-Format: application/json\nOption-65000: 0x00ff\n\n{\"é\": \"100 %\",\n \"n\": 1}",
		"PUT coap://HOST/ps/a\nIf-Match: 0x01\nIf-Match: ab\nAccept: 60\nwith type NON\nwith token 0x6162\npayload hex\n\n0000ff25",
		"FETCH coap://HOST/a?b\nUri-Query: c d\nMax-Age: 70000",
	} {
		t.Run(request[:4], func(t *testing.T) {
			s := listen(t)
			p, err := parsed(t, "### x\n"+strings.ReplaceAll(request, "HOST", s.addr)).Requests[0].Prepare(NewScope("", nil), ".")
			if err != nil {
				t.Fatal(err)
			}
			line, err := p.CoapClient()
			if err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "coap-client-notls", program+" -B 5", 1)).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			got := s.next(t)
			if got.Code != p.Client.Code || string(got.Payload) != string(p.Client.Payload) || len(p.Client.Token) > 0 && len(got.Token) != len(p.Client.Token) {
				t.Errorf("%s\nsent %+v", line, got)
			}
			for _, o := range p.Client.Options {
				if !slices.ContainsFunc(got.Options, func(g option) bool { return g.ID == o.ID && string(g.Value) == string(o.Value) }) {
					t.Errorf("%s\nsent no %v but %v", line, DescribeOption(o), got.Options)
				}
			}
		})
	}
}

// TestRealMosquitto publishes what the lines for mosquitto_pub say with mosquitto_pub, and looks at what arrives.
func TestRealMosquitto(t *testing.T) {
	if _, err := exec.LookPath("mosquitto_pub"); err != nil {
		t.Skip("mosquitto_pub is not installed")
	}
	e, err := broker.NewEmbedded(broker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	listener, err := e.Listen("mqtt", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan broker.Message, 1)
	if _, err := e.Subscribe("#", func(m *broker.Message) { got <- *m }); err != nil {
		t.Fatal(err)
	}
	for request, topic := range map[string]string{
		"POST coap://127.0.0.1/ps/a%20b/it's?qos=1\n\n{\"it's\": \"100 %\",\n \"n\": 1}":      "a b/it's",
		"PUT coap://127.0.0.1/ps/x%24HOME/%22x%22?clientid=lamp-3\npayload hex\n\n00ff250a27": "x$HOME/\"x\"",
		"PUT coap://127.0.0.1/mqtt/a?c=b\npayload cbor\n\n[1, h'00ff']":                       "a",
		"PUT coap://127.0.0.1/ps/empty":                                                       "empty",
	} {
		p, err := parsed(t, "### x\n"+request).Requests[0].Prepare(NewScope("", nil), ".")
		if err != nil {
			t.Fatal(err)
		}
		line, err := p.MosquittoPub()
		if err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "-p 1883", "-p "+port, 1)).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		select {
		case m := <-got:
			if m.Topic != topic || string(m.Payload) != string(p.Client.Payload) {
				t.Errorf("%s\npublished %q to %q", line, m.Payload, m.Topic)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s\npublished nothing", line)
		}
	}
}
