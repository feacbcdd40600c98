package broker

import (
	"bufio"
	"crypto/tls"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/secure"
)

var tlsSchemes = []string{"mqtts", "wss"}

func listenTLS(t testing.TB, e *Embedded, scheme string, o TLSOptions) *Listener {
	t.Helper()
	l, err := e.ListenTLS(scheme, "127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// openTLS makes the handshake of a client and sends nothing. With TLS 1.3 a client may learn of a refusal only when it
// reads.
func openTLS(t testing.TB, l *Listener, version byte, config *tls.Config) (*client, error) {
	t.Helper()
	stream, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", l.Addr().String(), config)
	if err != nil {
		return nil, err
	}
	c := &client{t: t, version: version, stream: stream}
	if l.http != nil {
		dialer := websocket.Dialer{
			Subprotocols: []string{"mqtt"}, NetDial: func(string, string) (net.Conn, error) { return stream, nil },
		}
		ws, _, err := dialer.Dial("ws://"+l.Addr().String()+"/mqtt", nil)
		if err != nil {
			_ = stream.Close()
			return nil, err
		}
		c.stream = &webSocket{Conn: ws.NetConn(), ws: ws}
	}
	c.in = bufio.NewReader(c.stream)
	t.Cleanup(func() { _ = c.stream.Close() })
	return c, nil
}

func dialTLS(t testing.TB, l *Listener, version byte, id string, config *tls.Config) *client {
	t.Helper()
	c, err := openTLS(t, l, version, config)
	if err != nil {
		t.Fatal(err)
	}
	if ack := c.connect(id); ack.ReasonCode != 0 {
		t.Fatalf("CONNACK with reason 0x%02x", ack.ReasonCode)
	}
	return c
}

func TestTLSIdentity(t *testing.T) {
	ca := newAuthority(t, "Plant")
	device := ca.device("lamp-3")
	tests := []struct {
		name   string
		shown  []tls.Certificate
		most   uint16
		want   secure.Identity
		prefix string
	}{
		{"no certificate", nil, tls.VersionTLS13, secure.Identity{Version: "TLS 1.3"}, "TLS_"},
		{"a certificate", []tls.Certificate{device}, tls.VersionTLS13,
			secure.Identity{Subject: "CN=lamp-3,O=Plant", CommonName: "lamp-3", Version: "TLS 1.3"}, "TLS_"},
		{"a certificate, TLS 1.2", []tls.Certificate{device}, tls.VersionTLS12,
			secure.Identity{Subject: "CN=lamp-3,O=Plant", CommonName: "lamp-3", Version: "TLS 1.2"}, "TLS_ECDHE_ECDSA_WITH_"},
	}
	for _, scheme := range tlsSchemes {
		for _, test := range tests {
			t.Run(scheme+", "+test.name, func(t *testing.T) {
				e, told := start(t, Options{}), newOutcomes()
				l := listenTLS(t, e, scheme, TLSOptions{OnHandshake: told.note, Config: &tls.Config{
					Certificates: []tls.Certificate{ca.server()}, ClientCAs: ca.pool(), ClientAuth: tls.VerifyClientCertIfGiven,
				}})
				c := dialTLS(t, l, 5, "c", &tls.Config{RootCAs: ca.pool(), Certificates: test.shown, MaxVersion: test.most})
				c.subscribe("a", 1)
				c.publish("a", "x", 0, false)
				c.expect(packets.Publish)

				got := e.Clients()[0]
				h := told.next(t)
				if h.Identity != got.Identity || h.Outcome != secure.Accepted || h.Listener != got.Listener ||
					h.Peer.String() != got.Addr || h.Took <= 0 {
					t.Errorf("reported %+v of the client %+v", h, got)
				}
				if !strings.HasPrefix(got.Identity.CipherSuite, test.prefix) || got.Identity.Fingerprint == "" != (test.shown == nil) {
					t.Errorf("identity %+v", got.Identity)
				}
				got.Identity.CipherSuite, got.Identity.Fingerprint = "", ""
				if got.Identity != test.want {
					t.Errorf("identity %+v, want %+v", got.Identity, test.want)
				}
			})
		}
	}
}

func TestDisconnectRevoked(t *testing.T) {
	ca := newAuthority(t, "Plant")
	for _, scheme := range tlsSchemes {
		e := start(t, Options{})
		var revoked atomic.Bool
		l := listenTLS(t, e, scheme, TLSOptions{
			Config: &tls.Config{
				Certificates: []tls.Certificate{ca.server()}, ClientCAs: ca.pool(), ClientAuth: tls.RequireAndVerifyClientCert,
			},
			Revoked: func(i secure.Identity) bool { return revoked.Load() && i.CommonName == "lamp" },
		})
		clients := map[string]*client{}
		for _, name := range []string{"lamp", "pump"} {
			clients[name] = dialTLS(t, l, 5, name, &tls.Config{
				RootCAs: ca.pool(), Certificates: []tls.Certificate{ca.device(name)},
			})
		}
		plain := dial(t, e, 5, "plain")
		if n := e.DisconnectRevoked(); n != 0 {
			t.Errorf("%s: %d ended, and nothing is revoked", scheme, n)
		}
		revoked.Store(true)
		if n := e.DisconnectRevoked(); n != 1 {
			t.Errorf("%s: %d ended", scheme, n)
		}
		if last := clients["lamp"].expectEnd(); last.FixedHeader.Type != packets.Disconnect ||
			last.ReasonCode != packets.ErrNotAuthorized.Code {
			t.Errorf("%s: the last packet is %s 0x%02x", scheme, packets.PacketNames[last.FixedHeader.Type], last.ReasonCode)
		}
		for _, c := range []*client{clients["pump"], plain} {
			c.raw([]byte{packets.Pingreq << 4, 0})
			c.expect(packets.Pingresp)
		}
		eventually(t, "nobody is left to end", func() bool { return e.DisconnectRevoked() == 0 })
	}
}

// A certificate that was revoked between its verification and the first packet.
func TestRevokedInMidHandshake(t *testing.T) {
	ca := newAuthority(t, "Plant")
	e := start(t, Options{})
	l := listenTLS(t, e, "mqtts", TLSOptions{
		Config: &tls.Config{Certificates: []tls.Certificate{ca.server()}, ClientCAs: ca.pool(), ClientAuth: tls.RequireAndVerifyClientCert},
		Revoked: func(i secure.Identity) bool {
			return i.CommonName == "lamp"
		},
	})
	c, err := openTLS(t, l, 5, &tls.Config{RootCAs: ca.pool(), Certificates: []tls.Certificate{ca.device("lamp")}})
	if err == nil {
		c.expectEnd()
	}
}

func TestListenTLSErrors(t *testing.T) {
	e := start(t, Options{})
	if _, err := e.ListenTLS("mqtt", "127.0.0.1:0", TLSOptions{Config: &tls.Config{}}); err == nil {
		t.Error("a scheme without TLS is taken")
	}
	if _, err := e.ListenTLS("mqtts", "127.0.0.1:0", TLSOptions{}); err == nil {
		t.Error("TLS without a configuration is taken")
	}
	if _, err := e.ListenTLS("mqtts", "256.0.0.1:0", TLSOptions{Config: &tls.Config{}}); err == nil {
		t.Error("a host that is none is taken")
	}
}

func TestCloseEndsTLS(t *testing.T) {
	before := runtime.NumGoroutine()
	ca := newAuthority(t, "Plant")
	e, err := NewEmbedded(Options{})
	if err != nil {
		t.Fatal(err)
	}
	told := newOutcomes()
	var clients []*client
	var streams []net.Conn
	var listeners []*Listener
	for _, scheme := range tlsSchemes {
		l := listenTLS(t, e, scheme, TLSOptions{
			OnHandshake: told.note, Config: &tls.Config{Certificates: []tls.Certificate{ca.server()}},
		})
		listeners = append(listeners, l)
		for range 2 { // in their handshake
			stream, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			streams = append(streams, stream)
		}
		silent, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: ca.pool()})
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, silent)
		clients = append(clients, dialTLS(t, l, 5, scheme, &tls.Config{RootCAs: ca.pool()}))
	}
	if err := listeners[0].Close(); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range clients {
		if last := c.expectEnd(); last.ReasonCode != packets.ErrServerShuttingDown.Code {
			t.Errorf("the client was told 0x%02x", last.ReasonCode)
		}
		_ = c.stream.Close()
	}
	for _, stream := range streams {
		_ = stream.Close()
	}
	for told.len() > 0 {
		if h := told.next(t); h.Outcome != secure.Accepted {
			t.Errorf("an end of ours is reported: %+v", h)
		}
	}
	eventually(t, "all goroutines ended", func() bool { return runtime.NumGoroutine() <= before })
}
