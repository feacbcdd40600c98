//go:build !windows

package engine

import "syscall"

const errAddressInUse = syscall.EADDRINUSE
