package engine

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/settings"
)

func TestKeyLog(t *testing.T) {
	listeners := secureListeners()[:2]
	listeners[1].SSLOptions = &settings.TLSOptions{Verify: settings.VerifyPeer}
	b := engineWith(t, listeners...)
	b.setUp()
	b.start()
	path := filepath.Join(t.TempDir(), "keys.log")
	if err := os.WriteFile(path, []byte("# mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	lines := func() []string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	connect := func() {
		t.Helper()
		b.certified("lamp").ask(codes.GET, "/ps/a", "", -1, "")
		conn, err := b.dialTLS(1, &tls.Config{MaxVersion: tls.VersionTLS12})
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	connect()
	if got := lines(); len(got) != 1 || b.KeyLog() != "" {
		t.Errorf("written though it is off: %q, %q", got, b.KeyLog())
	}
	if err := b.SetKeyLog(path); err != nil || b.KeyLog() != path {
		t.Fatalf("%v, %q", err, b.KeyLog())
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	connect()
	got := lines()
	if len(got) != 3 || got[0] != "# mine" {
		t.Fatalf("written: %q", got)
	}
	for _, line := range got[1:] {
		if fields := strings.Fields(line); len(fields) != 3 || fields[0] != "CLIENT_RANDOM" || len(fields[1]) != 64 || len(fields[2]) != 96 {
			t.Errorf("line %q", line)
		}
	}
	if err := b.SetKeyLog(""); err != nil || b.KeyLog() != "" {
		t.Fatalf("%v, %q", err, b.KeyLog())
	}
	connect()
	if again := lines(); len(again) != len(got) {
		t.Errorf("written after it was switched off: %q", again)
	}
	if err := b.SetKeyLog(t.TempDir()); err == nil || b.KeyLog() != "" {
		t.Errorf("a folder is taken: %v", err)
	}
}

// TestTheKeyLogWarns: the log says where the secrets go, and none of them.
func TestTheKeyLogWarns(t *testing.T) {
	b := setUp(t, local(), "")
	path := filepath.Join(t.TempDir(), "keys.log")
	if err := b.SetKeyLog(path); err != nil {
		t.Fatal(err)
	}
	if log := b.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, path) {
		t.Errorf("the log says %s", log)
	}
	if _, err := b.keyLog.Write([]byte("CLIENT_RANDOM secret\n")); err != nil {
		t.Error(err)
	}
	if log := b.log.String(); strings.Contains(log, "secret") {
		t.Errorf("the log says %s", log)
	}
}
