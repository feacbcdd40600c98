package coap_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/tcp/coder"

	"sluice/engine/coap"
)

func listenTCP(t testing.TB, c coap.Config) *coap.Endpoint {
	return listenWith(t, coap.ListenTCP, c)
}

func listenWebSocket(t testing.TB, c coap.Config) *coap.Endpoint {
	return listenWith(t, coap.ListenWebSocket, c)
}

func listenWith(t testing.TB, listen func(context.Context, string, coap.Config) (*coap.Endpoint, error), c coap.Config) *coap.Endpoint {
	t.Helper()
	e, err := listen(context.Background(), "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// streamClient speaks RFC 8323 to an endpoint, over TCP or a WebSocket.
type streamClient struct {
	t    testing.TB
	conn net.Conn
	read *bufio.Reader
	ws   *websocket.Conn // nil: TCP
}

// transports are the reliable ones.
var transports = map[string]struct {
	listen func(testing.TB, coap.Config) *coap.Endpoint
	dial   func(testing.TB, *coap.Endpoint) *streamClient
}{
	"coap+tcp": {listenTCP, dial},
	"coap+ws":  {listenWebSocket, dialWebSocket},
}

// dial connects and takes the endpoint's CSM, which must be first.
func dial(t testing.TB, e *coap.Endpoint) *streamClient {
	t.Helper()
	c := dialUngreeted(t, e)
	c.greeted()
	return c
}

// dialUngreeted only connects.
func dialUngreeted(t testing.TB, e *coap.Endpoint) *streamClient {
	t.Helper()
	conn, err := net.Dial("tcp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &streamClient{t: t, conn: conn, read: bufio.NewReader(conn)}
}

func dialWebSocket(t testing.TB, e *coap.Endpoint) *streamClient {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"coap"}}
	ws, response, err := dialer.DialContext(t.Context(), "ws://"+e.Addr().String()+"/.well-known/coap", http.Header{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	if ws.Subprotocol() != "coap" || response.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("subprotocol %q, status %s", ws.Subprotocol(), response.Status)
	}
	c := &streamClient{t: t, conn: ws.NetConn(), ws: ws}
	c.greeted()
	return c
}

func (c *streamClient) greeted() {
	c.t.Helper()
	if m := c.receive(); m.Code != codes.CSM {
		c.t.Fatalf("the first message is %v", m)
	}
}

// connect is dial and a CSM of ours.
func connect(t testing.TB, e *coap.Endpoint, options ...message.Option) *streamClient {
	t.Helper()
	c := dial(t, e)
	c.send(csm(options...))
	return c
}

func csm(options ...message.Option) message.Message {
	return message.Message{Code: codes.CSM, Options: options}
}

// maxMessageSize and takesBlocks are the options of a CSM.
func maxMessageSize(n uint32) message.Option {
	value := binary.BigEndian.AppendUint32(nil, n)
	for len(value) > 0 && value[0] == 0 {
		value = value[1:]
	}
	return message.Option{ID: message.TCPMaxMessageSize, Value: value}
}

var takesBlocks = message.Option{ID: message.TCPBlockWiseTransfer}

func encodeStream(t testing.TB, m message.Message) []byte {
	t.Helper()
	size, err := coder.DefaultCoder.Size(m)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	if _, err := coder.DefaultCoder.Encode(m, b); err != nil {
		t.Fatal(err)
	}
	return b
}

func (c *streamClient) send(m message.Message) {
	c.t.Helper()
	b := encodeStream(c.t, m)
	if c.ws != nil {
		skip := map[byte]int{13: 1, 14: 2, 15: 4}[b[0]>>4]
		b[skip] = byte(len(m.Token))
		b = b[skip:]
	}
	c.sendRaw(b)
}

func (c *streamClient) sendRaw(b []byte) {
	c.t.Helper()
	var err error
	if c.ws != nil {
		err = c.ws.WriteMessage(websocket.BinaryMessage, b)
	} else {
		_, err = c.conn.Write(b)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// next waits for a message; the error is that of the end of the connection.
func (c *streamClient) next() (message.Message, []byte, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	var raw []byte
	if c.ws != nil {
		kind, b, err := c.ws.ReadMessage()
		if err != nil {
			return message.Message{}, nil, err
		}
		if kind != websocket.BinaryMessage || b[0]>>4 != 0 {
			c.t.Fatalf("a message of kind %d: % x", kind, b)
		}
		raw = b
	} else {
		first, err := c.read.Peek(1)
		if err != nil {
			return message.Message{}, nil, err
		}
		header, _ := c.read.Peek(1 + map[byte]int{13: 1, 14: 2, 15: 4}[first[0]>>4])
		length := int(first[0] >> 4)
		switch length {
		case 13:
			length = 13 + int(header[1])
		case 14:
			length = 269 + int(binary.BigEndian.Uint16(header[1:]))
		case 15:
			length = 65805 + int(binary.BigEndian.Uint32(header[1:]))
		}
		raw = make([]byte, len(header)+1+int(first[0]&15)+length)
		if _, err := io.ReadFull(c.read, raw); err != nil {
			return message.Message{}, nil, err
		}
	}
	m := message.Message{Options: make(message.Options, 0, 32)}
	var h coder.MessageHeader
	n, err := coder.DefaultCoder.DecodeHeader(raw, &h)
	if err != nil {
		return m, raw, err
	}
	_, err = coder.DefaultCoder.DecodeWithHeader(raw[n:], h, &m)
	return m, raw, err
}

func (c *streamClient) receive() message.Message {
	c.t.Helper()
	m, _, err := c.next()
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *streamClient) ask(m message.Message) message.Message {
	c.t.Helper()
	c.send(m)
	return c.receive()
}

// ended asserts that the endpoint closes the connection, and says nothing before.
func (c *streamClient) ended() {
	c.t.Helper()
	m, _, err := c.next()
	if err == nil {
		c.t.Fatalf("got %v, want the end of the connection", m)
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatal("the connection is still open")
	}
}

// aborted asserts that the endpoint says 7.05 and closes.
func (c *streamClient) aborted() message.Message {
	c.t.Helper()
	m := c.receive()
	if m.Code != codes.Abort || len(m.Payload) == 0 {
		c.t.Fatalf("got %v, want an Abort with a diagnostic payload", m)
	}
	c.ended()
	return m
}

// silent asserts that nothing has been answered: messages are handled in order, so that the Pong is next.
func (c *streamClient) silent() {
	c.t.Helper()
	m := c.ask(message.Message{Code: codes.Ping, Token: message.Token("ping")})
	if m.Code != codes.Pong || string(m.Token) != "ping" {
		c.t.Fatalf("got %v, want nothing before the Pong", m)
	}
}
