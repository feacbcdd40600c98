package window

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"sluice/engine/store"
)

func TestWhatKeepsTheWorkbenchFromOpeningNamesANextStep(t *testing.T) {
	newBench(t, newFakeEngine())
	for want, err := range map[string]error{
		"Use the Sluice that runs": fmt.Errorf("opening: %w", &store.LockedError{Path: "sluice.db"}),
		"Install the newer Sluice": &store.NewerError{Path: "sluice.db", Version: 9, Known: 3},
		"Put a copy":               &store.DamagedError{Path: "sluice.db", Err: errors.New("invalid database")},
		"Make the file":            &fs.PathError{Op: "open", Path: "sluice.db", Err: fs.ErrPermission},
		"Make the file and":        &fs.PathError{Op: "open", Path: "sluice.db", Err: syscall.EROFS},
	} {
		if step := nextStep(err); !strings.HasPrefix(step, want) {
			t.Errorf("%v: %q", err, step)
		}
	}
	if step := nextStep(errors.New("gateway.heartbeat: not a time")); step != "" {
		t.Errorf("an error of the settings says itself what to do: %q", step)
	}
}
