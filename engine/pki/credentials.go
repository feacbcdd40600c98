package pki

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/secure"
)

// CredentialOptions say which credentials a listener has. The zero value is those of the keeper.
type CredentialOptions struct {
	// CertFile has the server's certificate, with those of its issuers if there are any between it and the root: PEM or
	// PKCS #12. KeyFile has its private key; empty: CertFile has it. Both are read again when they change.
	CertFile, KeyFile string
	// Password opens a KeyFile or a PKCS #12 file that is encrypted.
	Password string
	// CACertFile has the authorities whose clients are trusted, in place of those of the keeper; read again when it changes.
	CACertFile string
	// Certificate is the name of the keeper's server certificate to show; empty: the one that fits. It is for listeners
	// without a CertFile.
	Certificate string
}

// Format prints the options without the password, whatever the verb.
func (o CredentialOptions) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "certfile %q, keyfile %q, cacertfile %q, certificate %q", o.CertFile, o.KeyFile, o.CACertFile, o.Certificate)
}

// LogValue logs as Format prints.
func (o CredentialOptions) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(o)) }

// MarshalText writes as Format prints.
func (o CredentialOptions) MarshalText() ([]byte, error) { return fmt.Append(nil, o), nil }

// Credentials returns what a listener asks at its handshakes. The error says which file cannot be used. Later, when a
// file that changed cannot be used, what was read last is, and the log says so.
func (k *Keeper) Credentials(o CredentialOptions) (secure.Credentials, error) {
	c := &credentials{keeper: k, name: o.Certificate}
	if o.CertFile == "" && o.KeyFile != "" {
		return nil, mistakes.Errorf("keyfile %s: there is no certfile that it belongs to", o.KeyFile)
	}
	if o.CertFile != "" {
		paths := []string{o.CertFile}
		if o.KeyFile != "" && o.KeyFile != o.CertFile {
			paths = append(paths, o.KeyFile)
		}
		read := func(data [][]byte) (*tls.Certificate, error) { return serverFromFiles(data, o) }
		var err error
		if c.server, err = watch(paths, read, k.log); err != nil {
			return nil, err
		}
	}
	if o.CACertFile != "" {
		var err error
		if c.roots, err = watch([]string{o.CACertFile}, rootsFromFile, k.log); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// credentials are those of one listener.
type credentials struct {
	keeper *Keeper
	name   string                     // of the certificate to show; empty: the one that fits
	server *watched[*tls.Certificate] // nil: the keeper's
	roots  *watched[*rootSet]         // nil: the keeper's
	let    letIn
}

// Format prints whose they are, whatever the verb.
func (c *credentials) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "credentials of a listener: %v", c.keeper)
}

// LogValue logs as Format prints.
func (c *credentials) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

type rootSet struct {
	certs []*x509.Certificate
	pool  *x509.CertPool
}

// ServerCertificate implements secure.Credentials.
func (c *credentials) ServerCertificate(serverName string) (*tls.Certificate, error) {
	if c.server != nil {
		return c.server.get(time.Now()), nil
	}
	return c.keeper.view.Load().server(c.name, serverName, time.Now())
}

// Authorities implements secure.Credentials.
func (c *credentials) Authorities() *x509.CertPool {
	if c.roots != nil {
		return c.roots.get(time.Now()).pool
	}
	return c.keeper.view.Load().authorities
}

// VerifyClient implements secure.Credentials.
func (c *credentials) VerifyClient(chain [][]byte) error {
	if len(chain) > maxChain {
		return refuse(secure.BadCertificate, "%d certificates are shown, and %d are read", len(chain), maxChain)
	}
	certs := make([]*x509.Certificate, len(chain))
	for i, der := range chain {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return refuse(secure.BadCertificate, "certificate %d of %d cannot be read: %v", i+1, len(chain), err)
		}
		certs[i] = cert
	}
	now, v := time.Now(), c.keeper.view.Load()
	roots := v.roots
	if c.roots != nil {
		roots = c.roots.get(now).certs
	}
	var above []string
	err := Verify(certs, roots, func(id string) bool {
		above = append(above, id)
		return v.revoked[id]
	}, now)
	if err == nil {
		c.let.remember(above[0], above[1:])
	}
	return err
}

