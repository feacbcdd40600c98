package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/directory"
	"sluice/engine/settings"
)

// registrant is a device that registers, and answers what it is asked with its own path and query.
type registrant struct {
	t        testing.TB
	endpoint *coap.Endpoint
	mu       sync.Mutex
	asked    []string
}

func newRegistrant(t testing.TB) *registrant {
	t.Helper()
	d := &registrant{t: t}
	var err error
	if d.endpoint, err = coap.Listen(context.Background(), "127.0.0.1:0", coap.Config{Handler: d}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.endpoint.Close() })
	return d
}

func (d *registrant) ServeCoAP(w *coap.ResponseWriter, r *coap.Request) {
	text := strings.Join(append(r.PathSegments(nil), r.Queries(nil)...), " ")
	d.mu.Lock()
	d.asked = append(d.asked, fmt.Sprint(r.Code, " ", text))
	d.mu.Unlock()
	w.SetCode(codes.Content)
	if r.Code != codes.GET {
		w.SetCode(codes.Changed)
	}
	w.SetString(text)
}

func (d *registrant) PeerGone(*coap.Peer) {}

// ask sends a request to a world's gateway.
func (d *registrant) ask(w *world, code codes.Code, path, query string, payload string, more ...message.Option) *coap.ClientResponse {
	d.t.Helper()
	r := &coap.ClientRequest{Code: code, Payload: []byte(payload)}
	add := func(id message.OptionID, values string, separator string) {
		if values != "" {
			for v := range strings.SplitSeq(values, separator) {
				r.Options = r.Options.Add(message.Option{ID: id, Value: []byte(v)})
			}
		}
	}
	add(message.URIPath, path, "/")
	add(message.URIQuery, query, "&")
	for _, o := range more {
		r.Options = r.Options.Add(o)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	response, err := d.endpoint.Do(ctx, coap.ToAddr(w.endpoint.Addr()), r)
	if err != nil {
		d.t.Fatal(err)
	}
	return response
}

// register registers the links of a device.
func (d *registrant) register(w *world, links string) {
	d.t.Helper()
	format := message.Option{ID: message.ContentFormat, Value: []byte{formatLink}}
	if r := d.ask(w, codes.POST, "rd", "ep=dev&username=admin&password=public", links, format); r.Code != codes.Created {
		d.t.Fatalf("registering was answered %v %q", r.Code, r.Payload)
	}
}

func proxying(change func(p *settings.Proxy)) option {
	return func(c *Config, a *settings.Access) {
		a.Users = []settings.User{{Username: "admin", Password: "public"}}
		a.Rules = []settings.Rule{
			{Permission: settings.Deny, Who: "all", Action: settings.Subscribe, Topics: []string{"rd-proxy/dev/hidden", "proxy/coap/+/hidden"}},
			{Permission: settings.Deny, Who: "all", Action: settings.Publish, Topics: []string{"rd-proxy/+/fixed"}},
			{Permission: settings.Allow, Who: "user:admin", Action: settings.AllAction, Topics: []string{"#"}},
			{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"rd-proxy/dev/admin"}},
		}
		if change != nil {
			change(&c.Settings.Proxy)
		}
	}
}

