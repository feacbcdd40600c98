package directory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// memory is a Store; a change is on disk when the call returns.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
}

func newMemory() *memory { return &memory{values: make(map[string][]byte)} }

func (m *memory) PutRegistration(location string, value []byte, done func(error)) {
	m.mu.Lock()
	m.values[location] = bytes.Clone(value)
	m.mu.Unlock()
	done(nil)
}

func (m *memory) DeleteRegistration(location string, done func(error)) {
	m.mu.Lock()
	delete(m.values, location)
	m.mu.Unlock()
	if done != nil {
		done(nil)
	}
}

func (m *memory) Registrations(fn func(location string, value []byte) error) error {
	m.mu.Lock()
	values := maps.Clone(m.values)
	m.mu.Unlock()
	for location, value := range values {
		if err := fn(location, value); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.values)
}

func open(t testing.TB, c Config) *Directory {
	t.Helper()
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// enter registers links under a query for an owner and returns the location's last segment.
func enter(t testing.TB, d *Directory, owner, query, document string) string {
	t.Helper()
	id, refused := tryEnter(t, d, owner, query, document)
	if refused != nil {
		t.Fatalf("%s: %v", query, refused)
	}
	return id
}

func tryEnter(t testing.TB, d *Directory, owner, query, document string) (id string, refused *refusal) {
	t.Helper()
	given, refused := parseParameters(strings.Split(query, "&"))
	if refused != nil {
		t.Fatal(refused)
	}
	links, refused := d.parse(document)
	if refused != nil {
		t.Fatal(refused)
	}
	k, refused := given.key()
	if refused != nil {
		t.Fatal(refused)
	}
	refused = d.enter(&registering{
		key: k, given: given, links: links, now: time.Now(), client: Client{Identities: []string{owner}},
		origin: origin{"coap", netip.MustParseAddrPort("192.0.2.1:5683")},
	}, func(entered string, err error) {
		if id = entered; err != nil {
			t.Fatal(err)
		}
	})
	return id, refused
}

// look is a lookup by a client at an address.
func look(t testing.TB, d *Directory, k kind, addr string, queries ...string) string {
	t.Helper()
	q := &query{kind: k, client: Client{MayLookUp: func(string) bool { return true }}, link: origin{"coap", netip.MustParseAddrPort(addr)}.link()}
	q.filters = linkformat.ParseFilters(queries)
	q.locations = q.filters
	r, err := d.answer(q)
	if err != nil {
		t.Fatal(err)
	}
	return string(r.document)
}

const client = "198.51.100.1:5683"

func kinds(events []Event) string {
	var words []string
	for _, e := range events {
		words = append(words, e.Kind.String()+" "+e.Endpoint)
	}
	return strings.Join(words, ", ")
}

// TestLifetime: RFC 9176, sections 5 and 5.3.
func TestLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		d := open(t, Config{Store: m})
		id := enter(t, d, "user:a", "ep=x&lt=60", "</a>")
		enter(t, d, "user:a", "ep=y", "</b>")

		time.Sleep(59 * time.Second)
		if got := look(t, d, resources, client, "ep=x"); got != "<coap://192.0.2.1/a>" {
			t.Errorf("a second before its end: %q", got)
		}
		if e, ok := d.Find("x"); !ok || e.Remaining != time.Second || e.Lifetime != time.Minute {
			t.Errorf("%+v %v", e, ok)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := look(t, d, resources, client); got != "<coap://192.0.2.1/b>" {
			t.Errorf("after its end: %q", got)
		}
		if _, ok := d.Find("x"); ok {
			t.Error("an expired registration is found")
		}
		if again := enter(t, d, "user:a", "ep=x&lt=60", "</c>"); again != id {
			t.Errorf("registered again at %s, before at %s", again, id)
		}
		time.Sleep(time.Minute + remembered - time.Second)
		if n := m.len(); n != 2 {
			t.Errorf("%d registrations on disk while they are remembered", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := m.len(); n != 1 {
			t.Errorf("%d registrations on disk when only y is remembered", n)
		}
		if got, want := kinds(d.Events(0)), "registered x, registered y, expired x, registered x, expired x"; !strings.HasPrefix(got, want) {
			t.Errorf("events %s, want %s", got, want)
		}
		if s := d.Stats(); s.Registrations != 1 || s.Links != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestLongestLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, Config{})
		enter(t, d, "user:a", "ep=x&lt=4294967295", "</a>")
		time.Sleep(4294967294 * time.Second)
		if got := look(t, d, resources, client); got == "" {
			t.Error("it has expired already")
		}
	})
}

