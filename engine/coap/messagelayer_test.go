package coap_test

import (
	"encoding/hex"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// datagrams are what may come and what answers it; an empty answer is silence. The first byte says version, type and
// length of the token: 4x CON, 5x NON, 6x ACK, 7x RST. The handler answers 2.05 without a payload.
var datagrams = []struct {
	name, in, out string
}{
	{"a CON request is answered in its ACK", "42 01 1234 abcd b161", "62 45 1234 abcd"},
	{"a NON request is answered with NON", "52 01 1234 abcd b161", "52 45 1234 abcd"},
	{"the token may be empty", "40 01 1234 b161", "60 45 1234"},
	{"the token may be 8 bytes long", "48 01 1234 0102030405060708 b161", "68 45 1234 0102030405060708"},
	{"the path may be empty", "40 01 1234", "60 45 1234"},
	{"DELETE is a method", "40 04 1234", "60 45 1234"},
	{"FETCH is a method", "40 05 1234", "60 45 1234"},
	{"iPATCH is a method", "40 07 1234", "60 45 1234"},

	{"ping, CON", "40 00 1234", "70 00 1234"},
	{"ping, NON", "50 00 1234", "70 00 1234"},
	{"unmatched ACK", "60 00 1234", ""},
	{"unmatched RST", "70 00 1234", ""},
	{"unmatched piggy-backed response", "60 45 1234", ""},
	{"unexpected response, CON", "41 45 1234 aa ff 68", "70 00 1234"},
	{"unexpected response, NON", "51 84 1234 aa", "70 00 1234"},
	{"RST that is a response", "70 45 1234", ""},
	{"unknown response code, CON", "40 5e 1234", ""},
	{"unknown response code, NON", "50 9e 1234", ""},
	{"request as ACK", "60 01 1234", ""},
	{"request as RST", "70 01 1234", ""},

	{"1 byte", "40", ""},
	{"2 bytes", "40 01", ""},
	{"3 bytes", "40 01 12", ""},
	{"version 0", "00 01 1234", ""},
	{"version 2", "80 01 1234", ""},
	{"version 3", "c0 01 1234", ""},

	{"token of 9 bytes", "49 01 1234 010203040506070809", "70 00 1234"},
	{"token length 13", "4d 01 1234 0102030405060708090a0b0c0d", "70 00 1234"},
	{"token length 15", "4f 01 1234 0102030405060708090a0b0c0d0e0f", "70 00 1234"},
	{"token length 9, NON", "59 01 1234 010203040506070809", ""},
	{"truncated token", "44 01 1234 010203", "70 00 1234"},
	{"truncated token, NON", "54 01 1234 010203", ""},
	{"class 1", "40 21 1234", "70 00 1234"},
	{"class 3", "40 61 1234", "70 00 1234"},
	{"class 6", "40 c1 1234", "70 00 1234"},
	{"class 7", "40 e1 1234", "70 00 1234"},
	{"class 7, NON", "50 e1 1234", ""},
	{"class 7, ACK", "60 e1 1234", ""},
	{"class 7, RST", "70 e1 1234", ""},
	{"empty message with a token", "41 00 1234 aa", "70 00 1234"},
	{"empty message with a byte more", "40 00 1234 00", "70 00 1234"},
	{"empty message with a payload", "40 00 1234 ff 61", "70 00 1234"},
	{"empty message with a payload, NON", "50 00 1234 ff 61", ""},
	{"payload marker without a payload", "40 01 1234 ff", "70 00 1234"},
	{"payload marker without a payload after options", "40 01 1234 b161 ff", "70 00 1234"},
	{"payload marker without a payload after option 0", "40 01 1234 00 ff", "70 00 1234"},
	{"payload marker without a payload, NON", "50 01 1234 b161 ff", ""},
	{"option delta 15", "40 01 1234 f0", "70 00 1234"},
	{"option length 15", "40 01 1234 0f", "70 00 1234"},
	{"option length 15, NON", "50 01 1234 0f", ""},
	{"truncated extended delta, one byte", "40 01 1234 d0", "70 00 1234"},
	{"truncated extended delta, two bytes", "40 01 1234 e0 00", "70 00 1234"},
	{"truncated extended length, one byte", "40 01 1234 bd", "70 00 1234"},
	{"truncated extended length, two bytes", "40 01 1234 be 00", "70 00 1234"},
	{"truncated value", "40 01 1234 b5 61", "70 00 1234"},
	{"option number above 65535", "40 01 1234 e0 ffff e0 ffff", "70 00 1234"},

	{"an option may end in ff", "40 01 1234 b2 61ff", "60 45 1234"},
	{"an option of one byte may be ff", "40 01 1234 b1 ff", "60 45 1234"},
	{"an extended delta may end in ff", "40 01 1234 d0 ff", "60 45 1234"},
	{"option 0 may end in ff", "40 01 1234 01 ff", "60 45 1234"},
	{"an option may end in ff behind option 0", "40 01 1234 00 b2 61ff", "60 45 1234"},
	{"a payload may be ff", "40 02 1234 ff ff", "60 45 1234"},

	{"unknown critical option", "42 01 1234 abcd 90", "62 82 1234 abcd"},
	{"unknown critical option, NON", "52 01 1234 abcd 90", "52 82 1234 abcd"},
	{"OSCORE", "41 01 1234 aa 91 00", "61 82 1234 aa"},
	{"Q-Block1", "41 01 1234 aa d1 06 08", "61 82 1234 aa"},
	{"Q-Block2", "41 01 1234 aa d1 12 08", "61 82 1234 aa"},
	{"critical option of a high number", "40 01 1234 e0 fef0", "60 82 1234"},
	{"Uri-Port twice", "41 01 1234 aa 71 01 01 02", "61 82 1234 aa"},
	{"Accept twice", "41 01 1234 aa d0 04 00", "61 82 1234 aa"},
	{"Block1 twice", "41 03 1234 aa d1 0e 06 01 06", "61 82 1234 aa"},
	{"If-None-Match with a value", "41 03 1234 aa 51 00", "61 82 1234 aa"},
	{"If-None-Match with a value, NON", "51 03 1234 aa 51 00", "51 82 1234 aa"},
	{"Uri-Host empty", "40 01 1234 30", "60 82 1234"},
	{"Uri-Port of 3 bytes", "40 01 1234 73 010203", "60 82 1234"},
	{"If-Match of 9 bytes", "40 01 1234 19 010203040506070809", "60 82 1234"},
	{"Uri-Path of 256 bytes", "40 01 1234 bd f3 " + strings.Repeat("61", 256), "60 82 1234"},
	{"Uri-Path of 255 bytes", "40 01 1234 bd f2 " + strings.Repeat("61", 255), "60 45 1234"},

	{"Block2 with SZX 7", "41 01 1234 aa d1 0a 07", "61 80 1234 aa"},
	{"Block1 with SZX 7", "41 03 1234 aa d1 0e 0f", "61 80 1234 aa"},
	{"Block1 with SZX 7, NON", "51 03 1234 aa d1 0e 0f", "51 80 1234 aa"},
	{"Block2 with SZX 7 in two bytes", "41 01 1234 aa d2 0a 0107", "61 80 1234 aa"},
	{"Block2 of 5 bytes", "41 01 1234 aa d5 0a 0000000000", "61 80 1234 aa"},
	{"Block2 of 3 bytes", "41 01 1234 aa d3 0a 000006", "61 45 1234 aa"},

	{"method 0.08", "41 08 1234 aa", "61 85 1234 aa"},
	{"method 0.31", "41 1f 1234 aa", "61 85 1234 aa"},
	{"method 0.08, NON", "51 08 1234 aa", "51 85 1234 aa"},

	{"unknown elective option", "40 01 1234 a1 00", "60 45 1234"},
	{"elective option of a forbidden length", "40 01 1234 64 01020304", "60 45 1234"},
	{"Content-Format twice", "40 03 1234 c1 32 01 28", "60 45 1234"},
	{"Size2, Hop-Limit", "40 01 1234 d1 03 10 c0", "60 45 1234"},
	{"Size2, Hop-Limit, No-Response to 2.xx", "40 01 1234 d1 03 10 c0 d1 d9 02", "60 00 1234"},
	{"Uri-Path and Uri-Query may come often", "40 01 1234 b161 0162 4163 0164", "60 45 1234"},
}

func TestDatagrams(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(address, func(t *testing.T) {
			devices := t // they live, and keep their ports, until the last test has run
			var relation atomic.Pointer[coap.Relation]
			e := listen(t, address, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
				w.SetCode(codes.Content)
				w.ReuseMessageID()
				if v, ok := r.Uint(6); ok && v == 0 && string(r.Token) == "observer" {
					relation.Store(w.Observe(coap.RelationConfig{
						OnEnd: func(_ *coap.Relation, reason coap.EndReason) {
							if reason != coap.EndClosed {
								t.Errorf("the observation ended: %v", reason)
							}
						},
					}))
				}
			})})
			for i, tt := range datagrams {
				t.Run(tt.name, func(t *testing.T) {
					d := newDevice(devices, e.Addr())
					d.send(append([]byte{0x48, 1, 0xee, byte(i)}, "observer\x60\x51a"...))
					d.receive()
					peer := relation.Load().Peer()

					d.send(unhex(t, tt.in))
					if want := strings.ReplaceAll(tt.out, " ", ""); want != "" {
						if got := hex.EncodeToString(d.receiveRaw()); got != want {
							t.Errorf("answered %s, want %s", got, want)
						}
					}
					d.silent()

					// Whatever it was, the sender still observes.
					relation.Load().Notify(coap.Notification{Payload: []byte("still here")})
					if m := d.receive(); string(m.Payload) != "still here" || string(m.Token) != "observer" {
						t.Errorf("got %v instead of the notification", m)
					}
					if relation.Load().Peer() != peer {
						t.Error("the sender is another peer now")
					}
				})
			}
		})
	}
}

