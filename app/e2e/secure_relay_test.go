//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"
	"github.com/plgd-dev/go-coap/v3/dtls"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	"github.com/plgd-dev/go-coap/v3/udp/client"
)

// nat carries datagrams between one device and a gateway, and gives the device another port when it is told to.
type nat struct {
	t       *testing.T
	inside  *net.UDPConn
	gateway *net.UDPAddr
	mu      sync.Mutex
	outside *net.UDPConn
	device  net.Addr
}

// newNAT starts a NAT before a port of this machine.
func newNAT(t *testing.T, port string) *nat {
	t.Helper()
	gateway, err := net.ResolveUDPAddr("udp", "127.0.0.1:"+port)
	must(t, err == nil, "%v", err)
	inside, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err == nil, "%v", err)
	n := &nat{t: t, inside: inside, gateway: gateway}
	n.changePort()
	t.Cleanup(func() {
		_ = n.inside.Close()
		n.mu.Lock()
		defer n.mu.Unlock()
		_ = n.outside.Close()
	})
	go func() {
		buf := make([]byte, 1<<16)
		for {
			size, device, err := n.inside.ReadFrom(buf)
			if err != nil {
				return
			}
			n.mu.Lock()
			n.device = device
			_, _ = n.outside.Write(buf[:size])
			n.mu.Unlock()
		}
	}()
	return n
}

// changePort forgets the port that the device had; what comes to it finds nobody.
func (n *nat) changePort() {
	n.t.Helper()
	outside, err := net.DialUDP("udp", nil, n.gateway)
	must(n.t, err == nil, "%v", err)
	n.mu.Lock()
	before := n.outside
	n.outside = outside
	n.mu.Unlock()
	if before != nil {
		_ = before.Close()
	}
	go func() {
		buf := make([]byte, 1<<16)
		for {
			size, err := outside.Read(buf)
			if err != nil {
				return
			}
			n.mu.Lock()
			device := n.device
			n.mu.Unlock()
			_, _ = n.inside.WriteTo(buf[:size], device)
		}
	}()
}

// port is the one that the gateway sees.
func (n *nat) port() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.outside.LocalAddr().(*net.UDPAddr).Port
}

// dial is a device of go-coap on pion's DTLS behind a NAT.
func (n *nat) dial(options ...pion.ClientOption) *client.Conn {
	n.t.Helper()
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(n.t, err == nil, "%v", err)
	conn, err := pion.ClientWithOptions(socket, n.inside.LocalAddr(), options...)
	must(n.t, err == nil, "%v", err)
	ctx, cancel := context.WithTimeout(n.t.Context(), patience)
	defer cancel()
	must(n.t, conn.HandshakeContext(ctx) == nil, "no handshake")
	device := dtls.Client(conn)
	n.t.Cleanup(func() {
		_ = device.Close()
		_ = conn.Close()
		_ = socket.Close()
	})
	return device
}

// A device that observes goes on doing so when its port changes, without another handshake, if it knows Connection IDs:
// nothing that was published while the gateway had the old port is lost. Without them it is gone.
func TestSecureConnectionID(t *testing.T) {
	needs(t, "mosquitto_pub")
	t.Parallel()
	p := newPlant(t)
	certificate, err := tls.LoadX509KeyPair(p.path("sensor-17", "sensor-17.pem"), p.path("sensor-17", "sensor-17.key"))
	must(t, err == nil, "%v", err)
	authority, err := os.ReadFile(p.path("sensor-17", "ca.pem"))
	must(t, err == nil, "%v", err)
	roots := x509.NewCertPool()
	must(t, roots.AppendCertsFromPEM(authority), "the authority's certificate is not read")
	certified := []pion.ClientOption{pion.WithRootCAs(roots), pion.WithServerName("127.0.0.1"), pion.WithCertificates(certificate)}
	keyed := []pion.ClientOption{
		pion.WithPSK(func([]byte) ([]byte, error) { return []byte(lampKey), nil }), pion.WithPSKIdentityHint([]byte("lamp-4")),
		pion.WithCipherSuites(pion.TLS_PSK_WITH_AES_128_CCM_8),
	}
	withID := pion.WithConnectionIDGenerator(pion.OnlySendCIDGenerator())
	for name, options := range map[string][]pion.ClientOption{
		"client certificate": append(certified, withID), "pre-shared key": append(keyed, withID),
	} {
		t.Run(name, func(t *testing.T) {
			n := newNAT(t, p.strict)
			device, topic := n.dial(options...), topicOf(t)
			seen := observe(t, device, topic)
			before := strings.Count(p.output.String(), "msg=handshake")
			for i := range 2 {
				p.publish(t, topic, fmt.Appendf(nil, "%d at home", i))
				next(t, seen, fmt.Sprint(i, " at home"))
				had := n.port()
				n.changePort()
				must(t, n.port() != had, "the port is the same")
				p.publish(t, topic, fmt.Appendf(nil, "%d on the way", i))
				must(t, reads(device, topic) == nil, "it is not answered at its new port")
				next(t, seen, fmt.Sprint(i, " on the way")) // sent again, to the new port
			}
			must(t, strings.Count(p.output.String(), "msg=handshake") == before, "it made another handshake")
		})
	}
	t.Run("without Connection ID", func(t *testing.T) {
		n := newNAT(t, p.strict)
		device, topic := n.dial(keyed...), topicOf(t)
		seen := observe(t, device, topic)
		n.changePort()
		must(t, reads(device, topic) != nil, "it is answered at its new port")
		p.publish(t, topic, []byte("to nobody"))
		select {
		case value := <-seen:
			t.Errorf("it observes %q at its new port", value)
		case <-time.After(time.Second):
		}
	})
}

// observe observes a topic; the first that is seen is what it has at the beginning.
func observe(t *testing.T, device *client.Conn, topic string) <-chan string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seen := make(chan string, 100)
	_, err := device.Observe(ctx, "/ps/"+topic, func(m *pool.Message) {
		if m.Body() == nil {
			return // it has nothing yet
		}
		value, err := io.ReadAll(m.Body())
		if err != nil {
			value = []byte(err.Error())
		}
		seen <- string(value)
	})
	must(t, err == nil, "observe: %v", err)
	return seen
}

// next waits for what is seen next.
func next(t *testing.T, seen <-chan string, want string) {
	t.Helper()
	select {
	case got := <-seen:
		must(t, got == want, "observed %q, want %q", got, want)
	case <-time.After(patience):
		t.Fatalf("%q was not observed", want)
	}
}

// reads asks for the value of a topic; three seconds are enough for an answer that is to come.
func reads(device *client.Conn, topic string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	m, err := device.Get(ctx, "/ps/"+topic)
	if err == nil {
		device.ReleaseMessage(m)
	}
	return err
}
