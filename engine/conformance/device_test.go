package conformance

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"slices"
	"time"
)

const (
	// patience is how long something awaited may take.
	patience = 10 * time.Second
	// quiet is how long nothing has to come for it to be taken for nothing.
	quiet = 80 * time.Millisecond
)

// device is one UDP socket that speaks to the gateway.
type device struct {
	conn     net.Conn
	mid      uint16
	tokens   byte
	sent     []byte    // the last request, as a datagram
	asked    message   // the last request
	answered message   // the last answer to a request
	heard    message   // the last notification
	inbox    []message // what came and was not asked for yet
}

func dial(addr string) (*device, error) {
	conn, err := net.Dial("udp", addr)
	if err != nil {
		return nil, err
	}
	return &device{conn: conn, mid: 0x1000}, nil
}

func (d *device) nextMID() uint16 {
	d.mid++
	return d.mid
}

func (d *device) send(datagram []byte) error {
	_, err := d.conn.Write(datagram)
	return err
}

// read returns the next message that wanted accepts; others stay for later. It returns nil if none comes.
func (d *device) read(within time.Duration, wanted func(m *message) bool) (*message, error) {
	for i := range d.inbox {
		if m := d.inbox[i]; wanted(&m) {
			d.inbox = slices.Delete(d.inbox, i, i+1)
			return &m, nil
		}
	}
	if err := d.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return nil, err
	}
	for {
		buf := make([]byte, 65536)
		n, err := d.conn.Read(buf)
		if err != nil {
			if os.IsTimeout(err) {
				return nil, nil
			}
			return nil, err
		}
		m, err := decode(buf[:n])
		if err != nil {
			return nil, fmt.Errorf("the gateway sent % x: %w", buf[:n], err)
		}
		if wanted(&m) {
			return &m, nil
		}
		d.inbox = append(d.inbox, m)
	}
}

// answers reports whether m answers the last request.
func (d *device) answers(m *message) bool {
	switch {
	case m.typ == ack || m.typ == rst:
		return m.mid == d.asked.mid
	case d.asked.typ == non:
		return m.typ == non && bytes.Equal(m.token, d.asked.token)
	}
	return false
}

// isNotification reports whether m is what no request of this moment is answered with: a notification, or a separate
// response.
func isNotification(m *message) bool { return (m.typ == con || m.typ == non) && m.code != 0 }

// pings reports whether the gateway answers a ping.
func (d *device) pings() error {
	mid := d.nextMID()
	if _, err := d.conn.Write((&message{mid: mid}).encode()); err != nil {
		return err
	}
	m, err := d.read(patience, func(m *message) bool { return m.typ == rst && m.mid == mid })
	if err == nil && m == nil {
		err = fmt.Errorf("a ping is not answered")
	}
	return err
}
