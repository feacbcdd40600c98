package proxy

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

// brief is the timeout of servers that do not answer. Those that do have long on a busy machine.
const (
	brief = 500 * time.Millisecond
	long  = 15 * time.Second
)

// sleepy are settings for tests of servers that do not answer.
var sleepy = settings.Proxy{Timeout: settings.Duration(brief)}

type handler func(w *coap.ResponseWriter, r *coap.Request)

func (h handler) ServeCoAP(w *coap.ResponseWriter, r *coap.Request) { h(w, r) }
func (h handler) PeerGone(*coap.Peer)                               {}

func listen(t testing.TB, h handler) *coap.Endpoint {
	t.Helper()
	e, err := coap.Listen(context.Background(), "127.0.0.1:0", coap.Config{Handler: h, FinalBlock1: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// registered is a directory of devices by endpoint name, all of whose paths are registered.
type registered struct {
	mu      sync.Mutex
	devices map[string]Device
}

func (d *registered) Resolve(ep string, path []string) (Device, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	device, ok := d.devices[ep]
	device.Target += "/" + strings.Join(path, "/")
	return device, ok
}

func (d *registered) add(ep string, device Device) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.devices == nil {
		d.devices = map[string]Device{}
	}
	d.devices[ep] = device
}

// front is an endpoint with a proxy, and a client of it.
type front struct {
	t         testing.TB
	proxy     *Proxy
	endpoint  *coap.Endpoint
	client    *coap.Endpoint
	directory *registered
	denied    atomic.Bool // to observe
}

type answering struct {
	w          *coap.ResponseWriter
	permission Permission
}

func (a answering) Answer(fill func(w *coap.ResponseWriter)) { fill(a.w) }
func (a answering) Permission() Permission                   { return a.permission }

func (a answering) Later() func(fill func(w *coap.ResponseWriter)) {
	return a.w.Defer().Reply
}

func newFront(t testing.TB, s settings.Proxy, change func(c *Config)) *front {
	t.Helper()
	f := &front{t: t, directory: &registered{}}
	s.Reverse = true
	if s.Timeout == 0 {
		s.Timeout = settings.Duration(long)
	}
	c := Config{Settings: s, Directory: f.directory}
	if change != nil {
		change(&c)
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	f.proxy = p
	f.endpoint = listen(t, f.serve)
	f.client = listen(t, func(w *coap.ResponseWriter, _ *coap.Request) { w.SetCode(codes.NotFound) })
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *front) serve(w *coap.ResponseWriter, r *coap.Request) {
	x := answering{w, func() codes.Code {
		if f.denied.Load() {
			return codes.Forbidden
		}
		return 0
	}}
	if Proxied(r) {
		target, refused := TargetOf(r)
		if refused != nil {
			w.SetCode(refused.Code)
			w.SetString(refused.Text)
			return
		}
		f.proxy.Forward(r, x, target)
		return
	}
	path := r.PathSegments(nil)
	if len(path) < 2 || path[0] != Root {
		w.SetCode(codes.Content)
		w.SetString("the front itself")
		return
	}
	f.proxy.Reverse(r, x, path[1], path[2:], r.Queries(nil))
}

// ask sends a request to the front.
func (f *front) ask(r *coap.ClientRequest) *coap.ClientResponse {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	response, err := f.client.Do(ctx, coap.ToAddr(f.endpoint.Addr()), r)
	if err != nil {
		f.t.Fatal(err)
	}
	return response
}

func (f *front) get(path string, options ...message.Option) *coap.ClientResponse {
	f.t.Helper()
	return f.ask(to(codes.GET, path, options...))
}

func to(code codes.Code, path string, options ...message.Option) *coap.ClientRequest {
	r := &coap.ClientRequest{Code: code}
	if path != "" {
		for segment := range strings.SplitSeq(path, "/") {
			r.Options = r.Options.Add(message.Option{ID: message.URIPath, Value: []byte(segment)})
		}
	}
	for _, o := range options {
		r.Options = r.Options.Add(o)
	}
	return r
}

func option(id message.OptionID, value ...byte) message.Option {
	return message.Option{ID: id, Value: value}
}

func text(id message.OptionID, value string) message.Option {
	return message.Option{ID: id, Value: []byte(value)}
}

// device is one that is registered and counts what it is asked.
type device struct {
	endpoint *coap.Endpoint
	reached  atomic.Int32 // requests, also those that it sleeps through
	asked    atomic.Int32
	asleep   atomic.Bool

	mu        sync.Mutex
	value     string
	etag      string
	maxAge    uint32
	relations []*coap.Relation
	last      []string // options of the requests, as text
}

// newDevice registers a device as ep at the front.
func newDevice(t testing.TB, f *front, ep string) *device {
	t.Helper()
	d := &device{value: "1", maxAge: 60}
	d.endpoint = listen(t, d.serve)
	f.directory.add(ep, Device{ID: ep, Target: "coap://" + d.endpoint.Addr().String(), Address: d.endpoint.Addr()})
	return d
}

func (d *device) set(value, etag string, maxAge uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.value, d.etag, d.maxAge = value, etag, maxAge
}

func (d *device) serve(w *coap.ResponseWriter, r *coap.Request) {
	d.reached.Add(1)
	if d.asleep.Load() {
		w.Defer() // never answers, but for an ACK
		return
	}
	d.asked.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	var options []string
	for _, o := range r.Options {
		options = append(options, fmt.Sprintf("%d=%q", o.ID, o.Value))
	}
	d.last = options
	switch {
	case r.Code != codes.GET && r.Code != coap.FETCH:
		d.value = string(r.Payload)
		w.SetCode(codes.Changed)
		return
	case strings.HasSuffix(strings.Join(r.PathSegments(nil), "/"), "missing"):
		w.SetCode(codes.NotFound)
		return
	case strings.HasSuffix(strings.Join(r.PathSegments(nil), "/"), "slow"):
		later := w.Defer()
		time.AfterFunc(200*time.Millisecond, func() {
			later.Reply(func(w *coap.ResponseWriter) { w.SetCode(codes.Content); w.SetString("slow") })
		})
		return
	}
	if v, ok := r.Uint(message.Observe); ok && v == 0 {
		d.relations = append(d.relations, w.Observe(coap.RelationConfig{}))
	}
	w.SetCode(codes.Content)
	w.AddUint(message.MaxAge, d.maxAge)
	if d.etag != "" {
		w.AddString(message.ETag, d.etag)
		for _, o := range r.Options {
			if o.ID == message.ETag && string(o.Value) == d.etag {
				w.SetCode(codes.Valid)
				return
			}
		}
	}
	w.AddUint(message.ContentFormat, 0)
	w.SetString(d.value + string(r.Payload))
}

func (d *device) notify(value string) {
	d.mu.Lock()
	d.value = value
	relations := d.relations
	d.mu.Unlock()
	for _, rel := range relations {
		rel.Notify(coap.Notification{Payload: []byte(value), Options: message.Options{option(message.MaxAge, 60)}})
	}
}

func is(t testing.TB, r *coap.ClientResponse, code codes.Code, payload string) {
	t.Helper()
	if r.Code != code || string(r.Payload) != payload {
		t.Errorf("got %v %q, want %v %q", r.Code, r.Payload, code, payload)
	}
}

func maxAge(t testing.TB, r *coap.ClientResponse, from, to uint32) {
	t.Helper()
	if v, ok := r.Uint(message.MaxAge); !ok || v < from || v > to {
		t.Errorf("Max-Age is %d (%v), want %d to %d", v, ok, from, to)
	}
}

// secondsSince is how many seconds may have been counted since then.
func secondsSince(then time.Time) uint32 { return uint32(time.Since(then)/time.Second) + 1 }

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

func loopback(port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
}
