package broker

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mochi-mqtt/server/v2/packets"
)

const patience = 5 * time.Second

// start runs a broker until the test ends.
func start(t testing.TB, o Options) *Embedded {
	t.Helper()
	if o.Log == nil && testing.Verbose() {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	e, err := NewEmbedded(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

func listen(t testing.TB, e *Embedded, scheme string) *Listener {
	t.Helper()
	l, err := e.Listen(scheme, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// client is an MQTT client that sends what it is told, right or wrong.
type client struct {
	t       testing.TB
	stream  io.ReadWriteCloser
	in      *bufio.Reader
	version byte
}

type connectOption func(*packets.Packet)

func persistent(pk *packets.Packet) {
	pk.Connect.Clean = false
	pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 60, true
}

func will(topic, payload string, qos byte, retain bool) connectOption {
	return func(pk *packets.Packet) {
		pk.Connect.WillFlag = true
		pk.Connect.WillTopic, pk.Connect.WillPayload = topic, []byte(payload)
		pk.Connect.WillQos, pk.Connect.WillRetain = qos, retain
	}
}

func login(username, password string) connectOption {
	return func(pk *packets.Packet) {
		pk.Connect.UsernameFlag, pk.Connect.PasswordFlag = true, true
		pk.Connect.Username, pk.Connect.Password = []byte(username), []byte(password)
	}
}

// dial connects over a new TCP listener and expects to be accepted.
func dial(t testing.TB, e *Embedded, version byte, id string, options ...connectOption) *client {
	t.Helper()
	return dialTo(t, listen(t, e, "mqtt"), version, id, options...)
}

func dialTo(t testing.TB, l *Listener, version byte, id string, options ...connectOption) *client {
	t.Helper()
	c := open(t, l, version)
	if ack := c.connect(id, options...); ack.ReasonCode != 0 {
		t.Fatalf("CONNACK with reason 0x%02x", ack.ReasonCode)
	}
	return c
}

// open connects the stream and sends nothing.
func open(t testing.TB, l *Listener, version byte) *client {
	t.Helper()
	c := &client{t: t, version: version}
	if l.http == nil {
		stream, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.stream = stream
	} else {
		dialer := websocket.Dialer{Subprotocols: []string{"mqtt"}}
		ws, _, err := dialer.Dial("ws://"+l.Addr().String()+"/mqtt", nil)
		if err != nil {
			t.Fatal(err)
		}
		if ws.Subprotocol() != "mqtt" {
			t.Fatalf("sub-protocol %q", ws.Subprotocol())
		}
		c.stream = &webSocket{Conn: ws.NetConn(), ws: ws}
	}
	c.in = bufio.NewReader(c.stream)
	t.Cleanup(func() { _ = c.stream.Close() })
	return c
}

func (c *client) connect(id string, options ...connectOption) packets.Packet {
	c.t.Helper()
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Connect:     packets.ConnectParams{ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: id},
	}
	for _, option := range options {
		option(&pk)
	}
	c.send(pk)
	return c.expect(packets.Connack)
}

func (c *client) raw(b []byte) {
	c.t.Helper()
	if _, err := c.stream.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) send(pk packets.Packet) {
	c.t.Helper()
	pk.ProtocolVersion = c.version
	var b bytes.Buffer
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connect:
		err = pk.ConnectEncode(&b)
	case packets.Publish:
		err = pk.PublishEncode(&b)
	case packets.Subscribe:
		pk.FixedHeader.Qos = 1
		err = pk.SubscribeEncode(&b)
	case packets.Unsubscribe:
		pk.FixedHeader.Qos = 1
		err = pk.UnsubscribeEncode(&b)
	case packets.Disconnect:
		err = pk.DisconnectEncode(&b)
	case packets.Puback, packets.Pubrec, packets.Pubcomp:
		err = pk.PubackEncode(&b)
	case packets.Pubrel:
		pk.FixedHeader.Qos = 1
		err = pk.PubrelEncode(&b)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(b.Bytes())
}

// next returns the next packet, or the error that ended the connection.
func (c *client) next() (pk packets.Packet, err error) {
	if d, ok := c.stream.(net.Conn); ok {
		_ = d.SetReadDeadline(time.Now().Add(patience))
	}
	first, err := c.in.ReadByte()
	if err != nil {
		return pk, err
	}
	if err := pk.FixedHeader.Decode(first); err != nil {
		return pk, err
	}
	length, _, err := packets.DecodeLength(c.in)
	if err != nil {
		return pk, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return pk, err
	}
	pk.ProtocolVersion = c.version
	pk.FixedHeader.Remaining = length
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackDecode(body)
	case packets.Publish:
		err = pk.PublishDecode(body)
	case packets.Puback, packets.Pubrec, packets.Pubrel, packets.Pubcomp:
		err = pk.PubackDecode(body)
	case packets.Suback:
		err = pk.SubackDecode(body)
	case packets.Unsuback:
		err = pk.UnsubackDecode(body)
	case packets.Disconnect:
		err = pk.DisconnectDecode(body)
	}
	return pk, err
}

func (c *client) expect(kind byte) packets.Packet {
	c.t.Helper()
	pk, err := c.next()
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", packets.PacketNames[kind], err)
	}
	if pk.FixedHeader.Type != kind {
		c.t.Fatalf("got %s, want %s", packets.PacketNames[pk.FixedHeader.Type], packets.PacketNames[kind])
	}
	return pk
}

// expectEnd reads until the broker has closed the connection and returns the last packet.
func (c *client) expectEnd() (last packets.Packet) {
	c.t.Helper()
	for {
		pk, err := c.next()
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			c.t.Fatal("the connection is still open")
		}
		if err != nil {
			return last
		}
		last = pk
	}
}

func (c *client) subscribe(filter string, qos byte) (reason byte) {
	c.t.Helper()
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe},
		PacketID:    7,
		Filters:     packets.Subscriptions{{Filter: filter, Qos: qos}},
	})
	return c.expect(packets.Suback).ReasonCodes[0]
}

