package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"sluice/engine/secure"
)

// hello is a stream in its handshake. It notes what the client offers, and the end of what came: crypto/tls tells neither.
type hello struct {
	net.Conn
	at                time.Time
	ciphers, versions []uint16
	came              int // bytes
	end               [7]byte
}

// Read implements net.Conn.
func (h *hello) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	h.came += n
	if most := len(h.end); n >= most {
		copy(h.end[:], p[n-most:n])
	} else {
		copy(h.end[:], h.end[n:])
		copy(h.end[most-n:], p[:n])
	}
	return n, err
}

// plainAlert returns the alert that ends what came, if it is not encrypted. OpenSSL sends such a one when it refuses the
// certificate of a server of TLS 1.3, which crypto/tls takes for an encrypted one.
func (h *hello) plainAlert() (description uint8, ok bool) {
	return h.end[6], h.end[0] == 21 && h.end[1] == 3 && h.end[3] == 0 && h.end[4] == 2 && h.end[5] <= 2
}

// notingHello returns a copy of config that notes what a client offers in the stream, if that is a *hello.
func notingHello(config *tls.Config) *tls.Config {
	chosen := config.GetConfigForClient
	config = config.Clone()
	config.GetConfigForClient = func(info *tls.ClientHelloInfo) (*tls.Config, error) {
		if h, ok := info.Conn.(*hello); ok {
			h.ciphers, h.versions = info.CipherSuites, info.SupportedVersions
		}
		if chosen == nil {
			return nil, nil
		}
		return chosen(info)
	}
	return config
}

// isEnd reports whether the client closed the connection.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// crypto/tls has no types for these.
const (
	noCertificate     = "client didn't provide a certificate"
	noSharedVersion   = "client offered only unsupported versions"
	olderVersion      = "inappropriate protocol fallback"
	noSharedCipher    = "no cipher suite supported by both"
	noSharedKeyShare  = "no key exchanges supported by both"
	noSharedCurve     = "no ECDHE curve supported by both"
	noServerCert      = "no certificates configured"
	wrongSignature    = "invalid signature by the client certificate"
	unreadableCert    = "failed to parse client certificate"
	unsupportedClient = "client certificate"
)

// outcome says why a handshake failed, in the words of secure.Handshake.
func (h *hello) outcome(err error) (secure.Outcome, string) {
	var refusal *secure.Refusal
	var header tls.RecordHeaderError
	var network *net.OpError
	switch {
	case errors.As(err, &refusal):
		return refusal.Outcome, refusal.Detail
	case errors.Is(err, context.DeadlineExceeded) && h.came == 0:
		return secure.TimedOut, "nothing came"
	case errors.Is(err, context.DeadlineExceeded):
		return secure.TimedOut, ""
	case errors.As(err, &header):
		return secure.Malformed, plainText(header.RecordHeader)
	case errors.As(err, &network) && network.Op == "remote error":
		return secure.RefusedByPeer, alertOf(network.Err)
	case errors.As(err, &network) && network.Op == "local error":
		if description, ok := h.plainAlert(); ok {
			return secure.RefusedByPeer, secure.Alert(description)
		}
		return secure.Malformed, network.Err.Error()
	case isEnd(err):
		return secure.RefusedByPeer, "it closed the connection in mid-handshake"
	}
	if outcome, detail, ok := certificateOutcome(err); ok {
		return outcome, detail
	}
	return h.outcomeOfText(strings.TrimPrefix(err.Error(), "tls: "))
}

func (h *hello) outcomeOfText(text string) (secure.Outcome, string) {
	says := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case says(noCertificate):
		return secure.NoCertificate, ""
	case says(noSharedVersion), says(olderVersion):
		return secure.NoSharedVersion, names(h.versions, tls.VersionName)
	case says(noSharedCipher):
		return secure.NoSharedCipher, names(h.ciphers, tls.CipherSuiteName)
	case says(noSharedKeyShare), says(noSharedCurve):
		return secure.NoSharedCipher, text
	case says(noServerCert):
		return secure.NoServerCertificate, ""
	case says(wrongSignature), says(unreadableCert), says(unsupportedClient):
		return secure.BadCertificate, text
	}
	return secure.Malformed, text
}

// certificateOutcome is for a configuration that has crypto/tls verify certificates.
func certificateOutcome(err error) (outcome secure.Outcome, detail string, ok bool) {
	var verification *tls.CertificateVerificationError
	if !errors.As(err, &verification) || len(verification.UnverifiedCertificates) == 0 {
		return 0, "", false
	}
	cert := verification.UnverifiedCertificates[0]
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return secure.UnknownAuthority, secure.Issuer(cert), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(cert.NotBefore):
		return secure.NotYetValid, cert.NotBefore.UTC().Format(time.RFC3339), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return secure.Expired, cert.NotAfter.UTC().Format(time.RFC3339), true
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return secure.WrongUsage, "", true
	}
	return secure.BadCertificate, verification.Err.Error(), true
}

// plainText names what was sent to a port of TLS instead of a handshake, by its first bytes.
func plainText(first [5]byte) string {
	switch text := string(first[:]); {
	case first[0] == 0x10: // CONNECT
		return "MQTT without TLS was sent to a TLS port"
	case text == "GET /" || strings.HasPrefix(text, "HEAD ") || strings.HasPrefix(text, "POST "):
		return "HTTP without TLS was sent to a TLS port"
	case first[0] == 22 && binary.BigEndian.Uint16(first[1:])>>8 == 0xfe:
		return "DTLS was sent to a TLS port"
	}
	return "what was sent to a TLS port is not TLS"
}

// alertOf says which alert a client sent. crypto/tls tells by its text only.
func alertOf(err error) string {
	for code := range 256 {
		if tls.AlertError(code).Error() == err.Error() {
			return secure.Alert(uint8(code))
		}
	}
	return err.Error()
}

// names lists what a client offered.
func names(numbers []uint16, name func(uint16) string) string {
	var list []string
	for _, n := range numbers {
		if isGREASE(n) {
			continue
		}
		list = append(list, name(n))
	}
	return strings.Join(list, ", ")
}

// isGREASE reports whether a client offers the number only to see that it is ignored (RFC 8701).
func isGREASE(n uint16) bool { return n&0x0f0f == 0x0a0a && n>>8 == n&0xff }
