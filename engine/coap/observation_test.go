package coap

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

func (a *asking) observe(path string) *Observation {
	a.t.Helper()
	o, err := a.endpoint.Observe(ToAddr(a.peerAddr(0)), getting(path), func(r *ClientResponse, err error) { a.done <- outcome{r, err} })
	if err != nil {
		a.t.Fatal(err)
	}
	return o
}

// observeValue is an Observe option.
func observeValue(v uint32) message.Option {
	return message.Option{ID: message.Observe, Value: appendUint(nil, v, false)}
}

func notification(typ message.Type, messageID uint16, sequence uint32, payload string, more ...message.Option) outgoing {
	m := outgoing{typ: typ, code: codes.Content, messageID: messageID, payload: []byte(payload)}
	m.options = message.Options{observeValue(sequence)}
	for _, o := range more {
		m.options = m.options.Add(o)
	}
	return m
}

// registers asserts that s registers, and returns its Observe value.
func registers(t *testing.T, s sentDatagram) {
	t.Helper()
	if v, ok := uintOption(s.options, message.Observe); !ok || v != 0 || s.code != codes.GET {
		t.Fatalf("sent %v with Observe %d %v, want a registration", s.code, v, ok)
	}
}

func TestNotificationsInOrder(t *testing.T) {
	type arrival struct {
		after    time.Duration
		sequence uint32
		newer    bool
	}
	for _, tt := range []struct {
		name     string
		arrivals []arrival
	}{
		{"growing", []arrival{{0, 10, true}, {0, 11, true}, {0, 500, true}}},
		{"the same", []arrival{{0, 10, true}, {0, 10, false}}},
		{"older", []arrival{{0, 10, true}, {0, 9, false}, {0, 11, true}}},
		{"just less than half the circle ahead", []arrival{{0, 0, true}, {0, 1<<23 - 1, true}}},
		{"half the circle ahead is not newer", []arrival{{0, 0, true}, {0, 1 << 23, false}}},
		{"around", []arrival{{0, 1<<24 - 1, true}, {0, 0, true}, {0, 1<<24 - 1, false}}},
		{"older, 128 s later", []arrival{{0, 10, true}, {128 * time.Second, 9, false}, {time.Second, 8, true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAsking(t, Config{})
				a.observe("a")
				sent := a.next()
				registers(t, sent)
				fresh := message.Option{ID: message.MaxAge, Value: []byte{1, 0, 0}}
				var reordered uint64
				for i, arrival := range tt.arrivals {
					time.Sleep(arrival.after)
					m := notification(non, uint16(100+i), arrival.sequence, "x", fresh)
					if i == 0 {
						m.typ, m.messageID = ack, sent.messageID
					}
					a.respond(sent, m)
					if !arrival.newer {
						reordered++
					}
					if newer := len(a.done) == 1; newer != arrival.newer {
						t.Errorf("notification %d was handed on: %v", i, newer)
					}
					if len(a.done) > 0 {
						o := <-a.done
						if o.err == nil && o.response.Reordered != reordered {
							t.Errorf("notification %d tells of %d reordered, want %d", i, o.response.Reordered, reordered)
						}
						if o.err != nil || !o.response.Observed || string(o.response.Payload) != "x" {
							t.Errorf("got %+v, %v", o.response, o.err)
						}
					}
				}
			})
		})
	}
}

func TestObservationsEnd(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    outgoing
		code codes.Code
		err  error
	}{
		{"not observable", outgoing{typ: ack, code: codes.Content, payload: []byte("x")}, codes.Content, nil},
		{"not there", outgoing{typ: ack, code: codes.NotFound}, codes.NotFound, nil},
		{"an error with Observe", outgoing{typ: ack, code: codes.NotFound, options: message.Options{observeValue(3)}}, codes.NotFound, nil},
		{"RST", outgoing{typ: rst}, codes.Empty, ErrReset},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAsking(t, Config{})
				a.observe("a")
				a.respond(a.next(), tt.m)
				o := a.ends()
				if !errors.Is(o.err, tt.err) || o.err == nil && (o.response.Observed || o.response.Code != tt.code) {
					t.Errorf("got %+v, %v", o.response, o.err)
				}
				time.Sleep(time.Hour)
				a.quiet()
				if s := a.endpoint.ClientStats(); s.Active != 0 {
					t.Errorf("counted %+v", s)
				}
			})
		})
	}
}

