package pki

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"hash"

	"golang.org/x/crypto/scrypt"

	"sluice/engine/mistakes"
)

// encryptedKeyInfo is EncryptedPrivateKeyInfo of RFC 5958, section 3.
type encryptedKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// pbes2 is PBES2-params of RFC 8018, appendix A.4.
type pbes2 struct {
	Derivation pkix.AlgorithmIdentifier
	Scheme     pkix.AlgorithmIdentifier
}

// pbkdf2Parameters is PBKDF2-params of RFC 8018, appendix A.2.
type pbkdf2Parameters struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// scryptParameters is scrypt-params of RFC 7914, section 7.
type scryptParameters struct {
	Salt           []byte
	N, R, P        int
	ScryptKeyBytes int `asn1:"optional"`
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

// prfs are the functions of PBKDF2 by their object identifier; that of HMAC with SHA-1 is the default.
var prfs = map[string]func() hash.Hash{
	"":                    sha1.New,
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.8":  sha256.New224,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
	"1.2.840.113549.2.12": sha512.New512_224,
	"1.2.840.113549.2.13": sha512.New512_256,
}

type blockCipher struct {
	keyBytes int
	make     func(key []byte) (cipher.Block, error)
}

// schemes are block ciphers in CBC by their object identifier.
var schemes = map[string]blockCipher{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

const reEncrypt mistakes.Phrase = "encrypt it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE"

// decryptPKCS8 opens an encrypted private key (RFC 5958, section 3) of PBES2.
func (r *importer) decryptPKCS8(der []byte) ([]byte, error) {
	var info encryptedKeyInfo
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, mistakes.New("this is no encrypted private key of PKCS #8")
	}
	if !info.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, mistakes.Errorf("the private key is encrypted with %s, which is not read: %s", info.Algorithm.Algorithm, reEncrypt)
	}
	if r.password == "" {
		return nil, ErrPassword
	}
	return r.openPBES2(info.Algorithm.Parameters.FullBytes, info.Data)
}

func (r *importer) openPBES2(parameters, data []byte) ([]byte, error) {
	var p pbes2
	if _, err := asn1.Unmarshal(parameters, &p); err != nil {
		return nil, mistakes.Errorf("reading how the private key is encrypted: %w", err)
	}
	scheme, known := schemes[p.Scheme.Algorithm.String()]
	if !known {
		return nil, mistakes.Errorf("the private key is encrypted with the cipher %s, which is not read: %s", p.Scheme.Algorithm, reEncrypt)
	}
	var iv []byte
	if _, err := asn1.Unmarshal(p.Scheme.Parameters.FullBytes, &iv); err != nil {
		return nil, mistakes.Errorf("reading how the private key is encrypted: %w", err)
	}
	key, err := r.deriveKey(p.Derivation, scheme.keyBytes)
	if err != nil {
		return nil, err
	}
	block, err := scheme.make(key)
	if err != nil {
		return nil, mistakes.Errorf("decrypting the private key: %w", err)
	}
	return openCBC(block, iv, data)
}

func (r *importer) deriveKey(derivation pkix.AlgorithmIdentifier, length int) ([]byte, error) {
	switch {
	case derivation.Algorithm.Equal(oidPBKDF2):
		return r.derivePBKDF2(derivation.Parameters.FullBytes, length)
	case derivation.Algorithm.Equal(oidScrypt):
		return r.deriveScrypt(derivation.Parameters.FullBytes, length)
	}
	return nil, mistakes.Errorf("the private key is encrypted by way of %s, which is not read: %s", derivation.Algorithm, reEncrypt)
}

func (r *importer) derivePBKDF2(parameters []byte, length int) ([]byte, error) {
	var p pbkdf2Parameters
	if _, err := asn1.Unmarshal(parameters, &p); err != nil {
		return nil, mistakes.Errorf("reading how the private key is encrypted: %w", err)
	}
	prf := prfs[p.PRF.Algorithm.String()]
	if prf == nil {
		return nil, mistakes.Errorf("the private key is encrypted by way of %s, which is not read: %s", p.PRF.Algorithm, reEncrypt)
	}
	if err := r.spend(p.Iterations); err != nil {
		return nil, err
	}
	return pbkdf2.Key(prf, r.password, p.Salt, p.Iterations, length)
}

func (r *importer) deriveScrypt(parameters []byte, length int) ([]byte, error) {
	const maxBlocks = 1 << 19 // of 128 bytes: 64 MiB
	var p scryptParameters
	if _, err := asn1.Unmarshal(parameters, &p); err != nil {
		return nil, mistakes.Errorf("reading how the private key is encrypted: %w", err)
	}
	if p.N < 2 || p.R < 1 || p.P < 1 || p.N > maxBlocks || p.R > maxBlocks/p.N || p.P > 16 {
		return nil, mistakes.Errorf("the private key is encrypted with more effort than is spent on reading it: %s", reEncrypt)
	}
	if err := r.spend(p.N * p.R * p.P); err != nil {
		return nil, err
	}
	return scrypt.Key([]byte(r.password), p.Salt, p.N, p.R, p.P, length)
}

// spend counts rounds of key derivation against what one import may take.
func (r *importer) spend(iterations int) error {
	if iterations < 1 || iterations > r.iterations {
		return mistakes.Errorf("it is encrypted with %d rounds of key derivation, and %d are the most that an import takes: %s", iterations, maxIterations, reEncrypt)
	}
	r.iterations -= iterations
	return nil
}

// openCBC decrypts and takes off the padding (RFC 8018, section 6.1.1). Padding that is wrong comes of a wrong password.
func openCBC(block cipher.Block, iv, data []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, mistakes.New("the encrypted private key is cut or was changed")
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, ErrPassword
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, ErrPassword
		}
	}
	return plain[:len(plain)-padding], nil
}

// decryptLegacy opens a PEM block that is encrypted as OpenSSL did before PKCS #8 (RFC 1421, section 4.6.1.1), and returns
// any other as it is.
func (r *importer) decryptLegacy(block *pem.Block) ([]byte, error) {
	//lint:ignore SA1019 people still have such files, and reading one does no harm that having it does not
	if !x509.IsEncryptedPEMBlock(block) {
		return block.Bytes, nil
	}
	if r.password == "" {
		return nil, ErrPassword
	}
	//lint:ignore SA1019 see above
	der, err := x509.DecryptPEMBlock(block, []byte(r.password))
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, ErrPassword
	}
	if err != nil {
		return nil, mistakes.Errorf("decrypting the private key: %w", err)
	}
	return der, nil
}