// PSK implements secure.Credentials.
func (c *credentials) PSK(identity []byte) (key []byte, ok bool) {
	key, ok = c.keeper.view.Load().psks[string(identity)]
	return key, ok
}

// HasPSK implements secure.Credentials.
func (c *credentials) HasPSK() bool { return len(c.keeper.view.Load().psks) > 0 }

// Revoked implements secure.Credentials. A pre-shared key that was replaced by another keeps its sessions.
func (c *credentials) Revoked(i secure.Identity) bool {
	k := c.keeper
	if i.PSK != "" {
		k.mu.RLock()
		defer k.mu.RUnlock()
		_, kept := k.psks[i.PSK]
		return !kept
	}
	return i.Fingerprint != "" && k.view.Load().letsGo(i.Fingerprint, c.let.above(i.Fingerprint), c.roots == nil)
}

// maxLetIn bounds how many certificates a listener remembers the issuers of. For those beyond only a revocation of their
// own, or of issuers that are kept, is noticed while they are connected; a new handshake notices all.
const maxLetIn = 8192

// letIn remembers by which issuers clients were let in: an identity names its own certificate only.
type letIn struct {
	mu     sync.Mutex
	issuer map[string][]string
	order  []string // the ring of those in issuer
	next   int
}

func (l *letIn) remember(id string, above []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.issuer == nil {
		l.issuer = map[string][]string{}
	}
	if _, there := l.issuer[id]; !there {
		if len(l.order) < maxLetIn {
			l.order = append(l.order, id)
		} else {
			delete(l.issuer, l.order[l.next])
			l.order[l.next] = id
			l.next = (l.next + 1) % maxLetIn
		}
	}
	l.issuer[id] = above
}

func (l *letIn) above(id string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.issuer[id]
}

// serverFromFiles reads a certificate with its private key from the data of one or two files.
func serverFromFiles(data [][]byte, o CredentialOptions) (*tls.Certificate, error) {
	certs, err := Import(data[0], o.Password)
	if err != nil {
		return nil, err
	}
	keys := certs.Keys
	if len(data) > 1 {
		more, err := Import(data[1], o.Password)
		if err != nil {
			return nil, mistakes.Errorf("keyfile %s: %w", o.KeyFile, err)
		}
		keys = more.allKeys()
	}
	for _, pair := range certs.Pairs {
		if i := slices.IndexFunc(keys, func(key crypto.Signer) bool { return samePublicKey(pair.Chain[0], key) }); i >= 0 {
			pair.Key = keys[i]
		}
		if pair.Key != nil {
			return pair.TLS(), nil
		}
	}
	switch {
	case len(certs.Pairs) == 0:
		return nil, mistakes.New("there is no certificate in it")
	case len(data) > 1 && len(keys) == 0:
		return nil, mistakes.Errorf("there is no private key in keyfile %s", o.KeyFile)
	case len(data) > 1:
		return nil, mistakes.Errorf("the private key in keyfile %s is not that of its certificate", o.KeyFile)
	case len(keys) == 0:
		return nil, mistakes.New("its private key is not in it: name its file with keyfile")
	}
	return nil, mistakes.New("the private key in it is not that of its certificate")
}

func (i *Imported) allKeys() []crypto.Signer {
	keys := slices.Clone(i.Keys)
	for _, pair := range i.Pairs {
		if pair.Key != nil {
			keys = append(keys, pair.Key)
		}
	}
	return keys
}

func rootsFromFile(data [][]byte) (*rootSet, error) {
	read, err := Import(data[0], "")
	if err != nil {
		return nil, err
	}
	set := &rootSet{pool: x509.NewCertPool()}
	for _, pair := range read.Pairs {
		for _, cert := range pair.Chain {
			if isAuthority(cert) && !slices.ContainsFunc(set.certs, cert.Equal) {
				set.certs = append(set.certs, cert)
				set.pool.AddCert(cert)
			}
		}
	}
	if len(set.certs) == 0 {
		return nil, mistakes.New("there is no certificate of an authority in it")
	}
	return set, nil
}
