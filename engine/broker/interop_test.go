package broker

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	pahopackets "github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
	"github.com/gorilla/websocket"
)

// pahoClient connects Eclipse Paho, an MQTT 5 client.
func pahoClient(t *testing.T, l *Listener, id string, received func(*paho.Publish)) *paho.Client {
	t.Helper()
	var stream net.Conn
	var err error
	if l.http == nil {
		stream, err = net.Dial("tcp", l.Addr().String())
	} else {
		var ws *websocket.Conn
		dialer := websocket.Dialer{Subprotocols: []string{"mqtt"}}
		ws, _, err = dialer.Dial("ws://"+l.Addr().String()+"/any/path", nil)
		if err == nil {
			stream = &webSocket{Conn: ws.NetConn(), ws: ws}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return pahoOver(t, stream, id, received)
}

// pahoOver connects Paho over a stream.
func pahoOver(t *testing.T, stream net.Conn, id string, received func(*paho.Publish)) *paho.Client {
	t.Helper()
	client := paho.NewClient(paho.ClientConfig{
		ClientID: id, Conn: pahopackets.NewThreadSafeConn(stream), PacketTimeout: patience,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(r paho.PublishReceived) (bool, error) {
			received(r.Packet)
			return true, nil
		}},
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ack, err := client.Connect(ctx, &paho.Connect{ClientID: id, CleanStart: true, KeepAlive: 30})
	if err != nil || ack.ReasonCode != 0 {
		t.Fatalf("connect: %v, %+v", err, ack)
	}
	t.Cleanup(func() { _ = client.Disconnect(&paho.Disconnect{}) })
	return client
}

func TestPaho(t *testing.T) {
	for _, scheme := range schemes {
		e := start(t, Options{})
		l := listen(t, e, scheme)
		in := newInbox()
		mustSubscribe(t, e, "a/#", in.put)
		received := make(chan *paho.Publish, 16)
		sub := pahoClient(t, l, "sub", func(p *paho.Publish) { received <- p })
		pub := pahoClient(t, l, "pub", func(*paho.Publish) {})
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		defer cancel()
		identifier := 42
		if _, err := sub.Subscribe(ctx, &paho.Subscribe{
			Properties:    &paho.SubscribeProperties{SubscriptionIdentifier: &identifier},
			Subscriptions: []paho.SubscribeOptions{{Topic: "a/#", QoS: 2}},
		}); err != nil {
			t.Fatalf("%s: subscribe: %v", scheme, err)
		}
		for qos := range byte(3) {
			payload := bytes.Repeat([]byte{qos}, 100_000)
			if _, err := pub.Publish(ctx, &paho.Publish{
				Topic: "a/b", QoS: qos, Payload: payload,
				Properties: &paho.PublishProperties{
					ContentType: "application/octet-stream", ResponseTopic: "answer", CorrelationData: []byte{1, 2},
					User: paho.UserProperties{{Key: "unit", Value: "°C"}},
				},
			}); err != nil {
				t.Fatalf("%s, QoS %d: publish: %v", scheme, qos, err)
			}
			if m := in.take(t); m.QoS != qos || !bytes.Equal(m.Payload, payload) || m.From != "pub" {
				t.Errorf("%s, QoS %d: a function got QoS %d and %d bytes from %q", scheme, qos, m.QoS, len(m.Payload), m.From)
			}
			select {
			case p := <-received:
				if p.QoS != qos || !bytes.Equal(p.Payload, payload) || p.Properties.ContentType != "application/octet-stream" ||
					p.Properties.ResponseTopic != "answer" || p.Properties.User.Get("unit") != "°C" ||
					p.Properties.SubscriptionIdentifier == nil || *p.Properties.SubscriptionIdentifier != identifier {
					t.Errorf("%s, QoS %d: got QoS %d, %d bytes, %+v", scheme, qos, p.QoS, len(p.Payload), p.Properties)
				}
			case <-ctx.Done():
				t.Fatalf("%s, QoS %d: nothing arrived", scheme, qos)
			}
		}
		if _, err := sub.Unsubscribe(ctx, &paho.Unsubscribe{Topics: []string{"a/#"}}); err != nil {
			t.Errorf("%s: unsubscribe: %v", scheme, err)
		}
		if n := e.Stats().Subscriptions; n != 0 {
			t.Errorf("%s: %d subscriptions are left", scheme, n)
		}
	}
}

// mosquitto runs one of Mosquitto's programs against a listener.
func mosquitto(t *testing.T, program string, l *Listener, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(t.Context(), path, append([]string{"-h", host, "-p", port}, args...)...)
}

func TestMosquitto(t *testing.T) {
	versions := map[string]string{"311": "MQTT 3.1.1", "5": "MQTT 5"}
	for version, name := range versions {
		for qos := range 3 {
			t.Run(fmt.Sprintf("%s, QoS %d", name, qos), func(t *testing.T) {
				e := start(t, Options{})
				l := listen(t, e, "mqtt")
				level := fmt.Sprint(qos)
				var out, problems bytes.Buffer
				sub := mosquitto(t, "mosquitto_sub", l, "-V", version, "-q", level, "-t", "a/+", "-t", "end", "-C", "3", "-W", "10",
					"-F", "%t %q %r %p")
				sub.Stdout, sub.Stderr = &out, &problems
				if err := sub.Start(); err != nil {
					t.Fatal(err)
				}
				eventually(t, "mosquitto_sub subscribed", func() bool { return e.Stats().Subscriptions == 2 })
				in := newInbox()
				mustSubscribe(t, e, "a/+", in.put)

				pub := mosquitto(t, "mosquitto_pub", l, "-V", version, "-q", level, "-t", "a/1", "-m", "hello", "-r")
				if text, err := pub.CombinedOutput(); err != nil {
					t.Fatalf("mosquitto_pub: %v: %s", err, text)
				}
				if m := in.take(t); string(m.Payload) != "hello" || m.QoS != byte(qos) || !m.Retain {
					t.Errorf("a function got %+v", m)
				}
				if err := e.Publish(&Message{Topic: "a/2", Payload: []byte("from CoAP"), QoS: 1}); err != nil {
					t.Fatal(err)
				}
				if err := e.Publish(&Message{Topic: "end"}); err != nil {
					t.Fatal(err)
				}
				if err := sub.Wait(); err != nil {
					t.Fatalf("mosquitto_sub: %v: %s", err, problems.String())
				}
				// mosquitto_sub prints a QoS 2 message when its handshake is through.
				got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
				slices.Sort(got)
				want := []string{fmt.Sprintf("a/1 %d 0 hello", qos), fmt.Sprintf("a/2 %d 0 from CoAP", min(qos, 1)), "end 0 0 "}
				if !slices.Equal(got, want) {
					t.Errorf("mosquitto_sub got %q, want %q", got, want)
				}

				late := mosquitto(t, "mosquitto_sub", l, "-V", version, "-t", "a/1", "-C", "1", "-W", "10", "-F", "%r %p")
				if text, err := late.CombinedOutput(); err != nil || strings.TrimSpace(string(text)) != "1 hello" {
					t.Errorf("a late subscriber got %q, %v", text, err)
				}
				if m := e.Retained("a/1"); len(m) != 1 || string(m[0].Payload) != "hello" || time.Since(m[0].At) > time.Minute {
					t.Errorf("retained is %+v", m)
				}
			})
		}
	}
}
