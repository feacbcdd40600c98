package watch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/gateway"
	"sluice/engine/pki"
	"sluice/engine/topics"
)

// world is a source that a test changes; its clock goes on by a second with each look.
type world struct {
	t         *testing.T
	set       *Set
	now       time.Time
	status    engine.Status
	clients   []engine.Client
	observers []engine.Observer
	limits    []engine.Limit
	attempts  access.Attempts
	keys      *pki.Keeper
	table     *topics.Table
	asked     map[string]int
}

func (w *world) Status() engine.Status          { return w.status }
func (w *world) Clients() []engine.Client       { w.asked["clients"]++; return w.clients }
func (w *world) Observers() []engine.Observer   { w.asked["observers"]++; return w.observers }
func (w *world) Limits() []engine.Limit         { return w.limits }
func (w *world) Topics() *topics.Table          { return w.table }
func (w *world) Keys() *pki.Keeper              { return w.keys }
func (w *world) LoginAttempts() access.Attempts { return w.attempts }

func newWorld(t *testing.T, specs ...Spec) *world {
	w := &world{t: t, now: time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC), table: topics.New(topics.Options{}), asked: map[string]int{}}
	w.status.State = engine.Running
	w.table.SetWatched(true)
	w.set = New(w)
	for _, s := range specs {
		if _, err := w.set.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// later looks after some time and returns what is told, in words.
func (w *world) later(d time.Duration) string {
	w.now = w.now.Add(d)
	var told []string
	for _, n := range w.set.Look(w.now) {
		text := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", n.Watch.Kind, n.Event.Of, n.Event.Value, n.Event.Detail))
		if n.More > 0 {
			text += fmt.Sprintf(" and %d more", n.More)
		}
		told = append(told, strings.Join(strings.Fields(text), " "))
	}
	return strings.Join(told, "; ")
}

func (w *world) expect(d time.Duration, want string) {
	w.t.Helper()
	if got := w.later(d); got != want {
		w.t.Errorf("told %q, want %q", got, want)
	}
}

func (w *world) publish(topic string, payloads ...string) {
	for _, p := range payloads {
		w.table.Note(&broker.Message{Topic: topic, Payload: []byte(p), At: w.now})
	}
}

func TestClients(t *testing.T) {
	lamp := engine.Client{ID: "lamp", LastSeen: time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC), Connected: time.Date(2027, 3, 1, 7, 0, 0, 0, time.UTC)}
	late, back := lamp, lamp
	late.Late = true
	back.Connected = back.Connected.Add(90 * time.Minute)
	for name, c := range map[string]struct {
		spec  Spec
		looks [][]engine.Client
		want  []string
	}{
		"connects":                    {Spec{Kind: ClientConnects, Of: "lamp"}, [][]engine.Client{{}, {lamp}, {lamp}}, []string{"", "client connects lamp", ""}},
		"was connected":               {Spec{Kind: ClientConnects, Of: "lamp"}, [][]engine.Client{{lamp}, {lamp}}, []string{"", ""}},
		"another connects":            {Spec{Kind: ClientConnects, Of: "door"}, [][]engine.Client{{}, {lamp}}, []string{"", ""}},
		"connects anew":               {Spec{Kind: ClientConnects, Of: "lamp"}, [][]engine.Client{{lamp}, {back}}, []string{"", "client connects lamp"}},
		"disconnects":                 {Spec{Kind: ClientDisconnects, Of: "lamp"}, [][]engine.Client{{lamp}, {}, {}}, []string{"", "client disconnects lamp", ""}},
		"away between two looks":      {Spec{Kind: ClientDisconnects, Of: "lamp"}, [][]engine.Client{{lamp}, {back}}, []string{"", "client disconnects lamp"}},
		"beyond its heartbeat":        {Spec{Kind: ClientSilent, Of: "lamp"}, [][]engine.Client{{lamp}, {late}, {late}}, []string{"", "client silent lamp", ""}},
		"silent longer than so":       {Spec{Kind: ClientSilent, Of: "lamp", For: 2 * time.Second}, [][]engine.Client{{lamp}, {lamp}, {lamp}}, []string{"", "client silent lamp", ""}},
		"silent shorter than so":      {Spec{Kind: ClientSilent, Of: "lamp", For: time.Minute}, [][]engine.Client{{late}, {late}}, []string{"", ""}},
		"who is gone is not silent":   {Spec{Kind: ClientSilent, Of: "lamp"}, [][]engine.Client{{lamp}, {}}, []string{"", ""}},
		"the newest of one client ID": {Spec{Kind: ClientSilent, Of: "lamp"}, [][]engine.Client{{lamp}, {late, back}}, []string{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.spec)
			for i, clients := range c.looks {
				w.clients = clients
				w.expect(time.Second, c.want[i])
			}
		})
	}
}

