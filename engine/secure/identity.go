package secure

// Identity is what a peer proved in its handshake. The zero value is a peer that proved nothing, as all do without a
// secure transport. It is compared with ==.
type Identity struct {
	// Subject is the distinguished name of the client's certificate as RFC 2253 writes it, such as "CN=lamp-3,O=Plant".
	Subject    string
	CommonName string
	// Fingerprint is the SHA-256 of the client's certificate (DER), in lower-case hex; empty without one.
	Fingerprint string
	// PSK is the identity of the pre-shared key (RFC 4279); empty without one.
	PSK string
	// Version is "DTLS 1.2", "TLS 1.2" or "TLS 1.3"; empty on a transport that is not secure.
	Version string
	// CipherSuite is the name that IANA registered, such as TLS_PSK_WITH_AES_128_CCM_8.
	CipherSuite string
}

// Proved reports whether the peer showed a certificate or a pre-shared key.
func (i Identity) Proved() bool { return i.Fingerprint != "" || i.PSK != "" }

// String names who it is in few words: CN=lamp-3, PSK lamp-3, or nothing.
func (i Identity) String() string {
	switch {
	case i.PSK != "":
		return "PSK " + i.PSK
	case i.CommonName != "":
		return "CN=" + i.CommonName
	}
	return i.Subject
}

// SamePrincipal reports whether two handshakes proved the same name. A certificate that was renewed still has it.
func (i Identity) SamePrincipal(other Identity) bool {
	if i.Subject == "" && other.Subject == "" && i.Fingerprint != other.Fingerprint {
		return false
	}
	return i.Subject == other.Subject && i.PSK == other.PSK
}
