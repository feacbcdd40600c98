//go:build !windows

package client

import (
	"errors"
	"syscall"
)

// refusedByPeer reports whether the system says that there is no socket at the other end.
func refusedByPeer(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// tooLong reports whether a datagram was longer than the buffer, and lost. Here the system cuts it short instead.
func tooLong(error) bool { return false }
