package dtls

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"encoding/binary"
	"slices"
	"strings"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/mistakes"
	"sluice/engine/secure"
)

// suite is a cipher suite that pion speaks.
type suite struct {
	id   pion.CipherSuiteID
	name string
}

// psk says that it takes a pre-shared key, and no certificate.
func (s suite) psk() bool {
	return strings.HasPrefix(s.name, "TLS_PSK_") || strings.HasPrefix(s.name, "TLS_ECDHE_PSK_")
}

// rsa says that the server signs with an RSA key.
func (s suite) rsa() bool { return strings.HasPrefix(s.name, "TLS_ECDHE_RSA_") }

// known are in the order in which they are listed: those that RFC 7925 demands first.
var known = suitesOf(
	pion.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, pion.TLS_PSK_WITH_AES_128_CCM_8,
	pion.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, pion.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	pion.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, pion.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	pion.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, pion.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	pion.TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
	pion.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, pion.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	pion.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, pion.TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256,
	pion.TLS_PSK_WITH_AES_128_GCM_SHA256, pion.TLS_PSK_WITH_CHACHA20_POLY1305_SHA256,
	pion.TLS_PSK_WITH_AES_128_CCM, pion.TLS_PSK_WITH_AES_256_CCM_8, pion.TLS_PSK_WITH_AES_128_CBC_SHA256,
)

func suitesOf(ids ...pion.CipherSuiteID) []suite {
	suites := make([]suite, len(ids))
	for i, id := range ids {
		suites[i] = suite{id, id.String()}
	}
	return suites
}

// CipherSuites returns the names of all cipher suites that a Listener can agree to, as IANA registered them.
func CipherSuites() []string {
	names := make([]string, len(known))
	for i, s := range known {
		names[i] = s.name
	}
	return names
}

// suitesNamed finds the suites of a configuration.
func suitesNamed(names []string) ([]suite, error) {
	if names == nil {
		return known, nil
	}
	suites := make([]suite, 0, len(names))
	for _, name := range names {
		i := slices.IndexFunc(known, func(s suite) bool { return s.name == name })
		if i < 0 {
			return nil, mistakes.Errorf("cipher suite %q: not one of %s", name, strings.Join(CipherSuites(), ", "))
		}
		suites = append(suites, known[i])
	}
	if len(suites) == 0 {
		return nil, mistakes.Errorf("no cipher suite is allowed")
	}
	return suites, nil
}

// share returns those of suites that the client offered and that its and our credentials allow. Where there is no
// pre-shared key at all those suites stay only if nothing else is shared: the client then learns that its identity is
// not known.
func share(suites []suite, offered []byte, certificate *tls.Certificate, hasPSK bool) []suite {
	var withCertificate, withPSK []suite
	for o := offered; len(o) >= 2; o = o[2:] {
		id := pion.CipherSuiteID(binary.BigEndian.Uint16(o))
		i := slices.IndexFunc(suites, func(s suite) bool { return s.id == id })
		switch {
		case i < 0:
		case suites[i].psk():
			withPSK = append(withPSK, suites[i])
		case certificate != nil && suites[i].rsa() == signsRSA(certificate):
			withCertificate = append(withCertificate, suites[i])
		}
	}
	if !hasPSK && len(withCertificate) > 0 {
		return withCertificate
	}
	return append(withCertificate, withPSK...)
}

// firstOf returns the one of shared that comes first in suites.
func firstOf(suites, shared []suite) []suite {
	for _, s := range suites {
		if slices.Contains(shared, s) {
			return []suite{s}
		}
	}
	return shared
}

func signsRSA(c *tls.Certificate) bool {
	signer, ok := c.PrivateKey.(crypto.Signer)
	if !ok {
		return false
	}
	_, ok = signer.Public().(*rsa.PublicKey)
	return ok
}

// asksForCertificate reports whether a client offered a suite of ours for which the server needs a certificate.
func asksForCertificate(suites []suite, offered []byte) bool {
	for o := offered; len(o) >= 2; o = o[2:] {
		id := pion.CipherSuiteID(binary.BigEndian.Uint16(o))
		if slices.ContainsFunc(suites, func(s suite) bool { return s.id == id && !s.psk() }) {
			return true
		}
	}
	return false
}

// signalling values are no cipher suites (RFC 5746, section 3.3; RFC 7507).
func signalling(id uint16) bool { return id == 0x00ff || id == 0x5600 }

// noSharedCipher names what a client offered, and why that is not enough if it is for our certificate.
func noSharedCipher(suites []suite, offered []byte, certificate *tls.Certificate) *secure.Refusal {
	var names []string
	for o := offered; len(o) >= 2; o = o[2:] {
		if id := binary.BigEndian.Uint16(o); !signalling(id) {
			names = append(names, suiteName(id))
		}
	}
	detail := "the client offers " + strings.Join(names, ", ")
	if certificate != nil && asksForCertificate(suites, offered) {
		key := "an ECDSA"
		if signsRSA(certificate) {
			key = "an RSA"
		}
		detail = "our certificate has " + key + " key; " + detail
	}
	return &secure.Refusal{Outcome: secure.NoSharedCipher, Detail: detail}
}

// suiteName is the name that IANA registered, or the number of a suite that is not met with here.
func suiteName(id uint16) string {
	if i := slices.IndexFunc(known, func(s suite) bool { return uint16(s.id) == id }); i >= 0 {
		return known[i].name
	}
	if name, ok := foreignSuites[id]; ok {
		return name
	}
	return strings.Replace(tls.CipherSuiteName(id), "0x", "suite 0x", 1)
}

// foreignSuites are those that constrained clients offer and pion does not speak.
var foreignSuites = map[uint16]string{
	0x003c: "TLS_RSA_WITH_AES_128_CBC_SHA256", 0x003d: "TLS_RSA_WITH_AES_256_CBC_SHA256",
	0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
	0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", 0x006b: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
	0x008c: "TLS_PSK_WITH_AES_128_CBC_SHA", 0x008d: "TLS_PSK_WITH_AES_256_CBC_SHA",
	0x009e: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 0x009f: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
	0x00a9: "TLS_PSK_WITH_AES_256_GCM_SHA384", 0x00aa: "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256",
	0x00ab: "TLS_DHE_PSK_WITH_AES_256_GCM_SHA384", 0x00af: "TLS_PSK_WITH_AES_256_CBC_SHA384",
	0x1303: "TLS_CHACHA20_POLY1305_SHA256", 0x1304: "TLS_AES_128_CCM_SHA256", 0x1305: "TLS_AES_128_CCM_8_SHA256",
	0xc009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", 0xc023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
	0xc024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", 0xc028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
	0xc035: "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA", 0xc036: "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA",
	0xc038: "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384",
	0xc09c: "TLS_RSA_WITH_AES_128_CCM", 0xc09d: "TLS_RSA_WITH_AES_256_CCM",
	0xc0a0: "TLS_RSA_WITH_AES_128_CCM_8", 0xc0a1: "TLS_RSA_WITH_AES_256_CCM_8",
	0xc0a5: "TLS_PSK_WITH_AES_256_CCM", 0xc0a6: "TLS_DHE_PSK_WITH_AES_128_CCM",
	0xc0ad: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", 0xc0af: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
	0xccaa: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	0xd001: "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", 0xd003: "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256",
	0xd005: "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256",
}