func TestEmptyDatagramAndLongestDatagram(t *testing.T) {
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		w.SetCode(codes.Changed)
		w.SetString(string(r.Payload[len(r.Payload)-3:]))
	})})
	d := newDevice(t, e.Addr())
	d.send(nil)
	d.silent()
	const longest = 65507 // of a UDP datagram over IPv4
	long := append([]byte{0x40, 3, 0, 1, 0xb1, 'a', 0xff}, make([]byte, longest-7)...)
	copy(long[longest-3:], "end")
	d.send(long)
	if m := d.receive(); m.Code != codes.Changed || string(m.Payload) != "end" {
		t.Errorf("answered %v", m)
	}
	for i := range long { // and the longest without any sense
		long[i] = 0xff
	}
	d.send(long)
	d.silent()
}

func TestElectiveOptionsThatAreIgnoredDoNotReachTheHandler(t *testing.T) {
	seen := make(chan string, 1)
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: handler(func(_ *coap.ResponseWriter, r *coap.Request) {
		var ids []string
		for _, o := range r.Options {
			ids = append(ids, o.ID.String()+"="+hex.EncodeToString(o.Value))
		}
		seen <- strings.Join(ids, " ")
	})})
	d := newDevice(t, e.Addr())
	// Observe of 4 bytes, Uri-Path a, Content-Format 50, Content-Format 40, unknown 2050
	d.send(unhex(t, "40 03 1234 64 01020304 51 61 11 32 01 28 e1 06e9 aa"))
	if got, want := <-seen, "URIPath=61 ContentFormat=32"; got != want {
		t.Errorf("the handler got %s, want %s", got, want)
	}
	if m := d.receive(); m.Code != codes.InternalServerError {
		t.Errorf("a handler that sets no code answers %v, want 5.00", m.Code)
	}
}

func TestOwnMessageIDs(t *testing.T) {
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: content("")})
	d := newDevice(t, e.Addr())
	previous := int32(-1)
	for i := range 5 {
		m := d.ask(request(1, codes.GET, int32(i), "t", "a"))
		if previous >= 0 && m.MessageID != previous%65535+1 {
			t.Errorf("NON answers have message IDs %d, %d; want them to count", previous, m.MessageID)
		}
		previous = m.MessageID
	}
}

func TestZeroAsByte(t *testing.T) {
	for _, tt := range []struct {
		zeroAsByte bool
		want       string
	}{{false, "60450001" + "c0"}, {true, "60450001" + "c100"}} {
		e := listen(t, "127.0.0.1:0", coap.Config{ZeroAsByte: tt.zeroAsByte, Handler: handler(
			func(w *coap.ResponseWriter, _ *coap.Request) { w.SetCode(codes.Content); w.AddUint(12, 0) })})
		d := newDevice(t, e.Addr())
		d.send([]byte{0x40, 1, 0, 1})
		if got := hex.EncodeToString(d.receiveRaw()); got != tt.want {
			t.Errorf("ZeroAsByte %v: answered %s, want %s", tt.zeroAsByte, got, tt.want)
		}
	}
}
