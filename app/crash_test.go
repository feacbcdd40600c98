package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// crashState names the state file to a child process, and crashHow how it is to end.
const (
	crashState = "SLUICE_TEST_CRASH_STATE"
	crashHow   = "SLUICE_TEST_CRASH_HOW"
)

// TestCrashingChild is the child process of the tests below.
func TestCrashingChild(t *testing.T) {
	state := os.Getenv(crashState)
	if state == "" {
		t.Skip("is run by other tests only")
	}
	w, _, err := watchCrashes(state, "Sluice 0.1.0\n", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	switch os.Getenv(crashHow) {
	case "panic":
		done := make(chan struct{})
		go func() {
			defer close(done)
			failOnPurpose(nil, "a secret")
		}()
		<-done
	case "kill":
		os.Exit(137)
	case "well":
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
	}
}

func failOnPurpose(m map[string]string, password string) { m["key"] = password }

// child runs a child process that ends so, and returns what it left beside the state file.
func child(t *testing.T, state, how string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashingChild$")
	cmd.Env = append(os.Environ(), crashState+"="+state, crashHow+"="+how)
	out, err := cmd.CombinedOutput()
	if (err != nil) != (how != "well") {
		t.Fatalf("%s: %v\n%s", how, err, out)
	}
}

func TestACrashLeavesAReport(t *testing.T) {
	state := filepath.Join(t.TempDir(), "sluice.db")
	child(t, state, "panic")
	w, found, err := watchCrashes(state, "Sluice 0.1.0\n", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(found)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Sluice 0.1.0", "started 20", "assignment to entry in nil map", "failOnPurpose", "crash_test.go:"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%q is not in\n%s", want, data)
		}
	}
	if strings.Contains(string(data), "a secret") {
		t.Errorf("a value is in\n%s", data)
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	// It stays until it is deleted.
	if _, again, err := watchCrashes(state, "", time.Now()); err != nil || again != found {
		t.Errorf("found %q, %v", again, err)
	}
}

func TestWhatIsNoCrashLeavesNoReport(t *testing.T) {
	for _, how := range []string{"well", "kill"} {
		state := filepath.Join(t.TempDir(), "sluice.db")
		child(t, state, how)
		if _, err := os.Stat(state + ".running"); how == "well" && err == nil {
			t.Error("a clean end leaves a file")
		}
		w, found, err := watchCrashes(state, "", time.Now())
		if err != nil || found != "" {
			t.Errorf("%s: found %q, %v", how, found, err)
			continue
		}
		if err := w.end(); err != nil {
			t.Error(err)
		}
	}
}
