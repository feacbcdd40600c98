package coap_test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// client runs libcoap's client against a server and returns what it printed.
func client(t *testing.T, server netip.AddrPort, path string, args ...string) string {
	t.Helper()
	return clientOver(t, "coap", server, path, args...)
}

func clientOver(t *testing.T, scheme string, server netip.AddrPort, path string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("coap-client-notls")
	if err != nil {
		t.Skip("coap-client-notls is not installed")
	}
	command := exec.CommandContext(t.Context(), program, append(args, scheme+"://"+server.String()+path)...)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		t.Fatalf("coap-client-notls %v: %v\n%s", args, err, problems.String())
	}
	return out.String()
}

// file makes a file of a text body.
func file(t *testing.T, length int) (path, content string) {
	t.Helper()
	content = strings.Repeat("0123456789abcdef\n", length/17+1)[:length]
	path = filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, content
}

func TestLibcoapUploads(t *testing.T) {
	for _, final := range []bool{false, true} {
		for _, size := range []int{16, 64, 1024} {
			t.Run(fmt.Sprint(size, "-byte blocks, FinalBlock1 ", final), func(t *testing.T) {
				path, content := file(t, 1000)
				got := make(chan string, 2)
				e := listen(t, "127.0.0.1:0", coap.Config{FinalBlock1: final, Handler: handler(
					func(w *coap.ResponseWriter, r *coap.Request) {
						got <- string(r.Payload)
						w.SetCode(codes.Changed)
					})})
				client(t, e.Addr(), "/topic", "-m", "put", "-b", fmt.Sprint(size), "-f", path, "-B", "5")
				if len(got) != 1 {
					t.Fatalf("the handler ran %d times", len(got))
				}
				if b := <-got; b != content {
					t.Errorf("got %d bytes, want the file of %d", len(b), len(content))
				}
			})
		}
	}
}

// TestLibcoapIsAskedForSmallerBlocks has the client begin with blocks of 1024 bytes where the endpoint takes smaller ones.
func TestLibcoapIsAskedForSmallerBlocks(t *testing.T) {
	path, content := file(t, 5000)
	for _, method := range []string{"put", "post", "fetch", "patch", "ipatch"} {
		var got atomic.Value
		e := listen(t, "127.0.0.1:0", coap.Config{MaxBlockSize: 128, Handler: handler(
			func(w *coap.ResponseWriter, r *coap.Request) {
				got.Store(string(r.Payload))
				w.SetCode(codes.Changed)
			})})
		client(t, e.Addr(), "/topic", "-m", method, "-f", path, "-B", "5")
		if body, _ := got.Load().(string); body != content {
			t.Errorf("%s: got %d bytes, want the file of %d", method, len(body), len(content))
		}
		if n := e.Stats().Requests; n != 33 { // 1024 bytes, then 32 times 128
			t.Errorf("%s: %d requests", method, n)
		}
	}
}

func TestLibcoapDownloads(t *testing.T) {
	_, large := file(t, 3000)
	for _, args := range [][]string{{"-b", "16"}, {"-b", "256"}, {}, {"-N"}, {"-N", "-b", "64"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			e := listen(t, "127.0.0.1:0", coap.Config{Handler: content(large)})
			if got := client(t, e.Addr(), "/topic", append(args, "-B", "5")...); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(large, "\n") {
				t.Errorf("got %d bytes, want %d", len(got), len(large))
			}
			if n := e.Stats().Duplicates; n != 0 {
				t.Errorf("%d duplicates", n)
			}
		})
	}
}

// TestLibcoapSendsEcho has the client read and write where its address must be verified first: answers are cut into small
// blocks or, where there are none, asked for again.
func TestLibcoapSendsEcho(t *testing.T) {
	path, large := file(t, 5000)
	for _, tt := range []struct {
		name     string
		config   coap.Config
		length   int
		args     []string
		requests uint64
	}{
		{"GET", coap.Config{}, 5000, nil, 313},
		{"GET as NON", coap.Config{}, 5000, []string{"-N"}, 313},
		{"FETCH", coap.Config{}, 5000, []string{"-m", "fetch", "-e", "x"}, 313},
		{"PUT", coap.Config{}, 5000, []string{"-m", "put", "-f", path}, 9},
		{"GET without block-wise", coap.Config{DisableBlockwise: true}, 1000, nil, 2},
		{"GET as NON without block-wise", coap.Config{DisableBlockwise: true}, 1000, []string{"-N"}, 2},
		{"FETCH without block-wise", coap.Config{DisableBlockwise: true}, 1000, []string{"-m", "fetch", "-e", "x"}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var calls atomic.Int32
			tt.config.VerifyAddresses = coap.VerifyAlways
			tt.config.Handler = handler(func(w *coap.ResponseWriter, r *coap.Request) {
				calls.Add(1)
				if r.Code == codes.PUT && string(r.Payload) != large {
					t.Errorf("the handler got %d bytes", len(r.Payload))
				}
				w.SetCode(codes.Content)
				w.SetString(large[:tt.length])
			})
			e := listen(t, "127.0.0.1:0", tt.config)
			got := client(t, e.Addr(), "/topic", append(tt.args, "-B", "5")...)
			if strings.TrimSpace(got) != strings.TrimSpace(large[:tt.length]) {
				t.Errorf("got %d bytes, want %d", len(got), tt.length)
			}
			if s := e.Stats(); s.Requests != tt.requests || s.Withheld != 0 {
				t.Errorf("%d requests, want %d; %d answers withheld", s.Requests, tt.requests, s.Withheld)
			}
			if !tt.config.DisableBlockwise && calls.Load() != 1 {
				t.Errorf("the handler ran %d times", calls.Load())
			}
		})
	}
}

