package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// away gives the test a home of its own, without a display.
func away(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	t.Setenv("AppData", filepath.Join(home, "config"))
	return home
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommandLine(t *testing.T) {
	tests := []struct {
		name   string
		args   string
		status int
		stdout string // a part
		stderr string // a part; all of it when empty
	}{
		{"help", "--help", 0, "opens the window, or serves where there is no display", ""},
		{"help names the commands", "-h", 0, "serve           Run the gateway and the broker without a window", ""},
		{"help of serve", "serve --help", 0, `prints the line "ready"`, ""},
		{"help names the default state", "serve --help", 0, "sluice.db)", ""},
		{"version", "version", 0, "Sluice " + version + "\ngo", ""},
		{"settings", "settings", 0, "[gateway.blockwise]\n# Lets bodies come and go in blocks (RFC 7959).\n# Allowed: true or false\nenable = true\n", ""},
		{"unknown command", "srve", 2, "", `sluice: there is no command "srve"; did you mean serve?`},
		{"unknown command, nothing near", "xyzzy", 2, "", `sluice: there is no command "xyzzy"` + "\n"},
		{"unknown flag", "--nothing", 2, "", "sluice: unknown flag: --nothing\nRun 'sluice --help' for what there is.\n"},
		{"unknown flag of serve", "serve --nothing", 2, "", "sluice: unknown flag: --nothing"},
		{"flag of the window only", "serve --reset-layout", 2, "", "sluice: unknown flag: --reset-layout"},
		{"argument of serve", "serve now", 2, "", `sluice: serve takes no argument, "now" was given`},
		{"argument of version", "version now", 2, "", `sluice: version takes no argument, "now" was given`},
		{"unknown log level", "serve --log-level loud", 2, "", `sluice: log level "loud" is unknown; allowed: debug, info, warn, error`},
		{"unknown log level of the window", "--log-level loud", 2, "", `sluice: log level "loud" is unknown`},
		{"missing settings file", "serve --config nowhere.toml", 1, "", "sluice: reading the settings file: open nowhere.toml: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			away(t)
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), strings.Fields(test.args), &stdout, &stderr)
			if status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if !strings.Contains(stdout.String(), test.stdout) {
				t.Errorf("stdout\n%s", stdout.String())
			}
			if !strings.Contains(stderr.String(), test.stderr) || test.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr\n%s", stderr.String())
			}
		})
	}
}

func TestServeRefusesBadSettings(t *testing.T) {
	home := away(t)
	config := write(t, filepath.Join(home, "sluice.toml"), "[gateway]\nheartbeet = \"30s\"\nnotify_type = \"often\"\n")
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"serve", "--config", config}, &stdout, &stderr); status != statusFailed {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{config + ":2: ", "heartbeet", config + ":3: ", "qos"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr does not have %q:\n%s", want, stderr.String())
		}
	}
	if stdout.Len() > 0 {
		t.Errorf("stdout %q", stdout.String())
	}
}

func TestServeRefusesDamagedState(t *testing.T) {
	state := write(t, filepath.Join(away(t), "sluice.db"), strings.Repeat("no state file ", 1000))
	before, _ := os.ReadFile(state)
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"serve", "--state", state}, &stdout, &stderr); status != statusFailed {
		t.Errorf("status %d", status)
	}
	if !strings.Contains(stderr.String(), "state file "+state+" is damaged") {
		t.Errorf("stderr\n%s", stderr.String())
	}
	if after, _ := os.ReadFile(state); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestServeSaysWhichListenerCannotBeBound(t *testing.T) {
	home := away(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	url := "mqtt://" + taken.Addr().String()
	config := write(t, filepath.Join(home, "sluice.toml"), fmt.Sprintf("[[listener]]\nbind = %q\n", url))
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"serve", "--config", config}, &stdout, &stderr); status != statusFailed {
		t.Errorf("status %d", status)
	}
	if !strings.Contains(stderr.String(), url) || !strings.Contains(stderr.String(), "in use") {
		t.Errorf("stderr\n%s", stderr.String())
	}
	if stdout.Len() > 0 {
		t.Errorf("stdout %q", stdout.String())
	}
}

// served runs args until it prints ready, then ends it and returns its status and what it printed.
func served(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, w := io.Pipe()
	var errors bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, args, w, &errors)
		_ = w.Close()
	}()
	lines := bufio.NewReader(r)
	first, _ := lines.ReadString('\n')
	cancel()
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	return <-ended, first + string(rest), errors.String()
}

const freePorts = "[[listener]]\nbind = \"coap://127.0.0.1:0\"\n[[listener]]\nbind = \"mqtt://127.0.0.1:0\"\n"

func TestServe(t *testing.T) {
	home := away(t)
	config := write(t, filepath.Join(home, "sluice.toml"), freePorts)
	state := filepath.Join(home, "made", "sluice.db")
	for _, start := range []string{"first", "second"} {
		status, stdout, stderr := served(t, "serve", "--config", config, "--state", state)
		if status != statusOK || stdout != "ready\n" {
			t.Errorf("%s start: status %d, stdout %q, stderr\n%s", start, status, stdout, stderr)
		}
		if !regexp.MustCompile(`level=INFO msg=listening listener=coap://127.0.0.1:0 address=127.0.0.1:[1-9]`).MatchString(stderr) {
			t.Errorf("%s start: stderr\n%s", start, stderr)
		}
	}
	if _, err := os.Stat(state); err != nil {
		t.Error(err)
	}
}

func TestLogLevel(t *testing.T) {
	config := write(t, filepath.Join(away(t), "sluice.toml"), freePorts)
	if _, _, stderr := served(t, "serve", "--config", config, "--log-level", "error"); stderr != "" {
		t.Errorf("stderr\n%s", stderr)
	}
}

func TestWithoutDisplayItServes(t *testing.T) {
	home := away(t)
	config := write(t, filepath.Join(home, "sluice.toml"), freePorts)
	status, stdout, stderr := served(t, "--config", config)
	if status != statusOK || stdout != "ready\n" {
		t.Errorf("status %d, stdout %q", status, stdout)
	}
	if first, _, _ := strings.Cut(stderr, "\n"); !strings.Contains(first, "serves") {
		t.Errorf("stderr\n%s", stderr)
	}
	state, err := defaultState()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(state); err != nil || !strings.HasPrefix(state, home) {
		t.Errorf("the default state file %s: %v", state, err)
	}
}

func TestPrintVersion(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	tests := []struct {
		name string
		info *debug.BuildInfo
		want string // after the first two lines
	}{
		{"nothing known", nil, ""},
		{"no revision", &debug.BuildInfo{}, ""},
		{"revision", &debug.BuildInfo{Settings: []debug.BuildSetting{
			setting("vcs.revision", "abc"), setting("vcs.time", "2026-01-01T00:00:00Z"), setting("vcs.modified", "false"),
		}}, "revision abc, 2026-01-01T00:00:00Z\n"},
		{"changed", &debug.BuildInfo{Settings: []debug.BuildSetting{
			setting("vcs.revision", "abc"), setting("vcs.modified", "true"),
		}}, "revision abc, with changes\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := printVersion(&b, test.info); err != nil {
				t.Fatal(err)
			}
			if lines := strings.SplitAfterN(b.String(), "\n", 3); lines[2] != test.want {
				t.Errorf("%q", lines[2])
			}
		})
	}
}
