package coap

import (
	"net"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/datagram"
)

// TestOneDatagramACall runs an endpoint as it runs where the system has no batches.
func TestOneDatagramACall(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		conns, err := bind(address)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := Config{Handler: changed}.withDefaults()
		e := newEndpoint(c, conns)
		e.sockets[0].packets = datagram.Singly{UDPConn: conns[0]}
		e.start()
		conn, err := net.DialUDP("udp", nil, conns[0].LocalAddr().(*net.UDPAddr))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if _, err := conn.Write(publish(uint16(i))); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 100)
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, err := conn.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			var m incoming
			if err := m.parse(b[:n]); err != nil || m.code != codes.Changed || m.messageID != uint16(i) {
				t.Errorf("answered % x", b[:n])
			}
		}
		_ = conn.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
