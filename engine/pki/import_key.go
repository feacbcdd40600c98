package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"

	"sluice/engine/mistakes"
)

// errNoKey says that bytes are no private key at all.
var errNoKey = mistakes.New("this is no private key in PKCS #8, SEC 1 or PKCS #1")

// parseKey reads PKCS #8, SEC 1 and PKCS #1.
func parseKey(der []byte) (crypto.Signer, error) {
	if len(der) > maxKeyDER {
		return nil, mistakes.Errorf("a private key of %d bytes is longer than any that is taken", len(der))
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if sec1, err := x509.ParseECPrivateKey(der); err == nil {
			return checkKey(sec1)
		}
		if pkcs1, err := x509.ParsePKCS1PrivateKey(der); err == nil {
			return checkKey(pkcs1)
		}
		if isPrivateKey(der) {
			return nil, mistakes.Errorf("the private key cannot be read: %w", err)
		}
		return nil, errNoKey
	}
	return checkKey(key)
}

// checkKey takes keys that a handshake can sign with.
func checkKey(key any) (crypto.Signer, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, mistakes.Errorf("a private key of type %T cannot sign: %s", key, supportedKeys)
	}
	if err := checkPublicKey(signer.Public()); err != nil {
		return nil, err
	}
	return signer, nil
}

const supportedKeys mistakes.Phrase = "keys are on P-256, P-384, P-521 or Ed25519, or RSA of 2048 to 4096 bits"

func checkPublicKey(key crypto.PublicKey) error {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return nil
		}
		return mistakes.Errorf("a key on the curve %s is not taken: %s", key.Curve.Params().Name, supportedKeys)
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 || bits > 4096 {
			return mistakes.Errorf("an RSA key of %d bits is not taken: %s", bits, supportedKeys)
		}
		return nil
	case ed25519.PublicKey:
		return nil
	}
	return mistakes.Errorf("a key of this kind is not taken: %s", supportedKeys)
}

func samePublic(a, b crypto.Signer) bool {
	public, ok := a.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(b.Public())
}
