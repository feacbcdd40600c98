package pki

import (
	"sync"
	"time"

	"sluice/engine/secure"
)

// maxHandshakes bounds what Handshakes returns.
const maxHandshakes = 512

// maxShown bounds each text of a handshake that a peer chose, in bytes.
const maxShown = 1024

// use says what a handshake used.
type use uint8

const (
	certificateUse use = iota // a client's
	pskUse
)

type usedKey struct {
	use use
	id  string
}

// handshakes is a ring of those that ended, and when certificates and keys that are kept were used.
type handshakes struct {
	mu       sync.Mutex
	ring     []secure.Handshake
	next     int // where in ring the next one goes, once it is full
	used     map[usedKey]time.Time
	revision uint64
}

// NoteHandshake takes a handshake that ended into Handshakes, and when one went well, into LastUsed of what it used.
func (k *Keeper) NoteHandshake(h secure.Handshake) {
	h.Detail = cutText(h.Detail, 256)
	for _, text := range []*string{&h.Identity.Subject, &h.Identity.CommonName, &h.Identity.PSK} {
		*text = cutText(*text, maxShown)
	}
	var used usedKey
	if h.Outcome == secure.Accepted {
		k.mu.RLock()
		if _, kept := k.psks[h.Identity.PSK]; kept {
			used = usedKey{pskUse, h.Identity.PSK}
		} else if _, kept := k.certs[h.Identity.Fingerprint]; kept {
			used = usedKey{certificateUse, h.Identity.Fingerprint}
		}
		k.mu.RUnlock()
	}
	k.handshakes.note(h, used)
}

func (r *handshakes) note(h secure.Handshake, used usedKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < maxHandshakes {
		r.ring = append(r.ring, h)
	} else {
		r.ring[r.next] = h
		r.next = (r.next + 1) % maxHandshakes
	}
	if used.id != "" {
		if r.used == nil {
			r.used = map[usedKey]time.Time{}
		}
		r.used[used] = h.At
	}
	r.revision++
}

// Handshakes returns the last 512 that ended, the newest first.
func (k *Keeper) Handshakes() []secure.Handshake {
	r := &k.handshakes
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]secure.Handshake, len(r.ring))
	for i := range all {
		all[len(all)-1-i] = r.ring[(r.next+i)%len(r.ring)]
	}
	return all
}

// HandshakeRevision grows with every change of Handshakes, and of LastUsed of certificates and keys.
func (k *Keeper) HandshakeRevision() uint64 {
	k.handshakes.mu.Lock()
	defer k.handshakes.mu.Unlock()
	return k.handshakes.revision
}

func (r *handshakes) lastUsed(by use, id string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used[usedKey{by, id}]
}

func (r *handshakes) forget(by use, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.used, usedKey{by, id})
}
