//go:build !linux

package main

import "time"

// cpuTime is of Linux only, as is all that asks for it.
func cpuTime() time.Duration { return 0 }
