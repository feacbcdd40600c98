package settings

import (
	"strconv"
	"strings"
	"testing"
)

func TestDestinations(t *testing.T) {
	for s, want := range map[string]string{
		"coap://10.0.0.7":                  "coap 10.0.0.7/32 5683",
		"coaps://10.0.0.7":                 "coaps 10.0.0.7/32 5684",
		"coap://10.1.2.3/8:5690":           "coap 10.0.0.0/8 5690",
		"coap://[2001:db8::1]":             "coap 2001:db8::1/128 5683",
		"coap://[2001:db8::/32]:*":         "coap 2001:db8::/32 0",
		"coap://Device.Example.ORG.:1":     "coap device.example.org 1",
		"coap://*.example.org":             "coap *.example.org 5683",
		"coaps://*:*":                      "coaps * 0",
		"http://a":                         "error: does not begin",
		"coap:a":                           "error: does not begin",
		"coap://":                          "error: has the host",
		"coap://a b":                       "error: has the host",
		"coap://a.*.org":                   "error: has the host",
		"coap://10.0.0.0/33":               "error: has the host",
		"coap://fe80::1":                   "error: has the host",
		"coap://[fe80::1%eth0]":            "error: has the host",
		"coap://[::1":                      "error: has no ]",
		"coap://[::1]5683":                 "error: has \"5683\" behind",
		"coap://a:0":                       "error: has the port",
		"coap://a:65536":                   "error: has the port",
		"coap://a/path":                    "error: has the host",
		"coap://[2001:db8::1]:no":          "error: has the port",
		"coap://user@a":                    "error: has the host",
		"coap://" + strings.Repeat("*", 2): "error: has the host",
	} {
		d, err := ParseDestination(s)
		if err != nil {
			if !strings.HasPrefix("error: "+err.Error(), want) {
				t.Errorf("%q: %v, want %s", s, err, want)
			}
			continue
		}
		host := d.Name
		if host == "" {
			host = d.Prefix.String()
		}
		if got := strings.Join([]string{d.Scheme, host, strconv.Itoa(int(d.Port))}, " "); got != want {
			t.Errorf("%q is %s, want %s", s, got, want)
		}
	}
}

func FuzzDestination(f *testing.F) {
	for _, s := range []string{"coap://10.1.2.3/8:5690", "coaps://[2001:db8::/32]:*", "coap://*.example.org", "coap://[::1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDestination(s)
		if err == nil && (d.Name == "") == (d.Prefix == d.Prefix.Masked() && !d.Prefix.IsValid()) {
			t.Errorf("%q is %+v", s, d)
		}
	})
}
