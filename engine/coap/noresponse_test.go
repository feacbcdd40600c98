package coap

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// without is the No-Response option.
func without(classes ...byte) message.Option {
	return message.Option{ID: message.NoResponse, Value: classes}
}

func TestNoResponse(t *testing.T) {
	response := codes.Empty
	w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, _ *Request) {
		w.SetCode(response)
		w.SetString("payload")
	})}).gather()
	id := uint16(0)
	for _, tt := range []struct {
		option message.Option
		wanted []codes.Code
		not    []codes.Code
	}{
		{without(), []codes.Code{codes.Content, codes.NotFound, codes.InternalServerError}, nil},
		{without(0), []codes.Code{codes.Changed, codes.BadRequest, codes.ServiceUnavailable}, nil},
		{without(2), []codes.Code{codes.NotFound, codes.InternalServerError}, []codes.Code{codes.Content, codes.Changed, NoContent}},
		{without(8), []codes.Code{codes.Content, codes.BadGateway}, []codes.Code{codes.BadRequest, codes.TooManyRequests}},
		{without(16), []codes.Code{codes.Content, codes.BadRequest}, []codes.Code{codes.InternalServerError, codes.ProxyingNotSupported}},
		{without(10), []codes.Code{codes.InternalServerError}, []codes.Code{codes.Content, codes.NotFound}},
		{without(18), []codes.Code{codes.NotFound}, []codes.Code{codes.Content, codes.InternalServerError}},
		{without(24), []codes.Code{codes.Content}, []codes.Code{codes.NotFound, codes.InternalServerError}},
		{without(26), nil, []codes.Code{codes.Content, codes.NotFound, codes.InternalServerError}},
		{without(1), []codes.Code{codes.Content, codes.NotFound, codes.InternalServerError}, nil},
		{without(2, 2), []codes.Code{codes.Content}, nil}, // of a forbidden length
	} {
		ask := func(typ message.Type, code codes.Code) {
			id++
			response = code
			w.request(get(typ, id, "t", "a", tt.option))
		}
		for _, code := range tt.wanted {
			ask(con, code)
			s := w.next()
			s.is(t, ack, code, id, "t")
			ask(non, code)
			if s := w.next(); s.typ != non || s.code != code {
				t.Errorf("% x: %v answers NON with %v %v", tt.option.Value, code, s.typ, s.code)
			}
		}
		for _, code := range tt.not {
			ask(con, code)
			s := w.next()
			s.is(t, ack, codes.Empty, id, "")
			w.request(get(con, id, "t", "a", tt.option))
			s = w.next()
			s.is(t, ack, codes.Empty, id, "") // the duplicate as well
			ask(non, code)
			w.quiet()
		}
	}
}

func TestNoResponseToErrorsOfTheEndpoint(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		m      outgoing
	}{
		{"unknown method, 4.05", Config{}, outgoing{code: 0x09}},
		{"unknown critical option, 4.02", Config{}, outgoing{code: codes.GET, options: message.Options{{ID: 9, Value: []byte{1}}}}},
		{"reserved block size, 4.00", Config{}, outgoing{code: codes.PUT, options: message.Options{{ID: message.Block1, Value: []byte{7}}}}},
		{"a block without those before, 4.08", Config{}, outgoing{
			code: codes.PUT, options: message.Options{{ID: message.Block1, Value: []byte{0x10}}},
		}},
		{"no such block, 4.02", Config{}, outgoing{code: codes.GET, options: message.Options{{ID: message.Block2, Value: []byte{0x90}}}}},
		{"too many requests, 4.29", Config{Limits: Limits{PeerRate: 1}}, outgoing{code: codes.GET}},
		{"too many requests of all, 5.03", Config{Limits: Limits{Rate: 1}}, outgoing{code: codes.GET}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Handler = content16
			w := newWire(t, tt.config)
			if tt.config.Limits != (Limits{}) {
				w.request(get(con, 100, "t", "a"))
			}
			w.gather()
			m := tt.m
			m.token = message.Token("t")
			m.messageID, m.typ = 1, non
			w.request(m)
			if s := w.next(); s.code>>5 < 4 {
				t.Fatalf("answered %v, want an error", s.code)
			}
			m.options = append(m.options, without(8|16))
			m.messageID = 2
			w.request(m)
			w.quiet()
			m.messageID, m.typ = 3, con
			w.request(m)
			s := w.next()
			s.is(t, ack, codes.Empty, 3, "")
		})
	}
}