func TestReadingRegisteredResources(t *testing.T) {
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{}, proxying(nil)).world
	d, reader := newRegistrant(t), newRegistrant(t)
	d.register(w, `</s>,</hidden>,</fixed>,</admin>,</a%2fb/c>;rt="x",<coap://192.0.2.1/elsewhere>`)
	for _, tt := range []struct {
		name        string
		method      codes.Code
		path, query string
		code        codes.Code
		asked       string // what the device was asked
	}{
		{"a resource", codes.GET, "rd-proxy/dev/s", "", codes.Content, "GET s"},
		{"its query", codes.GET, "rd-proxy/dev/s", "a=1&c=2", codes.Content, "GET s a=1"},
		{"its query, and credentials", codes.GET, "rd-proxy/dev/s", "a=2&username=admin&password=public&clientid=me", codes.Content, "GET s a=2"},
		{"credentials that are wrong", codes.GET, "rd-proxy/dev/s", "username=admin&password=wrong", codes.Unauthorized, ""},
		{"a change", codes.PUT, "rd-proxy/dev/s", "", codes.Changed, "PUT s"},
		{"FETCH", coap.FETCH, "rd-proxy/dev/s", "", codes.Changed, "FETCH s"},
		{"not registered", codes.GET, "rd-proxy/dev/other", "", codes.NotFound, ""},
		{"registered, and not the device's", codes.GET, "rd-proxy/dev/elsewhere", "", codes.NotFound, ""},
		{"nobody", codes.GET, "rd-proxy/nobody/s", "", codes.NotFound, ""},
		{"a rule against reading", codes.GET, "rd-proxy/dev/hidden", "", codes.Forbidden, ""},
		{"a rule against changing", codes.PUT, "rd-proxy/dev/fixed", "", codes.Forbidden, ""},
		{"and for reading", codes.GET, "rd-proxy/dev/fixed", "", codes.Content, "GET fixed"},
		{"a rule for others", codes.GET, "rd-proxy/dev/admin", "", codes.Forbidden, ""},
		{"a rule for the user", codes.GET, "rd-proxy/dev/admin", "username=admin&password=public", codes.Content, "GET admin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.mu.Lock()
			d.asked = nil
			d.mu.Unlock()
			if r := reader.ask(w, tt.method, tt.path, tt.query, ""); r.Code != tt.code {
				t.Fatalf("answered %v %q, want %v", r.Code, r.Payload, tt.code)
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			var want []string
			if tt.asked != "" {
				want = []string{strings.Replace(tt.asked, "FETCH", coap.FETCH.String(), 1)}
			}
			if !slices.Equal(d.asked, want) {
				t.Errorf("the device was asked %q, want %q", d.asked, want)
			}
		})
	}
	t.Run("connection mode", func(t *testing.T) {
		w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{}, proxying(nil), func(c *Config, _ *settings.Access) {
			c.Settings.ConnectionRequired = true
		}).world
		d.register(w, `</s>`)
		if r := reader.ask(w, codes.GET, "rd-proxy/dev/s", "", ""); r.Code != codes.BadRequest {
			t.Errorf("without a token: %v", r.Code)
		}
		token := reader.ask(w, codes.POST, "mqtt/connection", "clientid=me", "")
		if r := reader.ask(w, codes.GET, "rd-proxy/dev/s", "clientid=me&token="+string(token.Payload), ""); r.Code != codes.Content {
			t.Errorf("with a token: %v %q", r.Code, r.Payload)
		}
	})
	t.Run("a segment with a slash", func(t *testing.T) {
		r := &coap.ClientRequest{Code: codes.GET}
		for _, s := range []string{"rd-proxy", "dev", "a/b", "c"} {
			r.Options = r.Options.Add(message.Option{ID: message.URIPath, Value: []byte(s)})
		}
		response, err := reader.endpoint.Do(t.Context(), coap.ToAddr(w.endpoint.Addr()), r)
		if err != nil || string(response.Payload) != "a/b c" {
			t.Errorf("got %+v, %v", response, err)
		}
	})
}

func TestWhoUsesTheForwardProxy(t *testing.T) {
	target := newRegistrant(t)
	uri := func(path string) message.Option {
		return message.Option{ID: message.ProxyURI, Value: []byte("coap://" + target.endpoint.Addr().String() + path)}
	}
	on := proxying(func(p *settings.Proxy) { p.Forward, p.AllowLoopback, p.Allow = true, true, []string{"coap://*:*"} })
	for _, tt := range []struct {
		name    string
		dialect settings.Dialect
		option  option
		path    string
		code    codes.Code
	}{
		{"on", settings.DialectAuto, on, "/s", codes.Content},
		{"on, ietf", settings.DialectIETF, on, "/s", codes.Content},
		{"off", settings.DialectAuto, proxying(nil), "/s", codes.ProxyingNotSupported},
		{"off, ietf", settings.DialectIETF, proxying(nil), "/s", codes.ProxyingNotSupported},
		{"emqx5 takes no notice", settings.DialectEMQX5, on, "/s", codes.BadRequest},
		{"emqx4 takes no notice", settings.DialectEMQX4, on, "/s", codes.NotFound},
		{"a rule against it", settings.DialectAuto, on, "/hidden", codes.Forbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.dialect, tt.option)
			r := newRegistrant(t).ask(w, codes.GET, "", "", "", uri(tt.path))
			if r.Code != tt.code {
				t.Errorf("answered %v %q, want %v", r.Code, r.Payload, tt.code)
			}
		})
	}
	t.Run("without credentials where they are needed", func(t *testing.T) {
		w := newWorld(t, settings.DialectAuto, on, func(_ *Config, a *settings.Access) { a.Anonymous = false })
		if r := newRegistrant(t).ask(w, codes.GET, "", "", "", uri("/s")); r.Code != codes.Unauthorized {
			t.Errorf("answered %v", r.Code)
		}
	})
	t.Run("its own address", func(t *testing.T) {
		w := newWorld(t, settings.DialectAuto, on)
		own := "coap://" + w.endpoint.Addr().String() + "/.well-known/core"
		r := newRegistrant(t).ask(w, codes.GET, "", "", "", message.Option{ID: message.ProxyURI, Value: []byte(own)})
		if r.Code != codes.Content || !strings.Contains(string(r.Payload), "/ps") {
			t.Errorf("answered %v %q", r.Code, r.Payload)
		}
	})
}
