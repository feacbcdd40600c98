package pcapng

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"sluice/engine/record"
)

// foreign is a file as another program writes it: one packet on an interface of the link type.
func foreign(t testing.TB, link layers.LinkType, packets ...[]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := pcapgo.NewNgWriter(&file, link)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		info := gopacket.CaptureInfo{Timestamp: start, CaptureLength: len(p), Length: len(p)}
		if err := w.WritePacket(info, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// Packets with the request GET /a, from port 40001 to port 5683; the headers before IP differ.
const (
	ip4 = "4500002200000000 4011 7cc9 7f000001 7f000001" + udp
	ip6 = "60000000000e1140 20010db8000000000000000000000001 20010db8000000000000000000000002" + udp
	udp = "9c41 1633 000e 0000 40010001b161"

	ethernet = "020000000002 020000000001"
)

func bytesOf(t testing.TB, hexadecimal string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(hexadecimal, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadsWhatOthersWrote(t *testing.T) {
	const from4, to4 = "127.0.0.1:40001", "coap://127.0.0.1:5683"
	const from6, to6 = "[2001:db8::1]:40001", "coap://[2001:db8::2]:5683"
	for _, test := range []struct {
		name           string
		link           layers.LinkType
		packet         string
		peer, listener string // empty: the packet is passed over
	}{
		{"Ethernet, IPv4", layers.LinkTypeEthernet, ethernet + "0800" + ip4, from4, to4},
		{"Ethernet, padded", layers.LinkTypeEthernet, ethernet + "0800" + ip4 + "000000000000", from4, to4},
		{"Ethernet, IPv6", layers.LinkTypeEthernet, ethernet + "86dd" + ip6, from6, to6},
		{"Ethernet with a VLAN", layers.LinkTypeEthernet, ethernet + "8100 0007 0800" + ip4, from4, to4},
		{"loopback, little-endian", layers.LinkTypeNull, "02000000" + ip4, from4, to4},
		{"loopback, big-endian", layers.LinkTypeNull, "00000002" + ip4, from4, to4},
		{"loopback, IPv6", layers.LinkTypeNull, "1e000000" + ip6, from6, to6},
		{"OpenBSD's loopback", layers.LinkTypeLoop, "00000002" + ip4, from4, to4},
		{"raw IPv4", layers.LinkTypeRaw, ip4, from4, to4},
		{"raw IPv6", layers.LinkTypeRaw, ip6, from6, to6},
		{"raw, by its BSD number", rawBSD, ip6, from6, to6},
		{"IPv4", layers.LinkTypeIPv4, ip4, from4, to4},
		{"IPv6", layers.LinkTypeIPv6, ip6, from6, to6},
		{"Linux cooked 1", layers.LinkTypeLinuxSLL, "0000 0304 0006 0000000000000000 0800" + ip4, from4, to4},
		{"Linux cooked 2", layers.LinkTypeLinuxSLL2, "86dd 0000 00000001 0304 00 06 0000000000000000" + ip6, from6, to6},
		{"IPv6 with options", layers.LinkTypeRaw,
			"6000000000160040 20010db8000000000000000000000001 20010db8000000000000000000000002 1100010400000000" + udp, from6, to6},

		{"other ports", layers.LinkTypeRaw, strings.Replace(ip4, "1633", "1634", 1), "", ""},
		{"no payload", layers.LinkTypeRaw, "4500001c00000000 4011 7ccf 7f000001 7f000001 9c41 1633 0008 0000", "", ""},
		{"TCP", layers.LinkTypeRaw, "4500002800000000 4006 7cce 7f000001 7f000001 9c41163300000001000000015010ffff00000000", "", ""},
		{"a fragment", layers.LinkTypeRaw, strings.Replace(ip4, "00000000", "00002000", 1), "", ""},
		{"cut off", layers.LinkTypeRaw, ip4[:len(ip4)-2], "", ""},
		{"an IP header cut off", layers.LinkTypeRaw, ip4[:21], "", ""},
		{"nothing", layers.LinkTypeRaw, "", "", ""},
		{"another link type", layers.LinkTypeIEEE802_11, ip4, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAll(NewReader(bytes.NewReader(foreign(t, test.link, bytesOf(t, test.packet)))))
			if err != io.EOF {
				t.Fatal(err)
			}
			if test.peer == "" {
				if len(got) > 0 {
					t.Errorf("%+v was read", got[0])
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("%d frames were read", len(got))
			}
			f := got[0]
			if f.Peer.String() != test.peer || f.Listener != test.listener || f.Outgoing || f.Protocol != record.CoAP {
				t.Errorf("read %+v", f)
			}
			if !f.At.Equal(start) || string(f.Data) != "\x40\x01\x00\x01\xb1a" {
				t.Errorf("read %v % x", f.At, f.Data)
			}
		})
	}
}

func TestDirection(t *testing.T) {
	for _, test := range []struct {
		name         string
		from, to     string // ports
		code         string
		ports        []uint16
		outgoing, ok bool
	}{
		{"to the port of CoAP", "9c41", "1633", "01", nil, false, true},
		{"from the port of CoAP", "1633", "9c41", "45", nil, true, true},
		{"request between two of these ports", "1633", "1633", "01", nil, false, true},
		{"response between two of these ports", "1633", "1633", "45", nil, true, true},
		{"a port that is asked for", "9c41", "2710", "01", []uint16{10000}, false, true},
		{"a port that is not", "9c41", "1633", "01", []uint16{10000}, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			packet := strings.NewReplacer("9c41", test.from, "1633", test.to, "400100", "40"+test.code+"00").Replace(ip4)
			got, err := readAll(NewReader(bytes.NewReader(foreign(t, layers.LinkTypeRaw, bytesOf(t, packet))), test.ports...))
			if err != io.EOF || (len(got) == 1) != test.ok {
				t.Fatalf("%d frames, %v", len(got), err)
			}
			if test.ok && got[0].Outgoing != test.outgoing {
				t.Errorf("outgoing: %v", got[0].Outgoing)
			}
		})
	}
}

// A microsecond clock and sections of the other byte order are Wireshark's as well.
func TestBigEndianMicroseconds(t *testing.T) {
	file := bytesOf(t, "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c"+ // section
		"00000004 00000014 00000000 00000000 00000014"+ // names, which are passed over
		"00000001 00000014 0065 0000 00000000 00000014"+ // interface, raw IP
		"00000006 00000044 00000000 000664c8 c7f02040 00000022 00000022"+ip4+"0000 00000044")
	got, err := readAll(NewReader(bytes.NewReader(file)))
	if err != io.EOF || len(got) != 1 {
		t.Fatalf("%d frames, %v", len(got), err)
	}
	if want := time.UnixMicro(0x000664c8c7f02040); !got[0].At.Equal(want) {
		t.Errorf("at %v, want %v", got[0].At, want)
	}
}

// classicFile is a little-endian file of the older format with packets a second after the other.
func classicFile(t testing.TB, head string, packets ...string) []byte {
	t.Helper()
	file := bytesOf(t, head)
	for i, p := range packets {
		data := bytesOf(t, p)
		for _, n := range []int{1_800_000_000 + i, 250_000, len(data), len(data)} {
			file = binary.LittleEndian.AppendUint32(file, uint32(n))
		}
		file = append(file, data...)
	}
	return file
}

// tcpdump writes the older format, in micro- or nanoseconds, in the byte order of its machine.
func TestReadsTheOlderFormat(t *testing.T) {
	micro := time.Unix(1_800_000_000, 250_000_000)
	for _, c := range []struct {
		name string
		file []byte
		at   time.Time
	}{
		{"microseconds", classicFile(t, "d4c3b2a1 0200 0400 00000000 00000000 00000400 65000000", ip4), micro},
		{"nanoseconds", classicFile(t, "4d3cb2a1 0200 0400 00000000 00000000 00000400 65000000", ip4), time.Unix(1_800_000_000, 250_000)},
		{"Ethernet", classicFile(t, "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000", ethernet+"0800"+ip4), micro},
		{"loopback", classicFile(t, "d4c3b2a1 0200 0400 00000000 00000000 00000400 00000000", "02000000"+ip4), micro},
		{"Linux cooked 2", classicFile(t, "d4c3b2a1 0200 0400 00000000 00000000 00000400 14010000", "0800 0000 00000001 0304 00 06 0000000000000000"+ip4), micro},
		{"a checksum behind each packet", classicFile(t, "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000014", ethernet+"0800"+ip4), micro},
		{"big-endian", bytesOf(t, "a1b2c3d4 0002 0004 00000000 00000000 00040000 00000065 6b49d200 0003d090 00000022 00000022"+ip4), micro},
	} {
		got, err := readAll(NewReader(bytes.NewReader(c.file)))
		if err != io.EOF || len(got) != 1 {
			t.Errorf("%s: %d frames, %v", c.name, len(got), err)
			continue
		}
		if f := got[0]; !f.At.Equal(c.at) || f.Peer.String() != "127.0.0.1:40001" || f.Listener != "coap://127.0.0.1:5683" || string(f.Data) != "\x40\x01\x00\x01\xb1a" {
			t.Errorf("%s: %+v at %v", c.name, f, f.At)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	good := foreign(t, layers.LinkTypeRaw, bytesOf(t, ip4), bytesOf(t, ip4))
	second := bytes.LastIndex(good, []byte{6, 0, 0, 0})
	changed := func(at int, with ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], with)
		return b
	}
	older := classicFile(t, "d4c3b2a1 0200 0400 00000000 00000000 00000400 65000000", ip4, ip4)
	many := bytes.Clone(good[:second])
	for range maxInterfaces {
		many = append(many, bytesOf(t, "01000000 14000000 6500 0000 00000000 14000000")...)
	}
	for _, test := range []struct {
		name   string
		file   []byte
		frames int
		want   string
	}{
		{"empty", nil, 0, "byte 0: the file ends inside a block"},
		{"short text", []byte("hello\n"), 0, "this is neither a pcapng nor a pcap file"},
		{"text", []byte("no capture at all"), 0, "this is neither a pcapng nor a pcap file"},
		{"pcap, cut off in its head", bytesOf(t, "d4c3b2a1 0200 0400 00000000 00000000"), 0, "byte 0: the file ends inside a packet"},
		{"pcap of another version", bytesOf(t, "d4c3b2a1 0300 0400 00000000 00000000 00000400 65000000"), 0, "version 3"},
		{"pcap, cut off in a packet", older[:len(older)-1], 1, "read packet 2, byte 74: the file ends inside a packet"},
		{"pcap, cut off in a head", older[:80], 1, "read packet 2, byte 74: the file ends inside a packet"},
		{"pcap with a packet beyond all bounds", append(bytes.Clone(older), bytesOf(t, "00000000 00000000 ffffffff ffffffff")...), 2, "read packet 3, byte 124: a packet of 4294967295 bytes"},
		{"byte order", changed(8, 1, 2, 3, 4), 0, "byte 0: a section of neither byte order"},
		{"version", changed(12, 9), 0, "Version"},
		{"length of a block", changed(second+4, 1, 0, 0, 0), 1, "a block of 1 bytes"},
		{"length beyond all bounds", changed(second+4, 0xfc, 0xff, 0xff, 0xff), 1, "a block of 4294967292 bytes"},
		{"interface", changed(second+8, 7), 1, "read packet 2, byte "},
		{"length of a packet", changed(second+20, 0xff, 0xff), 1, "read packet 2, byte "},
		{"cut off in a packet", good[:len(good)-20], 1, "the file ends inside a block"},
		{"cut off in a head", good[:second+5], 1, "the file ends inside a block"},
		{"interfaces without end", many, 1, "more than 4096 interfaces"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAll(NewReader(bytes.NewReader(test.file)))
			if err == nil || err == io.EOF || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
			if len(got) != test.frames {
				t.Errorf("%d frames were read before it, want %d", len(got), test.frames)
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	f.Add(written(f, traffic()[:4]))
	f.Add(written(f, traffic()[7:11]))
	f.Add(foreign(f, layers.LinkTypeEthernet, bytesOf(f, ethernet+"0800"+ip4), bytesOf(f, ethernet+"86dd"+ip6)))
	f.Add(foreign(f, layers.LinkTypeLinuxSLL2, bytesOf(f, "86dd 0000 00000001 0304 00 06 0000000000000000"+ip6)))
	f.Add(foreign(f, layers.LinkTypeNull, bytesOf(f, "02000000"+ip4)))
	f.Add(classicFile(f, "d4c3b2a1 0200 0400 00000000 00000000 00000400 65000000", ip4, ip6))
	f.Fuzz(func(t *testing.T, file []byte) {
		frames, err := readAll(NewReader(bytes.NewReader(file)))
		if err == nil {
			t.Fatal("it never ends")
		}
		total := 0
		for i := range frames {
			total += len(frames[i].Data)
			if frames[i].Seq != uint64(i+1) || !frames[i].Peer.Addr().IsValid() || frames[i].Listener == "" {
				t.Fatalf("frame %d is %+v", i+1, frames[i])
			}
		}
		if total > len(file) {
			t.Fatalf("%d bytes of messages came out of a file of %d", total, len(file))
		}
		again, err := readAll(NewReader(bytes.NewReader(written(t, frames))))
		if err != io.EOF || len(again) != len(frames) {
			t.Fatalf("%d frames were written, %d came back: %v", len(frames), len(again), err)
		}
	})
}
