// Package pki makes, reads, keeps and judges the certificates and pre-shared keys of a development setup: an authority
// of its own (P-256), the server's certificate, those of devices, and what comes from elsewhere.
//
// Private keys and pre-shared keys leave this package only through exports that the user asked for and through
// handshakes. On disk they are sealed.
package pki
