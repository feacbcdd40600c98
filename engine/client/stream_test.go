package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/record"
)

// streams are the listeners of the gateway for the reliable transports.
var streams = map[string]func(context.Context, string, coap.Config) (*coap.Endpoint, error){"coap+tcp": coap.ListenTCP, "coap+ws": coap.ListenWebSocket}

// echoing answers each request with its payload, or with so many bytes as the query says where there is none.
type echoing struct{}

func (echoing) PeerGone(*coap.Peer) {}

func (echoing) ServeCoAP(w *coap.ResponseWriter, r *coap.Request) {
	if len(r.Payload) > 0 {
		w.SetCode(codes.Changed)
		w.SetPayload(r.Payload)
		return
	}
	w.SetCode(codes.Content)
	w.SetPayload(bytes.Repeat([]byte("0123456789abcdef"), 200_000/16))
}

func TestOverReliableTransports(t *testing.T) {
	for scheme, listen := range streams {
		t.Run(scheme, func(t *testing.T) {
			endpoint, err := listen(t.Context(), "127.0.0.1:0", coap.Config{Handler: echoing{}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = endpoint.Close() })
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c, err := Dial(ctx, scheme, endpoint.Addr().String(), Config{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			for _, size := range []int{1, 11, 12, 13, 268, 269, 1024, 65_000, 65_805, 200_000} {
				body := bytes.Repeat([]byte("x"), size)
				x, err := c.Do(ctx, &Request{Code: codes.PUT, Payload: body})
				if err != nil || !bytes.Equal(x.Payload, body) || x.Retransmissions != 0 {
					t.Errorf("%d bytes: %v, %d came back", size, err, len(x.Payload))
				}
			}
			x, err := c.Do(ctx, &Request{Code: codes.GET})
			if err != nil || len(x.Payload) != 200_000 || len(x.Datagrams) < 2 || x.RTT <= 0 || x.Type != message.Unset {
				t.Fatalf("%v, %d bytes in %d messages", err, len(x.Payload), len(x.Datagrams))
			}
			for _, d := range x.Datagrams {
				if m := record.Decode(record.Frame{Protocol: d.Protocol, Outgoing: d.Outgoing, Data: d.Data}); m.Err != "" {
					t.Errorf("%s", m.Err)
				}
			}
			if x, err := c.Ping(ctx, &Request{}); err != nil || !x.Answered || x.RTT <= 0 {
				t.Errorf("ping: %v, %+v", err, x)
			}
			blocks, err := c.Do(ctx, &Request{Code: codes.PUT, Payload: bytes.Repeat([]byte("y"), 1000), BlockSize: 64})
			if err != nil || blocks.Blocks < 16 {
				t.Errorf("in blocks of 64: %v, %d blocks", err, blocks.Blocks)
			}
		})
	}
}

// greeter is a server of one TCP connection that says what a script says.
func greeter(t *testing.T, script func(conn *overTCP)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		script(&overTCP{conn: conn, reader: bufio.NewReader(conn)})
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// tell sends a message of the server's.
func tell(conn *overTCP, p packet) {
	if data, err := p.frame(record.CoAPTCP); err == nil {
		_ = conn.write(data)
	}
}

func TestWhatAServerSignals(t *testing.T) {
	abort := func(conn *overTCP) {
		tell(conn, packet{code: codes.CSM})
		_, _ = conn.next() // the CSM of the client
		_, _ = conn.next()
		tell(conn, packet{code: codes.Abort, payload: []byte("enough")})
		_, _ = conn.next()
	}
	for _, c := range []struct {
		name   string
		script func(conn *overTCP)
		want   string
	}{
		{"an Abort says why", abort, "aborted by the server: enough"},
		{"no CSM and the end", func(conn *overTCP) { _, _ = conn.next() }, "closed: by the server"},
		{"a message that is too long", func(conn *overTCP) {
			_ = conn.write([]byte{0xf0, 0xff, 0xff, 0xff, 0xff, 0xe1})
			_, _ = conn.next()
			_, _ = conn.next()
		}, "is longer than the Max-Message-Size"},
		{"a reserved token length", func(conn *overTCP) {
			_ = conn.write([]byte{0x0f, 0xe1})
			_, _ = conn.next()
			_, _ = conn.next()
		}, "a token of 15 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			conn, err := Dial(ctx, "coap+tcp", greeter(t, c.script), Config{})
			if err == nil {
				_, err = conn.Do(ctx, &Request{Code: codes.GET})
				_ = conn.Close()
			}
			if err == nil || !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestUnknownCriticalSignalingOptionsAbort: RFC 8323, section 5.2.
func TestUnknownCriticalSignalingOptionsAbort(t *testing.T) {
	unknown := message.Options{{ID: 9, Value: []byte{1}}}
	for _, c := range []struct {
		name    string
		message packet
		named   message.Options // in the Abort
	}{
		{"of a CSM", packet{code: codes.CSM, options: unknown}, message.Options{{ID: message.TCPBadCSMOption, Value: []byte{9}}}},
		{"of a Ping", packet{code: codes.Ping, options: unknown}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := make(chan packet, 1)
			address := greeter(t, func(conn *overTCP) {
				tell(conn, packet{code: codes.CSM})
				tell(conn, c.message)
				for data, err := conn.next(); err == nil; data, err = conn.next() {
					if p, err := parseFrame(data); err == nil && p.code == codes.Abort {
						told <- p
						return
					}
				}
			})
			conn, err := Dial(t.Context(), "coap+tcp", address, Config{})
			if err == nil {
				_, err = conn.Do(t.Context(), &Request{Code: codes.GET})
				_ = conn.Close()
			}
			if !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "critical option 9 is unknown") {
				t.Errorf("%v", err)
			}
			select {
			case p := <-told:
				if named, _ := find(p.options, message.TCPBadCSMOption); len(p.options) != len(c.named) || len(c.named) > 0 && !bytes.Equal(named, c.named[0].Value) {
					t.Errorf("the Abort names %v", p.options)
				}
			case <-time.After(patience):
				t.Error("no Abort came")
			}
		})
	}
}

// TestAConnectionIsReleased: RFC 8323, section 5.5.
func TestAConnectionIsReleased(t *testing.T) {
	for name, closes := range map[string]bool{"a server that closes": true, "one that does not": false} {
		t.Run(name, func(t *testing.T) {
			var last []codes.Code
			done := make(chan struct{})
			address := greeter(t, func(conn *overTCP) {
				defer close(done)
				tell(conn, packet{code: codes.CSM})
				for data, err := conn.next(); err == nil; data, err = conn.next() {
					if p, err := parseFrame(data); err == nil {
						last = append(last, p.code)
					}
					if closes && last[len(last)-1] == codes.Release {
						return
					}
				}
			})
			conn, err := Dial(t.Context(), "coap+tcp", address, Config{})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > patience {
				t.Errorf("closing took %s", took)
			}
			<-done
			if !slices.Equal(last, []codes.Code{codes.CSM, codes.Release}) {
				t.Errorf("the server got %v", last)
			}
		})
	}
}

func TestAServerWithoutBlocksIsSentNone(t *testing.T) {
	address := greeter(t, func(conn *overTCP) {
		tell(conn, packet{code: codes.CSM})
		for {
			if _, err := conn.next(); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := Dial(ctx, "coap+tcp", address, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = conn.Do(ctx, &Request{Code: codes.PUT, Payload: make([]byte, 2000)})
	if err == nil || !strings.Contains(err.Error(), "1152 bytes and no blocks") {
		t.Errorf("%v", err)
	}
}

// TestAnObservationOverTCP: a Ping is answered meanwhile, an order of notifications is not looked at, and there is no Reset.
func TestAnObservationOverTCP(t *testing.T) {
	pong := make(chan []byte, 1)
	address := greeter(t, func(conn *overTCP) {
		tell(conn, packet{code: codes.CSM, options: message.Options{{ID: message.TCPBlockWiseTransfer}}})
		for {
			data, err := conn.next()
			if err != nil {
				return
			}
			switch p, _ := parseFrame(data); p.code {
			case codes.GET:
				if end, _ := findUint(p.options, message.Observe); end == 1 {
					tell(conn, packet{code: codes.Content, token: p.token})
					continue
				}
				for _, sequence := range []byte{9, 3, 2} {
					tell(conn, packet{code: codes.Content, token: p.token, options: message.Options{{ID: message.Observe, Value: []byte{sequence}}}, payload: []byte{sequence}})
				}
				tell(conn, packet{code: codes.Ping, token: message.Token("p")})
			case codes.Pong:
				pong <- slices.Clone(p.token)
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := Dial(ctx, "coap+tcp", address, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make(chan *Notification, 8)
	o, x, err := conn.Observe(ctx, &Request{Code: codes.GET}, func(n *Notification) { got <- n })
	if err != nil || o == nil || string(x.Payload) != "\x09" {
		t.Fatalf("%v, %+v", err, x)
	}
	for _, want := range []byte{3, 2} {
		select {
		case n := <-got:
			if n.Payload[0] != want || n.Reordered || n.Last {
				t.Errorf("%+v", n)
			}
		case <-time.After(patience):
			t.Fatal("no notification")
		}
	}
	if token := <-pong; string(token) != "p" {
		t.Errorf("the Pong has the token %q", token)
	}
	if _, err := o.Cancel(ctx, ByReset); err == nil || !strings.Contains(err.Error(), "no Reset") {
		t.Errorf("ended by Reset: %v", err)
	}
	if x, err := o.Cancel(ctx, ByGet); err != nil || x.Code != codes.Content {
		t.Errorf("ended by GET: %v", err)
	}
}

// TestBlocksOfBERT: several blocks come in one message (RFC 8323, section 6).
func TestBlocksOfBERT(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 10*64)
	address := greeter(t, func(conn *overTCP) {
		tell(conn, packet{code: codes.CSM, options: message.Options{{ID: message.TCPBlockWiseTransfer}}})
		for {
			data, err := conn.next()
			if err != nil {
				return
			}
			p, _ := parseFrame(data)
			if p.code != codes.GET {
				continue
			}
			b, _ := blockOrBERT(p.options, message.Block2)
			from := int(b.num) * largestBlock
			to := min(from+4*largestBlock, len(body))
			part := block{num: b.num, more: to < len(body), bert: true}
			tell(conn, packet{code: codes.Content, token: p.token, options: message.Options{{ID: message.Block2, Value: part.value()}}, payload: body[from:to]})
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := Dial(ctx, "coap+tcp", address, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if x, err := conn.Do(ctx, &Request{Code: codes.GET}); err != nil || !bytes.Equal(x.Payload, body) || x.Blocks != 3 {
		t.Errorf("%v: %d bytes in %d messages", err, len(x.Payload), x.Blocks)
	}
}

func FuzzParseFrame(f *testing.F) {
	f.Add([]byte{0x00, 0xe1})
	f.Add([]byte("\x01\x01t\xb2ps\x01a"))
	f.Add([]byte{0xd1, 0x00, 0x45, 't', 0xff, 'x'})
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseFrame(data)
		if err != nil {
			return
		}
		for _, protocol := range []record.Protocol{record.CoAPTCP, record.CoAPWebSocket} {
			again, err := p.frame(protocol)
			if err != nil {
				t.Fatalf("% x: %v", data, err)
			}
			if q, err := parseFrame(again); err != nil || q.code != p.code || !bytes.Equal(q.payload, p.payload) || len(q.options) != len(p.options) {
				t.Fatalf("% x became % x: %v", data, again, err)
			}
		}
	})
}
