package coap_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/secure"
	"sluice/engine/secure/securetest"
)

func listenDTLS(t testing.TB, credentials *securetest.Credentials, c coap.Config) *coap.Endpoint {
	t.Helper()
	c.DTLS.Credentials = credentials
	c.DTLS.ClientAuth = secure.VerifyIfGiven
	e, err := coap.ListenDTLS(context.Background(), "127.0.0.1:0", c)
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

// secureDevice is a device that speaks through DTLS.
func secureDevice(t testing.TB, e *coap.Endpoint, c securetest.Client) *device {
	t.Helper()
	return &device{t, securetest.Dial(t, e.Addr(), c), make([]byte, 64<<10)}
}

func TestIdentityOfDTLS(t *testing.T) {
	credentials := securetest.New(t, map[string]string{"lamp": "0123456789abcdef"})
	identities := make(chan secure.Identity, 1)
	e := listenDTLS(t, credentials, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		if r.Peer.Transport() != coap.DTLS || !r.Peer.Verified() {
			t.Errorf("over %v, verified %v", r.Peer.Transport(), r.Peer.Verified())
		}
		identities <- r.Peer.Identity()
		w.SetCode(codes.Content)
	})})
	certificate := credentials.Client("switch")
	for _, tt := range []struct {
		name   string
		client securetest.Client
		want   secure.Identity
	}{
		{"a server certificate only", securetest.Client{Credentials: credentials}, secure.Identity{}},
		{"certificates on both sides", securetest.Client{Credentials: credentials, Certificate: &certificate},
			secure.Identity{CommonName: "switch", Subject: "CN=switch"}},
		{"a pre-shared key", securetest.Client{PSK: "lamp", Key: "0123456789abcdef"}, secure.Identity{PSK: "lamp"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := secureDevice(t, e, tt.client)
			if m := d.ask(request(message.Confirmable, codes.GET, 1, "t", "a")); m.Code != codes.Content || m.Type != message.Acknowledgement {
				t.Errorf("got %v", m)
			}
			got := <-identities
			if got.Version != "DTLS 1.2" || got.CipherSuite == "" || got.CommonName != "" != (got.Fingerprint != "") {
				t.Errorf("identity %+v", got)
			}
			got.Version, got.CipherSuite, got.Fingerprint = "", "", ""
			if got != tt.want {
				t.Errorf("identity %+v, want %+v", got, tt.want)
			}
		})
	}
	eventually(t, "the sessions of devices that left end", func() bool { return e.Stats().Peers <= 3 })
}

// TestMessageLayerOverDTLS: retransmissions, duplicates and resets are as those of datagrams.
func TestMessageLayerOverDTLS(t *testing.T) {
	credentials := securetest.New(t, nil)
	var calls atomic.Int32
	relations := make(chan *coap.Relation, 1)
	ends := make(chan coap.EndReason, 1)
	e := listenDTLS(t, credentials, coap.Config{
		Transmission: coap.Transmission{ACKTimeout: 50 * time.Millisecond},
		Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
			w.SetCode(codes.Content)
			w.SetString(fmt.Sprint(calls.Add(1)))
			if r.Has(message.Observe) {
				relations <- w.Observe(coap.RelationConfig{OnEnd: func(_ *coap.Relation, reason coap.EndReason) { ends <- reason }})
			}
		})})
	var mu sync.Mutex
	var notes []coap.Note
	e.SetTap(func(d *coap.Datagram) {
		mu.Lock()
		defer mu.Unlock()
		if d.Transport != coap.DTLS || d.Data[0]>>6 != 1 {
			t.Errorf("the tap saw % x over %v", d.Data, d.Transport)
		}
		notes = append(notes, d.Note)
	})
	d := secureDevice(t, e, securetest.Client{Credentials: credentials})
	m := encode(t, request(message.Confirmable, codes.GET, 7, "t", "a"))
	d.send(m)
	first := d.receiveRaw()
	d.send(m)
	if again := d.receiveRaw(); !bytes.Equal(again, first) || calls.Load() != 1 {
		t.Errorf("a duplicate is answered % x after % x", again, first)
	}
	mu.Lock()
	if want := []coap.Note{0, 0, coap.Duplicate, coap.Retransmitted}; !slices.Equal(notes, want) {
		t.Errorf("the tap was told %v, want %v", notes, want)
	}
	mu.Unlock()

	d.ask(request(message.Confirmable, codes.GET, 8, "o", "a", option(message.Observe)))
	rel := <-relations
	rel.Notify(coap.Notification{Payload: []byte("x"), Confirmable: true})
	notification := d.receive()
	if again := d.receive(); again.MessageID != notification.MessageID || string(again.Payload) != "x" || again.Type != message.Confirmable {
		t.Errorf("sent %v, then %v", notification, again)
	}
	d.send([]byte{0x70, 0, byte(notification.MessageID >> 8), byte(notification.MessageID)})
	if reason := <-ends; reason != coap.EndReset {
		t.Errorf("the relation ended: %v", reason)
	}
	d.send([]byte{0x40, 0, 1})
	d.silent()
	if s := e.Stats(); s.Malformed != 1 || s.Duplicates != 1 || s.Peers != 1 {
		t.Errorf("%+v", s)
	}
}