// TestNameIsFreeAfterItsLifetime: RFC 9176, section 7.5.
func TestNameIsFreeAfterItsLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, Config{Store: newMemory()})
		id := enter(t, d, "user:a", "ep=x&lt=60", "</a>")
		if _, refused := tryEnter(t, d, "user:b", "ep=x", "</b>"); refused != errOwned {
			t.Errorf("an active name is given away: %v", refused)
		}
		time.Sleep(time.Minute)
		if again := enter(t, d, "user:b", "ep=x", "</b>"); again == id {
			t.Error("the location was given away along with the name")
		}
	})
}

// TestExpiredGiveWay: what is only remembered takes no room that is needed.
func TestExpiredGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, Config{Store: newMemory(), Limits: Limits{Registrations: 2}})
		enter(t, d, "user:a", "ep=x&lt=60", "</a>")
		enter(t, d, "user:a", "ep=y", "</a>")
		if _, refused := tryEnter(t, d, "user:a", "ep=z", "</a>"); refused == nil || refused.code != codes.ServiceUnavailable {
			t.Errorf("%v", refused)
		}
		time.Sleep(time.Minute)
		enter(t, d, "user:a", "ep=z", "</a>")
		if _, refused := tryEnter(t, d, "user:a", "ep=w", "</a>"); refused == nil {
			t.Error("there is no room for a third")
		}
		if b := d.Bounds()[boundRegistrations]; b.InUse != 2 || b.Limit != 2 || b.Reached != 2 || b.Last.IsZero() {
			t.Errorf("%+v", b)
		}
	})
}

func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		first := open(t, Config{Store: m})
		long := enter(t, first, "user:a", "ep=long&lt=100&et=p&et=q&Q&d=s&base=coap://[2001:db8::1]:7/", `</b>;rt="x \"y";obs,</c>;anchor="/b"`)
		enter(t, first, "user:a", "ep=short&lt=10", "</a>")
		enter(t, first, "user:a", "ep=later&lt=100", "</z>")
		before := look(t, first, endpoints, client, "ep=l*") + "\n" + look(t, first, resources, client, "ep=l*")
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		m.values["broken"] = []byte("{")

		time.Sleep(40 * time.Second)
		second := open(t, Config{Store: m})
		if after := look(t, second, endpoints, client) + "\n" + look(t, second, resources, client); after != before {
			t.Errorf("before\n%s\nafter\n%s", before, after)
		}
		e, ok := second.Find("long")
		if !ok || e.Remaining != 60*time.Second || e.Owner != "user:a" || e.Location != "/rd/"+long || e.Sector != "s" || !e.BaseGiven {
			t.Errorf("%+v %v", e, ok)
		}
		if len(second.Snapshot()) != 3 {
			t.Error("the expired one is not remembered")
		}
		if again := enter(t, second, "user:a", "ep=long&d=s", "</b>"); again != long {
			t.Errorf("registered again at %s, before at %s", again, long)
		}
		time.Sleep(remembered - 31*time.Second)
		synctest.Wait()
		third := open(t, Config{Store: m})
		if list := third.Snapshot(); len(list) != 3 {
			t.Errorf("%d registrations", len(list))
		}
		time.Sleep(time.Second)
		if list := open(t, Config{Store: m}).Snapshot(); len(list) != 2 {
			t.Errorf("%d registrations", len(list))
		}
	})
}

// TestLinkLocal: a registration whose base is local to a link is shown on that link only (RFC 9176, section 6.1).
func TestLinkLocal(t *testing.T) {
	d := open(t, Config{})
	given, _ := parseParameters([]string{"ep=x"})
	links, _ := d.parse("</a>")
	refused := d.enter(&registering{
		key: key{"x", ""}, given: given, links: links, now: time.Now(), client: Client{Identities: []string{"user:a"}},
		origin: origin{"coap", netip.MustParseAddrPort("[fe80::1%eth0]:5683")},
	}, func(string, error) {})
	if refused != nil {
		t.Fatal(refused)
	}
	for addr, want := range map[string]string{
		"[fe80::2%eth0]:1": "<coap://[fe80::1]/a>", "[fe80::2%eth1]:1": "", "[2001:db8::2]:1": "", "169.254.1.1:1": "",
	} {
		if got := look(t, d, resources, addr); got != want {
			t.Errorf("%s sees %q, want %q", addr, got, want)
		}
	}
}

