package certificates

import (
	"testing"

	"sluice/engine"
	"sluice/engine/settings"
)

func TestSummary(t *testing.T) {
	coaps := func(o *settings.TLSOptions) settings.Listener {
		return settings.Listener{Bind: "coaps://0.0.0.0:5684", DTLSOptions: o}
	}
	plain := settings.Listener{Bind: "coap://0.0.0.0:5683"}
	mqtts := settings.Listener{Bind: "mqtts://127.0.0.1:8883"}
	for _, c := range []struct {
		listeners []settings.Listener
		closed    bool
		want      string
	}{
		{[]settings.Listener{plain}, false, "No secure listener yet"},
		{[]settings.Listener{plain, coaps(nil)}, false, "DTLS on :5684 asks clients for no certificate"},
		{[]settings.Listener{coaps(&settings.TLSOptions{Verify: settings.VerifyPeer})}, false, "DTLS on :5684 checks the certificates of clients that have one"},
		{[]settings.Listener{coaps(&settings.TLSOptions{Verify: settings.VerifyPeer, FailIfNoPeerCert: true})}, false,
			"DTLS on :5684 checks clients, and refuses those without a certificate"},
		{[]settings.Listener{mqtts, coaps(nil)}, false, "DTLS on :5684 asks clients for no certificate, 1 more secure listener"},
		{[]settings.Listener{mqtts}, false, "TLS on :8883 asks clients for no certificate"},
		{[]settings.Listener{mqtts}, true, "TLS on :8883 is not open"},
	} {
		var status engine.Status
		for _, l := range c.listeners {
			if !c.closed {
				status.Listeners = append(status.Listeners, engine.ListenerStatus{URL: l.Bind, Addr: "127.0.0.1" + portOf(l.Bind)})
			}
		}
		if got := summary(secureListeners(settings.Settings{Listeners: c.listeners}, status)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestThePortIsTheOneThatWasBound(t *testing.T) {
	s := settings.Settings{Listeners: []settings.Listener{{Bind: "coaps://127.0.0.1:0"}}}
	status := engine.Status{Listeners: []engine.ListenerStatus{{URL: "coaps://127.0.0.1:0", Addr: "127.0.0.1:40123"}}}
	if l := secureListeners(s, status)[0]; l.port != ":40123" || hostOf(l.url, l.port) != "127.0.0.1:40123" {
		t.Errorf("port %s", l.port)
	}
}

func TestTheListenerThatIsOffered(t *testing.T) {
	for _, c := range []struct {
		binds []string
		want  string
	}{
		{nil, "coaps://127.0.0.1:5684"},
		{[]string{"mqtt://10.0.0.1:1883", "coap://0.0.0.0:5683", "coap://127.0.0.1:5690"}, "coaps://0.0.0.0:5684"},
		{[]string{"coap://[::]:5683"}, "coaps://[::]:5684"},
		{[]string{"coap://0.0.0.0:5683", "coaps://127.0.0.1:5684"}, ""},
	} {
		var s settings.Settings
		for _, bind := range c.binds {
			s.Listeners = append(s.Listeners, settings.Listener{Bind: bind})
		}
		if got := newCoAPS(s); got != c.want {
			t.Errorf("%v: %q, want %q", c.binds, got, c.want)
		}
	}
	s := settings.Default()
	if err := withCoAPS(s, "coaps://127.0.0.1:5684").Validate(); err != nil {
		t.Errorf("what is added is no valid listener: %v", err)
	}
}

func TestHostOf(t *testing.T) {
	for _, c := range []struct{ bind, port, want string }{
		{"coaps://192.0.2.1:5684", ":5684", "192.0.2.1"},
		{"coaps://192.0.2.1:5690", ":5690", "192.0.2.1:5690"},
		{"coaps://[2001:db8::1]:5684", ":5684", "[2001:db8::1]"},
		{"coaps://[2001:db8::1]:5690", ":5690", "[2001:db8::1]:5690"},
		{"coaps://0.0.0.0:5684", ":5684", machineName()},
	} {
		if got := hostOf(c.bind, c.port); got != c.want {
			t.Errorf("%s: %q, want %q", c.bind, got, c.want)
		}
	}
}
