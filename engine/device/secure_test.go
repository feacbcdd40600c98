package device_test

import (
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/client"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/pki"
	"sluice/engine/settings"
)

// Devices with a pre-shared key live over DTLS, under conditions that take from the messages inside.
func TestDevicesOverDTLS(t *testing.T) {
	keys, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const key = "swordfish-swordfish"
	if err := keys.AddPSK("meters", []byte(key), ""); err != nil {
		t.Fatal(err)
	}
	s := settings.Default()
	s.Listeners = []settings.Listener{{Bind: "coaps://127.0.0.1:0"}}
	e, err := engine.New(engine.Config{Settings: s, Keys: keys, Watch: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.SetConditions("", &coap.Conditions{Loss: 0.1, Delay: 20 * time.Millisecond, Jitter: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	f := newFleet(t)
	p := start(t, f, device.Order{
		Template: template(t, "lamp"), Count: 5, Scheme: "coaps", Address: e.Status().Listeners[0].Addr, Interval: 50 * time.Millisecond,
		Credentials:  device.SharedSecurity{Security: client.Security{PSKIdentity: "meters", PSK: []byte(key)}},
		Transmission: &client.Transmission{ACKTimeout: 200 * time.Millisecond, ACKRandomFactor: 1.5, MaxRetransmit: 4},
	})
	if p.Started != 5 {
		t.Fatalf("%+v", p)
	}
	await(t, "messages are lost and sent again", func() bool {
		sum := f.Summary()
		return sum.Retransmitted > 3 && sum.Acknowledged > 20 && sum.Observations == 5
	})
	if d := e.ConditionStats(); d.Lost == 0 || d.Delayed == 0 {
		t.Errorf("%+v", d)
	}
	wrong := start(t, f, device.Order{
		Template: template(t, "door"), Count: 1, Scheme: "coaps", Address: e.Status().Listeners[0].Addr,
		Credentials: device.SharedSecurity{Security: client.Security{PSKIdentity: "meters", PSK: []byte("wrong"), HandshakeTimeout: time.Second}},
	})
	if wrong.Failed != 1 || wrong.Why == nil {
		t.Errorf("with a wrong key: %+v", wrong)
	}
}
