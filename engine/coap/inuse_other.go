//go:build !windows

package coap

import "syscall"

const errAddressInUse = syscall.EADDRINUSE
