package pcapng

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/engine/record"
)

// secured is what a ring holds of CoAP over DTLS, over a listener with a port of its own, and over TCP: the messages inside.
func secured() *record.Ring {
	ring := record.New(1 << 20)
	device := netip.MustParseAddrPort("192.0.2.17:40001")
	for i, m := range []struct {
		listener string
		out      bool
		data     string
	}{
		{"coaps://0.0.0.0:5684", false, "\x42\x02\x1a\x7cab\x3btest.exampl\x82ps\x10\x31\x32\xffx"},
		{"coaps://0.0.0.0:5684", true, "\x62\x41\x1a\x7cab\x82ps\x01x"},
		{"coaps://0.0.0.0:5684", false, "\x42\x01\x1a\x7dcd\x60\x52ps\x05plant\x43q=1\x21\x32"},
		{"coaps://0.0.0.0:5684", true, "\x62\x45\x1a\x7dcd\x61\x76\x60\x21\x3c\xff23.4"},
		{"coaps://0.0.0.0:5684", false, "\x42\x03\x1a\x7eef\xb4file\xd1\x03\x0e\xd1\x14\x64\xff0123456789"},
		{"coaps://0.0.0.0:5684", true, "\x62\x5f\x1a\x7eef\xd1\x0e\x0e"},
		{"coap://127.0.0.1:15683", false, "\x40\x01\x00\x01\xb4mqtt\x01a"},
		{"coap://127.0.0.1:15683", true, "\x60\x81\x00\x01"},
		{"coap://127.0.0.1:15683", false, "\x40\x00\x00\x09"},
		{"coap://127.0.0.1:15683", true, "\x70\x00\x00\x09"},
	} {
		f := record.Frame{At: time.Unix(1_800_000_000, int64(i)), Peer: device, Listener: m.listener, Outgoing: m.out, Data: []byte(m.data)}
		ring.Add(&f)
	}
	return ring
}

// sharkFields are what tshark prints of the options.
var sharkFields = []string{"coap.opt.name", "coap.opt.uri_host", "coap.opt.location_path", "coap.opt.uri_path", "coap.opt.uri_query",
	"coap.opt.ctype", "coap.opt.accept", "coap.opt.observe", "coap.opt.block_number", "coap.opt.max_age"}

// tshark prints the same requests, codes and options that a ring holds, also of DTLS and of listeners on other ports.
func TestTsharkPrintsWhatTheRingHolds(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	ring := secured()
	frames := ring.Since(0, 1000)
	path := filepath.Join(t.TempDir(), "capture.pcapng")
	if err := os.WriteFile(path, written(t, frames), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-r", path, "-T", "fields", "-E", "separator=|", "-e", "coap.type", "-e", "coap.code", "-e", "coap.mid", "-e", "coap.token"}
	for _, f := range sharkFields {
		args = append(args, "-e", f)
	}
	out, err := exec.CommandContext(t.Context(), "tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(frames) {
		t.Fatalf("tshark prints %d messages, the ring holds %d:\n%s", len(lines), len(frames), out)
	}
	for i, line := range lines {
		if want := sharkLine(&frames[i]); normal(line) != normal(want) {
			t.Errorf("message %d: tshark prints\n%s\nthe ring holds\n%s", i+1, line, want)
		}
	}
}

// normal leaves out in what tshark and Sluice write names differently: case, and spaces within media types.
func normal(line string) string { return strings.ToLower(strings.ReplaceAll(line, "; ", ";")) }

// sharkLine is what tshark is to print of a frame.
func sharkLine(f *record.Frame) string {
	m := record.Decode(*f)
	registered := map[int]string{}
	for _, o := range record.Options() {
		registered[o.Number] = o.Name
	}
	var names []string
	values := map[string][]string{}
	for w := f.WalkOptions(); ; {
		number, _, ok := w.Next()
		if !ok {
			break
		}
		names = append(names, fmt.Sprintf("#%d: %s", len(names)+1, registered[number]))
	}
	for _, field := range m.Fields {
		value := field.Value
		switch field.Name {
		case "Content-Format", "Accept": // the name, behind the number
			_, value, _ = strings.Cut(value, " ")
		case "Observe", "Block1", "Max-Age":
			value, _, _ = strings.Cut(value, " ")
		}
		values[field.Name] = append(values[field.Name], value)
	}
	code, _ := f.Code()
	columns := []string{fmt.Sprint(f.Data[0] >> 4 & 3), fmt.Sprint(code), m.MID, m.Token, strings.Join(names, ",")}
	for _, name := range []string{"Uri-Host", "Location-Path", "Uri-Path", "Uri-Query", "Content-Format", "Accept", "Observe", "Block1", "Max-Age"} {
		columns = append(columns, strings.Join(values[name], ","))
	}
	return strings.Join(columns, "|")
}
