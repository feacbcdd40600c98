package proxy

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

// forwarding are settings of a forward proxy that may ask what the tests listen on.
func forwarding(allow ...string) settings.Proxy {
	return settings.Proxy{Forward: true, AllowLoopback: true, Allow: allow}
}

// names resolves what tests ask for.
func names(c *Config) {
	c.LookUp = func(_ context.Context, host string) ([]netip.Addr, error) {
		addrs, ok := map[string][]netip.Addr{
			"device.example.org": {netip.MustParseAddr("127.0.0.1")},
			"mixed.example.org":  {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("169.254.0.1")},
			"elsewhere.test":     {netip.MustParseAddr("127.0.0.1")},
			"nothing.test":       {},
		}[host]
		if !ok {
			return nil, fmt.Errorf("%s is not known", host)
		}
		return addrs, nil
	}
}

func TestWhatAForwardProxyAsks(t *testing.T) {
	d := &device{value: "1", maxAge: 60}
	d.endpoint = listen(t, d.serve)
	port := d.endpoint.Addr().Port()
	all := forwarding("coap://*:*", "coaps://*:*")
	uri := func(s string) []message.Option {
		return []message.Option{text(message.ProxyURI, strings.ReplaceAll(s, "PORT", fmt.Sprint(port)))}
	}
	portOption := option(message.URIPort, byte(port>>8), byte(port))
	for _, tt := range []struct {
		name     string
		settings settings.Proxy
		options  []message.Option
		code     codes.Code
		want     []string // what the device got, besides Hop-Limit
	}{
		{"off", settings.Proxy{}, uri("coap://127.0.0.1:PORT/a"), codes.ProxyingNotSupported, nil},
		{"off, Proxy-Scheme", settings.Proxy{}, []message.Option{text(message.ProxyScheme, "coap"), text(message.URIHost, "a")}, codes.ProxyingNotSupported, nil},
		{"Proxy-Uri", all, uri("coap://127.0.0.1:PORT/a/b%2fc?d=%26&e"), codes.Content, []string{`11="a"`, `11="b/c"`, `15="d=&"`, `15="e"`}},
		{"no path", all, uri("coap://127.0.0.1:PORT"), codes.Content, nil},
		{"empty path", all, uri("coap://127.0.0.1:PORT/?"), codes.Content, nil},
		{"empty segments", all, uri("coap://127.0.0.1:PORT//a/"), codes.Content, []string{`11=""`, `11="a"`, `11=""`}},
		{"a name", all, uri("coap://Device.Example.org:PORT/a"), codes.Content, []string{`3="device.example.org"`, `11="a"`}},
		{"Proxy-Uri before the Uri options", all, append(uri("coap://127.0.0.1:PORT/a"), text(message.URIPath, "x")), codes.Content, []string{`11="a"`}},
		{"Proxy-Scheme", all, []message.Option{
			text(message.ProxyScheme, "coap"), text(message.URIHost, "127.0.0.1"), portOption, text(message.URIPath, "a"), text(message.URIQuery, "b"),
		}, codes.Content, []string{`11="a"`, `15="b"`}},
		{"Proxy-Scheme without a host", all, []message.Option{text(message.ProxyScheme, "coap"), text(message.URIPath, "a")}, codes.BadRequest, nil},
		{"options that are for the server", all, append(uri("coap://127.0.0.1:PORT/a"),
			option(message.Accept, 0), option(65000, 1), option(message.NoResponse, 0), option(optionRequestTag, 1)), codes.Content,
			[]string{`11="a"`, `17="\x00"`}},
		{"an option that is not safe to forward", all, append(uri("coap://127.0.0.1:PORT/a"), option(65002, 1)), codes.BadOption, nil},
		{"http", all, uri("http://127.0.0.1:PORT/a"), codes.ProxyingNotSupported, nil},
		{"relative", all, uri("/a"), codes.BadRequest, nil},
		{"a user", all, uri("coap://u@127.0.0.1:PORT/a"), codes.BadRequest, nil},
		{"a fragment", all, uri("coap://127.0.0.1:PORT/a#b"), codes.BadRequest, nil},
		{"a bad port", all, uri("coap://127.0.0.1:0/a"), codes.BadRequest, nil},
		{"a bad encoding", all, uri("coap://127.0.0.1:PORT/%zz"), codes.BadRequest, nil},
		{"a long segment", all, uri("coap://127.0.0.1:PORT/" + strings.Repeat("a", 256)), codes.BadRequest, nil},
		{"a bad address", all, uri("coap://[::1::]:PORT/a"), codes.BadRequest, nil},
		{"an address of a link", all, uri("coap://[fe80::1%25lo]:PORT/a"), codes.BadRequest, nil},
		{"a name that is not known", all, uri("coap://unknown.test:PORT/a"), codes.BadGateway, nil},
		{"a name without address", all, uri("coap://nothing.test:PORT/a"), codes.BadGateway, nil},
		{"one of its addresses needs a permission", all, uri("coap://mixed.example.org:PORT/a"), codes.Forbidden, nil},
		{"loopback", settings.Proxy{Forward: true, Allow: []string{"coap://*:*"}}, uri("coap://127.0.0.1:PORT/a"), codes.Forbidden, nil},
		{"loopback by name", settings.Proxy{Forward: true, Allow: []string{"coap://*:*"}}, uri("coap://device.example.org:PORT/a"), codes.Forbidden, nil},
		{"loopback in IPv6 clothes", settings.Proxy{Forward: true, Allow: []string{"coap://*:*"}}, uri("coap://[::ffff:127.0.0.1]:PORT/a"), codes.Forbidden, nil},
		{"loopback behind a translator", settings.Proxy{Forward: true, Allow: []string{"coap://*:*"}}, uri("coap://[64:ff9b::7f00:1]:PORT/a"), codes.Forbidden, nil},
		{"link-local", all, uri("coap://169.254.1.1/a"), codes.Forbidden, nil},
		{"multicast", all, uri("coap://224.0.1.187/a"), codes.Forbidden, nil},
		{"unspecified", all, uri("coap://0.0.0.0:PORT/a"), codes.Forbidden, nil},
		{"broadcast", all, uri("coap://255.255.255.255:PORT/a"), codes.Forbidden, nil},
		{"nothing is allowed", forwarding(), uri("coap://127.0.0.1:PORT/a"), codes.Forbidden, nil},
		{"its block is allowed", forwarding("coap://127.0.0.0/8:*"), uri("coap://127.0.0.1:PORT/a"), codes.Content, []string{`11="a"`}},
		{"its name's addresses are allowed", forwarding("coap://127.0.0.0/8:*"), uri("coap://elsewhere.test:PORT/a"), codes.Content, []string{`3="elsewhere.test"`, `11="a"`}},
		{"its domain is allowed", forwarding("coap://*.example.org:*"), uri("coap://device.example.org:PORT/a"), codes.Content, []string{`3="device.example.org"`, `11="a"`}},
		{"another domain is allowed", forwarding("coap://*.example.org:*"), uri("coap://elsewhere.test:PORT/a"), codes.Forbidden, nil},
		{"another port is allowed", forwarding("coap://127.0.0.1"), uri("coap://127.0.0.1:PORT/a"), codes.Forbidden, nil},
		{"another scheme is allowed", forwarding("coaps://*:*"), uri("coap://127.0.0.1:PORT/a"), codes.Forbidden, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, tt.settings, names)
			d.mu.Lock()
			d.last = nil
			d.mu.Unlock()
			r := f.get("", tt.options...)
			if r.Code != tt.code {
				t.Fatalf("answered %v %q, want %v", r.Code, r.Payload, tt.code)
			}
			d.mu.Lock()
			got := slices.DeleteFunc(slices.Clone(d.last), func(s string) bool { return strings.HasPrefix(s, "16=") })
			d.mu.Unlock()
			if !slices.Equal(got, tt.want) {
				t.Errorf("the server got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestUnknownOptionsAreForwarded has RFC 7252, section 5.4.2: what is unknown and safe is for the server.
func TestUnknownOptionsAreForwarded(t *testing.T) {
	f := newFront(t, forwarding("coap://*:*"), nil)
	d := &device{value: "1", maxAge: 60}
	d.endpoint = listen(t, d.serve)
	got := make(chan bool, 8)
	d.endpoint.SetTap(func(m *coap.Datagram) {
		if !m.Outgoing {
			got <- bytes.Contains(m.Data, []byte("understand me"))
		}
	})
	forwarded := func() bool {
		select {
		case ok := <-got:
			return ok
		case <-time.After(20 * brief):
			return false
		}
	}
	uri := text(message.ProxyURI, "coap://"+d.endpoint.Addr().String())
	is(t, f.get("", uri, text(65000, "understand me")), codes.Content, "1")
	if !forwarded() {
		t.Error("the server did not get it")
	}
	is(t, f.get("", uri, text(65001, "understand me")), codes.BadOption, "")
	if !forwarded() {
		t.Error("it was not the server that refused it")
	}
}

func TestHopLimit(t *testing.T) {
	d := &device{value: "1", maxAge: 0}
	d.endpoint = listen(t, d.serve)
	for _, tt := range []struct {
		name  string
		given []byte // nil: no option
		code  codes.Code
		sent  string
	}{
		{"absent", nil, codes.Content, `16="\x10"`},
		{"255", []byte{255}, codes.Content, `16="\xfe"`},
		{"2", []byte{2}, codes.Content, `16="\x01"`},
		{"1", []byte{1}, hopLimitReached, ""},
		{"0", []byte{0}, codes.BadRequest, ""},
		{"empty", []byte{}, codes.BadRequest, ""},
		{"256", []byte{1, 0}, codes.BadRequest, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, forwarding("coap://*:*"), nil)
			options := []message.Option{text(message.ProxyURI, "coap://"+d.endpoint.Addr().String())}
			if tt.given != nil {
				options = append(options, message.Option{ID: optionHopLimit, Value: tt.given})
			}
			r := f.get("", options...)
			if r.Code != tt.code {
				t.Fatalf("answered %v %q", r.Code, r.Payload)
			}
			if tt.code == hopLimitReached && string(r.Payload) != f.endpoint.Addr().String() {
				t.Errorf("5.08 says %q", r.Payload)
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			if tt.sent != "" && !slices.Contains(d.last, tt.sent) {
				t.Errorf("the server got %v, want %s", d.last, tt.sent)
			}
		})
	}
}

// TestLoop has two gateways point at each other.
func TestLoop(t *testing.T) {
	s := settings.Proxy{AllowLoopback: true, Allow: []string{"coap://127.0.0.1:*"}}
	a, b := newFront(t, s, nil), newFront(t, s, nil)
	a.directory.add("x", Device{ID: "x", Target: "coap://" + b.endpoint.Addr().String() + "/rd-proxy/y"})
	b.directory.add("y", Device{ID: "y", Target: "coap://" + a.endpoint.Addr().String() + "/rd-proxy/x"})
	r := a.get("rd-proxy/x/t", option(optionHopLimit, 4))
	if want := a.endpoint.Addr().String() + " " + b.endpoint.Addr().String(); r.Code != hopLimitReached || string(r.Payload) != want {
		t.Errorf("answered %v %q, want 5.08 %q", r.Code, r.Payload, want)
	}
}

func TestOwnAddress(t *testing.T) {
	f := newFront(t, forwarding("coap://*:*"), func(c *Config) {
		c.LookUp = func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{loopback(1).Addr()}, nil }
	})
	port := f.endpoint.Addr().Port()
	r := f.get("", text(message.ProxyURI, fmt.Sprintf("coap://me.test:%d/a", port)))
	is(t, r, codes.BadGateway, "the target is this proxy")
}

func TestLocalTargets(t *testing.T) {
	f := newFront(t, forwarding(), nil)
	got := make(chan message.Options, 1)
	f.endpoint = listen(t, func(w *coap.ResponseWriter, r *coap.Request) {
		target, _ := TargetOf(r)
		options, local := f.proxy.Local(r, target)
		if !local {
			w.SetCode(codes.NotFound)
			return
		}
		copied, _ := options.Clone()
		got <- copied
		w.SetCode(codes.Content)
	})
	own := f.endpoint.Addr().String()
	is(t, f.get("", text(message.ProxyURI, "coap://"+own+"/a?b"), option(message.Accept, 50)), codes.Content, "")
	options := <-got
	if path, _ := options.Path(); path != "/a" || options.HasOption(message.ProxyURI) || !options.HasOption(message.Accept) {
		t.Errorf("the request became %v", options)
	}
	is(t, f.get("", text(message.ProxyURI, "coap://127.0.0.2/a")), codes.NotFound, "")
	is(t, f.get("", text(message.ProxyURI, "coaps://"+own+"/a")), codes.NotFound, "")
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	s := forwarding("coap://*:*")
	s.Timeout = sleepy.Timeout
	f := newFront(t, s, nil)
	silent := listen(t, func(w *coap.ResponseWriter, _ *coap.Request) { w.Defer() })
	r := f.get("", text(message.ProxyURI, "coap://"+silent.Addr().String()+"/a"))
	is(t, r, codes.GatewayTimeout, "the server does not answer")
}

func TestObservingThroughAForwardProxy(t *testing.T) {
	f := newFront(t, forwarding("coap://*:*"), nil)
	d := &device{value: "1", maxAge: 60}
	d.endpoint = listen(t, d.serve)
	o := &observing{got: make(chan *coap.ClientResponse, 8)}
	var err error
	o.Observation, err = f.client.Observe(coap.ToAddr(f.endpoint.Addr()),
		to(codes.GET, "", text(message.ProxyURI, "coap://"+d.endpoint.Addr().String()+"/a")),
		func(r *coap.ClientResponse, err error) {
			if err == nil {
				o.got <- r
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	o.next(t, codes.Content, "1", true)
	d.notify("2")
	o.next(t, codes.Content, "2", true)
}

func FuzzTarget(f *testing.F) {
	for _, s := range []string{"coap://a/b?c", "coaps://[::1]:1/", "coap://%41:2//x%2f?y&", "coap://u@h#f", "coap://:/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target, refused := ParseTarget(s)
		if refused != nil {
			return
		}
		if target.Port == 0 || target.Host == "" || target.Scheme != "coap" && target.Scheme != "coaps" {
			t.Errorf("%q is %+v", s, target)
		}
		for _, o := range target.options() {
			if len(o.Value) > maxPart {
				t.Errorf("%q has an option of %d bytes", s, len(o.Value))
			}
		}
	})
}
