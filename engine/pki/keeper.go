package pki

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/pki/seal"
	"sluice/engine/store"
)

// Bounds of what is kept.
const (
	maxKept      = 20000 // certificates, and as many pre-shared keys
	maxEntryName = 200   // bytes
)

// keyringPatience is how long opening waits for the system's keyring.
const keyringPatience = 3 * time.Second

// Errors of the keeper.
var (
	// ErrNoAuthority is what issuing gets without an authority that has its key, is valid and not revoked.
	ErrNoAuthority = mistakes.New("there is no authority that could issue certificates: make or import one first")
	// ErrNotKept is what is asked of a certificate or key that is not there (any more).
	ErrNotKept = mistakes.New("it is not kept here")
	// ErrFull is what adding gets when there are 20,000 already.
	ErrFull = mistakes.New("no more than 20,000 certificates and as many pre-shared keys are kept")
)

// Options say how a Keeper keeps.
type Options struct {
	// Store is the open state file, which the keeper does not close. nil: nothing outlives the process.
	Store *store.Store
	// Place is where the key that seals private keys is kept when the first is sealed, and what opens it. The zero value is
	// the system's keyring, and where there is none a key file. An empty KeyFile is the state file's path with ".key".
	Place seal.Place
	// KeyringPatience is how long opening waits for the keyring; 0: 3 seconds. See Keeper.Unlock.
	KeyringPatience time.Duration
	Log             *slog.Logger // may be nil
}

// Keeper keeps certificates with their private keys, and pre-shared keys. What is acknowledged is on disk, a certificate
// and its key together. Methods may be called from any goroutine. It prints itself without what it keeps.
//
// Where the key that seals cannot be had, everything but private keys and pre-shared keys is there all the same: see
// Locked.
type Keeper struct {
	store    *store.Store
	log      *slog.Logger
	place    *seal.Place // a pointer, so that printing what holds the keeper does not reach the passphrase
	patience time.Duration

	// changing is held by who changes something, while that is written too; longer than mu.
	changing sync.Mutex

	mu     sync.RWMutex
	certs  map[string]*certificate  // by ID; each is replaced, never modified
	psks   map[string]*preSharedKey // by identity; each is replaced, never modified
	gone   map[string]time.Time     // when what was revoked and then deleted was revoked, by ID
	box    *seal.Box                // nil: nothing is sealed yet, or locked says why it cannot be had
	record *seal.Record             // nil: nothing is sealed yet
	locked error

	view       atomic.Pointer[view]
	revision   atomic.Uint64
	handshakes handshakes

	listening sync.Mutex
	onRevoked map[*func()]struct{}
}

// OpenKeeper reads what the state file keeps. A master key that cannot be had is no error: see Locked.
func OpenKeeper(o Options) (*Keeper, error) {
	k := &Keeper{
		store: o.Store, log: o.Log, place: &o.Place, patience: o.KeyringPatience,
		certs: map[string]*certificate{}, psks: map[string]*preSharedKey{}, gone: map[string]time.Time{},
		onRevoked: map[*func()]struct{}{},
	}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.patience <= 0 {
		k.patience = keyringPatience
	}
	if k.store == nil {
		k.box = seal.InMemory()
	} else if err := k.load(); err != nil {
		return nil, mistakes.Errorf("read certificates and keys: %w", err)
	}
	k.view.Store(k.newView())
	return k, nil
}

// Entries returns all certificates: authorities, servers, clients, trusted ones, each by name, the newest first.
func (k *Keeper) Entries() []Entry {
	k.mu.RLock()
	defer k.mu.RUnlock()
	entries := make([]Entry, 0, len(k.certs))
	for _, c := range k.certs {
		entries = append(entries, k.entry(c))
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), b.NotBefore.Compare(a.NotBefore), cmp.Compare(a.ID, b.ID))
	})
	return entries
}

// Entry returns one certificate.
func (k *Keeper) Entry(id string) (Entry, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	c, there := k.certs[id]
	if !there {
		return Entry{}, false
	}
	return k.entry(c), true
}

// entry describes c for who holds mu.
func (k *Keeper) entry(c *certificate) Entry {
	e := c.Entry
	if _, there := k.certs[e.IssuerID]; !there {
		e.IssuerID = ""
	}
	e.Names, e.Usages = slices.Clone(e.Names), slices.Clone(e.Usages)
	e.LastUsed = k.handshakes.lastUsed(certificateUse, e.ID)
	return e
}

// Revision grows with every change of what Entries, PSKs, SealedBy and Locked say, LastUsed excepted.
func (k *Keeper) Revision() uint64 { return k.revision.Load() }

// OnRevoked has fn called after every change by which Credentials.Revoked may have become true for somebody, or
// BoundClientID another. It is called by who made the change, without locks held. stop ends that.
func (k *Keeper) OnRevoked(fn func()) (stop func()) {
	k.listening.Lock()
	defer k.listening.Unlock()
	k.onRevoked[&fn] = struct{}{}
	return func() {
		k.listening.Lock()
		defer k.listening.Unlock()
		delete(k.onRevoked, &fn)
	}
}

func (k *Keeper) tellRevoked() {
	k.listening.Lock()
	var all []func()
	for fn := range k.onRevoked {
		all = append(all, *fn)
	}
	k.listening.Unlock()
	for _, fn := range all {
		fn()
	}
}

// Format prints how much is kept and how it is sealed, whatever the verb.
func (k *Keeper) Format(f fmt.State, _ rune) {
	k.mu.RLock()
	certs, psks := len(k.certs), len(k.psks)
	k.mu.RUnlock()
	_, _ = fmt.Fprintf(f, "%d certificates, %d pre-shared keys, sealed by %s", certs, psks, k.SealedBy())
}

// LogValue logs as Format prints.
func (k *Keeper) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(k)) }

// MarshalText writes as Format prints.
func (k *Keeper) MarshalText() ([]byte, error) { return fmt.Append(nil, k), nil }
