package dtls

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"sluice/engine/secure"
)

// Defaults of Config.
const (
	DefaultHandshakeTimeout = 15 * time.Second
	DefaultMaxHandshakes    = 256
	DefaultMaxSessions      = 10_000
	socketBuffer            = 4 << 20
)

// Config says how a Listener serves.
type Config struct {
	// Credentials is asked at each handshake. It must be there.
	Credentials secure.Credentials
	ClientAuth  secure.ClientAuth
	// CipherSuites are those that are agreed to, by the name that IANA registered; nil for all of CipherSuites. Of those
	// the client decides, in the order of its ClientHello, unless OwnOrder has the first taken that the client offers.
	CipherSuites []string
	OwnOrder     bool
	// DisableResumption lets no client take up an earlier session, and DisableConnectionID none keep its session when its
	// address changes.
	DisableResumption, DisableConnectionID bool
	// HandshakeTimeout is how long one may take; 0 for DefaultHandshakeTimeout.
	HandshakeTimeout time.Duration
	// MaxHandshakes is how many may be under way at a time; 0 for DefaultMaxHandshakes. One address (of IPv6, one network
	// of 64 bits) may have a quarter of them. Where there are too many, the oldest that has taken 300 ms gives way.
	MaxHandshakes int
	// MaxSessions is how many may be established at a time; 0 for DefaultMaxSessions.
	MaxSessions int
	// Listener is what handshakes are named after: the URL.
	Listener string
	// OnHandshake is told how each handshake ended; refused ones beyond a rate are only counted. It is called from many
	// goroutines, never from one that reads a socket, and is not to block. It may be nil.
	OnHandshake func(secure.Handshake)
	// KeyLog is asked at each handshake for what its secrets are written to, in the NSS key log format (SSLKEYLOGFILE);
	// nil for none, from KeyLog itself or from what it returns. Each line is one Write; Writes may be concurrent.
	KeyLog func() io.Writer
	// ReadBuffer and WriteBuffer are what the system is asked for per socket, in bytes; 0 for 4 MiB.
	ReadBuffer, WriteBuffer int
	// Admits says who may send a ClientHello at all; who may not gets no answer. MayBegin is asked when a handshake is about
	// to begin with an address that has shown a cookie; if not, it is refused as one too many. Both are called by the
	// goroutine that reads the socket. nil: everybody may, always.
	Admits   func(netip.Addr) bool
	MayBegin func() bool
	// Log takes what concerns the listener itself; nil for none. Handshakes are not logged.
	Log *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Credentials == nil {
		return c, errors.New("DTLS listener: no credentials")
	}
	if c.HandshakeTimeout == 0 {
		c.HandshakeTimeout = DefaultHandshakeTimeout
	}
	if c.MaxHandshakes == 0 {
		c.MaxHandshakes = DefaultMaxHandshakes
	}
	if c.MaxSessions == 0 {
		c.MaxSessions = DefaultMaxSessions
	}
	if c.HandshakeTimeout < 0 || c.MaxHandshakes < 0 || c.MaxSessions < 0 {
		return c, fmt.Errorf("DTLS listener: handshake timeout %v, %d handshakes, %d sessions: must not be negative",
			c.HandshakeTimeout, c.MaxHandshakes, c.MaxSessions)
	}
	if c.ReadBuffer == 0 {
		c.ReadBuffer = socketBuffer
	}
	if c.WriteBuffer == 0 {
		c.WriteBuffer = socketBuffer
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}
