package broker

import (
	"bytes"

	"github.com/mochi-mqtt/server/v2/packets"
)

const (
	// maxConnect bounds a CONNECT packet: everything in it but the properties has a length of 16 bits. mochi reserves
	// the announced length before it knows who is there.
	maxConnect = 512 << 10

	// keepCapacity is what a buffer for whole packets may keep between two of them.
	keepCapacity = 64 << 10
)

// frames cuts what a client sends into packets while it passes on to mochi: to count them, to show them to a tap, and to
// refuse what mochi cannot bear before its last byte gets there.
type frames struct {
	maximum int // a longer packet is mochi's to refuse
	done    func(packet []byte, whole bool)

	version byte // from CONNECT; 0 before it
	header  [5]byte
	have    int    // bytes of header
	body    int    // bytes of the packet still to come
	keep    []byte // the packet as far as it came, when keeping
	keeping bool
	acks    bool // keep acknowledgements too
}

// feed takes the next bytes. It returns how many of them may pass on, and why not all may.
func (f *frames) feed(b []byte, tapped bool) (int, error) {
	start := 0 // where the current packet begins in b
	for i := 0; i < len(b); {
		if f.body > 0 {
			n := min(f.body, len(b)-i)
			if f.keeping {
				f.keep = append(f.keep, b[i:i+n]...)
			}
			i += n
			f.body -= n
			if f.body == 0 {
				if err := f.finish(); err != nil {
					return start, err
				}
			}
			continue
		}
		if f.have == 0 {
			start = i
		}
		f.header[f.have] = b[i]
		f.have++
		i++
		if f.have == 1 || b[i-1]&0x80 != 0 && f.have < len(f.header) {
			continue
		}
		if err := f.begin(tapped); err != nil {
			return start, err
		}
		if f.body == 0 {
			if err := f.finish(); err != nil {
				return start, err
			}
		}
	}
	return len(b), nil
}

// begin is called when the fixed header is complete.
func (f *frames) begin(tapped bool) error {
	f.keep = f.keep[:0]
	f.keeping = true
	f.keep = append(f.keep, f.header[:f.have]...)
	length, _, err := variableByteInteger(f.header[1:f.have])
	if err != nil {
		return err
	}
	f.body = length
	kind := f.header[0] >> 4
	if f.version == 0 && (kind != packets.Connect || length > maxConnect) {
		return malformed("the first packet is no CONNECT, or one of %d bytes", length) // MQTT-3.1.0-1
	}
	f.keeping = length <= f.maximum && (tapped || kind == packets.Subscribe || kind == packets.Connect ||
		f.acks && kind >= packets.Puback && kind <= packets.Pubcomp)
	return nil
}

// finish is called when a packet is complete.
func (f *frames) finish() error {
	kind, body := f.header[0]>>4, f.keep[min(f.have, len(f.keep)):]
	packet := f.keep
	if !f.keeping {
		packet = f.header[:f.have]
	}
	f.done(packet, f.keeping)
	f.have = 0
	if cap(f.keep) > keepCapacity {
		f.keep = nil
	}
	switch {
	case f.version == 0:
		f.version = connectVersion(body)
	case kind == packets.Subscribe && f.keeping:
		return checkSubscribe(body, f.version)
	}
	return nil
}

// rest returns the packet that was under way when the connection ended, as far as it is known.
func (f *frames) rest() []byte {
	switch {
	case f.body > 0 && f.keeping:
		return f.keep
	default:
		return f.header[:f.have]
	}
}

// connectVersion returns the protocol level of a CONNECT; a malformed one, which mochi will refuse, counts as MQTT 3.1.1.
func connectVersion(body []byte) byte {
	if len(body) < 2 {
		return 4
	}
	if at := 2 + int(body[0])<<8 + int(body[1]); at < len(body) && body[at] != 0 {
		return body[at]
	}
	return 4
}

// connectClientID returns the client ID of a whole CONNECT packet, empty when there is none to be read.
func connectClientID(packet []byte) string {
	_, n, err := variableByteInteger(packet[1:])
	if err != nil {
		return ""
	}
	var pk packets.Packet
	if pk.ConnectDecode(bytes.Clone(packet[1+n:])) != nil {
		return ""
	}
	return pk.Connect.ClientIdentifier
}

// eachPacket calls fn for each packet in b, which mochi wrote and holds whole packets.
func eachPacket(b []byte, fn func(packet []byte, headerLength int)) {
	for len(b) > 0 {
		length, n, err := variableByteInteger(b[1:])
		if err != nil || 1+n+length > len(b) {
			return
		}
		fn(b[:1+n+length], 1+n)
		b = b[1+n+length:]
	}
}
