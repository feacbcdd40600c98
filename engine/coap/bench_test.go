package coap

import (
	"encoding/binary"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

var changed = handlerFunc(func(w *ResponseWriter, _ *Request) { w.SetCode(codes.Changed) })

// publish is a typical request: PUT /ps/topic1?clientid=client1 with a short payload.
func publish(messageID uint16) []byte {
	m := outgoing{
		typ: message.Confirmable, code: codes.PUT, messageID: messageID, token: message.Token{1, 2, 3, 4},
		options: message.Options{
			{ID: message.URIPath, Value: []byte("ps")}, {ID: message.URIPath, Value: []byte("topic1")},
			{ID: message.URIQuery, Value: []byte("clientid=client1")},
		},
		payload: []byte("21.5"),
	}
	return m.append(nil)
}

// requests returns a function that takes the endpoint through one request and its piggy-backed answer, sockets apart.
func requests(tb testing.TB) func() {
	w := newWire(tb, Config{Handler: changed})
	w.endpoint.sockets[0].packets = noPackets{}
	rt, data := w.route(0), publish(0)
	w.reader.now = time.Now()
	var messageID uint16
	return func() {
		messageID++
		binary.BigEndian.PutUint16(data[2:], messageID)
		w.reader.datagram(&rt, data)
		if messageID%batchSize == 0 {
			w.reader.out.flush()
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	request := requests(b)
	b.ReportAllocs()
	for b.Loop() {
		request()
	}
}

// BenchmarkRequestByKnownPeers has each request come from the next of the known peers.
func BenchmarkRequestByKnownPeers(b *testing.B) {
	for _, known := range []int{1, 100, 10_000, 50_000} {
		b.Run(strconv.Itoa(known), func(b *testing.B) {
			w := newWire(b, Config{Handler: changed})
			w.endpoint.sockets[0].packets = noPackets{}
			routes := make([]route, known)
			for i := range routes {
				routes[i] = w.route(i)
			}
			data := publish(0)
			w.reader.now = time.Now()
			var n int
			b.ReportAllocs()
			for b.Loop() {
				binary.BigEndian.PutUint16(data[2:], uint16(n/known))
				w.reader.datagram(&routes[n%known], data)
				if n++; n%batchSize == 0 {
					w.reader.out.flush()
				}
			}
		})
	}
}

func TestRequestAllocations(t *testing.T) {
	request := requests(t)
	for range 3 * usual.PeerExchanges { // until the memory of duplicates has its full size
		request()
	}
	if n := testing.AllocsPerRun(1000, request); n > 1 {
		t.Errorf("a request and its answer take %v allocations, want at most 1: the copy of the answer for duplicates", n)
	}
}

// TestMemoryOfAnIdlePeer bounds what a peer costs that has asked once.
func TestMemoryOfAnIdlePeer(t *testing.T) {
	const peers, limit = 10_000, 700
	w := newWire(t, Config{Handler: changed})
	w.endpoint.sockets[0].packets = noPackets{}
	data := publish(1)
	before := heapInUse()
	for i := range peers {
		w.receive(i, data)
	}
	each := (heapInUse() - before) / peers
	t.Logf("%d bytes a peer at %d peers", each, peers)
	if each > limit {
		t.Errorf("a peer costs %d bytes, want at most %d", each, limit)
	}
	runtime.KeepAlive(w)
}

// TestMemoryOfARelation bounds what a relation costs, with the memory of the request that began it.
func TestMemoryOfARelation(t *testing.T) {
	const relations, limit = 10_000, 330
	for _, tt := range []struct {
		name string
		each int // relations a peer
	}{{"one a peer", 1}, {"a hundred a peer", 100}} {
		w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			w.SetCode(codes.Content)
			if r.Has(message.Observe) {
				w.Observe(RelationConfig{})
			}
		})})
		w.endpoint.sockets[0].packets = noPackets{}
		for i := range relations / tt.each {
			w.requestFrom(i, get(con, 0, "t", "a"))
		}
		before := heapInUse()
		for i := range relations {
			id := uint16(1 + i/(relations/tt.each))
			w.requestFrom(i%(relations/tt.each), get(con, id, string([]byte{byte(id >> 8), byte(id)}), "a", observe))
		}
		each := (heapInUse() - before) / relations
		t.Logf("%s: %d bytes", tt.name, each)
		if each > limit {
			t.Errorf("%s: a relation costs %d bytes, want at most %d", tt.name, each, limit)
		}
		runtime.KeepAlive(w)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
