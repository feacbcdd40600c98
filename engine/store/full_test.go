//go:build linux || darwin

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func init() { children["fill"] = fillDisk }

// limitFile makes writes beyond n bytes of a file fail, as they do on a full disk.
func limitFile(n uint64) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = min(n, limit.Max)
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &limit)
}

func fillDisk(path string) {
	fail := func(what string, err error) {
		fmt.Println(what, err)
		os.Exit(1)
	}
	s, err := Open(path)
	if err != nil {
		fail("open", err)
	}
	putOne := func(key string) error {
		return wait(func(done func(error)) { s.PutResource(key, make([]byte, 10000), done) })
	}
	if err := limitFile(256 << 10); err != nil {
		fail("limit", err)
	}
	var full error
	written := 0
	for full == nil && written < 1000 {
		if full = putOne(fmt.Sprint(written)); full == nil {
			written++
		}
	}
	if err := s.WriteError(); err == nil || full == nil || err.Error() != full.Error() {
		fail("the failure is not told", err)
	}
	if full == nil || written == 0 {
		fail("the disk does not get full", full)
	}
	if err := limitFile(1 << 40); err != nil {
		fail("limit", err)
	}
	if err := putOne("after"); err != nil {
		fail("after the disk has room again", err)
	}
	if err := s.WriteError(); err != nil {
		fail("the failure is told still", err)
	}
	there := 0
	if err := s.Resources(func(string, []byte) error { there++; return nil }); err != nil {
		fail("read", err)
	}
	if err := s.Close(); err != nil {
		fail("close", err)
	}
	fmt.Println("wrote", written, "read", there-1, "full:", full)
}

func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	out, err := child("fill", path).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var written, read int
	if _, err := fmt.Sscanf(string(out), "wrote %d read %d", &written, &read); err != nil || written != read {
		t.Errorf("%s", out)
	}
	if !strings.Contains(string(out), "write state file "+path) {
		t.Errorf("the error does not name the file: %s", out)
	}
	if n := len(resources(t, openStore(t, path))); n != written+1 {
		t.Errorf("%d of %d are there after reopening", n, written+1)
	}
}
