package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"time"
)

// crashHead begins the report of a crash: what is before crashMark is written at the start, what is behind it by the Go
// runtime when the program crashes.
const (
	crashHead = `This is the report of a crash of Sluice. It holds the message of the failure and which functions ran, with the lines of
their source. Messages, topics, passwords and keys are not in it, unless the failure names one.

%sstarted %s
`
	crashMark = "\n---- what happened ----\n"
)

// crashWatch has the Go runtime write to a file when the program crashes, whichever goroutine it is that fails.
type crashWatch struct{ path string }

// watchCrashes begins a report beside the state file. What one that was not ended holds of a crash becomes the report
// that is found; it stays until it is deleted, or another crash replaces it.
func watchCrashes(state, build string, now time.Time) (w *crashWatch, found string, err error) {
	running, report := state+".running", state+".crash.txt"
	if data, err := os.ReadFile(running); err == nil {
		if _, happened, marked := bytes.Cut(data, []byte(crashMark)); marked && len(bytes.TrimSpace(happened)) > 0 {
			if err := os.Rename(running, report); err != nil {
				return nil, "", fmt.Errorf("keeping the report of a crash: %w", err)
			}
		}
	}
	if _, err := os.Stat(report); err == nil {
		found = report
	}
	file, err := os.OpenFile(running, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, found, fmt.Errorf("beginning the report of a crash: %w", err)
	}
	_, err = fmt.Fprintf(file, crashHead+crashMark, build, now.Format(time.RFC3339))
	if err == nil {
		err = debug.SetCrashOutput(file, debug.CrashOptions{})
	}
	if err = errors.Join(err, file.Close()); err != nil { // the runtime has a file of its own by now
		return nil, found, fmt.Errorf("beginning the report of a crash: %w", err)
	}
	return &crashWatch{running}, found, nil
}

// end takes the report away that there was no need for.
func (w *crashWatch) end() error {
	err := debug.SetCrashOutput(nil, debug.CrashOptions{})
	if removed := os.Remove(w.path); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	if err != nil {
		return fmt.Errorf("ending the report of a crash: %w", err)
	}
	return nil
}
