package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"sluice/engine/pki/seal"
	"sluice/engine/secure"
)

// view is what handshakes see of the keeper, at one moment. It is never modified.
type view struct {
	servers     []*serverCertificate // the newest first
	roots       []*x509.Certificate
	authorities *x509.CertPool
	trusted     map[string]bool // IDs of roots
	psks        map[string][]byte
	bound       map[string]string // PSK identities to client IDs
	revoked     map[string]bool   // IDs
	issuers     map[string]string // IDs of kept certificates to those of their issuers
	locked      error
}

// serverCertificate is one that can be shown to clients.
type serverCertificate struct {
	name string
	cert *x509.Certificate
	tls  *tls.Certificate
}

// newView is for who holds mu. It finds the issuers of what has none yet.
func (k *Keeper) newView() *view {
	k.findIssuers()
	v := &view{
		authorities: x509.NewCertPool(), trusted: map[string]bool{}, psks: make(map[string][]byte, len(k.psks)),
		bound: map[string]string{}, revoked: map[string]bool{}, issuers: make(map[string]string, len(k.certs)), locked: k.locked,
	}
	var servers []*certificate
	for id, c := range k.certs {
		v.issuers[id] = c.IssuerID
		switch {
		case !c.Revoked.IsZero():
			v.revoked[id] = true
		case c.Kind == Authority || c.Kind == Trusted:
			v.roots = append(v.roots, c.cert)
			v.authorities.AddCert(c.cert)
			v.trusted[id] = true
		case c.Kind == Server && c.signer != nil:
			servers = append(servers, c)
		}
	}
	for id := range k.gone {
		v.revoked[id] = true
	}
	slices.SortFunc(servers, func(a, b *certificate) int {
		if newer(a, b) {
			return -1
		}
		return 1
	})
	for _, c := range servers {
		pair := &Pair{Chain: k.chain(c), Key: c.signer}
		v.servers = append(v.servers, &serverCertificate{c.Name, c.cert, pair.TLS()})
	}
	for identity, p := range k.psks {
		if p.key != nil {
			v.psks[identity] = p.key
		}
		if p.ClientID != "" {
			v.bound[identity] = p.ClientID
		}
	}
	return v
}

// findIssuers names the issuer of each certificate that came before its issuer, for who holds mu. It costs a signature's
// check only where names agree.
func (k *Keeper) findIssuers() {
	issuers := map[string][]*certificate{}
	for _, c := range k.certs {
		if c.Kind == Authority || c.Kind == Trusted {
			subject := string(c.cert.RawSubject)
			issuers[subject] = append(issuers[subject], c)
		}
	}
	for id, c := range k.certs {
		if _, kept := k.certs[c.IssuerID]; kept || SelfSigned(c.cert) {
			continue
		}
		for _, issuer := range issuers[string(c.cert.RawIssuer)] {
			if issuer.ID != id && sameKeyID(c.cert, issuer.cert) && c.cert.CheckSignatureFrom(issuer.cert) == nil {
				found := *c
				found.IssuerID = issuer.ID
				k.certs[id] = &found
				break
			}
		}
	}
}

// sameKeyID reports whether the key that a certificate says signed it may be that of issuer: authorities of one name are
// common, each Sluice makes one.
func sameKeyID(cert, issuer *x509.Certificate) bool {
	return len(cert.AuthorityKeyId) == 0 || len(issuer.SubjectKeyId) == 0 || bytes.Equal(cert.AuthorityKeyId, issuer.SubjectKeyId)
}

// chain returns c and its issuers, as they came with it or as they are kept, for who holds mu or changing.
func (k *Keeper) chain(c *certificate) []*x509.Certificate {
	if len(c.chain) > 0 {
		return append([]*x509.Certificate{c.cert}, c.chain...)
	}
	chain := []*x509.Certificate{c.cert}
	for issuer := k.certs[c.IssuerID]; issuer != nil && len(chain) < maxChain; issuer = k.certs[issuer.IssuerID] {
		chain = append(chain, issuer.cert)
	}
	return chain
}

// pair returns c with its issuers and its key, for who holds changing.
func (k *Keeper) pair(c *certificate, box *seal.Box) (*Pair, error) {
	key, err := c.unseal(box)
	if err != nil {
		return nil, err
	}
	return &Pair{Chain: k.chain(c), Key: key}, nil
}

// server picks the certificate to show: of those called name, or of all if it is empty, the newest that is valid for
// serverName, and otherwise the newest.
func (v *view) server(name, serverName string, now time.Time) (*tls.Certificate, error) {
	var newest, over *serverCertificate
	for _, s := range v.servers {
		if name != "" && s.name != name {
			continue
		}
		if now.Before(s.cert.NotBefore) || now.After(s.cert.NotAfter) {
			over = s
			continue
		}
		if serverName == "" || s.cert.VerifyHostname(serverName) == nil {
			return s.tls, nil
		}
		if newest == nil {
			newest = s
		}
	}
	refusal := &secure.Refusal{Outcome: secure.NoServerCertificate}
	switch {
	case newest != nil:
		return newest.tls, nil
	case over != nil:
		refusal.Detail = fmt.Sprintf("%s is valid from %s to %s only", over.name, date(over.cert.NotBefore), date(over.cert.NotAfter))
	case v.locked != nil:
		refusal.Detail = "its private key cannot be opened: " + v.locked.Error()
	case name != "":
		refusal.Detail = "none is called " + name
	}
	return nil, refusal
}

// letsGo reports whether a certificate, or one of those above it, was revoked, or is no longer under an authority that is
// trusted. above are the IDs of the chain that was checked; without it, what is kept says.
func (v *view) letsGo(id string, above []string, ownTrust bool) bool {
	if v.revoked[id] {
		return true
	}
	if above == nil {
		for issuer := v.issuers[id]; issuer != "" && len(above) < maxChain; issuer = v.issuers[issuer] {
			above = append(above, issuer)
		}
	}
	if slices.ContainsFunc(above, func(id string) bool { return v.revoked[id] }) {
		return true
	}
	return ownTrust && len(above) > 0 && !slices.ContainsFunc(above, func(id string) bool { return v.trusted[id] })
}
