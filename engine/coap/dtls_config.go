package coap

import (
	"fmt"
	"time"

	"sluice/engine/dtls"
)

// DTLSConfig is for ListenDTLS. A zero number means its default.
type DTLSConfig struct {
	// Config is that of the handshakes and sessions. Its buffers, its number of sessions and who may begin a handshake are
	// replaced by what the endpoint's Config says.
	dtls.Config
	// UnusedTimeout is how long a session is kept in which no request has come; 30 s.
	UnusedTimeout time.Duration
	// IdleTimeout is how long a session is kept from which nothing has been heard, and of which nothing is kept, neither
	// Data nor relations; 1 h. With a Connection ID a device that sleeps comes back to it from whatever address.
	IdleTimeout time.Duration
}

func (c DTLSConfig) withDefaults() (DTLSConfig, error) {
	if c.UnusedTimeout == 0 {
		c.UnusedTimeout = 30 * time.Second
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = time.Hour
	}
	if c.UnusedTimeout < 0 || c.IdleTimeout < 0 {
		return c, fmt.Errorf("timeouts of sessions %v and %v: must not be negative", c.UnusedTimeout, c.IdleTimeout)
	}
	return c, nil
}