func TestBlockwiseOverDTLS(t *testing.T) {
	credentials := securetest.New(t, nil)
	body := bytes.Repeat([]byte("0123456789abcdef"), 100_000/16)
	uploads := make(chan []byte, 1)
	e := listenDTLS(t, credentials, coap.Config{FinalBlock1: true, Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		if r.Code == codes.PUT {
			uploads <- bytes.Clone(r.Payload)
			w.SetCode(codes.Changed)
			return
		}
		w.SetCode(codes.Content)
		w.SetPayload(body)
	})})
	d := secureDevice(t, e, securetest.Client{Credentials: credentials})
	var id int32
	for n := 0; n*1024 < len(body); n++ {
		rest := body[n*1024:]
		more := len(rest) > 1024
		m := request(message.Confirmable, codes.PUT, id, "u", "a", option(message.Block1, szxBlock(uint32(n), more, 6)...))
		m.Payload = rest[:min(1024, len(rest))]
		if answer := d.ask(m); answer.Code != codes.Continue && (more || answer.Code != codes.Changed) {
			t.Fatalf("block %d: %v", n, answer)
		}
		id++
	}
	if got := <-uploads; !bytes.Equal(got, body) {
		t.Errorf("got %d bytes", len(got))
	}
	var got []byte
	for n := uint32(0); ; n++ {
		answer := d.ask(request(message.Confirmable, codes.GET, id, "d", "a", option(message.Block2, szxBlock(n, false, 6)...)))
		got = append(got, answer.Payload...)
		id++
		if _, more, _ := szxBlockOf(t, answer, message.Block2); !more {
			break
		}
	}
	if !bytes.Equal(got, body) {
		t.Errorf("fetched %d bytes", len(got))
	}
}

// leaving is a handler that observes, attaches Data and notes which peers go.
type leaving struct {
	relations chan *coap.Relation
	ends      chan coap.EndReason
	gone      chan *coap.Peer
}

func newLeaving() *leaving {
	return &leaving{make(chan *coap.Relation, 8), make(chan coap.EndReason, 8), make(chan *coap.Peer, 8)}
}

func (l *leaving) ServeCoAP(w *coap.ResponseWriter, r *coap.Request) {
	w.SetCode(codes.Content)
	if r.Has(message.Observe) {
		r.Peer.SetData("known")
		l.relations <- w.Observe(coap.RelationConfig{OnEnd: func(_ *coap.Relation, reason coap.EndReason) { l.ends <- reason }})
	}
}

func (l *leaving) PeerGone(p *coap.Peer) { l.gone <- p }

