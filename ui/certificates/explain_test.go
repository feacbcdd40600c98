package certificates

import (
	"slices"
	"strings"
	"testing"

	"sluice/engine/secure"
)

func TestEveryRefusalIsExplained(t *testing.T) {
	s := shownState(filled())
	for _, c := range []struct {
		outcome  secure.Outcome
		detail   string
		identity secure.Identity
		words    string
		meaning  string
		advice   string
		remedies []remedy
	}{
		{outcome: secure.UnknownAuthority, detail: "CN=Acme Test", words: "unknown authority: CN=Acme Test", meaning: "a certificate of CN=Acme Test",
			advice: "Import CN=Acme Test as trusted, or give the device a certificate of Workbench development CA.", remedies: []remedy{importAuthority, issueCertificate}},
		{outcome: secure.NoCertificate, words: "no certificate", meaning: "showed none", advice: "fail_if_no_peer_cert", remedies: []remedy{issueCertificate, addPSK}},
		{outcome: secure.Expired, detail: "1 June 2026", identity: secure.Identity{CommonName: "lamp"}, words: "certificate expired: 1 June 2026",
			meaning: "The certificate of CN=lamp is not valid any more (1 June 2026).", advice: "Issue a new one", remedies: []remedy{issueCertificate, showCertificate}},
		{outcome: secure.NotYetValid, detail: "1 June 2027", words: "certificate not valid yet: 1 June 2027", meaning: "not valid yet", advice: "clock", remedies: []remedy{showCertificate}},
		{outcome: secure.Revoked, identity: secure.Identity{CommonName: "lamp"}, words: "certificate revoked", meaning: "CN=lamp", advice: "restore", remedies: []remedy{showCertificate, issueCertificate}},
		{outcome: secure.WrongUsage, words: "certificate is not for clients", meaning: "no client authentication", advice: "server's certificate", remedies: []remedy{issueCertificate}},
		{outcome: secure.BadCertificate, detail: "the signature", words: "bad certificate: the signature", meaning: "(the signature)", advice: "whole chain", remedies: []remedy{issueCertificate}},
		{outcome: secure.NoSharedCipher, detail: "TLS_RSA_WITH_AES_128_CBC_SHA", words: "no shared cipher: TLS_RSA_WITH_AES_128_CBC_SHA", meaning: "no cipher suite in common",
			advice: "The device offers: TLS_RSA_WITH_AES_128_CBC_SHA.\nThis listener speaks: TLS_ECDHE_ECDSA_WITH_AES_128"},
		{outcome: secure.NoSharedCipher, detail: "our certificate has an RSA key; the client offers A, B", words: "no shared cipher: our certificate has an RSA key; the client offers A, B",
			meaning: "no cipher suite in common", advice: "Our certificate has an RSA key.\nThe device offers: A, B.\nThis listener"},
		{outcome: secure.NoSharedVersion, detail: "the client offers DTLS 1.0", words: "no shared version: the client offers DTLS 1.0", meaning: "The device speaks DTLS 1.0 and", advice: "DTLS 1.2"},
		{outcome: secure.NoSharedVersion, detail: "DTLS 1.0", words: "no shared version: DTLS 1.0", meaning: "DTLS 1.0", advice: "DTLS 1.2"},
		{outcome: secure.UnknownPSKIdentity, detail: "meter-9", words: "unknown PSK identity: meter-9", meaning: "the PSK identity meter-9", advice: "Add it", remedies: []remedy{addPSK}},
		{outcome: secure.WrongKey, identity: secure.Identity{PSK: "meter-a1"}, words: "wrong key", meaning: "key for meter-a1", advice: "Compare", remedies: []remedy{showPSK}},
		{outcome: secure.RefusedByPeer, detail: "unknown_ca", words: "refused by the device: unknown_ca", meaning: "unknown_ca", advice: "does not trust"},
		{outcome: secure.NoServerCertificate, words: "no server certificate", meaning: "no server certificate", advice: "Make a server certificate", remedies: []remedy{makeServer, addPSK}},
		{outcome: secure.TimedOut, words: "no answer any more", meaning: "silent", advice: "datagrams"},
		{outcome: secure.Malformed, words: "not a handshake", meaning: "not the beginning", advice: "coaps://"},
		{outcome: secure.TooMany, words: "too many handshakes", meaning: "limits", advice: "max_handshakes"},
	} {
		h := secure.Handshake{Outcome: c.outcome, Detail: c.detail, Identity: c.identity, Listener: "coaps://0.0.0.0:5684"}
		if got := outcomeWords(h); got != c.words {
			t.Errorf("%v: %q, want %q", c.outcome, got, c.words)
		}
		got := explain(h, s)
		if !strings.Contains(got.meaning, c.meaning) || !strings.Contains(got.advice, c.advice) || !slices.Equal(got.remedies, c.remedies) {
			t.Errorf("%v: %+v", c.outcome, got)
		}
	}
	for o := secure.UnknownAuthority; o <= secure.TooMany; o++ {
		if e := explain(secure.Handshake{Outcome: o}, &state{}); e.meaning == "" || e.advice == "" || reason(o) == "refused" {
			t.Errorf("%v is not explained", o)
		}
	}
}

func TestAcceptedHandshakesNameWhoCame(t *testing.T) {
	for _, c := range []struct {
		handshake secure.Handshake
		want      string
	}{
		{secure.Handshake{Identity: secure.Identity{CommonName: "door-east"}}, "CN=door-east"},
		{secure.Handshake{Identity: secure.Identity{PSK: "meter"}, Resumed: true}, "PSK meter, session taken up again"},
		{secure.Handshake{}, "without a certificate"},
	} {
		if got := outcomeWords(c.handshake); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
