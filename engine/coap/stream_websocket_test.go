package coap_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

func TestWebSocketHandshake(t *testing.T) {
	e := listenWebSocket(t, coap.Config{Handler: content("")})
	base := "ws://" + e.Addr().String()
	for _, tt := range []struct {
		name, path string
		protocols  []string
		want       int
	}{
		{"RFC 8323, 4.1", "/.well-known/coap", []string{"coap"}, http.StatusSwitchingProtocols},
		{"one of several subprotocols", "/.well-known/coap", []string{"mqtt", "coap"}, http.StatusSwitchingProtocols},
		{"no subprotocol", "/.well-known/coap", nil, http.StatusBadRequest},
		{"another subprotocol", "/.well-known/coap", []string{"mqtt"}, http.StatusBadRequest},
		{"another path", "/mqtt", []string{"coap"}, http.StatusNotFound},
	} {
		dialer := websocket.Dialer{Subprotocols: tt.protocols}
		ws, response, err := dialer.DialContext(t.Context(), base+tt.path, nil)
		if err == nil {
			_ = ws.Close()
		}
		if response == nil || response.StatusCode != tt.want {
			t.Errorf("%s: %v, %v, want %d", tt.name, response, err, tt.want)
		}
	}
	response, err := http.Get("http://" + e.Addr().String() + "/.well-known/coap")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("without an upgrade: %s", response.Status)
	}
}

// TestWebSocketMessages: what RFC 8323, section 4.3, says of the messages in a WebSocket.
func TestWebSocketMessages(t *testing.T) {
	const hello = "014574ff68656c6c6f"
	for _, tt := range []struct {
		name, send string // hexadecimal, the messages apart by commas
		aborts     bool
	}{
		{"a request", "01 01 74 b1 61", false},
		{"a request with a payload of 70 kB", "01 03 74 b1 61 ff" + strings.Repeat("00", 70_000), false},
		{"a message with a length of its own", "21 01 74 b1 61", true},
		{"no bytes", "", true},
		{"less than a code", "00", true},
		{"less than its token", "04 01 74", true},
		{"a reserved token length", "09 01 747474747474747474", true},
		{"longer than Max-Message-Size", "01 03 74 b1 61 ff" + strings.Repeat("00", 100_000), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := listenWebSocket(t, coap.Config{Handler: content("hello"), Stream: coap.StreamConfig{MaxMessageSize: 80_000}})
			c := dialWebSocket(t, e)
			c.send(csm())
			c.sendRaw(unhex(t, tt.send))
			if tt.aborts {
				c.aborted()
				return
			}
			if _, raw, err := c.next(); err != nil || string(raw) != string(unhex(t, hello)) {
				t.Errorf("got % x, %v", raw, err)
			}
		})
	}
}

func TestWebSocketFrames(t *testing.T) {
	e := listenWebSocket(t, coap.Config{Handler: content("hello")})
	t.Run("a text message ends the connection", func(t *testing.T) {
		c := dialWebSocket(t, e)
		c.send(csm())
		if err := c.ws.WriteMessage(websocket.TextMessage, []byte{0, 1}); err != nil {
			t.Fatal(err)
		}
		c.aborted()
	})
	t.Run("a message in fragments", func(t *testing.T) {
		c := dialWebSocket(t, e)
		c.send(csm())
		w, err := c.ws.NextWriter(websocket.BinaryMessage)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range []byte{1, 1, 't', 0xb1, 'a'} {
			if _, err := w.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if m := c.receive(); string(m.Payload) != "hello" {
			t.Errorf("got %v", m)
		}
	})
	t.Run("a ping of the WebSocket", func(t *testing.T) {
		c := dialWebSocket(t, e)
		c.send(csm())
		pong := ""
		c.ws.SetPongHandler(func(data string) error { pong = data; return nil })
		if err := c.ws.WriteControl(websocket.PingMessage, []byte("p"), time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		c.ask(message.Message{Code: codes.GET, Token: message.Token("t")})
		if pong != "p" {
			t.Errorf("pong %q", pong)
		}
	})
	t.Run("a close of the WebSocket", func(t *testing.T) {
		c := dialWebSocket(t, e)
		c.send(csm())
		c.silent()
		bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		if err := c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.next(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the end by the endpoint says goodbye", func(t *testing.T) {
		c := dialWebSocket(t, e)
		c.send(csm())
		c.sendRaw([]byte{9, 1})
		c.receive()
		if _, _, err := c.next(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			t.Errorf("got %v", err)
		}
	})
}
