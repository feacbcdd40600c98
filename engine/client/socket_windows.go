package client

import (
	"errors"
	"syscall"
)

// wsaeMsgSize says that a datagram is longer than the buffer.
const wsaeMsgSize = syscall.Errno(10040)

// refusedByPeer reports whether the system says that there is no socket at the other end.
func refusedByPeer(err error) bool {
	return errors.Is(err, syscall.WSAECONNRESET) || errors.Is(err, syscall.ECONNREFUSED)
}

// tooLong reports whether a datagram was longer than the buffer, and lost.
func tooLong(err error) bool { return errors.Is(err, wsaeMsgSize) }
