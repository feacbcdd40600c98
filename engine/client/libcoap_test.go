package client

import (
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// libcoap runs libcoap's server with a pre-shared key and returns its port for UDP; that for DTLS is the next.
func libcoap(t *testing.T, arguments ...string) int {
	t.Helper()
	program, err := exec.LookPath("coap-server-openssl")
	if err != nil {
		t.Skip("coap-server-openssl is not installed")
	}
	port := freePair(t)
	cmd := exec.Command(program, append([]string{"-A", "127.0.0.1", "-p", strconv.Itoa(port), "-d", "10", "-k", "0123456789abcdef", "-v", "3"}, arguments...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	c := dial(t, "coap", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Config{})
	await(t, "the server answers", func() bool {
		_, err := c.Ping(t.Context(), &Request{Transmission: quick})
		return err == nil
	})
	return port
}

// freePair returns a port that is free, as is the next.
func freePair(t *testing.T) int {
	t.Helper()
	for range 20 {
		first, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := first.LocalAddr().(*net.UDPAddr).Port
		second, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+1)))
		_ = first.Close()
		if err == nil {
			_ = second.Close()
			return port
		}
	}
	t.Fatal("no two ports are free")
	return 0
}

// TestLibcoap puts, gets and observes in blocks at libcoap's server, over UDP that loses datagrams and over DTLS.
func TestLibcoap(t *testing.T) {
	for _, c := range []struct {
		name      string
		scheme    string
		arguments []string
		security  *Security
		lossy     bool
	}{
		{"UDP", "coap", nil, nil, false},
		{"UDP with loss", "coap", []string{"-l", "3,6,9"}, nil, true},
		{"DTLS", "coaps", nil, &Security{PSKIdentity: "lamp-3", PSK: []byte("0123456789abcdef")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			port := libcoap(t, c.arguments...)
			if c.scheme == "coaps" {
				port++
			}
			conn := dial(t, c.scheme, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Config{Security: c.security})
			path := message.Options{text(message.URIPath, "made")}
			transmission := &Transmission{ACKTimeout: 50 * time.Millisecond, ACKRandomFactor: 1.5, MaxRetransmit: 10}
			put := do(t, conn, &Request{Code: codes.PUT, Options: path, Payload: []byte(body), BlockSize: 64, Transmission: transmission})
			if put.Code>>5 != 2 || put.Blocks != 5 {
				t.Fatalf("%v in %d blocks", put.Code, put.Blocks)
			}
			get := do(t, conn, &Request{Code: codes.GET, Options: path, BlockSize: 32, EarlyNegotiation: true, Transmission: transmission})
			if string(get.Payload) != body || get.Blocks != 10 {
				t.Errorf("%v, %d bytes in %d blocks", get.Code, len(get.Payload), get.Blocks)
			}
			if lost := put.Retransmissions + get.Retransmissions; lost > 0 != c.lossy {
				t.Errorf("%d retransmissions", lost)
			}
			if c.lossy {
				return
			}
			notifications := make(chan *Notification, 10)
			o, x, err := conn.Observe(t.Context(), &Request{Code: codes.GET, Options: path}, func(n *Notification) { notifications <- n })
			if err != nil || o == nil {
				t.Fatalf("%+v, %v", x, err)
			}
			changed := strings.Repeat("changed ", 200)
			do(t, conn, &Request{Code: codes.PUT, Options: path, Payload: []byte(changed)})
			if n := next(t, notifications); string(n.Payload) != changed || n.Err != nil {
				t.Errorf("notified of %d bytes, %v", len(n.Payload), n.Err)
			}
			if end, err := o.Cancel(t.Context(), ByGet); err != nil || end.Code != codes.Content {
				t.Errorf("%+v, %v", end, err)
			}
		})
	}
}
