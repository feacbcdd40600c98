package dtls_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/dtls"
)

// lines is a key log that can be switched on and off.
type lines struct {
	mu sync.Mutex
	on bool
	bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

func (l *lines) writer() io.Writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.on {
		return nil
	}
	return l
}

func (l *lines) turn(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.on = on
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.String()
}

func TestKeyLogIsTheClients(t *testing.T) {
	_, c := plant(t)
	log := &lines{}
	s := serve(t, dtls.Config{Credentials: c, KeyLog: log.writer})
	s.mustDial(withPSK(pskIdentity, pskKey)...)
	if log.text() != "" {
		t.Errorf("it is off: %s", log.text())
	}
	log.turn(true)
	var client bytes.Buffer
	kept := sessions{}
	options := append(withPSK(pskIdentity, pskKey), pion.WithSessionStore(kept), pion.WithKeyLogWriter(&client))
	mustTalk(t, s.mustDial(options...), "hello")
	if got, want := log.text(), client.String(); got != want || !strings.HasPrefix(got, "CLIENT_RANDOM ") {
		t.Errorf("server: %s\nclient: %s", got, want)
	}
}

func TestKeyLogOfResumedSessionsIsOpenSSLs(t *testing.T) {
	_, c := plant(t)
	log := &lines{on: true}
	s := serve(t, dtls.Config{Credentials: c, KeyLog: log.writer})
	dir := t.TempDir()
	session, theirs := filepath.Join(dir, "session"), filepath.Join(dir, "keys")
	args := []string{"-dtls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-keylogfile", theirs}
	sClient(t, s, append(args, "-sess_out", session)...)
	sClient(t, s, append(args, "-sess_in", session)...)
	if s.handshake(); !s.handshake().Resumed {
		t.Fatal("not resumed")
	}
	want, err := os.ReadFile(theirs)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(log.text()) {
		if !strings.Contains(string(want), line) {
			t.Errorf("not in the log of the client: %s\n%s", line, want)
		}
	}
	if n := strings.Count(log.text(), "\n"); n != 2 {
		t.Errorf("%d lines", n)
	}
}
