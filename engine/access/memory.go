package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"runtime"
	"sync"
	"sync/atomic"
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

// account is a user and what is remembered of the passwords that were tried: the right one, and the wrong one that came
// last, so that a device that repeats either costs no hash each time.
type account struct {
	hash            passwordHash
	attrs           map[string]string
	verified, wrong atomic.Pointer[digest]
}

func (a *account) remembered(d digest) (ok, known bool) {
	if v := a.verified.Load(); v != nil && hmac.Equal(v[:], d[:]) {
		return true, true
	}
	if w := a.wrong.Load(); w != nil && hmac.Equal(w[:], d[:]) {
		return false, true
	}
	return false, false
}

func (a *account) remember(d digest, ok bool) {
	if ok {
		a.verified.Store(&d)
	} else {
		a.wrong.Store(&d)
	}
}

// concurrentHashes bounds memory to a few times 19 MiB and leaves processors to the traffic.
func concurrentHashes() int { return min(4, max(1, runtime.GOMAXPROCS(0)/2)) }
