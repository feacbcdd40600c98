package broker

import (
	"bytes"
	"sync"

	"github.com/mochi-mqtt/server/v2/packets"
)

// window holds back QoS 1 and 2 messages while a client has as many unacknowledged as it said it takes (MQTT 5, section
// 3.1.2.11.3). mochi would do this, but sends what it held back in any order and never counts its acknowledgement, so
// that the client gets nothing more after a while. What is held back stays in mochi's table of unacknowledged messages,
// which bounds it.
type window struct {
	maximum int // 0: no bound, nothing below is used

	mu   sync.Mutex
	out  int // unacknowledged
	held [][]byte
}

// filter returns those of the packets in p that may be sent now.
func (w *window) filter(p []byte) []byte {
	if w.maximum == 0 {
		return p
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	pass := make([]byte, 0, len(p))
	eachPacket(p, func(packet []byte, _ int) {
		if packet[0]>>4 == packets.Publish && packet[0]&0b0110 != 0 {
			if w.out >= w.maximum {
				w.held = append(w.held, bytes.Clone(packet))
				return
			}
			w.out++
		}
		pass = append(pass, packet...)
	})
	return pass
}

// acknowledged returns a packet that may be sent after the client's packet, or nil.
func (w *window) acknowledged(packet []byte, header int) []byte {
	if w.maximum == 0 || !completes(packet, header) {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = max(0, w.out-1)
	if len(w.held) == 0 || w.out >= w.maximum {
		return nil
	}
	next := w.held[0]
	w.held[0] = nil
	w.held = w.held[1:]
	w.out++
	return next
}

// completes reports whether an MQTT 5 client's packet ends the delivery of a message (section 4.9).
func completes(packet []byte, header int) bool {
	switch packet[0] >> 4 {
	case packets.Puback, packets.Pubcomp:
		return true
	case packets.Pubrec: // with an error nothing follows
		return len(packet) > header+2 && packet[header+2] >= packets.ErrUnspecifiedError.Code
	}
	return false
}
