package coap_test

import (
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// TestRequestsOverAConnectionAreBounded has rates hold for connections as for addresses.
func TestRequestsOverAConnectionAreBounded(t *testing.T) {
	for _, tt := range []struct {
		limits coap.Limits
		code   codes.Code
	}{
		{coap.Limits{PeerRate: 1}, codes.TooManyRequests},
		{coap.Limits{Rate: 1}, codes.ServiceUnavailable},
	} {
		c := connect(t, listenTCP(t, coap.Config{Limits: tt.limits, Handler: content("x")}))
		if m := c.ask(request(0, codes.GET, 0, "a", "a")); m.Code != codes.Content {
			t.Errorf("answered %v", m.Code)
		}
		m := c.ask(request(0, codes.GET, 0, "b", "a"))
		if maxAge, err := m.Options.GetUint32(message.MaxAge); m.Code != tt.code || err != nil || maxAge != 1 {
			t.Errorf("answered %v, Max-Age %d, %v; want %v", m.Code, maxAge, err, tt.code)
		}
	}
}

func TestNoResponseOverAConnection(t *testing.T) {
	c := connect(t, listenTCP(t, coap.Config{Handler: content("x")}))
	for range 200 { // more than may wait for their answers at a time
		c.send(request(0, codes.GET, 0, "a", "a", option(message.NoResponse, 2)))
	}
	if m := c.ask(request(0, codes.GET, 0, "b", "a")); string(m.Token) != "b" {
		t.Errorf("answered %v first", m)
	}
}
