package collection

import "testing"

func TestSchemesOfURIs(t *testing.T) {
	for _, c := range []struct{ uri, endpoint, problem string }{
		{"coap://h/a", "coap://h:5683", ""},
		{"coaps://[2001:db8::1]/a", "coaps://[2001:db8::1]:5684", ""},
		{"coap://[fe80::1%25eth0]/a", "coap://[fe80::1%eth0]:5683", ""},
		{"coap://[fe80::1%eth0]/a", "coap://[fe80::1%eth0]:5683", ""},
		{"coap+tcp://h", "coap+tcp://h:5683", ""},
		{"coap+ws://h", "coap+ws://h:80", ""},
		{"coaps+tcp://h", "", `"coaps+tcp://h": coaps+tcp is not spoken, but coap, coaps, coap+tcp and coap+ws are`},
		{"coap://[::1/a", "", `"coap://[::1/a" has a [ without its ], as in coap://[::1]:5683`},
		{"coap://h:99999", "", `"coap://h:99999" has the port "99999", but ports are whole numbers from 1 to 65535`},
		{"coap://a b", "", `"coap://a b" has the host "a b", which is neither an address nor a name`},
		{"http://h", "", `"http://h" does not begin with coap://, coaps://, coap+tcp:// or coap+ws://`},
	} {
		endpoint, _, err := parseURI(c.uri)
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if problem != c.problem || err == nil && endpoint.String() != c.endpoint {
			t.Errorf("%s: %s, %q", c.uri, endpoint, problem)
		}
	}
}
