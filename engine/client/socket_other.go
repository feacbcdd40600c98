//go:build !windows

package client

import (
	"errors"
	"syscall"
)

// refusedByPeer reports whether the system says that there is no socket at the other end.
func refusedByPeer(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// noRoute reports whether the system knows no way to the other end.
func noRoute(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH)
}

// tooLong reports whether a datagram was longer than the buffer, and lost. Here the system cuts it short instead.
func tooLong(error) bool { return false }