// TestTheEndOfASession: whoever ends it, what hangs on it ends too.
func TestTheEndOfASession(t *testing.T) {
	credentials := securetest.New(t, map[string]string{"lamp": "0123456789abcdef"})
	for _, tt := range []struct {
		name string
		end  func(e *coap.Endpoint, d *device)
	}{
		{"by the client", func(_ *coap.Endpoint, d *device) { _ = d.conn.Close() }},
		{"by EndPeers", func(e *coap.Endpoint, _ *device) {
			credentials.Revoke("nobody")
			if n := e.EndPeers(func(p *coap.Peer) bool { return credentials.Revoked(p.Identity()) }); n != 0 {
				t.Errorf("%d sessions of nobody ended", n)
			}
			if n := e.EndPeers(func(p *coap.Peer) bool { return p.Identity().PSK == "lamp" }); n != 1 {
				t.Errorf("%d sessions ended", n)
			}
		}},
		{"by Close", func(e *coap.Endpoint, _ *device) { _ = e.Close() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLeaving()
			e := listenDTLS(t, credentials, coap.Config{Handler: l, Transmission: coap.Transmission{ACKTimeout: time.Hour}})
			d := secureDevice(t, e, securetest.Client{PSK: "lamp", Key: "0123456789abcdef"})
			d.ask(request(message.Confirmable, codes.GET, 1, "t", "a", option(message.Observe)))
			rel := <-l.relations
			rel.Notify(coap.Notification{Payload: []byte("x"), Confirmable: true}) // awaits its ACK
			asked := make(chan error, 1)
			if _, err := e.Request(coap.ToPeer(rel.Peer()), &coap.ClientRequest{Code: codes.GET}, func(_ *coap.ClientResponse, err error) { asked <- err }); err != nil {
				t.Fatal(err)
			}
			tt.end(e, d)
			if reason := <-l.ends; reason != coap.EndClosed {
				t.Errorf("the relation ended: %v", reason)
			}
			if p := <-l.gone; p != rel.Peer() || p.Identity().PSK != "lamp" {
				t.Error("another peer is gone")
			}
			if err := <-asked; err == nil {
				t.Error("what was asked of it was answered")
			}
			eventually(t, "it is forgotten", func() bool { return e.Stats().Peers == 0 })
			rel.Notify(coap.Notification{Payload: []byte("y")})
			if _, err := e.Do(t.Context(), coap.ToPeer(rel.Peer()), &coap.ClientRequest{Code: codes.GET}); err == nil {
				t.Error("it is asked all the same")
			}
		})
	}
}

// TestAskADeviceOverDTLS: requests of ours go through the session.
func TestAskADeviceOverDTLS(t *testing.T) {
	credentials := securetest.New(t, nil)
	peers := make(chan *coap.Peer, 1)
	e := listenDTLS(t, credentials, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		peers <- r.Peer
		w.SetCode(codes.Content)
	})})
	d := secureDevice(t, e, securetest.Client{Credentials: credentials})
	d.ask(request(message.Confirmable, codes.GET, 1, "t", "a"))
	answers := make(chan string, 1)
	go func() {
		response, err := e.Do(context.Background(), coap.ToPeer(<-peers), &coap.ClientRequest{Code: codes.GET})
		if err != nil {
			answers <- err.Error()
			return
		}
		answers <- string(response.Payload)
	}()
	asked := d.receive()
	d.send(encode(t, message.Message{
		Type: message.Acknowledgement, Code: codes.Content, MessageID: asked.MessageID, Token: asked.Token, Payload: []byte("here"),
	}))
	if got := <-answers; got != "here" {
		t.Errorf("got %q", got)
	}
	if _, err := e.Do(t.Context(), coap.ToAddr(netip.MustParseAddrPort("127.0.0.1:9")), &coap.ClientRequest{Code: codes.GET}); err == nil {
		t.Error("an address without a session is asked")
	}
}

// TestIdleSessionsEnd: one that is not used goes early, one that was used later, one that is needed never.
func TestIdleSessionsEnd(t *testing.T) {
	credentials := securetest.New(t, nil)
	l := newLeaving()
	e := listenDTLS(t, credentials, coap.Config{
		Handler: l, Transmission: coap.Transmission{ACKTimeout: time.Millisecond, MaxRetransmit: 1},
		DTLS: coap.DTLSConfig{UnusedTimeout: time.Millisecond, IdleTimeout: 2 * time.Millisecond},
	})
	unused := secureDevice(t, e, securetest.Client{Credentials: credentials})
	observer := secureDevice(t, e, securetest.Client{Credentials: credentials})
	observer.ask(request(message.Confirmable, codes.GET, 1, "t", "a", option(message.Observe)))
	time.Sleep(5 * time.Millisecond)
	e.SweepSessions()
	if _, err := unused.conn.Read(make([]byte, 100)); err == nil {
		t.Error("a session that is not used goes on")
	}
	eventually(t, "the observer is left", func() bool { return e.Stats().Peers == 1 })
	observer.ask(request(message.Confirmable, codes.GET, 2, "u", "a"))
}

