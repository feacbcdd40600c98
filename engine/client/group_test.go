package client

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

func askGroup(t *testing.T, s *server, r *Request) []*GroupResponse {
	t.Helper()
	var all []*GroupResponse
	if err := AskGroup(t.Context(), s.conn.LocalAddr().String(), r, GroupConfig{Wait: 200 * time.Millisecond}, func(g *GroupResponse) { all = append(all, g) }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAskGroup(t *testing.T) {
	s := serve(t, func(s *server, p packet) {
		if p.code != codes.GET {
			return
		}
		s.notify(message.NonConfirmable, message.Token("other"), codes.Content, "of another request")
		s.notify(message.Confirmable, p.token, codes.Content, "</a>")
		s.notify(message.NonConfirmable, p.token, codes.Content, "again")
	})
	all := askGroup(t, s, &Request{Code: codes.GET, Options: message.Options{text(message.URIPath, "a")}})
	if len(all) != 1 || string(all[0].Payload) != "</a>" || all[0].From != netip.MustParseAddrPort(s.conn.LocalAddr().String()) || all[0].Err != nil {
		t.Errorf("found %+v", all)
	}
	got := s.received()
	if got[0].typ != message.NonConfirmable || len(got) != 2 || got[1].typ != message.Acknowledgement {
		t.Errorf("sent %+v", got)
	}
}

func TestAskGroupInBlocks(t *testing.T) {
	give := giving(64, func() byte { return 1 })
	all := askGroup(t, serve(t, give), &Request{Code: codes.GET})
	if len(all) != 1 || string(all[0].Payload) != body || all[0].Err != nil {
		t.Errorf("found %+v", all)
	}
}

func TestAskGroupEnds(t *testing.T) {
	s := serve(t, func(*server, packet) {})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := AskGroup(ctx, s.conn.LocalAddr().String(), &Request{Code: codes.GET}, GroupConfig{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, c := range []struct{ group, on string }{{"nowhere", ""}, {AllNodesIPv4, "no-such-interface"}} {
		if err := AskGroup(t.Context(), c.group, &Request{Code: codes.GET}, GroupConfig{Interface: c.on}, nil); err == nil {
			t.Errorf("asked %s on %s", c.group, c.on)
		}
	}
}

// A machine on two networks finds the devices of both, and needs no default route for it.
func TestAskGroupOnEveryInterface(t *testing.T) {
	for _, c := range []struct {
		group   string
		network string
	}{{"224.0.1.187", "udp4"}, {"ff02::fd", "udp6"}, {"ff05::fd", "udp6"}} {
		t.Run(c.group, func(t *testing.T) {
			to := &net.UDPAddr{IP: net.ParseIP(c.group)}
			interfaces, err := groupInterfaces(to, "")
			if errors.Is(err, ErrNoNetwork) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			asked := make(chan string, 100)
			for _, i := range interfaces {
				conn, err := net.ListenMulticastUDP(c.network, &i, &net.UDPAddr{IP: to.IP, Port: to.Port})
				if err != nil {
					t.Fatal(err)
				}
				to.Port = conn.LocalAddr().(*net.UDPAddr).Port
				defer func() { _ = conn.Close() }()
				go func() {
					buffer := make([]byte, maxDatagram)
					for {
						n, _, err := conn.ReadFrom(buffer)
						if err != nil {
							return
						}
						if p, err := parse(buffer[:n]); err == nil && p.code == codes.GET {
							asked <- i.Name
						}
					}
				}()
			}
			if err := AskGroup(t.Context(), to.String(), &Request{Code: codes.GET}, GroupConfig{Wait: 300 * time.Millisecond}, nil); err != nil {
				t.Fatal(err)
			}
			for range interfaces {
				select {
				case <-asked:
				case <-time.After(5 * time.Second):
					t.Fatalf("%d interfaces were asked on too few", len(interfaces))
				}
			}
		})
	}
}

func TestAskGroupWithoutNetwork(t *testing.T) {
	if _, err := groupInterfaces(&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, ""); err != nil {
		t.Errorf("an address that is no group is asked as it is: %v", err)
	}
	conn, err := groupSocket(&net.UDPAddr{IP: net.IPv4(224, 0, 1, 187)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	gone := []net.Interface{{Index: 1 << 20, Name: "gone0"}}
	if err := sendToGroup(conn, &net.UDPAddr{IP: net.IPv4(224, 0, 1, 187), Port: 5683}, gone, []byte{0x40, 0, 0, 1}); err == nil || !strings.Contains(err.Error(), "gone0") {
		t.Errorf("asking on an interface that is gone: %v", err)
	}
}
