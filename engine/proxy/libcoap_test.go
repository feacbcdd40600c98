package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// libcoap runs libcoap's client through the front, and returns what it printed.
func (f *front) libcoap(uri string, args ...string) string {
	f.t.Helper()
	command := exec.CommandContext(f.t.Context(), "coap-client-notls",
		append(args, "-B", "10", "-P", "coap://"+f.endpoint.Addr().String(), uri)...)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		f.t.Fatalf("coap-client-notls %v: %v\n%s", args, err, problems.String())
	}
	return strings.TrimSpace(out.String() + problems.String())
}

// libcoapServer runs libcoap's server.
func libcoapServer(t *testing.T) netip.AddrPort {
	t.Helper()
	for _, program := range []string{"coap-server-notls", "coap-client-notls"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	free, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().(*net.UDPAddr).AddrPort()
	_ = free.Close()
	command := exec.Command("coap-server-notls", "-A", "127.0.0.1", "-p", fmt.Sprint(addr.Port()), "-d", "10")
	command.Stdout, command.Stderr = io.Discard, io.Discard
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	eventually(t, "libcoap's server answers a ping", func() bool {
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := conn.Write([]byte{0x40, 0, 1, 1}); err != nil {
			return false
		}
		_, err := conn.Read(make([]byte, 16))
		return err == nil
	})
	return addr
}

func TestLibcoapThroughTheForwardProxy(t *testing.T) {
	server := "coap://" + libcoapServer(t).String()
	f := newFront(t, forwarding("coap://127.0.0.1:*"), nil)
	body := strings.Repeat("0123456789abcdef", 200)
	f.libcoap(server+"/new", "-m", "put", "-b", "64", "-e", body)
	if got := f.libcoap(server+"/new", "-b", "256"); got != body {
		t.Errorf("got %d bytes of %d", len(got), len(body))
	}
	if got := f.libcoap(server+"/async?2", "-N"); got != "done" {
		t.Errorf("a slow resource answered %q", got)
	}
	if got := f.libcoap(server+"/time", "-s", "3"); strings.Count(got, ":") < 6 {
		t.Errorf("observing gave %q", got)
	}
	if got := f.libcoap(server+"/", "-H", "1"); !strings.Contains(got, "5.08") || !strings.Contains(got, f.endpoint.Addr().String()) {
		t.Errorf("without a hop left: %q", got)
	}
	if got := f.libcoap(server + "/nothing"); !strings.HasPrefix(got, "4.04") {
		t.Errorf("what is not there: %q", got)
	}
	if got := f.libcoap("coap://10.1.2.3/a"); !strings.HasPrefix(got, "4.03") {
		t.Errorf("what is not allowed: %q", got)
	}
	is(t, f.get("rd-proxy/nobody"), codes.NotFound, "")
}
