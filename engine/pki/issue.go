package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/url"
	"time"

	"sluice/engine/mistakes"
)

// Organization is that of certificates whose request names none.
const Organization = "Workbench"

// maxNames bounds the alternative names of one certificate: a device has to receive it.
const maxNames = 100

// Request is what a certificate is to be.
type Request struct {
	Name         string        // the common name; up to 64 characters
	Organization string        // Organization if empty
	Kind         Kind          // Server or Client
	Lifetime     time.Duration // 0: ServerLifetime or ClientLifetime
	// Names are host names, addresses and URIs it is valid for besides. Of a server the Name is one of them if it can be;
	// see MachineNames.
	Names []string
}

// Issue makes a key on P-256 and a certificate for it by the profile of RFC 7925, section 4.4. It ends with the
// authority's at the latest.
func (p *Pair) Issue(r Request) (*Pair, error) {
	if err := p.mayIssue(time.Now()); err != nil {
		return nil, err
	}
	template, err := r.template(time.Now(), p.Chain[0])
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, mistakes.Errorf("making the key of %s: %w", r.Name, err)
	}
	cert, err := sign(template, p.Chain[0], key, p.Key)
	if err != nil {
		return nil, mistakes.Errorf("issuing the certificate of %s: %w", r.Name, err)
	}
	return &Pair{Chain: append([]*x509.Certificate{cert}, p.Chain...), Key: key}, nil
}

// Check says what is wrong with a request, in words for its author.
func (r *Request) Check() error {
	_, err := r.template(time.Now(), nil)
	return err
}

// mayIssue says why a pair cannot be the authority of new certificates.
func (p *Pair) mayIssue(now time.Time) error {
	cert := p.Chain[0]
	switch {
	case !cert.IsCA || cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0:
		return mistakes.Errorf("%s may not issue certificates", displayName(cert))
	case p.Key == nil:
		return mistakes.Errorf("the private key of %s is not here, so it cannot issue certificates", displayName(cert))
	case now.After(cert.NotAfter):
		return mistakes.Errorf("%s expired on %s, so it cannot issue certificates", displayName(cert), date(cert.NotAfter))
	}
	return nil
}

// template checks a request and lays out its certificate. Without an authority it only checks.
func (r *Request) template(now time.Time, authority *x509.Certificate) (*x509.Certificate, error) {
	if err := checkName(mistakes.Phrase("the name"), r.Name); err != nil {
		return nil, err
	}
	organization := r.Organization
	if organization == "" {
		organization = Organization
	}
	if err := checkName(mistakes.Phrase("the organization"), organization); err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		Subject:   pkix.Name{CommonName: r.Name, Organization: []string{organization}},
		KeyUsage:  x509.KeyUsageDigitalSignature,
		NotBefore: now.Add(-backdated),
	}
	lifetime, names := ClientLifetime, r.Names
	switch r.Kind {
	case Client:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	case Server:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		lifetime = ServerLifetime
		if isHostName(r.Name) || net.ParseIP(r.Name) != nil {
			names = append([]string{r.Name}, names...)
		}
		if len(names) == 0 {
			return nil, mistakes.New("a server needs a host name or an address that clients reach it by")
		}
	default:
		return nil, mistakes.Errorf("a certificate of kind %s cannot be issued, only server and client", r.Kind)
	}
	if err := addNames(t, names); err != nil {
		return nil, err
	}
	lifetime, err := checkLifetime(r.Lifetime, lifetime)
	if err != nil {
		return nil, err
	}
	t.NotAfter = now.Add(lifetime)
	if authority != nil {
		t.NotBefore = later(t.NotBefore, authority.NotBefore)
		t.NotAfter = earlier(t.NotAfter, authority.NotAfter)
	}
	t.SerialNumber, err = newSerial()
	return t, err
}

// addNames sorts names into the certificate's alternative names, each once.
func addNames(t *x509.Certificate, names []string) error {
	if len(names) > maxNames {
		return mistakes.Errorf("%d alternative names are too many: up to %d fit a certificate", len(names), maxNames)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		if address := net.ParseIP(name); address != nil {
			t.IPAddresses = append(t.IPAddresses, address)
		} else if isHostName(name) {
			t.DNSNames = append(t.DNSNames, name)
		} else if address, ok := asURI(name); ok {
			t.URIs = append(t.URIs, address)
		} else {
			return mistakes.Errorf("the alternative name %.80q is no host name, address or URI", name)
		}
	}
	return nil
}

// asURI takes what has a scheme, such as urn:dev:mac:0024befffe804ff1.
func asURI(name string) (*url.URL, bool) {
	if len(name) > maxHostName || !printableASCII(name) {
		return nil, false
	}
	address, err := url.Parse(name)
	return address, err == nil && address.Scheme != "" && (address.Host != "" || address.Opaque != "")
}

func sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey, authority crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, authority)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
