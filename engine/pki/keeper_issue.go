package pki

import (
	"cmp"
	"io"
	"slices"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/pki/seal"
)

// renewBefore is how long before its end the server's certificate is renewed.
const renewBefore = 30 * day

const authorityName = "Workbench development CA"

// CreateAuthority makes an authority that issues from now on. An empty name is "Workbench development CA", a lifetime
// of 0 AuthorityLifetime.
func (k *Keeper) CreateAuthority(name string, lifetime time.Duration) (Entry, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	d := k.draft()
	c, err := d.authority(name, lifetime)
	return d.finish(c, err)
}

// IssueServer issues a certificate for this machine: for MachineNames and the names that are given besides. See
// ServerNeedsRenewal.
func (k *Keeper) IssueServer(names ...string) (Entry, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	d := k.draft()
	c, err := d.server(names)
	return d.finish(c, err)
}

// Issue issues a certificate by the newest authority that can; see Pair.Issue.
func (k *Keeper) Issue(r Request) (Entry, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	d := k.draft()
	c, err := d.issue(r)
	return d.finish(c, err)
}

// IssueCSV issues all certificates of a table, or none after an error; see ReadCSV.
func (k *Keeper) IssueCSV(table io.Reader) ([]Entry, error) {
	requests, err := ReadCSV(table)
	if err != nil {
		return nil, err
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	if len(k.certs)+len(requests) > maxKept {
		return nil, ErrFull
	}
	d := k.draft()
	for _, r := range requests {
		if _, err := d.issue(r); err != nil {
			return nil, err
		}
	}
	if err := k.apply(d.change); err != nil {
		return nil, err
	}
	return k.entriesOf(d.certs), nil
}

// Setup is what SetUp found or made: IDs. Made are those that it made.
type Setup struct {
	Authority, Server, Device string
	Made                      []string
}

// SetUp makes what is missing of an authority, a certificate of this machine, and one of the device that is named, all
// or nothing. An empty device asks for none.
func (k *Keeper) SetUp(device string) (Setup, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	now := time.Now()
	d := k.draft()
	var s Setup
	authority := d.current()
	if authority == nil {
		var err error
		if authority, err = d.authority("", 0); err != nil {
			return Setup{}, err
		}
	}
	s.Authority = authority.ID
	server := k.machineCertificate()
	if server == nil || server.IssuerID != authority.ID || server.needsRenewal(authority, now) {
		made, err := d.serverInPlaceOf(server)
		if err != nil {
			return Setup{}, err
		}
		server = made
	}
	s.Server = server.ID
	if device != "" {
		c := k.find(func(c *certificate) bool {
			return c.Kind == Client && c.cert.Subject.CommonName == device && c.IssuerID == authority.ID && c.HasKey && c.good(now)
		})
		if c == nil {
			var err error
			if c, err = d.issue(Request{Name: device, Kind: Client}); err != nil {
				return Setup{}, err
			}
		}
		s.Device = c.ID
	}
	for _, c := range d.certs {
		s.Made = append(s.Made, c.ID)
	}
	if len(d.certs) == 0 {
		return s, nil
	}
	return s, k.apply(d.change)
}

// ServerNeedsRenewal returns the certificate of this machine if it ends within 30 days, or if the machine has a name or
// an address that it is not valid for, and RenewServer would help. Only what IssueServer and SetUp made is asked.
func (k *Keeper) ServerNeedsRenewal(now time.Time) (Entry, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	c, authority := k.machineCertificate(), k.issuer(now)
	if c == nil || authority == nil || !c.needsRenewal(authority, now) {
		return Entry{}, false
	}
	return k.entry(c), true
}

// RenewServer issues the certificate of this machine again, in place of the one that is kept. It is the same entry under
// another ID.
func (k *Keeper) RenewServer() (Entry, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	old := k.machineCertificate()
	if old == nil {
		return Entry{}, ErrNotKept
	}
	d := k.draft()
	c, err := d.serverInPlaceOf(old)
	return d.finish(c, err)
}

// machineCertificate returns the newest certificate of this machine that is not revoked, for who holds changing or mu.
func (k *Keeper) machineCertificate() *certificate {
	return k.find(func(c *certificate) bool { return c.machine && c.HasKey && c.Revoked.IsZero() })
}

// needsRenewal reports whether a certificate of this machine ends soon, where one that the authority issues would end
// later, or lacks a name.
func (c *certificate) needsRenewal(authority *certificate, now time.Time) bool {
	if now.After(c.NotAfter.Add(-renewBefore)) && authority.NotAfter.After(c.NotAfter) {
		return true
	}
	return slices.ContainsFunc(MachineNames(), func(name string) bool { return !slices.Contains(c.Names, name) })
}

// issuer returns the newest authority that can issue, or nil, for who holds changing or mu.
func (k *Keeper) issuer(now time.Time) *certificate {
	return k.find(func(c *certificate) bool { return c.Kind == Authority && c.HasKey && c.good(now) })
}

// find returns the newest certificate of which is holds, for who holds changing or mu.
func (k *Keeper) find(is func(*certificate) bool) *certificate {
	var newest *certificate
	for _, c := range k.certs {
		if is(c) && (newest == nil || newer(c, newest)) {
			newest = c
		}
	}
	return newest
}

// newer orders certificates by when they begin, and those that begin in one second by when they were added.
func newer(a, b *certificate) bool {
	return cmp.Or(a.NotBefore.Compare(b.NotBefore), a.added.Compare(b.added), cmp.Compare(a.ID, b.ID)) > 0
}

// good reports whether c is valid and not revoked.
func (c *certificate) good(now time.Time) bool {
	return c.Revoked.IsZero() && !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// draft is a change that is being put together by who holds changing.
type draft struct {
	change
	keeper *Keeper
	issuer *certificate // nil: not looked for yet
	pair   *Pair
}

func (k *Keeper) draft() *draft { return &draft{keeper: k} }

// finish makes the change, unless there was an error before, and returns the entry of c.
func (d *draft) finish(c *certificate, err error) (Entry, error) {
	if err != nil {
		return Entry{}, err
	}
	if err := d.keeper.apply(d.change); err != nil {
		return Entry{}, err
	}
	return d.keeper.entriesOf([]*certificate{c})[0], nil
}

// current returns the newest authority that can issue, or nil.
func (d *draft) current() *certificate {
	if d.issuer == nil {
		d.issuer = d.keeper.issuer(time.Now())
	}
	return d.issuer
}

func (d *draft) authority(name string, lifetime time.Duration) (*certificate, error) {
	if name == "" {
		name = authorityName
	}
	box, err := d.keeper.sealer()
	if err != nil {
		return nil, err
	}
	pair, err := NewAuthority(name, lifetime)
	if err != nil {
		return nil, err
	}
	c, err := d.add(pair, "", box)
	d.issuer, d.pair = c, pair
	return c, err
}

// add keeps a new pair.
func (d *draft) add(pair *Pair, name string, box *seal.Box) (*certificate, error) {
	c := newCertificate(pair.Chain[0], name)
	if pair.Key != nil {
		if err := c.withKey(pair.Key, box); err != nil {
			return nil, err
		}
	}
	d.certs = append(d.certs, c)
	return c, nil
}

func (d *draft) issue(r Request) (*certificate, error) {
	issuer := d.current()
	if issuer == nil {
		return nil, ErrNoAuthority
	}
	box, err := d.keeper.sealer()
	if err != nil {
		return nil, err
	}
	if d.pair == nil {
		if d.pair, err = d.keeper.pair(issuer, box); err != nil {
			return nil, err
		}
	}
	pair, err := d.pair.Issue(r)
	if err != nil {
		return nil, err
	}
	c, err := d.add(pair, "", box)
	if err != nil {
		return nil, err
	}
	c.IssuerID = issuer.ID
	return c, nil
}

func (d *draft) server(asked []string) (*certificate, error) {
	names := MachineNames()
	if len(names) == 0 {
		return nil, mistakes.New("this machine has no name and no address")
	}
	c, err := d.issue(Request{Name: names[0], Kind: Server, Names: append(slices.Clone(names), asked...)})
	if err != nil {
		return nil, mistakes.Errorf("issue the server's certificate: %w", err)
	}
	c.machine, c.asked = true, slices.Clone(asked)
	return c, nil
}

// serverInPlaceOf issues a certificate of this machine and takes away the old one, unless it is nil.
func (d *draft) serverInPlaceOf(old *certificate) (*certificate, error) {
	if old == nil {
		return d.server(nil)
	}
	c, err := d.server(old.asked)
	if err != nil {
		return nil, err
	}
	c.Name = old.Name
	d.drop = append(d.drop, old.ID)
	return c, nil
}

// entriesOf describes certificates that are kept.
func (k *Keeper) entriesOf(certs []*certificate) []Entry {
	k.mu.RLock()
	defer k.mu.RUnlock()
	entries := make([]Entry, len(certs))
	for i, c := range certs {
		entries[i] = k.entry(c)
	}
	return entries
}