func TestLibcoapObserves(t *testing.T) {
	t.Parallel()
	_, large := file(t, 2500)
	for name, payload := range map[string]string{"short": "changed", "in blocks": large} {
		for _, confirmable := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " CON ", confirmable), func(t *testing.T) {
				t.Parallel()
				e := listen(t, "127.0.0.1:0", coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
					w.SetCode(codes.Content)
					if v, ok := r.Uint(message.Observe); ok && v == 0 {
						w.Observe(coap.RelationConfig{}).Notify(
							coap.Notification{Confirmable: confirmable, Payload: []byte(payload)})
					}
				})})
				got := client(t, e.Addr(), "/topic", "-s", "1", "-B", "3")
				if strings.TrimSpace(got) != strings.TrimSpace(payload) {
					t.Errorf("the client printed %d bytes, want %d", len(got), len(payload))
				}
				if n := e.Stats().Retransmissions; n != 0 {
					t.Errorf("%d retransmissions", n)
				}
			})
		}
	}
}

func TestLibcoapPings(t *testing.T) {
	t.Parallel()
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		w.SetCode(codes.Content)
		if r.Has(message.Observe) {
			w.Observe(coap.RelationConfig{})
		}
	})})
	var pings, resets atomic.Int32
	e.SetTap(func(d *coap.Datagram) {
		switch {
		case len(d.Data) != 4 || d.Data[1] != 0:
		case d.Outgoing && d.Data[0] == 0x70:
			resets.Add(1)
		case !d.Outgoing && d.Data[0] == 0x40:
			pings.Add(1)
		}
	})
	client(t, e.Addr(), "/topic", "-s", "3", "-K", "1", "-B", "4")
	if pings.Load() == 0 || pings.Load() != resets.Load() {
		t.Errorf("%d pings, %d answered", pings.Load(), resets.Load())
	}
}

// TestLibcoapLosesDatagrams has the client lose datagrams, and a relay lose every other answer: each request is carried
// out, and none twice.
func TestLibcoapLosesDatagrams(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the time of retransmissions")
	}
	path, _ := file(t, 300)
	t.Run("one in five that the client sends", func(t *testing.T) {
		t.Parallel()
		h, calls := counting()
		e := listen(t, "127.0.0.1:0", coap.Config{Handler: h})
		client(t, e.Addr(), "/topic", "-m", "put", "-b", "64", "-f", path, "-l", "1,6,11", "-B", "30")
		if calls.Load() != 1 {
			t.Errorf("the handler ran %d times", calls.Load())
		}
	})
	t.Run("every other answer", func(t *testing.T) {
		t.Parallel()
		h, calls := counting()
		e := listen(t, "127.0.0.1:0", coap.Config{Handler: h})
		client(t, forgetful(t, e.Addr()), "/topic", "-m", "put", "-b", "64", "-e", strings.Repeat("x", 150), "-B", "30")
		if calls.Load() != 1 {
			t.Errorf("the handler ran %d times", calls.Load())
		}
		if n := e.Stats().Duplicates; n < 2 {
			t.Errorf("%d duplicates were seen of the three blocks", n)
		}
	})
}

// forgetful relays datagrams of one client, and loses every other answer.
func forgetful(t *testing.T, server netip.AddrPort) netip.AddrPort {
	t.Helper()
	front, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	back := newDevice(t, server).conn
	t.Cleanup(func() { _ = front.Close() })
	var asking atomic.Pointer[netip.AddrPort]
	go func() {
		for b := make([]byte, 2048); ; {
			n, from, err := front.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			asking.Store(&from)
			_, _ = back.Write(b[:n])
		}
	}()
	go func() {
		b := make([]byte, 2048)
		for i := 0; ; i++ {
			n, err := back.Read(b)
			if err != nil {
				return
			}
			if i%2 == 1 {
				_, _ = front.WriteToUDPAddrPort(b[:n], *asking.Load())
			}
		}
	}()
	return front.LocalAddr().(*net.UDPAddr).AddrPort()
}
