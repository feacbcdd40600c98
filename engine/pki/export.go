package pki

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"unicode/utf16"

	"software.sslmate.com/src/go-pkcs12"

	"sluice/engine/mistakes"
)

// Format is what an export makes.
type Format string

// Formats. Of a pre-shared key there are CHeader, Zephyr, MbedTLS and CoAPClient.
const (
	PEM        Format = "pem"         // NAME.pem with its chain, NAME.key (PKCS #8), ca.pem
	DER        Format = "der"         // the same three in DER
	PKCS12     Format = "pkcs12"      // all in one, under a password
	CHeader    Format = "c-header"    // byte arrays of DER
	Zephyr     Format = "zephyr"      // C that adds the credentials to Zephyr
	MbedTLS    Format = "mbedtls"     // a C header with the strings that Mbed TLS parses
	CoAPClient Format = "coap-client" // a line that runs libcoap's client, then the files that it reads
)

// ExportOptions say what an export needs besides what it exports. The zero value will do, but for PKCS12.
type ExportOptions struct {
	Name     string // of the files and in C; the common name or the PSK identity if empty
	Password string // PKCS12: of the file
	Host     string // CoAPClient: host, or host and port, to connect to; localhost if empty
	Path     string // CoAPClient: resource to get; /.well-known/core if empty
	SecTag   int    // Zephyr: sec_tag of the credentials; 1 if 0
}

// pkcs12Iterations makes guessing a password dear; Windows, Java and OpenSSL take a blink for it.
const pkcs12Iterations = 100_000

// Export makes files of a pair. What holds the private key is marked Secret; a pair without one exports its certificates.
// The authority is what devices are to trust; nil leaves it out. Of a pair that is an authority itself, formats for devices
// hold the certificate only.
func (p *Pair) Export(f Format, authority *x509.Certificate, o ExportOptions) ([]File, error) {
	if o.Name == "" {
		o.Name = displayName(p.Chain[0])
	}
	e := &exporter{Pair: p, own: p.Presented(), authority: authority, o: o, file: fileName(o.Name)}
	switch {
	case isAuthority(p.Chain[0]) && f.forDevices():
		e.own, e.authority = nil, p.Chain[0]
	case authority != nil && authority.Equal(p.Chain[0]):
		e.authority = nil
	}
	if p.Key != nil && e.own != nil {
		der, err := x509.MarshalPKCS8PrivateKey(p.Key)
		if err != nil {
			return nil, mistakes.Errorf("exporting the private key of %s: %w", o.Name, err)
		}
		e.key = der
	}
	switch f {
	case PEM:
		return e.pem(), nil
	case DER:
		return e.der(), nil
	case PKCS12:
		return e.pkcs12()
	case CHeader:
		return e.cHeader(), nil
	case Zephyr:
		return e.zephyr(), nil
	case MbedTLS:
		return e.mbedTLS(), nil
	case CoAPClient:
		return e.coapClient(), nil
	}
	return nil, mistakes.Errorf("certificates are not exported as %q", f)
}

// ExportPSK makes a file of a pre-shared key. It is Secret.
func ExportPSK(identity string, key []byte, f Format, o ExportOptions) ([]File, error) {
	if identity == "" || len(key) == 0 {
		return nil, mistakes.New("a pre-shared key needs an identity and a key to be exported")
	}
	if o.Name == "" {
		o.Name = identity
	}
	switch f {
	case CHeader:
		return pskHeader(identity, key, o), nil
	case Zephyr:
		return pskZephyr(identity, key, o), nil
	case MbedTLS:
		return pskMbedTLS(identity, key, o), nil
	case CoAPClient:
		return pskCoAPClient(identity, key, o)
	case PEM, DER, PKCS12:
		return nil, mistakes.Errorf("%s holds certificates: a pre-shared key is exported as C header, for Zephyr, for Mbed TLS or as a coap-client line", f)
	}
	return nil, mistakes.Errorf("pre-shared keys are not exported as %q", f)
}

// forDevices reports whether firmware is made with it: an authority's private key never is.
func (f Format) forDevices() bool {
	return f == CHeader || f == Zephyr || f == MbedTLS || f == CoAPClient
}

// exporter is one export under way.
type exporter struct {
	*Pair
	own       []*x509.Certificate // as shown in handshakes; nil: only the authority goes out
	authority *x509.Certificate
	key       []byte // PKCS #8; nil: not had
	o         ExportOptions
	file      string // without ending
}

func (e *exporter) pem() []File {
	var files []File
	if e.own != nil {
		files = append(files, File{Name: e.file + ".pem", Data: certificatesPEM(e.own...)})
	}
	if e.key != nil {
		files = append(files, File{e.file + ".key", keyToPEM(e.key), true})
	}
	if e.authority != nil {
		files = append(files, File{Name: "ca.pem", Data: certificatesPEM(e.authority)})
	}
	return files
}

func (e *exporter) der() []File {
	files := []File{{Name: e.file + ".der", Data: e.Chain[0].Raw}}
	if e.key != nil {
		files = append(files, File{e.file + ".key.der", e.key, true})
	}
	if e.authority != nil {
		files = append(files, File{Name: "ca.der", Data: e.authority.Raw})
	}
	return files
}

// pkcs12 writes what OpenSSL 1.1.1, Java 12 and Windows Server 2019 read, and later ones. Without a key it is a trust
// store as Java has them.
func (e *exporter) pkcs12() ([]File, error) {
	switch {
	case e.o.Password == "":
		return nil, mistakes.New("PKCS #12 needs a password")
	case !inBasicPlane(e.o.Password):
		return nil, mistakes.New("the password has a character that PKCS #12 cannot take (an emoji, or one of a rare script)")
	}
	encoder := pkcs12.Modern2023.WithIterations(pkcs12Iterations)
	issuers := append([]*x509.Certificate{}, e.Chain[1:]...)
	if e.authority != nil && !slices.ContainsFunc(issuers, e.authority.Equal) {
		issuers = append(issuers, e.authority)
	}
	var data []byte
	var err error
	if e.Key != nil {
		data, err = encoder.Encode(e.Key, e.Chain[0], issuers, e.o.Password)
	} else {
		data, err = encoder.EncodeTrustStoreEntries(entries(e.Chain), e.o.Password)
	}
	if err != nil {
		return nil, mistakes.Errorf("writing %s as PKCS #12: %w", e.o.Name, err)
	}
	return []File{{e.file + ".p12", data, e.Key != nil}}, nil
}

func entries(certificates []*x509.Certificate) []pkcs12.TrustStoreEntry {
	var entries []pkcs12.TrustStoreEntry
	for _, cert := range certificates {
		entries = append(entries, pkcs12.TrustStoreEntry{Cert: cert, FriendlyName: displayName(cert)})
	}
	return entries
}

// inBasicPlane reports whether a text can be a BMPString (RFC 7292, appendix B.1).
func inBasicPlane(text string) bool {
	for _, r := range text {
		if utf16.RuneLen(r) != 1 {
			return false
		}
	}
	return true
}

func certificatesPEM(certificates ...*x509.Certificate) []byte {
	var data []byte
	for _, cert := range certificates {
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	return data
}

func keyToPEM(pkcs8 []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}
