package proxy

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

func TestFreshResponsesComeFromTheCache(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	asked := time.Now()
	maxAge(t, f.get("rd-proxy/dev/s"), 59, 60)
	time.Sleep(1100 * time.Millisecond)
	r := f.get("rd-proxy/dev/s")
	is(t, r, codes.Content, "1")
	maxAge(t, r, 59-secondsSince(asked), 58)
	if v, ok := r.Uint(message.ContentFormat); !ok || v != 0 {
		t.Error("the Content-Format is gone")
	}
	if n := d.asked.Load(); n != 1 {
		t.Errorf("the device was asked %d times", n)
	}
	if s := f.proxy.Stats(); s.Hits != 1 || s.Misses != 1 || s.Entries != 1 || s.Bytes == 0 {
		t.Errorf("counted %+v", s)
	}
}

func TestWhatIsPartOfTheCacheKey(t *testing.T) {
	fetch := func(payload string) *coap.ClientRequest {
		r := to(coap.FETCH, "rd-proxy/dev/s")
		r.Payload = []byte(payload)
		return r
	}
	for _, tt := range []struct {
		name   string
		r      *coap.ClientRequest
		shared bool
	}{
		{"the same", to(codes.GET, "rd-proxy/dev/s"), true},
		{"Size2", to(codes.GET, "rd-proxy/dev/s", option(message.Size2)), true},
		{"No-Response", to(codes.GET, "rd-proxy/dev/s", option(message.NoResponse)), true},
		{"Hop-Limit", to(codes.GET, "rd-proxy/dev/s", option(optionHopLimit, 9)), true},
		{"ETag", to(codes.GET, "rd-proxy/dev/s", text(message.ETag, "x")), true},
		{"another path", to(codes.GET, "rd-proxy/dev/other"), false},
		{"a query", to(codes.GET, "rd-proxy/dev/s", text(message.URIQuery, "a=1")), false},
		{"Accept", to(codes.GET, "rd-proxy/dev/s", option(message.Accept, 50)), false},
		{"FETCH", fetch(""), false},
		{"FETCH of something else", fetch("a"), false},
		{"another device", to(codes.GET, "rd-proxy/dev2/s"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, settings.Proxy{}, nil)
			newDevice(t, f, "dev")
			newDevice(t, f, "dev2")
			f.get("rd-proxy/dev/s")
			f.ask(tt.r)
			if s := f.proxy.Stats(); (s.Hits == 1) != tt.shared {
				t.Errorf("counted %+v", s)
			}
			f.ask(tt.r)
			if s := f.proxy.Stats(); s.Hits == 0 {
				t.Errorf("is not kept: %+v", s)
			}
		})
	}
}

func TestRevalidation(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	d.set("1", "v1", 0)
	is(t, f.get("rd-proxy/dev/s"), codes.Content, "1")
	d.set("1", "v1", 60)
	r := f.get("rd-proxy/dev/s") // 2.03 from the device
	is(t, r, codes.Content, "1")
	maxAge(t, r, 59, 60)
	if s := f.proxy.Stats(); s.Revalidated != 1 {
		t.Errorf("counted %+v", s)
	}
	r = f.get("rd-proxy/dev/s", text(message.ETag, "v1")) // the client has it, and the proxy knows
	is(t, r, codes.Valid, "")
	maxAge(t, r, 58, 60)
	is(t, f.get("rd-proxy/dev/s", text(message.ETag, "v0")), codes.Content, "1")
	if n := d.asked.Load(); n != 2 {
		t.Errorf("the device was asked %d times", n)
	}
	d.set("2", "v2", 60)
	f.proxy.forget(f.onlyTarget())
	is(t, f.get("rd-proxy/dev/s", text(message.ETag, "v1")), codes.Content, "2")
}

// onlyTarget is the one target of which something is kept.
func (f *front) onlyTarget() string {
	f.proxy.mu.Lock()
	defer f.proxy.mu.Unlock()
	for target := range f.proxy.cache.targets {
		return target
	}
	return ""
}

func TestChangesPassAndInvalidate(t *testing.T) {
	for _, method := range []codes.Code{codes.POST, codes.PUT, codes.DELETE, coap.PATCH, coap.IPATCH} {
		f := newFront(t, settings.Proxy{}, nil)
		d := newDevice(t, f, "dev")
		f.get("rd-proxy/dev/s")
		r := to(method, "rd-proxy/dev/s")
		r.Payload = []byte(strings.Repeat("x", 3000))
		is(t, f.ask(r), codes.Changed, "")
		is(t, f.get("rd-proxy/dev/s"), codes.Content, string(r.Payload))
		if n := d.asked.Load(); n != 3 {
			t.Errorf("%v: the device was asked %d times", method, n)
		}
	}
}