func TestResultIsBounded(t *testing.T) {
	d := open(t, Config{Limits: Limits{RegistrationSize: 1 << 20, Links: 100_000}})
	enter(t, d, "user:a", "ep=x", "</"+strings.Repeat("a", maxResult-100)+">")
	enter(t, d, "user:a", "ep=y", "</"+strings.Repeat("b", 200)+">")
	q := &query{kind: resources, client: Client{MayLookUp: func(string) bool { return true }}}
	if _, err := d.answer(q); !errors.Is(err, errResult) {
		t.Errorf("%v", err)
	}
	q.counted, q.count, q.first = true, 1, 1
	if r, err := d.answer(q); err != nil || len(r.document) < 200 || len(r.document) > 300 {
		t.Errorf("%d %v", len(r.document), err)
	}
}

func TestFind(t *testing.T) {
	d := open(t, Config{})
	enter(t, d, "user:a", "ep=x&d=s1&base=coap://s1", "</a>")
	enter(t, d, "user:a", "ep=x&d=s2&base=coap://s2", "</a>")
	if e, ok := d.Find("x"); !ok || e.Base != "coap://s1" {
		t.Errorf("%+v %v", e, ok)
	}
	enter(t, d, "user:a", "ep=x&base=coap://none", "</a>")
	if e, ok := d.Find("x"); !ok || e.Base != "coap://none" || len(e.Links) != 1 || e.Links[0].Target != "/a" || e.Resolved[0].Target != "coap://none/a" {
		t.Errorf("%+v %v", e, ok)
	}
	if _, ok := d.Find("y"); ok {
		t.Error("there is no y")
	}
}

func TestEventsAreBounded(t *testing.T) {
	d := open(t, Config{})
	for i := range maxEvents + 10 {
		enter(t, d, "user:a", fmt.Sprintf("ep=%d", i%5), "</a>")
	}
	all := d.Events(0)
	if len(all) != maxEvents || all[0].Number != 11 || all[maxEvents-1].Number != maxEvents+10 {
		t.Errorf("%d events, the first is %d", len(all), all[0].Number)
	}
	if got := d.Events(maxEvents + 8); len(got) != 2 || got[0].Number != maxEvents+9 {
		t.Errorf("%+v", got)
	}
	if got := d.Events(maxEvents + 10); got != nil {
		t.Errorf("%+v", got)
	}
}

// slow is a Fetcher that answers when told.
type slow struct {
	asked  chan struct{}
	answer chan string
}

func (s slow) FetchLinks(ctx context.Context, _ *coap.Peer) ([]byte, time.Duration, error) {
	s.asked <- struct{}{}
	select {
	case document := <-s.answer:
		return []byte(document), 0, nil
	case <-ctx.Done():
		return nil, 0, context.Cause(ctx)
	}
}

// TestFetchesAreShared: who repeats a simple registration while the directory asks waits with the first.
func TestFetchesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow{make(chan struct{}, 10), make(chan string)}
		d := open(t, Config{Fetcher: s})
		p, other := new(coap.Peer), new(coap.Peer)
		answered := 0
		begin := func(p *coap.Peer, name string) *refusal {
			x := &registering{
				key: key{name, ""}, origin: origin{"coap", netip.MustParseAddrPort(client)}, peer: p, now: time.Now(), simple: true,
				client: Client{Identities: []string{"user:a"}},
			}
			return d.fetch(x, func(func(*coap.ResponseWriter)) { answered++ })
		}
		for range maxFetchWaiters {
			if refused := begin(p, "x"); refused != nil {
				t.Fatal(refused)
			}
		}
		for name, refused := range map[string]*refusal{"one too many": begin(p, "x"), "another device": begin(other, "x")} {
			if refused == nil || refused.code != codes.ServiceUnavailable {
				t.Errorf("%s: %v", name, refused)
			}
		}
		synctest.Wait()
		if len(s.asked) != 1 {
			t.Errorf("asked %d times", len(s.asked))
		}
		s.answer <- "</a>"
		synctest.Wait()
		if answered != maxFetchWaiters {
			t.Errorf("%d answers", answered)
		}
		if e, ok := d.Find("x"); !ok || !e.Simple || e.Base != "coap://198.51.100.1" {
			t.Errorf("%+v %v", e, ok)
		}
		// A device that never answers.
		if refused := begin(p, "y"); refused != nil {
			t.Fatal(refused)
		}
		time.Sleep(fetchTimeout)
		synctest.Wait()
		if answered != maxFetchWaiters+1 {
			t.Error("who waits for a device that is silent is not told")
		}
		// Section 5.1: deleted after the lifetime.
		time.Sleep(defaultLifetime * time.Second)
		synctest.Wait()
		if list := d.Snapshot(); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}