// content16 answers with 2.05 and 16 bytes.
var content16 = handlerFunc(func(w *ResponseWriter, _ *Request) {
	w.SetCode(codes.Content)
	w.SetString("0123456789abcdef")
})

func TestNoSeparateResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, deferred := deferring()
		w := newWire(t, Config{Handler: h}).gather()
		w.request(get(con, 7, "t", "a", without(2)))
		time.Sleep(2 * time.Second)
		s := w.next()
		s.is(t, ack, codes.Empty, 7, "")
		(<-deferred).Reply(ok)
		time.Sleep(time.Minute)
		w.quiet()

		w.request(get(con, 8, "t", "a", without(2)))
		(<-deferred).Reply(ok) // before the empty ACK had to go
		s = w.next()
		s.is(t, ack, codes.Empty, 8, "")
		w.request(get(non, 9, "t", "a", without(2)))
		(<-deferred).Reply(ok)
		time.Sleep(time.Minute)
		w.quiet()

		time.Sleep(10 * time.Minute) // nothing is left that keeps the peer
		if n := w.endpoint.Stats().Peers; n != 0 {
			t.Errorf("%d peers are left", n)
		}
	})
}

// TestNoResponseInBlocks keeps 2.31 back only from a client that wants no 2.xx (RFC 7967, section 2).
func TestNoResponseInBlocks(t *testing.T) {
	for _, tt := range []struct {
		classes byte
		typ     message.Type
		want    []codes.Code // to the first block, to the last
	}{
		{8, con, []codes.Code{codes.Continue, codes.Changed}},
		{2, con, []codes.Code{codes.Empty, codes.Empty}},
		{24, non, []codes.Code{codes.Continue, codes.Changed}},
		{26, non, nil},
	} {
		var got string
		w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			got = string(r.Payload)
			w.SetCode(codes.Changed)
		})}).gather()
		for num, text := range []string{"0123456789abcdef", "end"} {
			value := []byte{byte(num<<4 | (1-num)<<3)}
			m := get(tt.typ, uint16(num), "t", "a", message.Option{ID: message.Block1, Value: value}, without(tt.classes))
			m.code, m.payload = codes.PUT, []byte(text)
			w.request(m)
			if tt.want == nil {
				w.quiet()
			} else if s := w.next(); s.code != tt.want[num] {
				t.Errorf("No-Response %d: block %d answered %v, want %v", tt.classes, num, s.code, tt.want[num])
			}
		}
		if got != "0123456789abcdefend" {
			t.Errorf("No-Response %d: the handler got %q", tt.classes, got)
		}
	}
}

// TestNoResponseToARegistration keeps back the response that begins an observation; the notifications are what the
// client asked for.
func TestNoResponseToARegistration(t *testing.T) {
	for _, typ := range []message.Type{con, non} {
		h, relations := observing1(RelationConfig{})
		w := newWire(t, Config{Handler: h}).gather()
		w.request(get(typ, 1, "t", "a", observe, without(2)))
		if typ == con {
			s := w.next()
			s.is(t, ack, codes.Empty, 1, "")
		}
		w.quiet()
		rel := <-relations
		rel.Notify(text(true, "x"))
		n := w.next()
		if n.code != codes.Content || string(n.payload) != "x" {
			t.Errorf("notified %v %q", n.code, n.payload)
		}
		w.answer(0, rst, n.messageID)
		rel.Notify(text(true, "y"))
		w.quiet()
	}
}

func TestNoResponseIsAnExtension(t *testing.T) {
	w := newWire(t, Config{Handler: changed, DisableExtensions: true}).gather()
	w.request(get(con, 1, "t", "a", without(26)))
	s := w.next()
	s.is(t, ack, codes.Changed, 1, "t")
}
