package client

import (
	"errors"

	"golang.org/x/sys/windows"
)

// refusedByPeer reports whether the system says that there is no socket at the other end.
func refusedByPeer(err error) bool {
	return errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNREFUSED)
}

// noRoute reports whether the system knows no way to the other end.
func noRoute(err error) bool {
	return errors.Is(err, windows.WSAENETUNREACH) || errors.Is(err, windows.WSAEHOSTUNREACH)
}

// tooLong reports whether a datagram was longer than the buffer, and lost.
func tooLong(err error) bool { return errors.Is(err, windows.WSAEMSGSIZE) }
