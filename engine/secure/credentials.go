package secure

import (
	"crypto/tls"
	"crypto/x509"
)

// ClientAuth says which clients a listener asks for a certificate (EMQX: verify and fail_if_no_peer_cert). A client with
// a pre-shared key is never asked.
type ClientAuth uint8

// Client authentication.
const (
	VerifyNone    ClientAuth = iota // none is asked for
	VerifyIfGiven                   // verify_peer: one that is shown must be good
	RequireCert                     // verify_peer and fail_if_no_peer_cert
)

// Credentials is what a listener asks at each handshake, so that what changes holds for the next one. Methods may be
// called from any goroutine.
type Credentials interface {
	// ServerCertificate returns the certificate to show to a client that asked for serverName, which is empty if it named
	// none; the error is a *Refusal if there is none.
	ServerCertificate(serverName string) (*tls.Certificate, error)
	// Authorities are those whose clients are trusted; the server names them to clients.
	Authorities() *x509.CertPool
	// VerifyClient checks the certificates that a client showed, DER, its own first. The error is a *Refusal.
	VerifyClient(chain [][]byte) error
	// PSK returns the key of a PSK identity; ok is false for one that is not known. The key is not to be modified.
	PSK(identity []byte) (key []byte, ok bool)
	// HasPSK reports whether there is any pre-shared key.
	HasPSK() bool
	// Revoked reports whether a peer that was let in must go: its certificate was revoked, its key deleted.
	Revoked(Identity) bool
}
