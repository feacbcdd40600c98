package collection

import (
	"strings"
	"testing"
)

// FuzzParse: a file is written as it was read, and a request that is put in its own place changes nothing.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("\ufeff### A\r\nGET coap://h\r\n\r\nx\r\n\\### y\r\n")
	for _, name := range ReadyNames() {
		data, err := ReadySource(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("f", []byte(text))
		if err != nil {
			return
		}
		if string(file.Bytes()) != text {
			t.Fatalf("%q is written %q", text, file.Bytes())
		}
		for i := range file.Requests {
			file.Update(i, file.Requests[i].Clone())
		}
		if got := string(file.Bytes()); strings.TrimRight(got, "\r\n") != strings.TrimRight(text, "\r\n") {
			t.Fatalf("%q became %q", text, got)
		}
		scope := NewScope("", map[string]string{"host": "h", "a": "1"})
		scope.Add(file)
		for _, r := range file.Requests {
			if r.Payload.Kind == FilePayload {
				continue
			}
			if p, err := r.Prepare(scope, "."); err == nil {
				for _, write := range []func() (string, error){p.CoapClient, p.AiocoapClient, p.MosquittoPub} {
					if line, err := write(); err == nil && !strings.HasPrefix(line, "printf ") {
						if _, err := words(line); err != nil && !strings.Contains(line, "\n") {
							t.Fatalf("%s: %v", line, err)
						}
					}
				}
			}
			again, err := Parse("again", []byte(r.String()))
			if err != nil && r.Verb != Await && r.Verb != Cancel {
				t.Fatalf("%q of %q: %v", r.String(), text, err)
			}
			if len(again.Requests) != 1 || again.Requests[0].Payload != r.Payload || again.Requests[0].Target != r.Target {
				t.Fatalf("%q became %+v", text, again.Requests)
			}
		}
	})
}

// FuzzReadCoapClient: what is read of a line is a request that can be sent, and written, and read again as the same.
func FuzzReadCoapClient(f *testing.F) {
	for _, line := range []string{
		`coap-client -m put -t json -e '{"t": 21}' 'coap://[::1]/mqtt/a?c=lamp-3'`,
		`coap-client-notls -N -T ab -b 64 -O 6,0x00 -O 65001,x "coap://h:1/a%2Fb?c=d&e" -B5 -A 50`,
		`coap-client -s 10 -H 3 -e %7B%22{{a}} coap://h -mpost`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		r, _, err := ReadCoapClient(line)
		if err != nil {
			return
		}
		text := r.String()
		file, err := Parse("f", []byte(text))
		if err != nil {
			t.Fatalf("%q became %q: %v", line, text, err)
		}
		if r.Payload.Kind == FilePayload {
			return
		}
		p, err := file.Requests[0].Prepare(NewScope("", nil), ".")
		if err != nil {
			t.Fatalf("%q became %q: %v", line, text, err)
		}
		written, err := p.CoapClient()
		if err != nil {
			return
		}
		again, _, err := ReadCoapClient(written)
		if err != nil {
			t.Fatalf("%q is written %q: %v", line, written, err)
		}
		q, err := again.Prepare(NewScope("", nil), ".")
		if err != nil || string(q.Client.Payload) != string(p.Client.Payload) || len(q.Client.Options) != len(p.Client.Options) {
			t.Fatalf("%q is written %q: %v", line, written, err)
		}
	})
}

// FuzzWalk: a path leads into any payload or says why not, and what it led to has a text.
func FuzzWalk(f *testing.F) {
	for _, path := range []string{"$", "$.a[0]", `$["a b"].c`, "$.-1", "$[-1]", "$.7"} {
		f.Add(path, []byte(`{"a": [1e400, null, {"c": "x"}], "a b": {"c": true}}`))
		f.Add(path, []byte{0xa2, 0x20, 0x81, 0xc1, 0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0, 0x07, 0x41, 0xff})
		f.Add(path, []byte{0xbf, 0x61, 'a', 0x9f, 0xc2, 0x41, 1, 0xff, 0xff})
	}
	f.Fuzz(func(t *testing.T, path string, payload []byte) {
		steps, err := parsePath(path)
		if err != nil {
			return
		}
		for _, read := range []func([]byte) (any, error){readJSON, readCBOR} {
			value, err := read(payload)
			if err != nil {
				continue
			}
			if value, err = walk(value, steps); err == nil {
				_ = textOf(value)
			}
		}
	})
}
