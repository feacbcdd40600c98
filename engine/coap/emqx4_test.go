package coap_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// Datagrams that EMQX 4 refuses in its own way, and what answers them; the handler answers 2.05 without a payload.
func TestEMQX4Errors(t *testing.T) {
	text := func(s string) string { return "ff" + hex.EncodeToString([]byte(s)) }
	for _, tt := range []struct {
		name   string
		verify coap.Verification
		in     string
		out    string
	}{
		{"a method is one of four, CON", coap.VerifyNever, "41 05 1234 aa", "70 00 1234"},
		{"a method is one of four, NON", coap.VerifyNever, "51 05 1234 aa", ""},
		{"the last code of class 0", coap.VerifyNever, "40 1f 1234", "70 00 1234"},
		{"truncated, CON", coap.VerifyNever, "41 01 1234 aa b1", "60 80 1234" + text("format error")},
		{"truncated, NON", coap.VerifyNever, "51 01 1234 aa b1", ""},
		{"token length 9", coap.VerifyNever, "49 01 1234", "60 80 1234" + text("format error")},
		{"repeated, CON", coap.VerifyNever, "41 01 1234 aa 60 00", "60 80 1234" + text("Observe is not repeatable")},
		{"repeated, NON", coap.VerifyNever, "51 01 1234 aa 60 00", ""},
		{"repeatable", coap.VerifyNever, "40 01 1234 b161 0162", "60 45 1234"},
		{"a critical option that is not known", coap.VerifyNever, "40 01 1234 91ff", "60 45 1234"},
		{"an elective option that is not known", coap.VerifyNever, "40 01 1234 a1ff", "60 45 1234"},
		{"an unverified address gets no text", coap.VerifyAlways, "40 01 1234 b1", "60 80 1234"},
		{"ping", coap.VerifyNever, "40 00 1234", "70 00 1234"},
		{"another version", coap.VerifyNever, "80 01 1234", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := listen(t, "127.0.0.1:0", coap.Config{
				EMQX4Errors: true, VerifyAddresses: tt.verify,
				Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) { w.SetCode(codes.Content) }),
			})
			d := newDevice(t, e.Addr())
			d.send(unhex(t, tt.in))
			if want := strings.ReplaceAll(tt.out, " ", ""); want != "" {
				if got := hex.EncodeToString(d.receiveRaw()); got != want {
					t.Errorf("answered %s, want %s", got, want)
				}
			}
			d.silent()
		})
	}
}
