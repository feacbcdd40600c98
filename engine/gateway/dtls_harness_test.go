package gateway

import (
	"context"
	"net"
	"strings"

	"sluice/engine/coap"
	"sluice/engine/secure"
	"sluice/engine/secure/securetest"
	"sluice/engine/settings"
)

// bind makes the endpoint of a listener, coap or coaps.
func (w *world) bind(l settings.Listener) {
	w.t.Helper()
	c := w.gateway.EndpointConfig(l, w.gateway.Handler(l))
	listen := coap.Listen
	if w.secured = strings.HasPrefix(l.Bind, "coaps:"); w.secured {
		listen = coap.ListenDTLS
		if w.credentials == nil {
			w.credentials = securetest.New(w.t, map[string]string{"psk": pskKey})
		}
		c.DTLS.Credentials, c.DTLS.ClientAuth = w.credentials, secure.VerifyIfGiven
	}
	var err error
	if w.endpoint, err = listen(context.Background(), "127.0.0.1:0", c); err != nil {
		w.t.Fatal(err)
	}
}

// pskKey is the key of the PSK identity "psk".
const pskKey = "0123456789abcdef"

// connect opens the way of a device. Over DTLS its name up to a slash says what it proves: "psk" a key, "anybody" nothing,
// anything else a certificate with that common name.
func (w *world) connect(name string) net.Conn {
	w.t.Helper()
	if !w.secured {
		conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(w.endpoint.Addr()))
		if err != nil {
			w.t.Fatal(err)
		}
		return conn
	}
	client := securetest.Client{Credentials: w.credentials}
	switch who, _, _ := strings.Cut(name, "/"); who {
	case "psk":
		client.PSK, client.Key = who, pskKey
	case "anybody":
	default:
		certificate := w.credentials.Client(who)
		client.Certificate = &certificate
	}
	return securetest.Dial(w.t, w.endpoint.Addr(), client)
}
