package broker

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/eclipse/paho.golang/paho"

	"sluice/engine/secure"
)

func TestMosquittoOverTLS(t *testing.T) {
	ca, other := newAuthority(t, "Plant"), newAuthority(t, "Elsewhere")
	e, told := start(t, Options{}), newOutcomes()
	l := listenTLS(t, e, "mqtts", TLSOptions{OnHandshake: told.note, Config: &tls.Config{
		Certificates: []tls.Certificate{ca.server()}, ClientCAs: ca.pool(), ClientAuth: tls.RequireAndVerifyClientCert,
	}})
	caFile, certFile, keyFile := pemFiles(t, ca, ca.device("lamp-3"))
	secured := []string{"--cafile", caFile, "--cert", certFile, "--key", keyFile}

	var out, problems bytes.Buffer
	sub := mosquitto(t, "mosquitto_sub", l, append(secured, "-i", "sub", "-t", "a/#", "-q", "1", "-C", "1", "-W", "10")...)
	sub.Stdout, sub.Stderr = &out, &problems
	if err := sub.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "mosquitto_sub subscribed", func() bool { return e.Stats().Subscriptions == 1 })
	if i := e.Clients()[0].Identity; i.CommonName != "lamp-3" {
		t.Errorf("identity %+v", i)
	}
	pub := mosquitto(t, "mosquitto_pub", l, append(secured, "-t", "a/1", "-q", "1", "-m", "hello")...)
	if text, err := pub.CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub: %v: %s", err, text)
	}
	if err := sub.Wait(); err != nil || strings.TrimSpace(out.String()) != "hello" {
		t.Fatalf("mosquitto_sub: %v: %s%s", err, out.String(), problems.String())
	}
	for range 2 {
		if h := told.next(t); h.Outcome != secure.Accepted {
			t.Errorf("%s: %s", h.Outcome, h.Detail)
		}
	}

	_, strangerCert, strangerKey := pemFiles(t, other, other.device("thief"))
	otherCA, _, _ := pemFiles(t, other, other.server())
	for name, test := range map[string]struct {
		args    []string
		outcome secure.Outcome
		detail  string
	}{
		"no certificate":    {[]string{"--cafile", caFile}, secure.NoCertificate, ""},
		"another authority": {[]string{"--cafile", caFile, "--cert", strangerCert, "--key", strangerKey}, secure.UnknownAuthority, "CN=Elsewhere"},
		"it does not trust us": {[]string{"--cafile", otherCA, "--cert", certFile, "--key", keyFile}, secure.RefusedByPeer,
			"unknown_ca: the client does not trust our authority"},
		"without TLS": {nil, secure.Malformed, "MQTT without TLS was sent to a TLS port"},
	} {
		refused := mosquitto(t, "mosquitto_pub", l, append(test.args, "-t", "a/1", "-m", "x")...)
		if text, err := refused.CombinedOutput(); err == nil {
			t.Errorf("%s: mosquitto_pub was let in: %s", name, text)
		}
		if h := told.next(t); h.Outcome != test.outcome || h.Detail != test.detail {
			t.Errorf("%s: %s: %q", name, h.Outcome, h.Detail)
		}
	}
}

func TestPahoOverTLS(t *testing.T) {
	ca := newAuthority(t, "Plant")
	for _, scheme := range tlsSchemes {
		e := start(t, Options{})
		l := listenTLS(t, e, scheme, TLSOptions{Config: &tls.Config{
			Certificates: []tls.Certificate{ca.server()}, ClientCAs: ca.pool(), ClientAuth: tls.RequireAndVerifyClientCert,
		}})
		connect := func(id string, received func(*paho.Publish)) *paho.Client {
			c, err := openTLS(t, l, 5, &tls.Config{RootCAs: ca.pool(), Certificates: []tls.Certificate{ca.device(id)}})
			if err != nil {
				t.Fatal(err)
			}
			return pahoOver(t, c.stream.(net.Conn), id, received)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		defer cancel()
		received := make(chan *paho.Publish, 16)
		sub := connect("sub", func(p *paho.Publish) { received <- p })
		if _, err := sub.Subscribe(ctx, &paho.Subscribe{
			Subscriptions: []paho.SubscribeOptions{{Topic: "a/#", QoS: 2}},
		}); err != nil {
			t.Fatalf("%s: subscribe: %v", scheme, err)
		}
		pub := connect("pub", func(*paho.Publish) {})
		for qos := range byte(3) {
			payload := bytes.Repeat([]byte{qos}, 100_000) // several records
			if _, err := pub.Publish(ctx, &paho.Publish{Topic: "a/b", QoS: qos, Payload: payload}); err != nil {
				t.Fatalf("%s, QoS %d: publish: %v", scheme, qos, err)
			}
			select {
			case p := <-received:
				if p.QoS != qos || !bytes.Equal(p.Payload, payload) {
					t.Errorf("%s, QoS %d: got QoS %d and %d bytes", scheme, qos, p.QoS, len(p.Payload))
				}
			case <-ctx.Done():
				t.Fatalf("%s, QoS %d: nothing arrived", scheme, qos)
			}
		}
	}
}
