package pki

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/pki/seal"
	"sluice/engine/store"
)

// certificate is one that is kept.
type certificate struct {
	Entry
	cert   *x509.Certificate
	sealed []byte              // its private key (PKCS #8); nil: not had
	signer crypto.Signer       // of a server's; nil: not had, or locked
	chain  []*x509.Certificate // issuers that came with it
	// machine marks the server's certificate that RenewServer keeps valid for all names of this machine, and asked is what
	// it is valid for besides.
	machine bool
	asked   []string
	told    Step
	added   time.Time
}

// certificateRecord is a certificate on disk, without its key.
type certificateRecord struct {
	Name    string    `json:"name"`
	Kind    string    `json:"kind"`
	DER     []byte    `json:"der"`
	Chain   [][]byte  `json:"chain,omitempty"`
	Issuer  string    `json:"issuer,omitempty"`
	Revoked time.Time `json:"revoked,omitzero"`
	Machine bool      `json:"machine,omitempty"`
	Asked   []string  `json:"asked,omitempty"`
	Told    Step      `json:"told,omitempty"`
	Added   time.Time `json:"added"`
}

// newCertificate describes a certificate that is to be kept. An empty name becomes the common name.
func newCertificate(cert *x509.Certificate, name string) *certificate {
	c := &certificate{Entry: Describe(cert), cert: cert, added: time.Now()}
	c.Name = cutText(name, maxEntryName)
	if c.Name == "" {
		c.Name = cutText(displayName(cert), maxEntryName)
	}
	return c
}

// withKey seals the private key of a new certificate.
func (c *certificate) withKey(key crypto.Signer, box *seal.Box) error {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return mistakes.Errorf("keep the private key of %s: %w", c.Name, err)
	}
	c.sealed, c.HasKey = box.Seal(plain, certificateLabel(c.ID)), true
	clear(plain)
	if c.Kind == Trusted {
		c.Kind = Authority
	}
	if c.Kind == Server {
		c.signer = key
	}
	return nil
}

func certificateLabel(id string) []byte { return []byte("certificate " + id) }
func pskLabel(identity string) []byte   { return []byte("psk " + identity) }

// unseal opens the private key of c.
func (c *certificate) unseal(box *seal.Box) (crypto.Signer, error) {
	if c.signer != nil {
		return c.signer, nil
	}
	plain, err := box.Open(c.sealed, certificateLabel(c.ID))
	if err != nil {
		return nil, mistakes.Errorf("the private key of %s: %w", c.Name, err)
	}
	defer clear(plain)
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, mistakes.Errorf("the private key of %s cannot be read", c.Name) // the error might repeat it
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, mistakes.Errorf("the private key of %s cannot sign", c.Name)
	}
	return signer, nil
}

func (c *certificate) bytes() ([]byte, error) {
	r := certificateRecord{
		Name: c.Name, Kind: c.Kind.String(), DER: c.cert.Raw, Issuer: c.IssuerID, Revoked: c.Revoked,
		Machine: c.machine, Asked: c.asked, Told: c.told, Added: c.added,
	}
	for _, issuer := range c.chain {
		r.Chain = append(r.Chain, issuer.Raw)
	}
	return json.Marshal(r)
}

func readCertificate(id string, value []byte) (*certificate, error) {
	var r certificateRecord
	if err := json.Unmarshal(value, &r); err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(r.DER)
	if err != nil {
		return nil, err
	}
	c := newCertificate(cert, r.Name)
	if c.ID != id {
		return nil, mistakes.New("it is not the one that its entry names")
	}
	for kind := Authority; kind <= Trusted; kind++ {
		if kind.String() == r.Kind {
			c.Kind = kind
		}
	}
	for _, der := range r.Chain {
		issuer, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		c.chain = append(c.chain, issuer)
	}
	c.IssuerID, c.Revoked, c.machine, c.asked, c.told, c.added = r.Issuer, r.Revoked, r.Machine, r.Asked, r.Told, r.Added
	return c, nil
}

// recordKey is where the Record of the master key is in its table.
const recordKey = "seal"

