package client

import (
	"context"
	"errors"
	"net/netip"
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
