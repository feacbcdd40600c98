package pki

import "time"

// Kind says what a certificate is for.
type Kind uint8

// Kinds.
const (
	Authority Kind = iota // of this Sluice: it has the key and issues
	Server
	Client
	Trusted // of somebody else: its clients are let in
)

// String returns authority, server, client or trusted.
func (k Kind) String() string {
	return [...]string{"authority", "server", "client", "trusted"}[k]
}

// Entry is one kept certificate as lists show it.
type Entry struct {
	// ID is the SHA-256 of the certificate (DER) in lower-case hex; see secure.Identity.Fingerprint.
	ID        string
	Name      string // what the user calls it; the common name unless imported under another
	Kind      Kind
	Subject   string   // RFC 2253
	Issuer    string   // RFC 2253; the Subject if it signed itself
	IssuerID  string   // the ID of the issuer's entry, empty if it is not kept
	Serial    string   // hex with colons
	Key       string   // P-256, P-384, Ed25519, RSA 2048
	Names     []string // DNS names and addresses it is valid for
	Usages    []string // client authentication, server authentication, issuing certificates
	NotBefore time.Time
	NotAfter  time.Time
	HasKey    bool      // its private key is kept
	Revoked   time.Time // zero: it is not
	LastUsed  time.Time // by a client in a handshake; zero: not since Sluice started
}

// PreSharedKey is one kept key as lists show it, without the key.
type PreSharedKey struct {
	Identity string
	Bytes    int
	ClientID string // the only client ID that may come with it; empty: any
	Created  time.Time
	LastUsed time.Time // zero: not since Sluice started
}

// File is one file of an export.
type File struct {
	Name   string // without a folder
	Data   []byte
	Secret bool // holds a private key or a pre-shared key
}
