package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"

	"sluice/engine/settings"
)

// digest stands for a username and password without telling them.
type digest [sha256.Size]byte

// digester makes digests with a key that only this process has, and only as long as it runs.
type digester struct{ pool sync.Pool }

func newDigester() *digester {
	var key [sha256.Size]byte
	_, _ = rand.Read(key[:]) // never fails
	return &digester{sync.Pool{New: func() any {
		return &keyed{mac: hmac.New(sha256.New, key[:])}
	}}}
}

type keyed struct {
	mac hash.Hash
	buf []byte
}

func (d *digester) of(username, password string) (sum digest) {
	k := d.pool.Get().(*keyed)
	// The length keeps apart what would be the same bytes together.
	k.buf = binary.AppendUvarint(k.buf[:0], uint64(len(username)))
	k.buf = append(append(k.buf, username...), password...)
	k.mac.Reset()
	k.mac.Write(k.buf)
	clear(k.buf)
	k.mac.Sum(sum[:0])
	d.pool.Put(k)
	return sum
}

// account is a user.
type account struct {
	text   string // the hash as it is written
	hash   passwordHash
	attrs  map[string]string
	memory *memory
	*standing
}

// standing stays the same as long as the password and the attributes of a user do: who was let in by them stays.
type standing struct{ _ byte } // of a size, so that two are not the same

// newAccount keeps what has not changed of a user.
func newAccount(u settings.User, hash passwordHash, before *account) *account {
	a := &account{text: u.Hash, hash: hash, attrs: maps.Clone(u.ClientAttrs), memory: &memory{}, standing: &standing{}}
	if before != nil && before.text == u.Hash {
		a.memory = before.memory
		if maps.Equal(before.attrs, a.attrs) {
			a.standing = before.standing
		}
	}
	return a
}

// memory is what is remembered of the passwords that were tried with one hash: the right one, and the wrong one that came
// last, so that a device that repeats either costs no hash each time.
type memory struct{ verified, wrong atomic.Pointer[digest] }

func (m *memory) remembered(d digest) (ok, known bool) {
	if v := m.verified.Load(); v != nil && hmac.Equal(v[:], d[:]) {
		return true, true
	}
	if w := m.wrong.Load(); w != nil && hmac.Equal(w[:], d[:]) {
		return false, true
	}
	return false, false
}

func (m *memory) remember(d digest, ok bool) {
	if ok {
		m.verified.Store(&d)
	} else {
		m.wrong.Store(&d)
	}
}

// concurrentHashes bounds memory to a few times 19 MiB and leaves processors to the traffic.
func concurrentHashes() int { return min(4, max(1, runtime.GOMAXPROCS(0)/2)) }
