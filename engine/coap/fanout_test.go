package coap

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"golang.org/x/net/ipv4"
)

// recordPackets keeps what is sent, in the order in which the system would get it.
type recordPackets struct {
	mu    sync.Mutex
	calls int
	sent  [][]byte
}

func (r *recordPackets) ReadBatch([]ipv4.Message, int) (int, error) { return 0, net.ErrClosed }

func (r *recordPackets) WriteBatch(messages []ipv4.Message, _ int) (int, error) {
	runtime.Gosched()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	for i := range messages {
		r.sent = append(r.sent, bytes.Clone(messages[i].Buffers[0]))
	}
	return len(messages), nil
}

// crowd is an endpoint with relations of as many peers, whose tokens tell them apart, and what it sends from then on.
func crowd(t testing.TB, size int, c RelationConfig) (*wire, []*Relation, *recordPackets) {
	t.Helper()
	h, relations := observing1(c)
	w := newWire(t, Config{Handler: h})
	w.endpoint.sockets[0].packets = noPackets{}
	all := make([]*Relation, size)
	for i := range all {
		w.requestFrom(i, get(con, 1, string([]byte{byte(i >> 8), byte(i)}), "a", observe))
		all[i] = <-relations
	}
	packets := &recordPackets{}
	w.endpoint.sockets[0].packets = packets
	return w, all, packets
}

func notifyAll(relations []*Relation, n Notification) {
	f := NewFanout()
	for _, rel := range relations {
		f.Notify(rel, n)
	}
	f.End()
}

func TestFanoutSendsWhatNotifySends(t *testing.T) {
	option := func(id message.OptionID, value ...byte) message.Option { return message.Option{ID: id, Value: value} }
	long := make([]byte, 300)
	for _, zeroAsByte := range []bool{false, true} {
		for _, n := range []Notification{
			{},
			{Payload: []byte("x")},
			{Code: codes.NotFound},
			{Confirmable: true, Payload: []byte("x")},
			{Payload: make([]byte, 1024)},
			{Payload: []byte("x"), Options: message.Options{option(message.ContentFormat, 42)}},
			{Options: message.Options{option(message.ETag, 1, 2)}},
			{Options: message.Options{option(message.ETag, 1), option(message.MaxAge, 60), option(message.LocationQuery, long...)}},
			{Options: message.Options{option(message.ETag, 1), option(message.ETag, 2)}, Confirmable: true},
		} {
			w, rel := observed(t, RelationConfig{Sequence: SequenceCounter})
			w.endpoint.config.ZeroAsByte = zeroAsByte
			rel.sequence = sequence{}
			rel.Notify(n)
			alone := w.next()
			if n.Confirmable {
				w.answer(0, ack, alone.messageID)
			}
			rel.sequence = sequence{}
			notifyAll([]*Relation{rel}, n)
			together := w.next()
			alone.at, alone.messageID = together.at, together.messageID
			if fmt.Sprint(alone) != fmt.Sprint(together) {
				t.Errorf("%+v: alone\n%v, in a fan-out\n%v", n, alone, together)
			}
			code := n.Code
			if code == codes.Empty {
				code = codes.Content
			}
			if together.code != code || !bytes.Equal(together.payload, n.Payload) || len(together.options) != len(n.Options)+1 {
				t.Errorf("%+v was sent as %v", n, together)
			}
		}
	}
}

func TestFanoutIsBatched(t *testing.T) {
	const observers = 5 * maxLocked
	_, relations, packets := crowd(t, observers, RelationConfig{})
	for _, confirmable := range []bool{false, true} {
		packets.sent, packets.calls = nil, 0
		notifyAll(relations, text(confirmable, "x"))
		if len(packets.sent) != observers || packets.calls != observers/maxLocked {
			t.Errorf("confirmable %v: %d datagrams in %d calls, want %d in %d", confirmable, len(packets.sent),
				packets.calls, observers, observers/maxLocked)
		}
		for i, b := range packets.sent {
			if string(b[4:6]) != string([]byte{byte(i >> 8), byte(i)}) {
				t.Fatalf("datagram %d has the token % x", i, b[4:6])
			}
		}
	}
}

// TestFanoutFollowsTheRules has a fan-out come upon relations that may not be notified at once.
func TestFanoutFollowsTheRules(t *testing.T) {
	h, begun := observing1(RelationConfig{})
	w := newWire(t, Config{Handler: h, MaxBlockSize: 16}).gather()
	for i, path := range []string{"a", "b", "c", "d"} {
		w.request(get(con, uint16(i), path, path, observe))
	}
	w.requestFrom(1, get(con, 1, "e", "e", observe))
	w.payloads()
	a, b, c, ended, e := <-begun, <-begun, <-begun, <-begun, <-begun
	ended.Cancel()
	f := NewFanout()
	f.Notify(a, text(false, "a"))
	f.Notify(e, text(false, "of another peer"))
	f.Notify(b, text(false, "needs more than one block"))
	f.Notify(b, text(false, "waits until that was fetched"))
	f.Notify(ended, text(false, "too late"))
	f.Notify(c, text(true, "outstanding"))
	f.Notify(a, text(false, "waits"))
	f.End()
	w.expect("a", "of another peer", "needs more than ", "outstanding")
	if n := a.Peer().Stats().Queued; n != 2 {
		t.Errorf("%d wait, want 2", n)
	}
	a.Peer().mu.Lock()
	id := a.Peer().observing.outstanding.message.messageID
	a.Peer().mu.Unlock()
	w.answer(0, ack, id)
	w.expect("waits")
}