func TestTopics(t *testing.T) {
	const topic = "plant/temp"
	above := func(path, value string) Spec {
		return Spec{Kind: TopicMeets, Of: topic, Path: path, Compare: ">", Value: value}
	}
	for name, c := range map[string]struct {
		spec   Spec
		values [][]string // what comes before each look
		want   []string
	}{
		"a value comes":               {Spec{Kind: TopicValue, Of: topic}, [][]string{{"1"}, {}, {"2"}}, []string{"", "", "topic value plant/temp 2"}},
		"the first value":             {Spec{Kind: TopicValue, Of: topic}, [][]string{{}, {"1"}}, []string{"", "topic value plant/temp 1"}},
		"several":                     {Spec{Kind: TopicValue, Of: topic}, [][]string{{}, {"1", "2", "3"}}, []string{"", "topic value plant/temp 3 and 2 more"}},
		"texts are not told":          {Spec{Kind: TopicValue, Of: topic}, [][]string{{}, {"the password"}}, []string{"", "topic value plant/temp"}},
		"above":                       {above("", "30"), [][]string{{"29"}, {"31"}, {"32"}}, []string{"", "topic meets plant/temp 31", ""}},
		"above already":               {above("", "30"), [][]string{{"31"}, {"32"}}, []string{"", ""}},
		"a peak between two looks":    {above("", "30"), [][]string{{"29"}, {"31.5", "29"}}, []string{"", "topic meets plant/temp 31.5"}},
		"a field":                     {above("$.t", "30"), [][]string{{`{"t":29}`}, {`{"t":31}`}}, []string{"", "topic meets plant/temp 31"}},
		"a field that is not there":   {above("$.u", "30"), [][]string{{`{"t":29}`}, {`{"t":31}`}}, []string{"", ""}},
		"not as numbers":              {above("", "9"), [][]string{{"8"}, {"10"}}, []string{"", "topic meets plant/temp 10"}},
		"equal":                       {Spec{Kind: TopicMeets, Of: topic, Compare: "=", Value: "open"}, [][]string{{"closed"}, {"open"}}, []string{"", "topic meets plant/temp"}},
		"equal numbers":               {Spec{Kind: TopicMeets, Of: topic, Compare: "=", Value: "1"}, [][]string{{"0"}, {"1.0"}}, []string{"", "topic meets plant/temp 1.0"}},
		"another":                     {Spec{Kind: TopicMeets, Of: topic, Compare: "!=", Value: "0"}, [][]string{{"0"}, {"7"}}, []string{"", "topic meets plant/temp 7"}},
		"silence":                     {Spec{Kind: TopicSilent, Of: topic, For: 2 * time.Second}, [][]string{{"1"}, {}, {}, {}}, []string{"", "", "topic silent plant/temp", ""}},
		"silence of an unknown topic": {Spec{Kind: TopicSilent, Of: topic, For: time.Second}, [][]string{{}, {}}, []string{"", "topic silent plant/temp"}},
		"a value ends the silence":    {Spec{Kind: TopicSilent, Of: topic, For: 2500 * time.Millisecond}, [][]string{{"1"}, {}, {"2"}, {}}, []string{"", "", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.spec)
			for i, values := range c.values {
				w.publish(topic, values...)
				w.expect(time.Second, c.want[i])
			}
		})
	}
}

func TestATopicThatComesBackBeginsAnew(t *testing.T) {
	w := newWorld(t, Spec{Kind: TopicValue, Of: "a"})
	w.publish("a", "1", "2")
	w.expect(time.Second, "")
	w.table.Remove("a")
	w.publish("a", "3")
	w.expect(time.Second, "topic value a 3")
}

