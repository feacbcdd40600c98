package pcapng

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/engine/record"
	"sluice/engine/record/pcapng/tsharktest"
)

// everything is a ring with a message of every type, code and option there is, each option as short and as long as it may
// be, and what is malformed.
func everything() *record.Ring {
	ring := record.New(4 << 20)
	device, far := netip.MustParseAddrPort("192.0.2.17:40001"), netip.MustParseAddrPort("[2001:db8::7]:40002")
	mid := uint16(0)
	add := func(f record.Frame) {
		f.At = time.Unix(1_800_000_000, int64(mid)*1_000_000)
		if f.Listener == "" {
			f.Listener = "coap://0.0.0.0:5683"
		}
		if !f.Peer.IsValid() {
			f.Peer = device
		}
		ring.Add(&f)
	}
	message := func(typ, code byte, token, options string) []byte {
		mid++
		return append([]byte{0x40 | typ<<4 | byte(len(token)), code, byte(mid >> 8), byte(mid)}, token+options...)
	}
	for code := range 256 {
		class := code >> 5
		if name, _ := record.CodeName(byte(code)); name == "" || class == 1 || class == 3 || class >= 6 || code == 0 {
			continue
		}
		for typ := range byte(3) {
			if typ == 2 && class == 0 {
				continue // no request is an acknowledgement
			}
			add(record.Frame{Outgoing: class > 0, Data: message(typ, byte(code), "\x01\x02\x03\x04\x05\x06\x07\x08"[:mid%9], "\xffpayload")})
		}
	}
	for _, o := range record.Options() {
		for _, length := range []int{o.Min, min(o.Min+1, o.Max), o.Max} {
			add(record.Frame{Peer: far, Listener: "coap://[::]:5683", Data: message(0, 1, "t", encoded(o.Number, length)+"\xffx")})
		}
	}
	for _, number := range []int{2, 13, 269, 2049, 65000} {
		add(record.Frame{Listener: "coaps://0.0.0.0:5684", Data: message(1, 2, "", encoded(number, 3))})
	}
	add(record.Frame{Data: message(0, 0, "", "")})
	add(record.Frame{Outgoing: true, Data: message(3, 0, "", "")})
	for _, bad := range []string{"\x40", "\x49\x01\x12\x34123456789", "\x41\x01\x12\x34t\xf0", "\x40\x01\x12\x35\xb5ab", "\x40\x00\x12\x36\x01", "\x40\x23\x12\x38",
		"\x40\x01\x12\x39\xb1a\xff", "\x40\x01\x12\x3a\xef"} {
		add(record.Frame{Note: record.Malformed, Data: []byte(bad)})
	}
	for _, data := range []string{"\x00\xe1", "\x40\xe1\x22\x04\x80\x20", "\x01\xe2t", "\x01\xe3t", "\x00\xe4", "\x81\x02t\xb2ps\x01x\xff21", "\xd1\x05\x45t\x60\xff0123456789abcdef"} {
		add(record.Frame{Listener: "coap+tcp://0.0.0.0:5683", Protocol: record.CoAPTCP, Data: []byte(data)})
	}
	for _, data := range []string{"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c", "\x82\x08\x00\x01\x00\x03a/b\x01", "\x32\x09\x00\x03a/b\x00\x0721", "\x62\x02\x00\x07", "\xa2\x07\x00\x09\x00\x03a/b",
		"\xc0\x00", "\xe0\x00"} {
		add(record.Frame{Listener: "mqtt://0.0.0.0:1883", Protocol: record.MQTT, Data: []byte(data)})
	}
	return ring
}

// encoded is an option of that length as it is written behind no other (RFC 7252, section 3.1).
func encoded(number, length int) string {
	delta, deltaMore := nibble(number)
	size, sizeMore := nibble(length)
	value := make([]byte, length)
	for i := range value {
		value[i] = byte('a' + i%26)
	}
	return string(append(append(append([]byte{delta<<4 | size}, deltaMore...), sizeMore...), value...))
}

func nibble(n int) (byte, []byte) {
	switch {
	case n >= 269:
		return 14, []byte{byte((n - 269) >> 8), byte(n - 269)}
	case n >= 13:
		return 13, []byte{byte(n - 13)}
	}
	return byte(n), nil
}

// tshark prints row by row what the ring holds: as many messages, and of each type, code, message ID, token, every option
// with its name and its bytes, and the payload.
func TestTsharkPrintsEveryRow(t *testing.T) {
	frames := everything().Since(0, 1000)
	path := filepath.Join(t.TempDir(), "everything.pcapng")
	if err := os.WriteFile(path, written(t, frames), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := tsharktest.Rows(t, path)
	if len(rows) != len(frames) {
		t.Errorf("tshark prints %d messages, the ring holds %d", len(rows), len(frames))
	}
	for i := range min(len(rows), len(frames)) {
		if !tsharktest.Same(frames[i], rows[i]) {
			t.Errorf("message %d: tshark prints\n%s\nthe ring holds\n%s\n%s", i+1, rows[i], tsharktest.Row(frames[i]), fmt.Sprintf("%x", frames[i].Data))
		}
	}
}