// TestFanoutKeepsTheOrder lets fan-outs of the same relations meet, in different orders: of each relation the Observe
// values leave in their order, and what one goroutine notified does as well.
func TestFanoutKeepsTheOrder(t *testing.T) {
	const observers, rounds = 3 * maxLocked, 100
	w, relations, packets := crowd(t, observers, RelationConfig{Sequence: SequenceCounter})
	backwards := slices.Clone(relations)
	slices.Reverse(backwards)
	var running sync.WaitGroup
	for by, order := range [][]*Relation{relations, relations, backwards} {
		running.Go(func() {
			for round := range rounds {
				notifyAll(order, Notification{Payload: []byte{byte(by), byte(round)}})
			}
		})
	}
	running.Go(func() {
		for round := range rounds { // leaves at once, past packets: between the values of a relation there are gaps
			relations[round].Notify(Notification{Payload: []byte{3, byte(round)}})
			w.answer(round, ack, 1)
		}
	})
	running.Wait()

	last := make(map[string]uint32)
	var m incoming
	notifications := 0
	for _, b := range packets.sent {
		if err := m.parse(b); err != nil {
			t.Fatal(err)
		}
		notifications++
		value, _ := uintOption(m.options, message.Observe)
		by := string(m.token) + string(m.payload[:1])
		if before := last[string(m.token)]; value <= before {
			t.Fatalf("relation %v: value %d left behind %d", m.token, value, before)
		}
		if before, ok := last[by]; ok && uint32(m.payload[1]) <= before {
			t.Fatalf("relation %v: of goroutine %d, %d left behind %d", m.token, m.payload[0], m.payload[1], before)
		}
		last[string(m.token)], last[by] = value, uint32(m.payload[1])
	}
	if want := 3 * observers * rounds; notifications != want {
		t.Errorf("%d notifications left, want %d", notifications, want)
	}
}

// TestFanoutsUnderConcurrency has fan-outs meet all that locks peers; the race detector judges, and that it ends.
func TestFanoutsUnderConcurrency(t *testing.T) {
	w, relations, _ := crowd(t, 2*maxLocked, RelationConfig{})
	backwards := slices.Clone(relations)
	slices.Reverse(backwards)
	var running sync.WaitGroup
	for _, order := range [][]*Relation{relations, backwards} {
		running.Go(func() {
			for n := range 100 {
				notifyAll(order, text(n%7 == 0, "x"))
			}
		})
	}
	running.Go(func() {
		for n := range 1000 {
			from, to := relations[n%len(relations)], relations[n*7%len(relations)]
			from.Peer().MoveTo(to.Peer())
			_ = to.Peer().Stats()
			if n%10 == 0 {
				from.Cancel()
			}
		}
	})
	running.Go(func() {
		for n := range 1000 {
			w.answer(n%len(relations), ack, uint16(n*37))
			w.answer(n%len(relations), rst, uint16(n*91))
			w.requestFrom(n%len(relations), get(con, uint16(n), "v", "b"))
		}
		_ = w.endpoint.Close()
	})
	running.Wait()
}

// TestAnswersDoNotWaitForTheNextFanout gives the reader two publishes in one batch.
func TestAnswersDoNotWaitForTheNextFanout(t *testing.T) {
	w, relations, packets := crowd(t, maxLocked, RelationConfig{})
	answered := 0
	w.endpoint.config.Handler = handlerFunc(func(w *ResponseWriter, _ *Request) {
		answered = 0
		for _, b := range packets.sent {
			if message.Type(b[0]>>4&3) == ack {
				answered++
			}
		}
		notifyAll(relations, text(false, "x"))
		w.SetCode(codes.Changed)
	})
	rt := w.route(0)
	w.reader.now = time.Now()
	for i := range 3 {
		w.reader.datagram(&rt, publish(uint16(100+i)))
		if answered != i {
			t.Errorf("before fan-out %d there were %d answers", i+1, answered)
		}
	}
}

func TestFanoutAllocations(t *testing.T) {
	w, relations, _ := crowd(t, 100, RelationConfig{})
	w.endpoint.sockets[0].packets = noPackets{}
	n := Notification{Payload: []byte("21.5"), Options: message.Options{{ID: message.ContentFormat, Value: []byte{42}}}}
	// The pools forget now and then, under the race detector often.
	if n := testing.AllocsPerRun(100, func() { notifyAll(relations, n) }); n > 5 {
		t.Errorf("a fan-out to 100 observers takes %v allocations, want none for an observer", n)
	}
}

func BenchmarkFanout(b *testing.B) {
	w, relations, _ := crowd(b, 10_000, RelationConfig{})
	w.endpoint.sockets[0].packets = noPackets{}
	b.ReportAllocs()
	for b.Loop() {
		notifyAll(relations, text(false, "21.5"))
	}
}

func TestRecentIDs(t *testing.T) {
	for _, first := range []uint16{1, 300, 65530} {
		var r recentIDs
		for _, id := range []uint16{0, first, first + 1, first - 1} {
			if r.has(id) {
				t.Fatalf("has %d before any was used", id)
			}
		}
		for _, offset := range []uint16{0, 2, 3, 15} {
			r.add(first + offset)
		}
		for offset := range uint16(40) {
			want := slices.Contains([]uint16{0, 2, 3, 15}, offset)
			if r.has(first+offset) != want {
				t.Errorf("first %d: has %d: %v", first, first+offset, !want)
			}
		}
		r.add(first + 16)
		if r.has(first) || !r.has(first+2) {
			t.Errorf("first %d: it is not the sixteenth that was forgotten", first)
		}
		r.add(first + 500)
		if r.has(first+16) || !r.has(first+500) {
			t.Errorf("first %d: an old one is remembered", first)
		}
	}
}
