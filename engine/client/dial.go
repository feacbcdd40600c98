package client

import (
	"bufio"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"sluice/engine/mistakes"
)

// Names of RFC 8323, sections 4.1 and 8.3.
const (
	webSocketPath     = "/.well-known/coap"
	webSocketProtocol = "coap"
)

// greetingTimeout bounds connecting to a server and its CSM.
const greetingTimeout = 10 * time.Second

var errNoGreeting = mistakes.New("the server sent no CSM in time (RFC 8323, section 5.3)")

// Dial makes a connection for scheme coap, coaps, coap+tcp or coap+ws to HOST:PORT. For coaps it shakes hands, over a
// reliable transport it waits for the server's CSM; ctx bounds both.
func Dial(ctx context.Context, scheme, hostport string, config Config) (*Conn, error) {
	switch scheme {
	case "coap", "coaps":
		return dialDatagrams(ctx, scheme, hostport, config)
	case "coap+tcp", "coap+ws":
		return dialReliable(ctx, scheme, hostport, config)
	}
	return nil, mistakes.Errorf("the scheme %q is none of coap, coaps, coap+tcp and coap+ws", scheme)
}

// dialer sends from where the configuration says.
func (c Config) dialer(network string) (*net.Dialer, error) {
	d := &net.Dialer{}
	if c.Local == "" {
		return d, nil
	}
	var err error
	if network == "tcp" {
		d.LocalAddr, err = net.ResolveTCPAddr(network, c.Local)
	} else {
		d.LocalAddr, err = net.ResolveUDPAddr(network, c.Local)
	}
	if err != nil {
		return nil, mistakes.Errorf("reading the address to send from: %w", err)
	}
	return d, nil
}

func dialDatagrams(ctx context.Context, scheme, hostport string, config Config) (*Conn, error) {
	dialer, err := config.dialer("udp")
	if err != nil {
		return nil, err
	}
	socket, err := dialer.DialContext(ctx, "udp", hostport)
	if err != nil {
		return nil, mistakes.Errorf("opening a socket to %s: %w", hostport, unreached(err))
	}
	if scheme == "coaps" {
		secured, err := config.Security.handshake(ctx, socket, hostport)
		if err != nil {
			_ = socket.Close() // a failed handshake may have closed it
			return nil, mistakes.Errorf("DTLS with %s: %w", hostport, err)
		}
		socket = secured
	}
	return newConn(socket, config), nil
}

// newConn reads datagrams from conn.
func newConn(conn net.Conn, config Config) *Conn {
	c := prepareConn(conn, config)
	go c.read()
	return c
}

func prepareConn(conn net.Conn, config Config) *Conn {
	c := &Conn{
		conn: conn, config: config, closed: make(chan struct{}), greeted: make(chan struct{}), messageID: uint16(rand.Uint32()),
		byToken: map[string]*waiter{}, byID: map[uint16]*waiter{}, observations: map[string]*Observation{}, seen: map[uint16][]byte{},
		takes: capabilities{messageSize: baseMessageSize},
	}
	c.ended.Add(1)
	return c
}

func dialReliable(ctx context.Context, scheme, hostport string, config Config) (*Conn, error) {
	dialer, err := config.dialer("tcp")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, greetingTimeout, errNoGreeting)
	defer cancel()
	connect := connectTCP
	if scheme == "coap+ws" {
		connect = connectWebSocket
	}
	f, err := connect(ctx, dialer, hostport)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, mistakes.Errorf("connecting to %s://%s: %w", scheme, hostport, unreached(err))
	}
	c := prepareConn(f.net(), config)
	c.framed = f
	go c.readFrames()
	if err := c.greet(ctx); err != nil {
		return nil, errors.Join(mistakes.Errorf("connecting to %s://%s: %w", scheme, hostport, err), c.Close())
	}
	return c, nil
}

func connectTCP(ctx context.Context, d *net.Dialer, hostport string) (framed, error) {
	conn, err := d.DialContext(ctx, "tcp", hostport)
	if err != nil {
		return nil, err
	}
	return &overTCP{conn: conn, reader: bufio.NewReader(conn)}, nil
}

func connectWebSocket(ctx context.Context, d *net.Dialer, hostport string) (framed, error) {
	upgrade := websocket.Dialer{NetDialContext: d.DialContext, Subprotocols: []string{webSocketProtocol}}
	ws, response, err := upgrade.DialContext(ctx, "ws://"+hostport+webSocketPath, http.Header{})
	if err != nil {
		if response != nil {
			err = mistakes.Errorf("%w: %s", err, response.Status)
		}
		return nil, err
	}
	if ws.Subprotocol() != webSocketProtocol {
		return nil, errors.Join(mistakes.New("the server does not speak the subprotocol coap"), ws.Close())
	}
	ws.SetReadLimit(maxFrame)
	return &overWebSocket{ws: ws}, nil
}
