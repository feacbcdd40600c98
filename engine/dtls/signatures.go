package dtls

import (
	"crypto/tls"
	"encoding/binary"
	"slices"
)

// schemes are what pion signs with and verifies, in the order it prefers.
var schemes = []tls.SignatureScheme{
	tls.ECDSAWithP256AndSHA256, tls.ECDSAWithP384AndSHA384, tls.ECDSAWithP521AndSHA512, tls.Ed25519,
	tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512,
	tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512,
}

// signatureSchemes are those of pion that the client takes too, which pion does not look at: a client that has no
// RSASSA-PSS would get it. Nil if it did not say.
func (h *clientHello) signatureSchemes() []tls.SignatureScheme {
	var offered []tls.SignatureScheme
	for o := h.signatures; len(o) >= 2; o = o[2:] {
		offered = append(offered, tls.SignatureScheme(binary.BigEndian.Uint16(o)))
	}
	return slices.DeleteFunc(slices.Clone(schemes), func(s tls.SignatureScheme) bool { return !slices.Contains(offered, s) })
}
