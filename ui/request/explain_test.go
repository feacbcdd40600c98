package request

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/engine/client"
	"sluice/engine/collection"
)

// TestErrorsSayWhatHappenedAndWhatToDo: to whom it happened is in each, and no word of the system.
func TestErrorsSayWhatHappenedAndWhatToDo(t *testing.T) {
	sent := func(scheme, hostport, identity string) *collection.Result {
		return &collection.Result{Sent: &collection.Prepared{
			Endpoint: collection.Endpoint{Scheme: scheme, HostPort: hostport}, Identity: identity,
			Client: client.Request{Timeout: 10 * time.Second},
		}}
	}
	for _, c := range []struct {
		err    error
		result *collection.Result
		want   []string
	}{
		{client.ErrUnanswered, sent("coap", "192.0.2.1:5683", ""), []string{"Nobody answered at 192.0.2.1:5683 within 10 s", "Transmission"}},
		{client.ErrRefused, sent("coap", "192.0.2.1:5683", ""), []string{"Nobody listens at 192.0.2.1:5683", "port"}},
		{client.ErrReset, sent("coap", "192.0.2.1:5683", ""), []string{"192.0.2.1:5683 answered by a Reset"}},
		{fmt.Errorf("dial: %w: x", client.ErrNoHost), sent("coap", "nowhere.example:5683", ""), []string{"There is no host named nowhere.example."}},
		{client.ErrNameServer, sent("coap", "nowhere.example:5683", ""), []string{"nowhere.example could not be looked up"}},
		{client.ErrNoRoute, sent("coap", "192.0.2.1:5683", ""), []string{"No network leads to 192.0.2.1:5683"}},
		{client.ErrHandshake, sent("coaps", "192.0.2.1:5684", "psk:meter-7"), []string{"192.0.2.1:5684 did not complete", "same key for the identity meter-7"}},
		{client.ErrHandshake, sent("coaps", "192.0.2.1:5684", ""), []string{"192.0.2.1:5684 did not complete", "pre-shared key"}},
		{&client.AlertError{Description: 115}, sent("coaps", "h:5684", "psk:meter-7"), []string{"unknown_psk_identity", "no key for the identity meter-7"}},
		{&client.AlertError{Description: 51}, sent("coaps", "h:5684", "psk:meter-7"), []string{"decrypt_error", "is another one"}},
		{&client.AlertError{Description: 40}, sent("coaps", "h:5684", ""), []string{"handshake_failure", "pre-shared key"}},
		{&client.AlertError{Description: 48}, sent("coaps", "h:5684", "lamp-3"), []string{"unknown_ca", "does not accept the certificate"}},
		{x509.UnknownAuthorityError{Cert: &x509.Certificate{}}, sent("coaps", "h:5684", ""), []string{"certificate of h:5684", "Import that authority"}},
		{x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"gateway.local"}}, Host: "h"}, sent("coaps", "h:5684", ""), []string{"is for gateway.local and not for h"}},
		{x509.CertificateInvalidError{Reason: x509.Expired}, sent("coaps", "h:5684", ""), []string{"has expired"}},
		{errors.New("anything else"), sent("coap", "h:5683", ""), []string{"anything else"}},
	} {
		text := explain(c.err, c.result)
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%v: %q has no %q", c.err, text, want)
			}
		}
	}
}

func TestAFileThatIsMissingIsNamed(t *testing.T) {
	b := newBench(t)
	b.ask("###\nPUT coap://" + b.gateway + "/ps/a\npayload file missing.bin\n")
	if s := b.answer.shown; s.badge != "Not sent" || !strings.Contains(s.problem, "There is no file ") || !strings.Contains(s.problem, "missing.bin. ") {
		t.Errorf("%q, %q", s.badge, s.problem)
	}
}

// TestTheFactsOfAnAnswerAreNotCut: where they are long they have a line of their own.
func TestTheFactsOfAnAnswerAreNotCut(t *testing.T) {
	b := newBench(t)
	for words, below := range map[string]bool{"4.1 ms · 118 bytes": false, strings.Repeat("634 datagrams · ", 8): true} {
		b.answer.sum(words)
		b.settle()
		shown := b.answer.facts
		if below {
			shown = b.answer.below
		}
		if b.answer.below.Visible() != below || shown.Text() != words {
			t.Errorf("%q is below: %t, shown as %q", words, b.answer.below.Visible(), shown.Text())
		}
	}
}