// TestAdmissionToDTLS: who may not speak gets no session.
func TestAdmissionToDTLS(t *testing.T) {
	credentials := securetest.New(t, nil)
	var denied atomic.Bool
	e := listenDTLS(t, credentials, coap.Config{Handler: content("hello"), Admission: coap.Admission{
		Admits: func(netip.Addr) bool { return !denied.Load() }, ProbeRequest: []byte("ping"), ProbeReply: []byte("pong"),
	}})
	d := secureDevice(t, e, securetest.Client{Credentials: credentials})
	d.silent() // of two messages that come before the server has ended its handshake, pion drops the second
	d.send([]byte("ping"))
	d.silent()
	denied.Store(true)
	d.send(encode(t, request(message.Confirmable, codes.GET, 1, "t", "a")))
	other := newDevice(t, e.Addr())
	other.send([]byte(strings.Repeat("x", 50)))
	eventually(t, "it is turned away", func() bool { return e.Stats().TurnedAway == 1 })
}

// roaming is a socket of a device behind a NAT that gives it another port.
type roaming struct {
	net.PacketConn
	mu  sync.Mutex
	now *net.UDPConn
}

func (r *roaming) WriteTo(b []byte, to net.Addr) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != nil {
		return r.now.WriteTo(b, to)
	}
	return r.PacketConn.WriteTo(b, to)
}

// TestAPeerMoves: with a Connection ID a session is the same peer at another address, and is notified there.
func TestAPeerMoves(t *testing.T) {
	credentials := securetest.New(t, nil)
	l := newLeaving()
	e := listenDTLS(t, credentials, coap.Config{Handler: l})
	before, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &roaming{PacketConn: before}
	d := secureDevice(t, e, securetest.Client{Credentials: credentials, ConnectionID: true, Conn: r})
	d.ask(request(message.Confirmable, codes.GET, 1, "t", "a", option(message.Observe)))
	rel := <-l.relations
	peer := rel.Peer()
	from := peer.Addr()
	after, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	r.mu.Lock()
	r.now = after
	r.mu.Unlock()
	d.send(encode(t, request(message.Confirmable, codes.GET, 2, "u", "a")))
	port := uint16(after.LocalAddr().(*net.UDPAddr).Port)
	eventually(t, "the peer has moved", func() bool { return peer.Addr().Port() == port })
	if peer.Addr() == from || e.Stats().Peers != 1 {
		t.Errorf("at %v after %v, %d peers", peer.Addr(), from, e.Stats().Peers)
	}
	buffer := make([]byte, 2048)
	_ = after.SetReadDeadline(time.Now().Add(patience))
	for range 2 { // the answer and the notification
		if _, _, err := after.ReadFrom(buffer); err != nil {
			t.Fatal(err)
		}
		rel.Notify(coap.Notification{Payload: []byte("x")})
	}
	if rel.Peer() != peer {
		t.Error("the relation is another peer's")
	}
}

// TestARestartedDevice begins anew at the address of its old session, which it has forgotten.
func TestARestartedDevice(t *testing.T) {
	credentials := securetest.New(t, map[string]string{"lamp": "0123456789abcdef"})
	l := newLeaving()
	e := listenDTLS(t, credentials, coap.Config{Handler: l})
	first, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	client := securetest.Client{PSK: "lamp", Key: "0123456789abcdef", Conn: first}
	observe := func(d *device) {
		t.Helper()
		if m := d.ask(request(message.Confirmable, codes.GET, 1, "t", "a", option(message.Observe))); m.Code != codes.Content {
			t.Fatalf("got %v", m)
		}
	}
	observe(secureDevice(t, e, client))
	old := (<-l.relations).Peer()
	_ = first.Close() // the lights go out
	again, err := net.ListenUDP("udp", first.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	client.Conn = again
	observe(secureDevice(t, e, client))
	if gone := <-l.gone; gone != old || <-l.ends != coap.EndClosed {
		t.Error("another peer is gone")
	}
	if rel := <-l.relations; rel.Peer() == old || rel.Peer().Addr() != old.Addr() {
		t.Error("it is taken for the old session")
	}
	eventually(t, "there is one session", func() bool { return e.Stats().Peers == 1 })
}