func TestObserversListenersLimitsLogins(t *testing.T) {
	lamp := engine.Observer{Observer: gateway.Observer{Client: "lamp", Filter: "lamp/command"}}
	w := newWorld(t, Spec{Kind: ObserverLost, Of: "lamp/command", Client: "lamp"}, Spec{Kind: ListenerFails}, Spec{Kind: LimitReached}, Spec{Kind: ClientRefused})
	w.observers = []engine.Observer{lamp}
	w.status.Listeners = []engine.ListenerStatus{{URL: "coap://127.0.0.1:5683"}}
	w.limits = []engine.Limit{{Bound: coap.Bound{Name: "max_peers", Reached: 3}}}
	w.attempts = access.Attempts{Wrong: 2}
	w.expect(time.Second, "")

	lamp.Token = []byte{7} // it registered anew
	w.observers = []engine.Observer{lamp}
	w.expect(time.Second, "")

	w.observers = nil
	w.status.Listeners[0].Err = &engine.ListenerError{URL: "coap://127.0.0.1:5683", Err: errors.New("address in use")}
	w.limits[0].Reached = 5
	w.attempts = access.Attempts{Wrong: 3, Refused: 1}
	w.expect(time.Second, "observer lost lamp/command; listener fails coap://127.0.0.1:5683 address in use; limit reached max_peers; client refused and 1 more")
	w.expect(time.Second, "")
}

func TestCertificatesAreToldOnceAStep(t *testing.T) {
	keys, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.SetUp("lamp"); err != nil {
		t.Fatal(err)
	}
	var ends time.Time
	for _, e := range keys.Entries() {
		if e.Kind == pki.Client {
			ends = e.NotAfter
		}
	}
	w := newWorld(t, Spec{Kind: CertificateExpires})
	w.keys, w.now = keys, ends.AddDate(0, 0, -90)
	told := func() (n int) {
		for _, n1 := range w.set.Look(w.now) {
			n += n1.More + 1
			if n1.Event.Until.IsZero() || n1.Event.Of == "" {
				t.Errorf("%+v", n1)
			}
		}
		return n
	}
	before := told()
	w.now = ends.AddDate(0, 0, -20)
	if n := told(); n != 1 {
		t.Errorf("a month before the end: told %d times, after %d", n, before)
	}
	w.now = w.now.Add(2 * time.Hour)
	if n := told(); n != 0 {
		t.Errorf("told %d times again", n)
	}
	data, err := w.set.Save()
	if err != nil {
		t.Fatal(err)
	}
	w.set = New(w)
	if err := w.set.Load(data); err != nil {
		t.Fatal(err)
	}
	if n := told(); n != 0 {
		t.Errorf("after a restart told %d times again", n)
	}
	w.now = ends.AddDate(0, 0, -3)
	if n := told(); n != 1 {
		t.Errorf("a week before the end: told %d times", n)
	}
}

func TestNoticesAreCoalesced(t *testing.T) {
	w := newWorld(t, Spec{Kind: TopicValue, Of: "a"})
	w.expect(time.Second, "")
	w.publish("a", "1")
	w.expect(time.Second, "topic value a 1")
	for range 9 {
		w.publish("a", "2")
		w.expect(time.Second, "")
	}
	w.publish("a", "3")
	w.expect(time.Second, "topic value a 3 and 9 more")
	if all := w.set.All(); all[0].Fired != 11 || all[0].Last.Value != "3" {
		t.Errorf("%+v", all[0])
	}
	w.publish("a", "4") // told when the quiet is over, without another event
	w.expect(time.Second, "")
	w.expect(Quiet, "topic value a 4")
}

func TestAStoppedGatewayIsNoEvent(t *testing.T) {
	lamp := engine.Client{ID: "lamp"}
	w := newWorld(t, Spec{Kind: ClientDisconnects, Of: "lamp"}, Spec{Kind: ClientConnects, Of: "lamp"}, Spec{Kind: TopicSilent, Of: "a", For: time.Second})
	w.clients = []engine.Client{lamp}
	w.expect(time.Second, "")
	w.status.State, w.clients = engine.Stopped, nil
	w.expect(time.Minute, "")
	w.status.State = engine.Running
	w.expect(time.Millisecond, "")
	w.clients = []engine.Client{lamp}
	w.expect(time.Millisecond, "client connects lamp")
}

