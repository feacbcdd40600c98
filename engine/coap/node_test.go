package coap_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// TestNodeCoAPReadsWithoutEcho has node-coap, which knows no Echo option, read and observe 5 kB where its address must be
// verified first: it reads small blocks, and the ACK of its first notification verifies it.
func TestNodeCoAPReadsWithoutEcho(t *testing.T) {
	modules, err := filepath.Abs(cmp.Or(os.Getenv("NODE_PATH"), "../../fyne-cross/tmp/node/node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "coap")); err != nil {
		t.Skip("node-coap is not installed")
	}
	body := strings.Repeat("0123456789abcdef\n", 300)[:5000]
	var observer atomic.Pointer[coap.Peer]
	e := listen(t, "127.0.0.1:0", coap.Config{VerifyAddresses: coap.VerifyAlways, Handler: handler(
		func(w *coap.ResponseWriter, r *coap.Request) {
			w.SetCode(codes.Content)
			if !r.Has(message.Observe) {
				w.SetString(body)
				return
			}
			w.SetString("first")
			rel := w.Observe(coap.RelationConfig{})
			observer.Store(r.Peer)
			rel.Notify(coap.Notification{Payload: []byte("second")})
			rel.Notify(coap.Notification{Payload: []byte("last")})
		})})
	command := exec.CommandContext(t.Context(), "node", "testdata/read.js", strconv.Itoa(int(e.Addr().Port())))
	command.Env = append(os.Environ(), "NODE_PATH="+modules)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if want := "2.05 " + body + "\nnotified first\nnotified second\nnotified last\n"; string(out) != want {
		t.Errorf("node-coap printed %d bytes that end in %q", len(out), out[max(0, len(out)-60):])
	}
	if !observer.Load().Verified() {
		t.Error("the observer's ACK has not verified it")
	}
	t.Logf("%d requests, %d withheld", e.Stats().Requests, e.Stats().Withheld)
}
