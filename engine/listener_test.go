package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/settings"
)

// occupy binds a port of loopback until the test ends.
func occupy(t *testing.T, network string) (port int) {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c.LocalAddr().(*net.UDPAddr).Port
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

func TestTakenPort(t *testing.T) {
	for _, tt := range []struct {
		listener        int
		scheme, network string
	}{{0, "coap", "udp"}, {1, "mqtt", "tcp"}, {2, "ws", "tcp"}, {2, "coap+tcp", "tcp"}, {2, "coap+ws", "tcp"}} {
		t.Run(tt.scheme, func(t *testing.T) {
			taken := occupy(t, tt.network)
			s := local()
			url := fmt.Sprintf("%s://127.0.0.1:%d", tt.scheme, taken)
			s.Listeners[tt.listener].Bind = url
			b := setUp(t, s, "")
			err := b.Start(context.Background())
			var failed *ListenerError
			if !errors.As(err, &failed) || failed.URL != url || !failed.InUse || failed.NextFree <= taken {
				t.Fatalf("started with %v, %+v", err, failed)
			}
			want := fmt.Sprintf("listen on %s: the port is in use by another program; %d is free", url, failed.NextFree)
			if failed.Error() != want {
				t.Errorf("says %q", failed)
			}
			status := b.Status()
			if status.State != Degraded {
				t.Errorf("state %v", status.State)
			}
			for i, l := range status.Listeners {
				if (l.Err != nil) != (i == tt.listener) {
					t.Errorf("listener %s: %v", l.URL, l.Err)
				}
			}

			moved := fmt.Sprintf("%s://127.0.0.1:%d", tt.scheme, failed.NextFree)
			if err := b.MoveListener(url, moved); err != nil {
				t.Fatal(err)
			}
			if s := b.Status(); s.State != Running || s.Listeners[tt.listener].URL != moved {
				t.Errorf("after the move %+v", s)
			}
			kept, ok, err := b.store.Settings()
			if err != nil || !ok || kept.Listeners[tt.listener].Bind != moved {
				t.Errorf("kept %+v, %v", kept.Listeners, err)
			}
			b.listen(t, "a").publish("a", "1")
			b.device(t).ask(codes.POST, "/ps/a", "", -1, "1")
		})
	}
}

func TestNextFreeLeavesOutThePortsOfOtherListeners(t *testing.T) {
	taken := occupy(t, "udp")
	s := local()
	s.Listeners[0].Bind = fmt.Sprintf("coap://127.0.0.1:%d", taken)
	s.Listeners = append(s.Listeners, settings.Listener{Bind: fmt.Sprintf("coap://127.0.0.1:%d", taken+1), Dialect: settings.DialectEMQX5})
	b := setUp(t, s, "")
	var failed *ListenerError
	if err := b.Start(context.Background()); !errors.As(err, &failed) || failed.NextFree <= taken+1 {
		t.Errorf("%v proposes %d, %d is taken and the next is for another listener", err, failed.NextFree, taken)
	}
}

func TestMoveListener(t *testing.T) {
	b := startUp(t, local(), "")
	if err := b.MoveListener("coap://127.0.0.1:1", "coap://127.0.0.1:2"); err == nil {
		t.Error("a listener that is not there was moved")
	}
	for _, to := range []string{"coaps+tcp://127.0.0.1:0", "mqtt://127.0.0.1:0", "nonsense"} {
		if err := b.MoveListener("coap://127.0.0.1:0", to); err == nil {
			t.Errorf("moved to %s", to)
		}
	}
	taken := occupy(t, "udp")
	err := b.MoveListener("coap://127.0.0.1:0", fmt.Sprintf("coap://127.0.0.1:%d", taken))
	var failed *ListenerError
	if !errors.As(err, &failed) || !failed.InUse || b.Status().State != Degraded {
		t.Errorf("moved to a taken port: %v", err)
	}
	if err := b.MoveListener(failed.URL, "coap://127.0.0.1:0"); err != nil || b.Status().State != Running {
		t.Errorf("moved back: %v", err)
	}
	b.device(t).ask(codes.POST, "/ps/a", "", -1, "1")
}

func TestHostThatIsNotOurs(t *testing.T) {
	s := local()
	s.Listeners[1].Bind = "mqtt://192.0.2.1:1883" // for documentation only, RFC 5737
	b := setUp(t, s, "")
	var failed *ListenerError
	if err := b.Start(context.Background()); !errors.As(err, &failed) || failed.InUse || failed.NextFree != 0 {
		t.Errorf("%v, %+v", err, failed)
	}
}

func TestAddressesAreReported(t *testing.T) {
	b := startUp(t, local(), "")
	for i := range 3 {
		if a, err := netip.ParseAddrPort(b.addr(i)); err != nil || a.Port() == 0 {
			t.Errorf("listener %d has the address %q", i, b.addr(i))
		}
	}
}

// A listener's settings are put in force without a word to who uses another one.
func TestChangedListenersEndNobodyElse(t *testing.T) {
	b := startUp(t, local(), "")
	subscriber := b.listen(t, "open")
	observer := b.device(t)
	if answer := observer.ask(codes.GET, "/ps/open", "", 0, ""); answer.Code != codes.Content {
		t.Fatalf("answered %v", answer)
	}
	addresses := []string{b.addr(0), b.addr(1), b.addr(2)}
	put := func(change func(s *settings.Settings)) error {
		s := b.Settings()
		change(&s)
		return b.SetSettings(s)
	}
	told := func(what string) {
		t.Helper()
		for i, address := range addresses {
			if b.addr(i) != address {
				t.Errorf("%s: listener %d was bound again", what, i)
			}
		}
		publisher := b.deviceOf(t, len(b.Status().Listeners)-1)
		if answer := publisher.ask(codes.POST, "/ps/open", "qos=0", -1, what); answer.Code != codes.Changed {
			t.Fatalf("%s: answered %v", what, answer)
		}
		subscriber.expect("open", what)
		if m := observer.next(); string(m.Payload) != what {
			t.Errorf("%s: the observer got %v", what, m)
		}
	}
	if err := put(func(s *settings.Settings) {
		s.Listeners = append(s.Listeners, settings.Listener{Bind: "coap://127.0.0.1:0", Dialect: settings.DialectEMQX5, Mountpoint: new("far/")})
	}); err != nil {
		t.Fatal(err)
	}
	before := b.addr(3)
	if err := put(func(s *settings.Settings) { s.Listeners[3].Mountpoint = nil }); err != nil {
		t.Fatal(err)
	}
	told("changed")
	if b.addr(3) == before {
		t.Error("the changed listener was not bound again")
	}
	var failed *ListenerError
	if err := put(func(s *settings.Settings) {
		s.Listeners[3].Bind = fmt.Sprintf("coap://127.0.0.1:%d", occupy(t, "udp"))
	}); !errors.As(err, &failed) || !failed.InUse {
		t.Errorf("bound to a taken port: %v", err)
	}
	if err := put(func(s *settings.Settings) { s.Listeners[3].Bind = "coap://127.0.0.1:0" }); err != nil {
		t.Error(err)
	}
	told("bound again")
	if err := put(func(s *settings.Settings) { s.Listeners = slices.Delete(s.Listeners, 0, 1) }); err != nil {
		t.Error(err)
	}
	if addresses = addresses[1:]; b.addr(0) != addresses[0] {
		t.Error("what came behind a removed listener was bound again")
	}
}