func TestWhatNobodyWatchesIsNotAsked(t *testing.T) {
	w := newWorld(t, Spec{Kind: TopicValue, Of: "a"})
	w.later(time.Second)
	if len(w.asked) != 0 {
		t.Errorf("asked %v", w.asked)
	}
	for _, of := range []string{"lamp", "door"} {
		if _, err := w.set.Add(Spec{Kind: ClientConnects, Of: of}); err != nil {
			t.Fatal(err)
		}
	}
	if w.later(time.Second); w.asked["clients"] != 1 || w.asked["observers"] != 0 {
		t.Errorf("asked %v", w.asked)
	}
}

func TestASetIsKept(t *testing.T) {
	w := newWorld(t, Spec{Kind: ClientConnects, Of: "lamp"}, Spec{Kind: TopicMeets, Of: "a", Path: "$.t", Compare: ">", Value: "30"})
	again, err := w.set.Add(Spec{Kind: ClientConnects, Of: "lamp"})
	if err != nil || again != 1 || len(w.set.All()) != 2 {
		t.Errorf("the same again is %d, %v", again, err)
	}
	revision := w.set.Revision()
	if !w.set.Switch(1, false) || w.set.Switch(9, true) || w.set.Revision() == revision {
		t.Error("switching")
	}
	w.clients = []engine.Client{{ID: "lamp"}}
	w.expect(time.Second, "") // it is off
	data, err := w.set.Save()
	if err != nil {
		t.Fatal(err)
	}
	next := New(w)
	if err := next.Load(data); err != nil || !slices.EqualFunc(next.All(), w.set.All(), func(a, b Watch) bool { return a.Spec == b.Spec && a.Off == b.Off && a.ID == b.ID }) {
		t.Errorf("%v, %+v", err, next.All())
	}
	if id, _ := next.Add(Spec{Kind: ClientConnects, Of: "door"}); id != 3 {
		t.Errorf("ID %d", id)
	}
	removed := next.All()[0]
	if !next.Remove(1) || next.Remove(1) || len(next.All()) != 2 {
		t.Error("removing")
	}
	if err := next.Restore(removed); err != nil || len(next.All()) != 3 {
		t.Errorf("restoring: %v", err)
	}
}

func TestASetIsBounded(t *testing.T) {
	w := newWorld(t)
	for i := range MaxWatches {
		if _, err := w.set.Add(Spec{Kind: ClientConnects, Of: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.set.Add(Spec{Kind: ClientConnects, Of: "more"}); !errors.Is(err, ErrFull) {
		t.Errorf("error %v", err)
	}
}

func TestWrongSpecs(t *testing.T) {
	for _, s := range []Spec{
		{}, {Kind: "moon"}, {Kind: ClientConnects}, {Kind: TopicSilent, Of: "a"}, {Kind: TopicSilent, Of: "a", For: time.Millisecond},
		{Kind: ClientSilent, Of: "a", For: -time.Second}, {Kind: TopicMeets, Of: "a"}, {Kind: TopicMeets, Of: "a", Compare: ">", Value: "x"},
		{Kind: TopicMeets, Of: "a", Compare: "~", Value: "1"}, {Kind: TopicMeets, Of: "a", Compare: ">", Value: "1", Path: "t"},
		{Kind: TopicValue, Of: strings.Repeat("a", MaxName+1)},
	} {
		if err := s.Validate(); err == nil {
			t.Errorf("%+v is valid", s)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`[{"id":1,"kind":"topic meets","of":"a","path":"$.t","compare":">","value":"30"}]`), []byte(`{"t":31}`))
	f.Add([]byte(`[{"id":1,"kind":"topic silent","of":"a","for":1000000000}]`), []byte("1"))
	f.Fuzz(func(t *testing.T, kept, payload []byte) {
		w := newWorld(t)
		if w.set.Load(kept) != nil {
			return
		}
		w.later(time.Second)
		w.publish("a", string(payload))
		w.later(time.Second)
		if _, err := w.set.Save(); err != nil {
			t.Error(err)
		}
	})
}
