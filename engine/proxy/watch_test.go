package proxy

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

// observing is one observer of the front.
type observing struct {
	*coap.Observation
	got chan *coap.ClientResponse
}

func (f *front) observe(path string) *observing {
	f.t.Helper()
	return f.observeFrom(f.client, path)
}

func (f *front) observeFrom(client *coap.Endpoint, path string) *observing {
	f.t.Helper()
	o := &observing{got: make(chan *coap.ClientResponse, 64)}
	var err error
	o.Observation, err = client.Observe(coap.ToAddr(f.endpoint.Addr()), to(codes.GET, path), func(r *coap.ClientResponse, err error) {
		switch {
		case err == nil:
			o.got <- r
		case !errors.Is(err, coap.ErrClosed):
			f.t.Errorf("observation: %v", err)
		}
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return o
}

func (o *observing) next(t testing.TB, code codes.Code, payload string, observed bool) *coap.ClientResponse {
	t.Helper()
	select {
	case r := <-o.got:
		is(t, r, code, payload)
		if r.Observed != observed {
			t.Errorf("observed %v", r.Observed)
		}
		return r
	case <-time.After(10 * time.Second):
		t.Fatalf("never got %q", payload)
		return nil
	}
}

func TestHundredObserversOneObservation(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	var observers []*observing
	for i := range 100 {
		client := f.client
		if i%2 == 1 { // half of them from addresses of their own
			client = listen(t, func(*coap.ResponseWriter, *coap.Request) {})
		}
		observers = append(observers, f.observeFrom(client, "rd-proxy/dev/s"))
		if i%2 == 0 {
			observers[i].next(t, codes.Content, "1", true)
		}
	}
	for i, o := range observers {
		if i%2 == 1 {
			o.next(t, codes.Content, "1", true)
		}
	}
	if n := d.asked.Load(); n != 1 {
		t.Errorf("the device was asked %d times", n)
	}
	d.notify("2")
	for _, o := range observers {
		o.next(t, codes.Content, "2", true)
	}
	is(t, f.get("rd-proxy/dev/s"), codes.Content, "2") // what it notified is kept
	if s := f.proxy.Stats(); s.Observed != 100 || s.Watches != 1 {
		t.Errorf("counted %+v", s)
	}
	for _, o := range observers[1:] {
		o.Cancel()
	}
	eventually(t, "all but one have left", func() bool { return f.proxy.Stats().Observed == 1 })
	d.notify("3")
	observers[0].next(t, codes.Content, "3", true)
	before := d.asked.Load()
	observers[0].Cancel()
	eventually(t, "the observation at the device is cancelled", func() bool {
		s := f.proxy.Stats()
		return s.Watches == 0 && s.Observed == 0 && d.asked.Load() == before+1
	})
}

func TestObserversThatVanish(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	o := f.observe("rd-proxy/dev/s")
	o.next(t, codes.Content, "1", true)
	_ = f.client.Close() // its socket is gone; the end of its endpoint is an error of its own
	f.client = listen(t, func(*coap.ResponseWriter, *coap.Request) {})
	again := f.observe("rd-proxy/dev/s")
	again.next(t, codes.Content, "1", true)
	if n := d.asked.Load(); n != 1 {
		t.Errorf("the device was asked %d times", n)
	}
}

func TestResourcesThatCannotBeObserved(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	newDevice(t, f, "dev")
	f.observe("rd-proxy/dev/missing").next(t, codes.NotFound, "", false)
	f.observe("rd-proxy/dev/slow").next(t, codes.Content, "slow", false)
	if s := f.proxy.Stats(); s.Watches != 0 {
		t.Errorf("counted %+v", s)
	}
}

func TestDeviceThatEndsAnObservation(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	o := f.observe("rd-proxy/dev/s")
	o.next(t, codes.Content, "1", true)
	d.mu.Lock()
	rel := d.relations[0]
	d.mu.Unlock()
	rel.Notify(coap.Notification{Code: codes.NotFound})
	o.next(t, codes.NotFound, "", false)
	if s := f.proxy.Stats(); s.Watches != 0 || s.Observed != 0 {
		t.Errorf("counted %+v", s)
	}
}

func TestObserversAreBounded(t *testing.T) {
	f := newFront(t, settings.Proxy{MaxObservers: 2}, nil)
	newDevice(t, f, "dev")
	for i := range 3 {
		f.observe("rd-proxy/dev/s").next(t, codes.Content, "1", i < 2)
	}
	if s := f.proxy.Stats(); s.Observed != 2 || s.Full != 1 {
		t.Errorf("counted %+v", s)
	}
}

// TestObserversOfASleepingDevice keeps them until it speaks again.
func TestObserversOfASleepingDevice(t *testing.T) {
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
	d.set("1", "", 0)
	is(t, f.get("rd-proxy/dev/s"), codes.Content, "1")
	d.asleep.Store(true)
	o := f.observe("rd-proxy/dev/s")
	r := o.next(t, codes.Content, "1", true)
	if _, ok := r.Uint(OptionAge); !ok {
		t.Error("a value that is not fresh came without Age")
	}
	second := f.observe("rd-proxy/dev/s")
	second.next(t, codes.Content, "1", true)
	f.observe("rd-proxy/dev/never-read").next(t, codes.GatewayTimeout, "the server does not answer", false)
	d.set("2", "", 60)
	d.asleep.Store(false)
	speak()
	o.next(t, codes.Content, "2", true)
	second.next(t, codes.Content, "2", true)
	if s := f.proxy.Stats(); s.Watches != 1 || s.Observed != 2 {
		t.Errorf("counted %+v", s)
	}
}

func TestLargeNotificationsPass(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	o := f.observe("rd-proxy/dev/s")
	o.next(t, codes.Content, "1", true)
	for i := range 3 {
		large := fmt.Sprintf("%04000d", i)
		d.notify(large)
		o.next(t, codes.Content, large, true)
	}
}
