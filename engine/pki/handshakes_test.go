package pki

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/engine/secure"
)

func TestHandshakesAreKeptNewestFirstWithinBounds(t *testing.T) {
	k := inMemory(t)
	if len(k.Handshakes()) != 0 {
		t.Error("there are some")
	}
	start := time.Unix(1000, 0)
	for i := range maxHandshakes + 100 {
		k.NoteHandshake(secure.Handshake{At: start.Add(time.Duration(i) * time.Second)})
		all := k.Handshakes()
		if len(all) != min(i+1, maxHandshakes) {
			t.Fatalf("%d after %d", len(all), i+1)
		}
		for j, h := range all {
			if want := start.Add(time.Duration(i-j) * time.Second); !h.At.Equal(want) {
				t.Fatalf("after %d: number %d is of %v, want %v", i+1, j, h.At, want)
			}
		}
	}
}

func TestTextsOfHandshakesAreBounded(t *testing.T) {
	k := inMemory(t)
	long := strings.Repeat("ü", 50000)
	k.NoteHandshake(secure.Handshake{Detail: long, Identity: secure.Identity{Subject: long, CommonName: long, PSK: long}})
	h := k.Handshakes()[0]
	if len(h.Detail) > 256 || len(h.Identity.Subject) > maxShown || len(h.Identity.CommonName) > maxShown || len(h.Identity.PSK) > maxShown {
		t.Errorf("%d, %d, %d, %d bytes", len(h.Detail), len(h.Identity.Subject), len(h.Identity.CommonName), len(h.Identity.PSK))
	}
}

func TestLastUsed(t *testing.T) {
	k := inMemory(t)
	set, err := k.SetUp("lamp-3")
	must(t, err)
	must(t, k.AddPSK("lamp-4", []byte("0123456789abcdef"), ""))
	at := time.Unix(1000, 0)
	before := k.HandshakeRevision()
	for _, i := range []secure.Identity{{Fingerprint: set.Device}, {PSK: "lamp-4"}, {PSK: "unknown"}, {Fingerprint: "unknown"}, {}} {
		k.NoteHandshake(secure.Handshake{At: at.Add(time.Hour), Identity: i, Outcome: secure.WrongKey})
		k.NoteHandshake(secure.Handshake{At: at, Identity: i})
	}
	if e, _ := k.Entry(set.Device); !e.LastUsed.Equal(at) {
		t.Errorf("the certificate: %v", e.LastUsed)
	}
	if p := k.PSKs()[0]; !p.LastUsed.Equal(at) {
		t.Errorf("the key: %v", p.LastUsed)
	}
	if len(k.handshakes.used) != 2 {
		t.Errorf("what is not kept takes room: %v", k.handshakes.used)
	}
	if k.HandshakeRevision() == before {
		t.Error("panes are not told")
	}
	_, err = k.DeletePSK("lamp-4")
	must(t, err)
	_, err = k.Delete(set.Device)
	must(t, err)
	if len(k.handshakes.used) != 0 {
		t.Errorf("what was deleted takes room: %v", k.handshakes.used)
	}
}

// TestAllAtOnce is for the race detector.
func TestAllAtOnce(t *testing.T) {
	k := inKeyFile(t).open()
	set, err := k.SetUp("lamp-3")
	must(t, err)
	c := credentialsOf(t, k, CredentialOptions{})
	der := [][]byte{k.der(set.Device)}
	stop := k.OnRevoked(func() { c.Revoked(secure.Identity{Fingerprint: set.Device}) })
	defer stop()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			identity := fmt.Sprint("lamp-", worker)
			for range 5 {
				must(t, k.AddPSK(identity, []byte("0123456789abcdef"), identity))
				undo, err := k.DeletePSK(identity)
				must(t, err)
				must(t, undo())
				must(t, k.Revoke(set.Device))
				must(t, k.Restore(set.Device))
				_, err = k.Issue(Request{Name: identity, Kind: Client})
				must(t, err)
			}
		})
		all.Go(func() {
			for range 50 {
				_ = c.VerifyClient(der) // it may be revoked just now
				_, _ = c.PSK([]byte("lamp-1"))
				_, err := c.ServerCertificate("")
				must(t, err)
				_ = c.Authorities()
				_ = c.HasPSK()
				k.NoteHandshake(secure.Handshake{Identity: secure.Identity{PSK: "lamp-1"}})
				_, _, _, _, _ = k.Entries(), k.PSKs(), k.Handshakes(), k.Warnings(time.Now()), k.SealedBy()
				_, _ = k.ServerNeedsRenewal(time.Now())
			}
		})
	}
	all.Wait()
}
