package secure

import (
	"net/netip"
	"time"

	"sluice/engine/mistakes"
)

// Handshake is one that ended, well or not.
type Handshake struct {
	At       time.Time // when it ended
	Took     time.Duration
	Listener string // its URL
	Peer     netip.AddrPort
	Identity Identity // of a refused one as far as it got: what was claimed, not proved
	Outcome  Outcome
	// Detail says more of the outcome in the words of certificates and keys: the issuer that is not known, the PSK identity
	// that nobody defined, what an alert said. It holds no secret and no more than 256 bytes.
	Detail string
	// Resumed says that an earlier session was taken up (RFC 5246, section 7.3).
	Resumed bool
}

// Outcome says why a handshake was refused, or that it was not.
type Outcome uint8

// Outcomes.
const (
	Accepted            Outcome = iota
	UnknownAuthority            // the certificate is not from an authority that is trusted; Detail is its issuer
	NoCertificate               // one is demanded
	Expired                     // the certificate; Detail is when it did
	NotYetValid                 // the certificate; Detail is when it will be
	Revoked                     // the certificate or a certificate of its chain
	WrongUsage                  // the certificate is not for clients
	BadCertificate              // it cannot be read, or its signature is wrong
	NoSharedCipher              // Detail lists what was offered
	NoSharedVersion             // Detail is what was offered
	UnknownPSKIdentity          // Detail is the identity
	WrongKey                    // what the peer encrypted cannot be read: its pre-shared key is another one
	RefusedByPeer               // the peer sent an alert; Detail says which, and what that means for our certificate
	NoServerCertificate         // there is none to show, and no pre-shared key was offered
	TimedOut                    // the peer went silent in mid-handshake
	Malformed                   // what came is no handshake
	TooMany                     // handshakes under way, or sessions
)

// Refusal is the error of a credential that is not accepted.
type Refusal struct {
	Outcome Outcome
	Detail  string // see Handshake.Detail
}

// Error says why in plain English.
func (r *Refusal) Error() string { return r.Words().Error() }

// Words is Error as a sentence.
func (r *Refusal) Words() error {
	if r.Detail != "" {
		return mistakes.Errorf("%s: %s", mistakes.Phrase(r.Outcome.String()), r.Detail)
	}
	return mistakes.Errorf("%s", mistakes.Phrase(r.Outcome.String()))
}

var outcomes = [...]string{
	Accepted: "accepted", UnknownAuthority: "unknown authority", NoCertificate: "no certificate", Expired: "certificate expired",
	NotYetValid: "certificate not valid yet", Revoked: "certificate revoked", WrongUsage: "certificate is not for clients",
	BadCertificate: "bad certificate", NoSharedCipher: "no shared cipher", NoSharedVersion: "no shared version",
	UnknownPSKIdentity: "unknown PSK identity", WrongKey: "wrong key", RefusedByPeer: "refused by the peer",
	NoServerCertificate: "no server certificate", TimedOut: "timed out", Malformed: "malformed", TooMany: "too many handshakes",
}

// String says it in plain English; the window translates it.
func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return "refused"
}
