package store

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func init() { children["write"] = writeForever }

// writeForever writes keys from many goroutines and prints each once it is on disk.
func writeForever(path string) {
	s, err := Open(path)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	run := os.Getpid()
	for worker := range 16 {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d/%d/%d", run, worker, i)
				err := wait(func(done func(error)) { s.PutResource(key, bytes.Repeat([]byte(key), 20), done) })
				if err != nil {
					fmt.Println("error", err)
				}
				fmt.Println(key)
			}
		}()
	}
	select {}
}

// child starts the test binary again to run one of children.
func child(name, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SLUICE_STORE_CHILD="+name, "SLUICE_STORE_PATH="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	acknowledged := map[string]bool{}
	for round := range 12 {
		cmd := child("write", path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		// Some rounds end while the file is being made or opened, the others while much is being written.
		kill := time.AfterFunc(time.Duration(round*round)*3*time.Millisecond, func() { _ = cmd.Process.Kill() })
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "error") {
				t.Error(lines.Text())
			}
			acknowledged[lines.Text()] = true
		}
		_ = cmd.Wait() // it was killed
		kill.Stop()

		s, err := Open(path)
		must(t, err)
		there := resources(t, s)
		must(t, s.Close())
		for key := range acknowledged {
			if there[key] != strings.Repeat(key, 20) {
				t.Fatalf("round %d: %s is %q", round, key, there[key])
			}
		}
	}
	if len(acknowledged) == 0 {
		t.Error("nothing was acknowledged in any round")
	}
	t.Logf("%d keys", len(acknowledged))
}
