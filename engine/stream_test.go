package engine

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/tcp"

	"sluice/engine/record"
	"sluice/engine/settings"
)

// TestCoAPOverStreams: the schemes coap+tcp and coap+ws serve as coap does, on the port of the UDP listener too, and are
// shown.
func TestCoAPOverStreams(t *testing.T) {
	s := settings.Default()
	udp := occupy(t, "udp") // of another program: the same number over TCP is free
	s.Listeners = []settings.Listener{
		{Bind: fmt.Sprintf("coap+tcp://127.0.0.1:%d", udp), Dialect: settings.DialectAuto},
		{Bind: "coap+ws://127.0.0.1:0", Dialect: settings.DialectAuto},
		{Bind: "coap://127.0.0.1:0", Dialect: settings.DialectAuto},
	}
	b := startUp(t, s, "")
	for i, scheme := range []string{"coap+tcp", "coap+ws", "coap"} {
		if l := b.Status().Listeners[i]; l.Scheme != scheme || l.Dialect != settings.DialectAuto || l.Err != nil {
			t.Errorf("listener %d is %+v", i, l)
		}
	}
	c, err := tcp.Dial(b.addr(0))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if r, err := c.Put(ctx, "/ps/a/b", message.TextPlain, strings.NewReader("21.5")); err != nil || r.Code()>>5 != 2 {
		t.Fatalf("put over TCP: %v, %v", r, err)
	}
	dialer := websocket.Dialer{Subprotocols: []string{"coap"}}
	ws, _, err := dialer.DialContext(ctx, "ws://"+b.addr(1)+"/.well-known/coap", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	_ = ws.WriteMessage(websocket.BinaryMessage, []byte{0x00, 0xe1})
	_ = ws.WriteMessage(websocket.BinaryMessage, []byte("\x01\x01t\xb2ps\x01a\x01b"))
	for {
		_, m, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if m[1] != 0xe1 { // not the CSM
			if !bytes.HasSuffix(m, []byte("\xff21.5")) || m[1] != 0x45 {
				t.Errorf("read over WebSocket: % x", m)
			}
			break
		}
	}
	transports := map[string]bool{}
	for _, client := range b.Clients() {
		transports[client.Transport] = client.IsCoAP() && !client.Datagrams()
	}
	if !transports["coap+tcp"] || !transports["coap+ws"] {
		t.Errorf("clients over %v", transports)
	}
	var shown []string
	for _, f := range b.Record().Since(0, 100) {
		m := record.Decode(f)
		if m.Err != "" {
			t.Errorf("% x: %s", f.Data, m.Err)
		}
		shown = append(shown, m.Type+" "+m.Code)
	}
	for _, want := range []string{"TCP 7.01 CSM", "TCP PUT", "WS 7.01 CSM", "WS GET", "WS 2.05 Content"} {
		if !slices.Contains(shown, want) {
			t.Errorf("%q is not in the record: %q", want, shown)
		}
	}
}
