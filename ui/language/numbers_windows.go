package language

import "golang.org/x/sys/windows"

const (
	diskFull            = windows.ERROR_DISK_FULL
	addressInUse        = windows.WSAEADDRINUSE
	addressNotAvailable = windows.WSAEADDRNOTAVAIL
	connectionRefused   = windows.WSAECONNREFUSED
	connectionReset     = windows.WSAECONNRESET
	hostUnreachable     = windows.WSAEHOSTUNREACH
	networkUnreachable  = windows.WSAENETUNREACH
	timedOut            = windows.WSAETIMEDOUT
	messageTooLong      = windows.WSAEMSGSIZE
	isFolder            = windows.ERROR_DIRECTORY_NOT_SUPPORTED
	notFolder           = windows.ERROR_DIRECTORY
	readOnly            = windows.ERROR_WRITE_PROTECT
)