func (c *client) publish(topic, payload string, qos byte, retain bool) {
	c.t.Helper()
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos, Retain: retain},
		TopicName:   topic,
		Payload:     []byte(payload),
	}
	if qos > 0 {
		pk.PacketID = 9
	}
	c.send(pk)
}

// acknowledge ends the delivery of a message.
func (c *client) acknowledge(id uint16, qos byte) {
	c.t.Helper()
	if qos == 1 {
		c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: id})
		return
	}
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrec}, PacketID: id})
	c.expect(packets.Pubrel)
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubcomp}, PacketID: id})
}

// drain acknowledges and forgets what arrives until the connection ends.
func (c *client) drain() {
	for {
		pk, err := c.next()
		if err != nil {
			return
		}
		if pk.FixedHeader.Type == packets.Publish && pk.FixedHeader.Qos == 1 {
			ack := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID}
			var b bytes.Buffer
			_ = ack.PubackEncode(&b)
			if _, err := c.stream.Write(b.Bytes()); err != nil {
				return
			}
		}
	}
}

// inbox collects messages of a function subscription.
type inbox struct {
	mu       sync.Mutex
	messages []*Message
	arrived  chan struct{}
}

func newInbox() *inbox {
	return &inbox{arrived: make(chan struct{}, 1<<16)}
}

func (i *inbox) put(m *Message) {
	i.mu.Lock()
	i.messages = append(i.messages, m)
	i.mu.Unlock()
	i.arrived <- struct{}{}
}

// take waits for the next message.
func (i *inbox) take(t testing.TB) *Message {
	t.Helper()
	select {
	case <-i.arrived:
	case <-time.After(patience):
		t.Fatal("no message arrived")
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	m := i.messages[0]
	i.messages = i.messages[1:]
	return m
}

// eventually waits until condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}