func TestErrorsAreKept(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	is(t, f.get("rd-proxy/dev/missing"), codes.NotFound, "")
	is(t, f.get("rd-proxy/dev/missing"), codes.NotFound, "")
	is(t, f.get("rd-proxy/nobody/s"), codes.NotFound, "")
	if n := d.asked.Load(); n != 1 {
		t.Errorf("the device was asked %d times", n)
	}
}

func TestConcurrentReadsAreOne(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	var readers sync.WaitGroup
	for range 20 {
		client := listen(t, func(*coap.ResponseWriter, *coap.Request) {})
		readers.Go(func() {
			r, err := client.Do(t.Context(), coap.ToAddr(f.endpoint.Addr()), to(codes.GET, "rd-proxy/dev/slow"))
			if err != nil || string(r.Payload) != "slow" {
				t.Errorf("got %v, %v", r, err)
			}
		})
	}
	readers.Wait()
	if n := d.asked.Load(); n != 1 {
		t.Errorf("the device was asked %d times", n)
	}
	if s := f.proxy.Stats(); s.Joined+s.Hits != 19 || s.Joined == 0 {
		t.Errorf("counted %+v", s)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	for name, s := range map[string]settings.Proxy{
		"entries": {MaxCacheEntries: 2}, "bytes": {MaxCacheBytes: 3000},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, s, nil)
			newDevice(t, f, "dev")
			for _, path := range []string{"a", "b", "a", "c", "d"} {
				f.get("rd-proxy/dev/" + path)
			}
			stats := f.proxy.Stats()
			if name == "entries" && stats.Entries != 2 || stats.Bytes > 3000 || stats.Evicted == 0 && name == "entries" {
				t.Errorf("counted %+v", stats)
			}
			if n := len(f.proxy.cache.resources); n != stats.Entries {
				t.Errorf("%d resources for %d entries", n, stats.Entries)
			}
		})
	}
}

// TestSleepingDevice reads from a device that answers, and then does not.
func TestSleepingDevice(t *testing.T) {
	f := newFront(t, sleepy, nil)
	d := newDevice(t, f, "dev")
	d.set("21.5", "e", 0)
	read := time.Now()
	is(t, f.get("rd-proxy/dev/s"), codes.Content, "21.5")
	d.asleep.Store(true)
	time.Sleep(1100 * time.Millisecond)
	begin := time.Now()
	r := f.get("rd-proxy/dev/s", text(message.ETag, "e"))
	is(t, r, codes.Content, "21.5") // nobody knows whether it is still valid
	maxAge(t, r, 0, 0)
	if age, ok := r.Uint(OptionAge); !ok || age < 1 || age > secondsSince(read) {
		t.Errorf("Age is %d, %v", age, ok)
	}
	if d := time.Since(begin); d < brief {
		t.Errorf("the device was given %v", d)
	}
	reached := d.reached.Load()
	is(t, f.get("rd-proxy/dev/s"), codes.Content, "21.5")
	is(t, f.get("rd-proxy/dev/never-read"), codes.GatewayTimeout, "the server does not answer")
	if n := d.reached.Load(); n != reached {
		t.Errorf("a device that was silent was asked again, %d times", n-reached)
	}
	if s := f.proxy.Stats(); s.Stale != 2 || s.Failed != 1 {
		t.Errorf("counted %+v", s)
	}
}

// TestSleepingDeviceIsHeard has a device behind its registration's peer speak again.
func TestSleepingDeviceIsHeard(t *testing.T) {
	f := newFront(t, sleepy, nil)
	d := newDevice(t, f, "dev")
	peers := make(chan *coap.Peer, 1)
	hearing := listen(t, func(w *coap.ResponseWriter, r *coap.Request) {
		select {
		case peers <- r.Peer:
		default:
		}
		w.SetCode(codes.Changed)
	})
	speak := func() {
		if _, err := d.endpoint.Do(t.Context(), coap.ToAddr(hearing.Addr()), to(codes.POST, "rd")); err != nil {
			t.Fatal(err)
		}
	}
	speak()
	f.directory.add("dev", Device{ID: "dev", Target: "coap://192.0.2.1", Address: d.endpoint.Addr(), Peer: <-peers})
	is(t, f.get("rd-proxy/dev/s"), codes.Content, "1")
	d.asleep.Store(true)
	is(t, f.get("rd-proxy/dev/other"), codes.GatewayTimeout, "the server does not answer")
	d.asleep.Store(false)
	is(t, f.get("rd-proxy/dev/other"), codes.GatewayTimeout, "the server does not answer")
	speak()
	is(t, f.get("rd-proxy/dev/other"), codes.Content, "1")
}
