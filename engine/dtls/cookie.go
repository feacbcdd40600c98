package dtls

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"
	"time"

	"github.com/pion/dtls/v3/pkg/protocol"
	"github.com/pion/dtls/v3/pkg/protocol/handshake"
	"github.com/pion/dtls/v3/pkg/protocol/recordlayer"
)

const (
	// cookieLength is that of pion's own cookies, which ours take the place of.
	cookieLength = 20
	// cookieLifetime is for how long a secret makes cookies, and then again for how long those it made are still taken.
	cookieLifetime = time.Minute
)

// cookies makes and checks the cookies of HelloVerifyRequest (RFC 6347, section 4.2.1) without remembering any.
type cookies struct {
	mu               sync.Mutex
	current, earlier hash.Hash // keyed with a secret; earlier may be nil
	since            time.Time
}

// rotate takes a new secret when it is time.
func (c *cookies) rotate(now time.Time) {
	age := now.Sub(c.since)
	if c.current != nil && age < cookieLifetime {
		return
	}
	c.earlier = nil
	if age < 2*cookieLifetime {
		c.earlier = c.current
	}
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails
	c.current, c.since = hmac.New(sha256.New, secret), now
}

// of is the cookie for a client and the parameters of its ClientHello that stay the same.
func (c *cookies) of(f flow, h *clientHello, now time.Time) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rotate(now)
	return cookieOf(c.current, f, h)
}

// check reports whether a ClientHello has a cookie of ours.
func (c *cookies) check(f flow, h *clientHello, now time.Time) bool {
	if len(h.cookie) != cookieLength {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rotate(now)
	return hmac.Equal(cookieOf(c.current, f, h), h.cookie) ||
		c.earlier != nil && hmac.Equal(cookieOf(c.earlier, f, h), h.cookie)
}

func cookieOf(mac hash.Hash, f flow, h *clientHello) []byte {
	mac.Reset()
	addr := f.remote.Addr().As16()
	mac.Write(addr[:])
	mac.Write([]byte{byte(f.remote.Port() >> 8), byte(f.remote.Port()), byte(h.version >> 8), byte(h.version)})
	mac.Write(h.random)
	for _, part := range [][]byte{h.sessionID, h.suites, h.compressed} {
		mac.Write([]byte{byte(len(part) >> 8), byte(len(part))})
		mac.Write(part)
	}
	return mac.Sum(nil)[:cookieLength]
}

// helloVerifyRequest asks for the cookie. Its version is DTLS 1.0 whatever is agreed to later, and its record is numbered
// like the client's (RFC 6347, section 4.2.1).
func helloVerifyRequest(h *clientHello, cookie []byte) ([]byte, error) {
	r := recordlayer.RecordLayer{
		Header: recordlayer.Header{
			Version: protocol.Version{Major: h.record[1], Minor: h.record[2]}, SequenceNumber: h.record.sequence(),
		},
		Content: &handshake.Handshake{
			Header:  handshake.Header{MessageSequence: h.messageSeq},
			Message: &handshake.MessageHelloVerifyRequest{Version: protocol.Version1_0, Cookie: cookie},
		},
	}
	b, err := r.Marshal()
	if err != nil {
		return nil, fmt.Errorf("write HelloVerifyRequest: %w", err)
	}
	return b, nil
}