func TestFinalNotificationEndsTheObservation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{})
		a.observe("a")
		sent := a.next()
		a.respond(sent, notification(ack, 0, 1, "x"))
		first := a.ends()
		first.is(t, codes.Content, "x")
		a.respond(sent, outgoing{typ: con, code: codes.NotFound, messageID: 8})
		reply := a.next()
		reply.is(t, ack, codes.Empty, 8, "")
		last := a.ends()
		last.is(t, codes.NotFound, "")
		a.respond(sent, notification(con, 9, 2, "y"))
		reply = a.next()
		reply.is(t, rst, codes.Empty, 9, "")
		time.Sleep(time.Hour)
		a.quiet()
	})
}

func TestObservationsAreRenewedAfterMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{})
		a.observe("a")
		first := a.next()
		a.respond(first, notification(ack, 0, 1, "x", message.Option{ID: message.MaxAge, Value: []byte{30}}))
		a.ends()
		begin := time.Now()
		again := a.next()
		registers(t, again)
		if d := again.at.Sub(begin); d < 35*time.Second || d > 45*time.Second {
			t.Errorf("renewed after %v", d)
		}
		if string(again.token) != string(first.token) {
			t.Error("renewed under another token")
		}
		a.respond(again, notification(ack, 0, 0, "after a restart"))
		o := a.ends()
		o.is(t, codes.Content, "after a restart")
		for range 1 + 4 { // the third is never answered
			a.next()
		}
		if o := <-a.done; !errors.Is(o.err, ErrTimeout) {
			t.Errorf("ended with %v", o.err)
		}
		time.Sleep(time.Hour)
		a.quiet()
	})
}

func TestCancelledObservations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{})
		o := a.observe("a")
		sent := a.next()
		a.respond(sent, notification(ack, 0, 1, "x"))
		a.ends()
		o.Cancel()
		o.Cancel()
		end := a.next()
		if v, ok := uintOption(end.options, message.Observe); !ok || v != 1 || string(end.token) != string(sent.token) {
			t.Errorf("sent Observe %d %v", v, ok)
		}
		a.respond(end, outgoing{typ: ack, code: codes.Content, payload: []byte("x")})
		a.respond(sent, notification(con, 9, 2, "y"))
		reply := a.next()
		reply.is(t, rst, codes.Empty, 9, "")
		time.Sleep(time.Hour)
		a.quiet()
		a.open()
		if s := a.endpoint.ClientStats(); s.Active != 0 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestNotificationsInBlocks(t *testing.T) {
	b2 := func(num uint32, more bool) message.Option {
		return message.Option{ID: message.Block2, Value: appendUint(nil, block{num: num, more: more, size: 16}.value(), false)}
	}
	body := "0123456789abcdef"
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{})
		a.observe("a")
		sent := a.next()
		a.respond(sent, notification(ack, 0, 1, body, b2(0, true)))
		a.open()
		fetch := a.next()
		if string(fetch.token) == string(sent.token) || blockText(fetch.options, message.Block2) != "1 false 16" {
			t.Errorf("fetched %q with the token of the observation %v", blockText(fetch.options, message.Block2), fetch.token)
		}
		if _, ok := uintOption(fetch.options, message.Observe); ok {
			t.Error("a later block was asked for with Observe")
		}
		a.respond(fetch, outgoing{typ: ack, code: codes.Content, payload: []byte("1"), options: message.Options{b2(1, false)}})
		o := a.ends()
		o.is(t, codes.Content, body+"1")
		if !o.response.Observed {
			t.Error("it is not observed")
		}
		a.respond(sent, notification(non, 50, 2, body, b2(0, true)))
		old := a.next()
		a.respond(sent, notification(non, 51, 3, body, b2(0, true))) // before the rest of the one before came
		fetch = a.next()
		a.respond(old, outgoing{typ: ack, code: codes.Content, payload: []byte("2"), options: message.Options{b2(1, false)}})
		a.respond(fetch, outgoing{typ: ack, code: codes.Content, payload: []byte("3"), options: message.Options{b2(1, false)}})
		o = a.ends()
		o.is(t, codes.Content, body+"3")
		a.open()
	})
}
