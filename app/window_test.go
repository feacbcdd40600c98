//go:build ci && !headless

package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// With the toolkit's test driver a window closes as soon as it is shown.
func TestWindow(t *testing.T) {
	home := away(t)
	t.Setenv("DISPLAY", ":0")
	config := write(t, filepath.Join(home, "sluice.toml"), freePorts)
	for _, args := range [][]string{
		{"--config", config},
		{"--config", config, "--reset-layout"},
	} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), args, &stdout, &stderr); status != statusOK || stdout.Len() > 0 {
			t.Errorf("%v: status %d, stdout %q, stderr\n%s", args, status, stdout.String(), stderr.String())
		}
	}
}

func TestWindowSaysWhyItCannotStart(t *testing.T) {
	home := away(t)
	t.Setenv("DISPLAY", ":0")
	config := write(t, filepath.Join(home, "sluice.toml"), "nothing = 1\n")
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"--config", config}, &stdout, &stderr); status != statusFailed {
		t.Errorf("status %d", status)
	}
	if !strings.Contains(stderr.String(), config+":1: nothing: ") {
		t.Errorf("stderr\n%s", stderr.String())
	}
}
