package broker

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestCheckSubscribe(t *testing.T) {
	tests := []struct {
		name    string
		version byte
		body    []byte
		good    bool
	}{
		{"3.1.1, one filter", 4, []byte("\x00\x01\x00\x01a\x01"), true},
		{"3.1.1, two filters", 4, []byte("\x00\x01\x00\x01a\x01\x00\x01b\x02"), true},
		{"3.1.1, no options", 4, []byte("\x00\x01\x00\x01a"), false},
		{"3.1.1, reserved bits", 4, []byte("\x00\x01\x00\x01a\x05"), false},
		{"3.1.1, QoS 3", 4, []byte("\x00\x01\x00\x01a\x03"), false},
		{"5, one filter", 5, []byte("\x00\x01\x00\x00\x01a\x2d"), true},
		{"5, subscription identifier", 5, []byte("\x00\x01\x02\x0b\x05\x00\x01a\x00"), true},
		{"5, no options", 5, []byte("\x00\x01\x00\x00\x01a"), false},
		{"5, second filter without options", 5, []byte("\x00\x01\x00\x00\x01a\x00\x00\x01b"), false},
		{"5, filter cut short", 5, []byte("\x00\x01\x00\x00\x09a\x00"), false},
		{"5, length cut short", 5, []byte("\x00\x01\x00\x00"), false},
		{"5, no filter", 5, []byte("\x00\x01\x00"), false},
		{"5, no properties", 5, []byte("\x00\x01"), false},
		{"5, properties longer than the packet", 5, []byte("\x00\x01\x7f\x00\x01a\x00"), false},
		{"5, property length without end", 5, []byte("\x00\x01\xff\xff\xff\xff\xff"), false},
		{"5, reserved bits", 5, []byte("\x00\x01\x00\x00\x01a\x40"), false},
		{"5, retain handling 3", 5, []byte("\x00\x01\x00\x00\x01a\x30"), false},
		{"5, not UTF-8", 5, []byte("\x00\x01\x00\x00\x01\xff\x00"), false},
		{"nothing", 5, nil, false},
	}
	for _, test := range tests {
		err := checkSubscribe(test.body, test.version)
		if (err == nil) != test.good || err != nil && !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// Nothing that passes the check panics in mochi.
func FuzzCheckSubscribe(f *testing.F) {
	f.Add(byte(5), []byte("\x00\x01\x00\x00\x01a"))
	f.Add(byte(5), []byte("\x00\x01\x02\x0b\x05\x00\x01a\x00"))
	f.Add(byte(4), []byte("\x00\x01\x00\x01a\x01"))
	f.Fuzz(func(t *testing.T, version byte, body []byte) {
		if checkSubscribe(body, version) != nil {
			return
		}
		pk := packets.Packet{ProtocolVersion: version}
		_ = pk.SubscribeDecode(bytes.Clone(body))
	})
}

// collected runs bytes through frames in pieces of one size.
func collected(b []byte, piece, maximum int, tapped bool) (shown [][]byte, passed int, err error) {
	f := frames{maximum: maximum}
	f.done = func(packet []byte, _ bool) { shown = append(shown, bytes.Clone(packet)) }
	for at := 0; at < len(b); at += piece {
		n, err := f.feed(b[at:min(at+piece, len(b))], tapped)
		passed += n
		if err != nil {
			return shown, passed, err
		}
	}
	return shown, passed, nil
}

func TestFrames(t *testing.T) {
	connect := []byte("\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc")
	ping := []byte("\xc0\x00")
	publish := append([]byte("\x30\xcb\x01\x00\x01a\x00"), make([]byte, 199)...)
	good := []byte("\x82\x07\x00\x01\x00\x00\x01a\x00")
	attack := []byte("\x82\x06\x00\x01\x00\x00\x01a")

	t.Run("whole packets are shown however they come", func(t *testing.T) {
		want := [][]byte{connect, ping, publish, good, ping}
		stream := bytes.Join(want, nil)
		for piece := 1; piece <= len(stream); piece++ {
			shown, passed, err := collected(stream, piece, 1<<20, true)
			if err != nil || passed != len(stream) || fmt.Sprint(shown) != fmt.Sprint(want) {
				t.Fatalf("pieces of %d: %d bytes passed, %v, shown %x", piece, passed, err, shown)
			}
		}
	})
	t.Run("the last byte of a malformed SUBSCRIBE never passes", func(t *testing.T) {
		before := bytes.Join([][]byte{connect, ping}, nil)
		stream := bytes.Join([][]byte{before, attack, ping}, nil)
		for piece := 1; piece <= len(stream); piece++ {
			shown, passed, err := collected(stream, piece, 1<<20, false)
			if !errors.Is(err, errMalformed) || passed < len(before) || passed >= len(before)+len(attack) {
				t.Fatalf("pieces of %d: %d bytes passed, %v", piece, passed, err)
			}
			if len(shown) != 3 || !bytes.Equal(shown[2], attack) {
				t.Fatalf("pieces of %d: shown %x", piece, shown)
			}
		}
	})
	refused := []struct {
		name  string
		bytes []byte
	}{
		{"first packet is no CONNECT", ping},
		{"CONNECT of 256 MB", []byte("\x10\xff\xff\xff\x7f")},
		{"length of five bytes", append(bytes.Clone(connect), "\x30\x80\x80\x80\x80\x00"...)},
	}
	for _, test := range refused {
		if _, _, err := collected(test.bytes, len(test.bytes), 1<<20, false); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	t.Run("a packet over the maximum is not kept", func(t *testing.T) {
		shown, passed, err := collected(append(bytes.Clone(connect), publish...), 7, 100, true)
		if err != nil || passed != len(connect)+len(publish) || !bytes.Equal(shown[1], publish[:3]) {
			t.Errorf("%d bytes passed, %v, shown %x", passed, err, shown)
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc\xc0\x00"), 3)
	f.Add([]byte("\x10\x02\x00\x00\x82\x06\x00\x01\x00\x00\x01a"), 1)
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		if piece < 1 {
			return
		}
		whole, passed, err := collected(b, max(1, len(b)), 1<<10, true)
		again, passedAgain, errAgain := collected(b, piece, 1<<10, true)
		if (err == nil) != (errAgain == nil) || fmt.Sprint(whole) != fmt.Sprint(again) {
			t.Errorf("in pieces of %d: %v, %x; at once: %v, %x", piece, errAgain, again, err, whole)
		}
		if passed > len(b) || passedAgain > len(b) || err == nil && passed != len(b) {
			t.Errorf("%d and %d of %d bytes passed", passed, passedAgain, len(b))
		}
		if n := len(whole); n > 0 {
			connectClientID(whole[0])
		}
	})
}
