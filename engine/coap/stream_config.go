package coap

import (
	"fmt"
	"math"
	"time"
)

// StreamConfig bounds what comes over TCP and WebSocket. A zero value means its default.
type StreamConfig struct {
	// MaxMessageSize is the longest message that is taken, in bytes; Config.MaxBodySize and 1152 for all else by default,
	// so that a body which may come in blocks may come in one message. A longer one ends its connection.
	MaxMessageSize int
	// MaxConnections bounds the connections at a time; 10,000. Beyond it new ones are aborted. Limits.Peers is for
	// datagrams.
	MaxConnections int
	// HandshakeTimeout is how long a connection may take to its first CSM, and to answer a Ping; 10 s.
	HandshakeTimeout time.Duration
	// IdleTimeout is how long a connection may be silent until it is sent a Ping, and closed if that is not answered; 2 min.
	IdleTimeout time.Duration
	// WriteTimeout is how long a client may take nothing of what is sent to it until its connection is closed; 10 s.
	WriteTimeout time.Duration
}

func (c StreamConfig) withDefaults(maxBodySize int64) (StreamConfig, error) {
	if c.MaxMessageSize == 0 {
		c.MaxMessageSize = int(min(maxBodySize, math.MaxInt32-baseMessageSize)) + baseMessageSize
	}
	if c.MaxMessageSize < baseMessageSize || c.MaxMessageSize > math.MaxInt32 {
		return c, fmt.Errorf("maximum message size %d: must be %d to %d", c.MaxMessageSize, baseMessageSize, math.MaxInt32)
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = 10_000
	}
	if c.HandshakeTimeout == 0 {
		c.HandshakeTimeout = 10 * time.Second
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = 2 * time.Minute
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 10 * time.Second
	}
	return c, nil
}
