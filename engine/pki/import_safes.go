package pki

import (
	"crypto/x509/pkix"
	"encoding/asn1"

	"sluice/engine/mistakes"
)

// What go-pkcs12 does not take although it is PKCS #12 is read here: certificates without a private key, and several
// private keys, as Java's keystores have them. It has checked the MAC by then. Encryption is PBES2, as all write it today,
// or none.

// contentInfo is of RFC 5652, section 3.
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional"` // [0] EXPLICIT: Bytes are the value
}

// encryptedData is of RFC 5652, section 8.
type encryptedData struct {
	Version int
	Content struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte `asn1:"tag:0,optional"`
	}
}

// safeBag is of RFC 7292, section 4.2.
type safeBag struct {
	Type       asn1.ObjectIdentifier
	Value      asn1.RawValue // [0] EXPLICIT: Bytes are the value
	Attributes asn1.RawValue `asn1:"set,optional"`
}

// certBag is of RFC 7292, section 4.2.3.
type certBag struct {
	Type asn1.ObjectIdentifier
	Data []byte `asn1:"tag:0,explicit"`
}

var (
	oidEncryptedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidKeyBag         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedKeyBag = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
)

func (r *importer) readSafes(der []byte) error {
	var file pfx
	if _, err := asn1.Unmarshal(der, &file); err != nil {
		return err
	}
	var octets []byte
	if _, err := asn1.Unmarshal(file.Safe.Content.Bytes, &octets); err != nil {
		return err
	}
	var safes []contentInfo
	if _, err := asn1.Unmarshal(octets, &safes); err != nil {
		return err
	}
	for _, safe := range safes {
		bags, err := r.openSafe(safe)
		if err != nil {
			return err
		}
		for _, bag := range bags {
			if err := r.readBag(bag); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *importer) openSafe(safe contentInfo) ([]safeBag, error) {
	var plain []byte
	switch {
	case safe.Type.Equal(oidData):
		if _, err := asn1.Unmarshal(safe.Content.Bytes, &plain); err != nil {
			return nil, err
		}
	case safe.Type.Equal(oidEncryptedData):
		var encrypted encryptedData
		if _, err := asn1.Unmarshal(safe.Content.Bytes, &encrypted); err != nil {
			return nil, err
		}
		algorithm := encrypted.Content.Algorithm
		if !algorithm.Algorithm.Equal(oidPBES2) {
			return nil, mistakes.Errorf("encryption of before PBES2 (%s)", algorithm.Algorithm)
		}
		var err error
		if plain, err = r.openPBES2(algorithm.Parameters.FullBytes, encrypted.Content.Data); err != nil {
			return nil, err
		}
	default:
		return nil, mistakes.Errorf("a part of the kind %s", safe.Type)
	}
	var bags []safeBag
	_, err := asn1.Unmarshal(plain, &bags)
	return bags, err
}

func (r *importer) readBag(bag safeBag) error {
	switch {
	case bag.Type.Equal(oidKeyBag):
		return r.addKey(0, "", bag.Value.Bytes, false, nil)
	case bag.Type.Equal(oidShroudedKeyBag):
		der, err := r.decryptPKCS8(bag.Value.Bytes)
		return r.addKey(0, "", der, true, err)
	case bag.Type.Equal(oidCertBag):
		var cert certBag
		if _, err := asn1.Unmarshal(bag.Value.Bytes, &cert); err != nil {
			return mistakes.New("a certificate that is none")
		}
		r.note(0, "", r.addCertificate(cert.Data))
	}
	return nil
}
