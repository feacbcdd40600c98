package pki

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/engine/pki/seal"
	"sluice/engine/store"
)

// changeForever makes certificates and keys and prints each once it is acknowledged.
func changeForever(path string) {
	s, err := store.Open(path)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	k, err := OpenKeeper(Options{Store: s, Place: seal.Place{Where: seal.KeyFile}})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	say := func(what, id string, err error) {
		if err != nil {
			fmt.Println("error", err)
		}
		fmt.Println(what, id)
	}
	for i := 0; ; i++ {
		name := fmt.Sprintf("lamp-%d-%d", os.Getpid(), i)
		set, err := k.SetUp(name)
		say("authority", set.Authority, err)
		say("certificate", set.Device, err)
		say("psk", name, k.AddPSK(name, []byte("0123456789abcdef"), name))
		_, err = k.Delete(set.Device)
		say("deleted", set.Device, err)
		_, err = k.RenewServer()
		say("renewed", "server", err)
	}
}

func TestAKillNeverParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	acknowledged := map[string]string{}
	for round := range 8 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SLUICE_PKI_CHILD="+path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		kill := time.AfterFunc(time.Duration(5+round*round*6)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			what, id, _ := strings.Cut(lines.Text(), " ")
			if what == "error" {
				t.Error(lines.Text())
			}
			acknowledged[id] = what
		}
		_ = cmd.Wait() // it was killed
		kill.Stop()
		allThere(t, path, acknowledged)
	}
	t.Logf("%d were acknowledged", len(acknowledged))
}

// allThere fails if something acknowledged is not there, or if a certificate or pre-shared key is without its key.
func allThere(t *testing.T, path string, acknowledged map[string]string) {
	t.Helper()
	s, err := store.Open(path)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	k := keeperOf(t, Options{Store: s, Place: seal.Place{Where: seal.KeyFile}})
	must(t, k.Locked())
	servers := 0
	for id, c := range k.certs {
		if _, err := c.unseal(k.box); err != nil {
			t.Errorf("%s %s: %v", id, c.Name, err)
		}
		if c.Kind == Server {
			servers++
		}
	}
	if len(k.certs) > 0 && servers != 1 {
		t.Errorf("%d server certificates", servers)
	}
	for identity := range k.psks {
		if key, err := k.RevealPSK(identity); err != nil || string(key) != "0123456789abcdef" {
			t.Errorf("%s: %q, %v", identity, key, err)
		}
	}
	for id, what := range acknowledged {
		_, certificate := k.certs[id]
		_, psk := k.psks[id]
		if what == "authority" && !certificate || what == "psk" && !psk || what == "deleted" && certificate {
			t.Errorf("%s %s was acknowledged", what, id)
		}
	}
}
