package pki

import (
	"bytes"
	"strings"

	"sluice/engine/mistakes"
)

// blockReason says what a PEM block is that holds neither certificate nor private key, and what to do.
func blockReason(kind string) error {
	switch kind {
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return mistakes.Errorf("%s", isRequest)
	case "X509 CRL":
		return mistakes.Errorf("%s", isCRL)
	case "PUBLIC KEY", "RSA PUBLIC KEY", "EC PUBLIC KEY":
		return mistakes.Errorf("%s", isPublicKey)
	case "OPENSSH PRIVATE KEY", "SSH2 ENCRYPTED PRIVATE KEY":
		return mistakes.Errorf("%s", isOpenSSH)
	case "PKCS7", "CMS":
		return mistakes.Errorf("%s", isPKCS7)
	case "DSA PRIVATE KEY", "DSA PARAMETERS":
		return mistakes.Errorf("this is a DSA key, which no handshake takes: %s", supportedKeys)
	}
	if strings.HasPrefix(kind, "PGP ") {
		return mistakes.New("this is of OpenPGP, which TLS does not use")
	}
	return mistakes.New("this is neither a certificate nor a private key")
}

// What people take for a certificate or a private key, and what helps.
const (
	isRequest   mistakes.Phrase = "this is a certificate signing request: import the certificate that the authority made of it"
	isCRL       mistakes.Phrase = "this is a revocation list, which is not read: revoke the certificates here"
	isPublicKey mistakes.Phrase = "this is a public key without a certificate: import the certificate, or the private key"
	isOpenSSH   mistakes.Phrase = "this is a key of SSH: convert it with ssh-keygen -p -m PKCS8 -f FILE"
	isPKCS7     mistakes.Phrase = "this is PKCS #7: convert it with openssl pkcs7 -print_certs -in FILE (-inform DER for one that is not text)"
	isJKS       mistakes.Phrase = "this is a Java keystore: convert it with keytool -importkeystore -srckeystore FILE -destkeystore out.p12 -deststoretype PKCS12"
)

// whatIs says what a file is that is neither PEM nor DER.
func whatIs(data []byte) error {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return mistakes.New("the file is empty")
	case bytes.HasPrefix(data, []byte{0xFE, 0xED, 0xFE, 0xED}), bytes.HasPrefix(data, []byte{0xCE, 0xCE, 0xCE, 0xCE}):
		return mistakes.Errorf("%s", isJKS)
	case bytes.HasPrefix(text, []byte("PuTTY-User-Key-File")):
		return mistakes.New("this is a key of PuTTY, for SSH: certificates have keys in PKCS #8, SEC 1 or PKCS #1")
	case bytes.HasPrefix(text, []byte("ssh-")), bytes.HasPrefix(text, []byte("ecdsa-sha2-")):
		return mistakes.New("this is a public key of SSH, not a certificate")
	case bytes.HasPrefix(text, []byte("MII")):
		return mistakes.New("this looks like Base64 without the lines BEGIN and END that PEM has around it")
	}
	return mistakes.Errorf("this is neither PEM, DER nor PKCS #12 (it begins with %x)", data[:min(4, len(data))])
}