func FuzzRecord(f *testing.F) {
	r := &registration{
		key: key{"x", "s"}, id: "aaaaaaaa", serial: 3, base: "coap://h", baseGiven: true, lifetime: 60, owner: "user:a",
		since: time.Unix(1, 0), attributes: []linkformat.Attribute{{Name: "et", Value: "p"}, {Name: "Q", Bare: true}},
	}
	value, err := r.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(value)
	f.Add([]byte(`{"version":1,"ep":"x","lt":1,"links":"</a>;rt=\"x\""}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := decode("aaaaaaaa", value)
		if err != nil {
			return
		}
		once, err := r.encode()
		if err != nil {
			return // a time that JSON cannot hold
		}
		again, err := decode("aaaaaaaa", once)
		if err != nil {
			t.Fatalf("%s is kept as %s: %v", value, once, err)
		}
		if twice, err := again.encode(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s and then %s: %v", once, twice, err)
		}
	})
}

// TestConcerns: observers are looked after only when what has changed concerns them.
func TestConcerns(t *testing.T) {
	d := open(t, Config{})
	enter(t, d, "user:a", "ep=x&et=p", `</a>;rt="r s";if=i,</b>;ct=40`)
	list, _ := d.list()
	for queries, want := range map[string]bool{
		"": true, "ep=x": true, "ep=y": false, "rt=s": true, "rt=s&if=i": true, "rt=s&ct=40": false, "et=p&ct=40": true,
		"href=coap://192.0.2.1/b": true, "href=/b": false, "nothing=x": false, "IF=i": true,
	} {
		q := &query{kind: resources, client: Client{MayLookUp: func(string) bool { return true }}}
		if queries != "" {
			q.filters = linkformat.ParseFilters(strings.Split(queries, "&"))
		}
		q.locations = q.filters
		if got := q.concerns(list[0]); got != want {
			t.Errorf("%s: %v", queries, got)
		}
		if endpointsToo := map[string]bool{"rt=s&ct=40": true}; endpointsToo[queries] {
			if q.kind = endpoints; !q.concerns(list[0]) {
				t.Errorf("%s concerns the endpoint", queries)
			}
		}
		q.client.MayLookUp = func(string) bool { return false }
		if q.concerns(list[0]) {
			t.Errorf("%s: told to who may not see it", queries)
		}
	}
}

// TestConcurrently is for the race detector.
func TestConcurrently(t *testing.T) {
	d := open(t, Config{Store: newMemory(), Limits: Limits{Registrations: 50}})
	var tasks sync.WaitGroup
	for worker := range 4 {
		tasks.Go(func() {
			for i := range 200 {
				_, _ = tryEnter(t, d, "user:a", fmt.Sprintf("ep=%d&lt=1", (i*7+worker)%80), "</a>;rt=x,</b>")
			}
		})
		tasks.Go(func() {
			q := &query{kind: kind(1 + worker%2), client: Client{MayLookUp: func(string) bool { return true }}}
			for range 200 {
				if _, err := d.answer(q); err != nil {
					t.Error(err)
				}
				_, _, _, _ = d.Snapshot(), d.Events(10), d.Stats(), d.Bounds()
				d.Find("3")
			}
		})
	}
	tasks.Wait()
	if s := d.Stats(); s.Registrations != 50 || s.Links != 100 {
		t.Errorf("%+v", s)
	}
}
