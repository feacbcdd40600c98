package coap

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
)

// echoLifetime is how long an Echo value of ours is fresh.
const echoLifetime = 247 * time.Second

const (
	echoTimeLength = 4
	echoLength     = echoTimeLength + 8
)

// echoKey keeps others from making Echo values. A restart makes those of before worthless, which costs a round trip.
var echoKey = sync.OnceValue(func() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return key
})

// echoValue is what an address is asked to send back to show that it receives what is sent to it (RFC 9175, section 2.3):
// the time and a keyed hash of both, so that nothing need be remembered.
func echoValue(addr netip.AddrPort, now time.Time) []byte {
	value := binary.BigEndian.AppendUint32(make([]byte, 0, echoTimeLength+sha256.Size), uint32(now.Unix()))
	mac := hmac.New(sha256.New, echoKey())
	ip := addr.Addr().As16()
	_, _ = mac.Write(ip[:])
	_, _ = mac.Write(binary.BigEndian.AppendUint16(value, addr.Port()))
	return mac.Sum(value)[:echoLength]
}

// freshEcho reports whether value is one that addr was sent lately.
func freshEcho(value []byte, addr netip.AddrPort, now time.Time) bool {
	if len(value) != echoLength {
		return false
	}
	sent := time.Unix(int64(binary.BigEndian.Uint32(value)), 0)
	age := now.Sub(sent)
	return age >= 0 && age < echoLifetime && hmac.Equal(value, echoValue(addr, sent))
}

// echoOf returns the Echo option of a request, or nil. Of several the first counts, as checkOptions has it.
func echoOf(options message.Options) (value []byte) {
	for i := len(options) - 1; i >= 0 && options[i].ID >= echo; i-- {
		if options[i].ID == echo {
			value = options[i].Value
		}
	}
	return value
}
