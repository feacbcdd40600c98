package language

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"

	"fyne.io/fyne/v2/lang"
)

// common says in plain words what the standard library and the system report most.
func common(err error) (string, bool) {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Path + ": " + Say(e.Err), true
	case *os.LinkError:
		return e.Old + " → " + e.New + ": " + Say(e.Err), true
	case *os.SyscallError:
		return Say(e.Err), true
	case *net.OpError:
		if e.Addr == nil {
			return Say(e.Err), true
		}
		return e.Addr.String() + ": " + Say(e.Err), true
	case *net.DNSError:
		if e.IsNotFound {
			return lang.L("there is no host {{.Name}}", map[string]any{"Name": e.Name}), true
		}
		return lang.L("no name server says which address {{.Name}} has", map[string]any{"Name": e.Name}), true
	case syscall.Errno:
		return systemText(e)
	}
	if text, ok := sentinelText(err); ok {
		return text, true
	}
	return "", false
}

func sentinelText(err error) (string, bool) {
	switch err {
	case fs.ErrNotExist:
		return lang.L("there is no such file"), true
	case fs.ErrExist:
		return lang.L("it exists already"), true
	case fs.ErrPermission:
		return lang.L("permission denied"), true
	case context.Canceled:
		return lang.L("it was cancelled"), true
	case context.DeadlineExceeded, os.ErrDeadlineExceeded:
		return lang.L("the time is over"), true
	case net.ErrClosed, fs.ErrClosed:
		return lang.L("it is closed already"), true
	case io.EOF:
		return lang.L("the other side has ended it"), true
	case io.ErrUnexpectedEOF:
		return lang.L("it ends too early"), true
	}
	return "", false
}

// systemText says what an operating system reports; its numbers differ, so they are in a file of their own.
func systemText(e syscall.Errno) (string, bool) {
	for _, is := range []struct {
		number syscall.Errno
		text   string
	}{
		{diskFull, lang.L("the disk is full")},
		{addressInUse, lang.L("the port is in use by another program")},
		{addressNotAvailable, lang.L("this machine does not have that address")},
		{connectionRefused, lang.L("nobody listens there")},
		{connectionReset, lang.L("the other side has broken it off")},
		{hostUnreachable, lang.L("there is no way to that host")},
		{networkUnreachable, lang.L("there is no way to that network")},
		{timedOut, lang.L("there was no answer in time")},
		{messageTooLong, lang.L("the message is too long for the network")},
		{isFolder, lang.L("it is a folder")},
		{notFolder, lang.L("a part of the path is no folder")},
		{readOnly, lang.L("it can only be read")},
	} {
		if e == is.number {
			return is.text, true
		}
	}
	switch {
	case errors.Is(e, fs.ErrNotExist):
		return sentinelText(fs.ErrNotExist)
	case errors.Is(e, fs.ErrExist):
		return sentinelText(fs.ErrExist)
	case errors.Is(e, fs.ErrPermission):
		return sentinelText(fs.ErrPermission)
	}
	return "", false
}
