package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	coapnet "github.com/plgd-dev/go-coap/v3/net"
	"github.com/plgd-dev/go-coap/v3/net/responsewriter"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/udp"
	"github.com/plgd-dev/go-coap/v3/udp/client"
	udpserver "github.com/plgd-dev/go-coap/v3/udp/server"

	"sluice/engine"
	"sluice/engine/settings"
)

// server is something that answers publishing requests.
type server struct {
	addr string
	stop func()
	note func() string // what else is to be said after a run; may be nil
	// echoes says that it knows no peers.
	echoes bool
}

type contender struct {
	name  string
	start func() (server, error)
}

func (c contender) measure(s shape, seconds int) (window, string, error) {
	srv, err := c.start()
	if err != nil {
		return window{}, "", err
	}
	defer settle()
	defer srv.stop()
	w, err := load{target: srv.addr, sockets: s.sockets, inFlight: s.inFlight, request: publish}.run(seconds)
	if err != nil {
		return window{}, "", err
	}
	note := ""
	if srv.note != nil {
		note = srv.note()
	}
	if w.lost > 0 {
		note += fmt.Sprintf(" %d lost", w.lost)
	}
	return w, note, nil
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// publish is a Confirmable POST /ps/bench/temperature?clientid=bench with the payload 23.4, and a token of four bytes.
func publish(messageID uint16, b []byte) []byte {
	b = append(b, 0x44, byte(codes.POST), byte(messageID>>8), byte(messageID), 1, 2, 3, 4)
	b = append(b, 0xb2, 'p', 's', 0x05)
	b = append(b, "bench"...)
	b = append(b, 0x0b)
	b = append(b, "temperature"...)
	b = append(b, 0x4d, byte(len("clientid=bench")-13))
	b = append(b, "clientid=bench"...)
	return append(b, 0xff, '2', '3', '.', '4')
}

func startEcho() (server, error) {
	return startUDP(func(buf []byte, n int) []byte { return buf[:n] })
}

// startUDP answers each datagram, of n bytes in buf, with what answer returns.
func startUDP(answer func(buf []byte, n int) []byte) (server, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return server{}, fmt.Errorf("bind: %w", err)
	}
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteToUDPAddrPort(answer(buf, n), from)
		}
	}()
	return server{addr: conn.LocalAddr().String(), stop: func() { _ = conn.Close() }, echoes: true}, nil
}

// startEngine starts Sluice and returns the address of its CoAP listener.
func startEngine() (*engine.Engine, *net.UDPAddr, error) {
	s := settings.Default()
	// Nobody in here speaks as often as a device would have to.
	s.Gateway.Heartbeat = settings.Duration(time.Hour)
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0"}, {Bind: "mqtt://127.0.0.1:0"}}
	e, err := engine.New(engine.Config{Settings: s, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return nil, nil, err
	}
	if err := e.Start(context.Background()); err != nil {
		return nil, nil, err
	}
	to, err := net.ResolveUDPAddr("udp4", e.Status().Listeners[0].Addr)
	if err != nil {
		_ = e.Close()
		return nil, nil, fmt.Errorf("read the listener's address: %w", err)
	}
	return e, to, nil
}

func startSluice(subscribers int) (server, error) {
	e, _, err := startEngine()
	if err != nil {
		return server{}, err
	}
	listeners := e.Status().Listeners
	srv := server{addr: listeners[0].Addr, stop: func() { _ = e.Close() }}
	if subscribers == 0 {
		return srv, nil
	}
	var received atomic.Uint64
	disconnect, err := subscribe(listeners[1].Addr, &received)
	if err != nil {
		_ = e.Close()
		return server{}, err
	}
	srv.stop = func() {
		disconnect()
		_ = e.Close()
	}
	srv.note = func() string { return fmt.Sprintf("the subscriber got %d", received.Load()) }
	return srv, nil
}

// subscribe connects an MQTT client that counts what it gets under bench/#.
func subscribe(addr string, received *atomic.Uint64) (disconnect func(), err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("dial broker: %w", err)
	}
	client := paho.NewClient(paho.ClientConfig{
		Conn: conn,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){
			func(paho.PublishReceived) (bool, error) {
				received.Add(1)
				return true, nil
			},
		},
	})
	ctx := context.Background()
	if _, err := client.Connect(ctx, &paho.Connect{ClientID: "bench-subscriber", KeepAlive: 60, CleanStart: true}); err != nil {
		return nil, fmt.Errorf("connect to broker: %w", err)
	}
	_, err = client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "bench/#"}}})
	if err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	return func() { _ = client.Disconnect(&paho.Disconnect{}) }, nil
}

func startGoCoAP() (server, error) {
	return serveGoCoAP(options.WithHandlerFunc(func(w *responsewriter.ResponseWriter[*client.Conn], _ *pool.Message) {
		_ = w.SetResponse(codes.Changed, message.TextPlain, bytes.NewReader(nil))
	}))
}

func serveGoCoAP(o ...udpserver.Option) (server, error) {
	l, err := coapnet.NewListenUDP("udp4", "127.0.0.1:0")
	if err != nil {
		return server{}, fmt.Errorf("bind: %w", err)
	}
	s := udp.NewServer(append(o, options.WithErrors(func(error) {}))...) // it reports every peer that is there when it stops
	go func() { _ = s.Serve(l) }()
	return server{addr: l.LocalAddr().String(), stop: func() {
		s.Stop()
		_ = l.Close()
	}}, nil
}
