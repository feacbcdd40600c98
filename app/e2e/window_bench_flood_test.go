//go:build e2e && windowbench

package e2e

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	floodDevices   = 100    // over CoAP, with a topic each
	floodLines     = 10     // over MQTT, with ten topics each
	floodObservers = 20     // over CoAP, of a device's topic each
	coapRate       = 10_000 // publishes a second of all devices together
	mqttRate       = 10_000 // and of all lines
)

// deviceFlood is a plant that publishes faster than anybody can read.
type deviceFlood struct {
	devices, observers []net.Conn
	lines              []net.Conn
	requests           [][]byte // one a device, whose message ID and value change

	coap, mqtt         int // sent
	answered, notified atomic.Int64
	delivered          atomic.Int64 // bytes that reached the subscriber
}

// newFlood connects everybody: each device publishes once, each observer observes, a subscriber subscribes, and endpoints
// register.
func newFlood(t *testing.T, coapAddr, mqttAddr string) *deviceFlood {
	t.Helper()
	f := &deviceFlood{}
	for i := range floodLines {
		f.lines = append(f.lines, connectMQTT(t, mqttAddr, fmt.Sprintf("meter-%d", 40+i)))
	}
	subscriber := connectMQTT(t, mqttAddr, "dashboard")
	filter := "meter/40/#"
	_, err := subscriber.Write(append([]byte{0x82, byte(5 + len(filter)), 0, 1, 0, byte(len(filter))}, filter+"\x00"...))
	must(t, err == nil, "subscribe: %v", err)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := subscriber.Read(buf)
			if err != nil {
				return
			}
			f.delivered.Add(int64(n))
		}
	}()
	for i := range floodDevices {
		device := dialCoAP(t, coapAddr)
		f.devices = append(f.devices, device)
		f.requests = append(f.requests, deviceRequest(i))
		ask(t, device, deviceRequest(i))
		go readAnswers(device, &f.answered)
	}
	for i := range floodObservers {
		observer := dialCoAP(t, coapAddr)
		f.observers = append(f.observers, observer)
		ask(t, observer, coapRequest(0x01, []string{"mqtt", "plant", deviceName(i), "temp"}, fmt.Sprintf("c=panel-%d", 20+i), "\x00"))
		go readAnswers(observer, &f.notified)
	}
	registrar := dialCoAP(t, coapAddr)
	for i := range 20 {
		r := coapRequest(0x02, []string{"rd"}, fmt.Sprintf("ep=endpoint-%d", 20+i), `</temp>;rt="temperature"`)
		r[3] += byte(i)
		ask(t, registrar, r)
	}
	return f
}

func deviceName(i int) string { return fmt.Sprintf("sensor-%d", 100+i) }

func dialCoAP(t *testing.T, addr string) net.Conn {
	conn, err := net.Dial("udp", addr)
	must(t, err == nil, "dial: %v", err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// deviceRequest is a Confirmable PUT of four digits. They are its last bytes.
func deviceRequest(i int) []byte {
	name := deviceName(i)
	return coapRequest(0x03, []string{"mqtt", "plant", name, "temp"}, "c="+name, "0000")
}

// coapRequest is a Confirmable request with a Uri-Query; body is the payload, or the value of Observe of a GET.
func coapRequest(code byte, path []string, query, body string) []byte {
	b := []byte{0x44, code, 0, 1, 1, 2, 3, 4}
	delta := byte(11)
	if code == 0x01 {
		b = append(b, 0x60) // Observe: 0
		delta = 5
	}
	for _, segment := range path {
		b = appendOption(b, delta, segment)
		delta = 0
	}
	if code == 0x02 {
		b = append(b, 0x11, 40) // Content-Format: link-format
		delta = 3
	} else {
		delta = 4
	}
	b = appendOption(b, delta, query)
	if code == 0x01 {
		return b
	}
	return append(append(b, 0xff), body...)
}

func appendOption(b []byte, delta byte, value string) []byte {
	if len(value) < 13 {
		b = append(b, delta<<4|byte(len(value)))
	} else {
		b = append(b, delta<<4|13, byte(len(value)-13))
	}
	return append(b, value...)
}

// ask sends a request and waits for its answer, which must be a good one.
func ask(t *testing.T, conn net.Conn, request []byte) {
	t.Helper()
	buf := make([]byte, 2048)
	_, err := conn.Write(request)
	must(t, err == nil, "send: %v", err)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	n, err := conn.Read(buf)
	must(t, err == nil && n >= 4 && buf[1]>>5 == 2, "the answer to %q: % x, %v", request, buf[:n], err)
	_ = conn.SetReadDeadline(time.Time{})
}

// readAnswers counts what comes, and acknowledges what asks for it.
func readAnswers(conn net.Conn, count *atomic.Int64) {
	buf := make([]byte, 2048)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if count.Add(1); n >= 4 && buf[0]>>4&3 == 0 {
			_, _ = conn.Write([]byte{0x60, 0, buf[2], buf[3]})
		}
	}
}

func connectMQTT(t *testing.T, addr, id string) net.Conn {
	conn, err := net.Dial("tcp", addr)
	must(t, err == nil, "dial: %v", err)
	t.Cleanup(func() { _ = conn.Close() })
	hello := append([]byte{0x10, byte(12 + len(id)), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, byte(len(id))}, id...)
	_, err = conn.Write(hello)
	must(t, err == nil, "connect: %v", err)
	_, err = io.ReadFull(conn, make([]byte, 4))
	must(t, err == nil, "connect: %v", err)
	return conn
}

// run publishes until stop is closed.
func (f *deviceFlood) run(stop <-chan struct{}) error {
	bursts := make([][]byte, len(f.lines))
	started := time.Now()
	for {
		elapsed := time.Since(started).Seconds()
		for due := int(elapsed * coapRate); f.coap < due; f.coap++ {
			i := f.coap % len(f.devices)
			r, id := f.requests[i], f.coap/len(f.devices)
			binary.BigEndian.PutUint16(r[2:], uint16(id+2))
			copy(r[len(r)-4:], fmt.Sprintf("%04d", f.coap%10_000))
			if _, err := f.devices[i].Write(r); err != nil {
				return fmt.Errorf("send a request: %w", err)
			}
		}
		for due := int(elapsed * mqttRate); f.mqtt < due; f.mqtt++ {
			i := f.mqtt % len(f.lines)
			topic := fmt.Sprintf("meter/%d/%d", 40+i, f.mqtt/len(f.lines)%10)
			bursts[i] = append(bursts[i], 0x30, byte(2+len(topic)+4), 0, byte(len(topic)))
			bursts[i] = append(append(bursts[i], topic...), fmt.Sprintf("%04d", f.mqtt%10_000)...)
		}
		for i, b := range bursts {
			if _, err := f.lines[i].Write(b); err != nil {
				return fmt.Errorf("publish: %w", err)
			}
			bursts[i] = b[:0]
		}
		select {
		case <-stop:
			return nil
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// String says what the flood is.
func (f *deviceFlood) String() string {
	return strings.Join([]string{
		fmt.Sprintf("%d devices over CoAP, together %d Confirmable PUTs a second, of a topic each", len(f.devices), coapRate),
		fmt.Sprintf("%d clients over MQTT, together %d PUBLISHes a second with QoS 0, of ten topics each", len(f.lines), mqttRate),
		fmt.Sprintf("%d CoAP observers of a device each, one MQTT subscriber of meter/40/#", len(f.observers)),
	}, "\n  ")
}