// load reads the tables. A certificate that cannot be read, such as one that a newer Go refuses, is left out and stays
// in the file.
func (k *Keeper) load() error {
	sealed := map[string][]byte{}
	err := errors.Join(
		k.store.Secured(store.Keys, func(label string, value []byte) error {
			sealed[label] = value
			return nil
		}),
		k.store.Secured(store.Certificates, func(id string, value []byte) error {
			c, err := readCertificate(id, value)
			if err != nil {
				k.log.Error("a certificate of the state file cannot be read", "fingerprint", id, "error", err)
				return nil
			}
			c.sealed = sealed[string(certificateLabel(id))]
			c.HasKey = c.sealed != nil
			k.certs[id] = c
			return nil
		}),
		k.store.Secured(store.PreSharedKeys, func(identity string, value []byte) error {
			p, err := readPreSharedKey(identity, value)
			if err != nil {
				k.log.Error("a pre-shared key of the state file cannot be read", "identity", identity, "error", err)
				return nil
			}
			p.sealed = sealed[string(pskLabel(identity))]
			k.psks[identity] = p
			return nil
		}),
		k.store.Secured(store.Revoked, func(id string, value []byte) error {
			at, err := time.Parse(time.RFC3339, string(value))
			if err != nil {
				k.log.Error("when a certificate was revoked cannot be read; it is revoked all the same", "fingerprint", id, "error", err)
			}
			k.gone[id] = at
			return nil
		}),
		k.store.Secured(store.Sealing, func(key string, value []byte) error {
			if key != recordKey {
				return nil
			}
			record, err := seal.ParseRecord(value)
			k.record, k.locked = &record, err
			return nil
		}),
	)
	if err != nil || k.record == nil || k.locked != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), k.patience)
	defer cancel()
	k.unlocked(k.openBox(ctx, *k.record, *k.place))
	return nil
}

// change is what changes at once, on disk and then in memory.
type change struct {
	certs  []*certificate // new or in place of those with the same ID
	drop   []string       // IDs
	psks   []*preSharedKey
	dropPS []string
	gone   map[string]time.Time // revoked, not kept; the zero time takes it back
}

// apply makes a change for who holds changing, and returns when it is on disk. After an error nothing has changed.
func (k *Keeper) apply(c change) error {
	if err := k.fits(c); err != nil {
		return err
	}
	if k.store != nil {
		writes, err := c.writes()
		if err != nil {
			return err
		}
		if err := k.store.PutSecured(writes...); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range c.drop {
		delete(k.certs, id)
		k.handshakes.forget(certificateUse, id)
	}
	for _, cert := range c.certs {
		k.certs[cert.ID] = cert
	}
	for _, identity := range c.dropPS {
		delete(k.psks, identity)
		k.handshakes.forget(pskUse, identity)
	}
	for _, p := range c.psks {
		k.psks[p.Identity] = p
	}
	for id, at := range c.gone {
		if at.IsZero() {
			delete(k.gone, id)
		} else {
			k.gone[id] = at
		}
	}
	k.changed()
	return nil
}

// changed publishes what handshakes see, for who holds mu.
func (k *Keeper) changed() {
	k.view.Store(k.newView())
	k.revision.Add(1)
}

func (k *Keeper) fits(c change) error {
	certs, psks := len(k.certs)-len(c.drop), len(k.psks)-len(c.dropPS)
	for _, cert := range c.certs {
		if _, there := k.certs[cert.ID]; !there || slices.Contains(c.drop, cert.ID) {
			certs++
		}
	}
	for _, p := range c.psks {
		if _, there := k.psks[p.Identity]; !there {
			psks++
		}
	}
	if certs > maxKept && certs > len(k.certs) || psks > maxKept && psks > len(k.psks) {
		return ErrFull
	}
	return nil
}

func (c change) writes() ([]store.Secured, error) {
	var writes []store.Secured
	put := func(table store.Table, key string, value []byte) {
		writes = append(writes, store.Secured{Table: table, Key: key, Value: value})
	}
	for _, id := range c.drop {
		put(store.Certificates, id, nil)
		put(store.Keys, string(certificateLabel(id)), nil)
	}
	for _, identity := range c.dropPS {
		put(store.PreSharedKeys, identity, nil)
		put(store.Keys, string(pskLabel(identity)), nil)
	}
	for _, cert := range c.certs {
		value, err := cert.bytes()
		if err != nil {
			return nil, mistakes.Errorf("keep %s: %w", cert.Name, err)
		}
		put(store.Certificates, cert.ID, value)
		put(store.Keys, string(certificateLabel(cert.ID)), cert.sealed)
	}
	for _, p := range c.psks {
		value, err := p.bytes()
		if err != nil {
			return nil, mistakes.Errorf("keep pre-shared key %s: %w", p.Identity, err)
		}
		put(store.PreSharedKeys, p.Identity, value)
		put(store.Keys, string(pskLabel(p.Identity)), p.sealed)
	}
	for _, id := range slices.Sorted(maps.Keys(c.gone)) {
		var value []byte
		if at := c.gone[id]; !at.IsZero() {
			value = []byte(at.UTC().Format(time.RFC3339))
		}
		put(store.Revoked, id, value)
	}
	return writes, nil
}
