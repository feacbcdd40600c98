package pki

import (
	"bytes"
	"fmt"
	"strings"
)

// blockReason says what a PEM block is that holds neither certificate nor private key, and what to do.
func blockReason(kind string) string {
	switch kind {
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return isRequest
	case "X509 CRL":
		return isCRL
	case "PUBLIC KEY", "RSA PUBLIC KEY", "EC PUBLIC KEY":
		return isPublicKey
	case "OPENSSH PRIVATE KEY", "SSH2 ENCRYPTED PRIVATE KEY":
		return isOpenSSH
	case "PKCS7", "CMS":
		return isPKCS7
	case "DSA PRIVATE KEY", "DSA PARAMETERS":
		return "this is a DSA key, which no handshake takes: " + supportedKeys
	}
	if strings.HasPrefix(kind, "PGP ") {
		return "this is of OpenPGP, which TLS does not use"
	}
	return "this is neither a certificate nor a private key"
}

// What people take for a certificate or a private key, and what helps.
const (
	isRequest   = "this is a certificate signing request: import the certificate that the authority made of it"
	isCRL       = "this is a revocation list, which is not read: revoke the certificates here"
	isPublicKey = "this is a public key without a certificate: import the certificate, or the private key"
	isOpenSSH   = "this is a key of SSH: convert it with ssh-keygen -p -m PKCS8 -f FILE"
	isPKCS7     = "this is PKCS #7: convert it with openssl pkcs7 -print_certs -in FILE (-inform DER for one that is not text)"
	isJKS       = "this is a Java keystore: convert it with keytool -importkeystore -srckeystore FILE -destkeystore out.p12 -deststoretype PKCS12"
)

// whatIs says what a file is that is neither PEM nor DER.
func whatIs(data []byte) string {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return "the file is empty"
	case bytes.HasPrefix(data, []byte{0xFE, 0xED, 0xFE, 0xED}), bytes.HasPrefix(data, []byte{0xCE, 0xCE, 0xCE, 0xCE}):
		return isJKS
	case bytes.HasPrefix(text, []byte("PuTTY-User-Key-File")):
		return "this is a key of PuTTY, for SSH: certificates have keys in PKCS #8, SEC 1 or PKCS #1"
	case bytes.HasPrefix(text, []byte("ssh-")), bytes.HasPrefix(text, []byte("ecdsa-sha2-")):
		return "this is a public key of SSH, not a certificate"
	case bytes.HasPrefix(text, []byte("MII")):
		return "this looks like Base64 without the lines BEGIN and END that PEM has around it"
	}
	return fmt.Sprintf("this is neither PEM, DER nor PKCS #12 (it begins with %x)", data[:min(4, len(data))])
}
