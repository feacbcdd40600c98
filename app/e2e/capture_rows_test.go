//go:build e2e

package e2e

import (
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/engine/record"
	"sluice/engine/record/pcapng"
	"sluice/engine/record/pcapng/tsharktest"
)

// tshark prints of a capture of real clients, row by row, what Sluice shows of it: every method over UDP and TCP, DTLS as
// the CoAP inside, blocks both ways, an observation that is reset, refusals, retransmissions, MQTT, and what is malformed.
func TestCaptureRowByRow(t *testing.T) {
	needs(t, "coap-client-notls", "coap-client-openssl", "mosquitto_sub", "mosquitto_pub", "tshark")
	t.Parallel()
	p := preparePlant(t)
	file := filepath.Join(t.TempDir(), "traffic.pcapng")
	gateway := serveApart(t, "[[listener]]\nbind = \"coaps://127.0.0.1:0\"\n", "--state", p.state, "--capture", file)
	big := filepath.Join(t.TempDir(), "big")
	must(t, os.WriteFile(big, body(t, 3000), 0o600) == nil, "write %s", big)

	listener := start(t, nil, "mosquitto_sub", "-p", gateway.mqtt, "-t", "room/#", "-v", "-q", "1")
	publishUntil(t, listener, `mosquitto_pub -p `+gateway.mqtt+` -q 2 -t room/ready -m yes`, "room/ready yes\n")
	for _, base := range []string{gateway.url(""), gateway.urlTCP("")} {
		for _, line := range []string{
			`-m put -e 21.5 -t 0 "%s/ps/room/temp?c=sensor-1&u=admin&p=hidden"`, `-m get -A 0 "%s/ps/room/temp?c=sensor-1"`, `-m post -e 22 "%s/ps/room/temp?c=sensor-1&qos=1&retain=true"`,
			`-m fetch -t 60 -e x "%s/ps/room/temp"`, `-m patch -t 51 -e [] "%s/ps/room/temp"`, `-m ipatch -t 52 -e {} "%s/ps/room/temp"`, `-m delete "%s/ps/room/temp"`,
			`-m get "%s/ps/no/such/topic"`, `-m get "%s/.well-known/core"`, `-m get -O 65001,0x6162 "%s/nothing"`, `-m get -O 2049,0x61 -H 7 "%s/ps/room/temp"`,
			`-m put -b 256 -f ` + big + ` "%s/ps/room/big"`, `-m get -b 128 "%s/ps/room/big"`,
		} {
			shell(t, "timeout 10 coap-client-notls "+fmt.Sprintf(line, base)+" > /dev/null 2>&1 || true") // some are refused
		}
	}
	shell(t, `coap-client-notls -N -m put -e 5 "`+gateway.url("/ps/room/temp")+`"`)
	shell(t, fmt.Sprintf(`coap-client-openssl -m put -t json -e '{"level":7}' -u lamp-4 -k %s "coaps://127.0.0.1:%s/ps/room/tank?c=lamp-4"`, lampKey, gateway.port(t, "coaps")))
	datagrams(t, gateway)
	must(t, gateway.interrupt(t) == nil, "it does not end with status 0:\n%s", gateway.output)

	frames := captured(t, file)
	rows := tsharktest.Rows(t, file)
	must(t, len(rows) == len(frames) && len(frames) > 150, "tshark prints %d messages, Sluice reads %d", len(rows), len(frames))
	seen := map[string]int{}
	for i, f := range frames {
		if !tsharktest.Same(f, rows[i]) {
			t.Errorf("message %d: tshark prints\n%s\nSluice shows\n%s", i+1, rows[i], tsharktest.Row(f))
		}
		scheme, _, _ := strings.Cut(f.Listener, ":")
		seen[scheme]++
		if f.Note&record.Malformed != 0 {
			seen["malformed"]++
		}
		if f.Note&record.Duplicate != 0 {
			seen["duplicate"]++
		}
	}
	t.Logf("%d messages: %v", len(frames), seen)
	for _, kind := range []string{"coap", "coaps", "coap+tcp", "mqtt", "malformed", "duplicate"} {
		must(t, seen[kind] > 0, "nothing of %s was captured: %v", kind, seen)
	}
}

// datagrams sends what libcoap would not: an observation that is reset, a request three times, a ping, what is malformed.
func datagrams(t *testing.T, gateway *apart) {
	t.Helper()
	conn, err := net.Dial("udp", "127.0.0.1:"+gateway.coap)
	must(t, err == nil, "dial: %v", err)
	defer conn.Close()
	send := func(message string) {
		b, err := hex.DecodeString(message)
		must(t, err == nil, "%s: %v", message, err)
		_, err = conn.Write(b)
		must(t, err == nil, "send: %v", err)
	}
	const observe, put = "4101000107" + "60" + "527073" + "04726f6f6d" + "016f", "40030002" + "b27073" + "04726f6f6d" + "016f" + "ff31"
	answer := make([]byte, 1500)
	receive := func() []byte {
		must(t, conn.SetReadDeadline(time.Now().Add(patience)) == nil, "deadline")
		n, err := conn.Read(answer)
		must(t, err == nil, "receive: %v", err)
		return answer[:n]
	}
	send(put)
	receive()
	send(observe)
	receive()
	send("4003" + "0003" + put[8:])
	for range 2 { // the answer and the notification, in either order
		if b := receive(); b[1] == 0x45 && b[0]>>4&3 < 2 {
			send("7000" + hex.EncodeToString(b[2:4]))
		}
	}
	for range 3 {
		send(put)
	}
	send("40000004")
	for _, malformed := range []string{"4401", "49011234" + "000000000000000000", "4101123461f0", "40011235b56162", "4000123601", "c0011237", "40231238", "40011239b161ff", "4001123aef"} {
		send(malformed)
	}
	send("40000005")
	for range 100 { // what was sent before it is captured once it is answered
		if b := receive(); b[0] == 0x70 && b[3] == 5 {
			return
		}
	}
	t.Fatal("the last ping is not answered")
}

// captured are the messages in a capture, as the window opens it.
func captured(t *testing.T, path string) (frames []record.Frame) {
	t.Helper()
	file, err := os.Open(path)
	must(t, err == nil, "open the capture: %v", err)
	defer file.Close()
	r := pcapng.NewReader(file)
	for {
		f, err := r.Next()
		if err == io.EOF {
			return frames
		}
		must(t, err == nil, "read the capture: %v", err)
		frames = append(frames, f)
	}
}
