package coap_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// TestAskingOverAConnection asks devices through the connections that they opened.
func TestAskingOverAConnection(t *testing.T) {
	for name, web := range map[string]bool{"TCP": false, "WebSocket": true} {
		t.Run(name, func(t *testing.T) {
			peers := make(chan *coap.Peer, 1)
			config := coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
				peers <- r.Peer
				w.SetCode(codes.Created)
			})}
			var c *streamClient
			var e *coap.Endpoint
			if web {
				e = listenWebSocket(t, config)
				c = dialWebSocket(t, e)
			} else {
				e = listenTCP(t, config)
				c = dial(t, e)
			}
			c.send(csm(maxMessageSize(1<<20), takesBlocks))
			c.send(message.Message{Code: codes.POST, Token: []byte("t")})
			c.receive()
			to := coap.ToPeer(<-peers)
			type outcome struct {
				response *coap.ClientResponse
				err      error
			}
			outcomes := make(chan outcome, 2)
			put := ask(codes.PUT, "s", bytes.Repeat([]byte("x"), 3000))
			done := func(r *coap.ClientResponse, err error) { outcomes <- outcome{r, err} }
			for range 2 { // the second does not wait for the first
				if _, err := e.Request(to, put, done); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				m := c.receive()
				if m.Code != codes.PUT || len(m.Payload) != 3000 {
					t.Fatalf("asked %v with %d bytes", m.Code, len(m.Payload))
				}
				c.send(message.Message{Code: codes.Changed, Token: m.Token})
				if o := <-outcomes; o.err != nil || o.response.Code != codes.Changed {
					t.Errorf("got %+v, %v", o.response, o.err)
				}
			}
			if _, err := e.Request(to, put, done); err != nil {
				t.Fatal(err)
			}
			c.receive()
			_ = c.conn.Close()
			if o := <-outcomes; !errors.Is(o.err, coap.ErrUnreachable) {
				t.Errorf("the connection ended: %v", o.err)
			}
			if _, err := e.Request(to, put, done); !errors.Is(err, coap.ErrUnreachable) {
				t.Errorf("after it ended: %v", err)
			}
		})
	}
}
