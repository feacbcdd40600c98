//go:build !windows

package language

import "syscall"

const (
	diskFull            = syscall.ENOSPC
	addressInUse        = syscall.EADDRINUSE
	addressNotAvailable = syscall.EADDRNOTAVAIL
	connectionRefused   = syscall.ECONNREFUSED
	connectionReset     = syscall.ECONNRESET
	hostUnreachable     = syscall.EHOSTUNREACH
	networkUnreachable  = syscall.ENETUNREACH
	timedOut            = syscall.ETIMEDOUT
	messageTooLong      = syscall.EMSGSIZE
	isFolder            = syscall.EISDIR
	notFolder           = syscall.ENOTDIR
	readOnly            = syscall.EROFS
)
