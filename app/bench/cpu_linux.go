package main

import (
	"syscall"
	"time"
)

// cpuTime is what this process has used but for the calling thread, to which its goroutine must be locked.
func cpuTime() time.Duration { return usage(syscall.RUSAGE_SELF) - usage(rusageThread) }

// rusageThread is RUSAGE_THREAD, which package syscall has not.
const rusageThread = 1

func usage(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
