package command

import (
	"bytes"
	"testing"

	"sluice/engine/collection"
)

func TestAuthority(t *testing.T) {
	for _, c := range []struct {
		gateway Gateway
		want    string
	}{
		{Gateway{CoAP: "0.0.0.0:5685"}, "127.0.0.1:5685"},
		{Gateway{CoAP: "[::]:5683", Scheme: "coap"}, "[::1]:5683"},
		{Gateway{CoAP: "127.0.0.1:5683", Scheme: "coap+tcp"}, ""},
	} {
		if got := c.gateway.Authority(); got != c.want {
			t.Errorf("%+v: %q", c.gateway, got)
		}
	}
}

func TestAsRequestIsSentAgain(t *testing.T) {
	g := Gateway{CoAP: "0.0.0.0:5683"}
	for _, c := range []struct {
		request Request
		text    string
		payload string
	}{
		{Request{Method: "GET", Path: []string{"ps", "a b"}, Query: []string{"qos=1"}, ContentFormat: -1, Observe: true},
			"###\nGET coap://127.0.0.1:5683/ps/a%20b?qos=1\nobserve as messages\n", ""},
		{Request{Method: "PUT", Path: []string{"ps", "t"}, ContentFormat: 50, Payload: []byte(`{"t":1}`)},
			"###\nPUT coap://127.0.0.1:5683/ps/t\nContent-Format: application/json\npayload json\n\n{\"t\":1}\n", `{"t":1}`},
		{Request{Method: "POST", Path: []string{"ps"}, ContentFormat: 65000, Payload: []byte("{{a}}\n")},
			"###\nPOST coap://127.0.0.1:5683/ps\nContent-Format: 65000\npayload hex\n\n7b7b617d7d0a\n", "{{a}}\n"},
	} {
		text := g.AsRequest(c.request)
		if text != c.text {
			t.Errorf("%q, not %q", text, c.text)
		}
		file, err := collection.Parse("", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		prepared, err := file.Requests[0].Prepare(collection.NewScope("", nil), ".")
		if err != nil || !bytes.Equal(prepared.Client.Payload, []byte(c.payload)) {
			t.Errorf("%q: %q, %v", text, prepared.Client.Payload, err)
		}
	}
}
