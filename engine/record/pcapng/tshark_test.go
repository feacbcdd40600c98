package pcapng

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tshark reads the same messages from a file that were written to it, and finds nothing wrong with their packets.
func TestTsharkReadsIt(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	frames := traffic()
	path := filepath.Join(t.TempDir(), "capture.pcapng")
	if err := os.WriteFile(path, written(t, frames), 0o600); err != nil {
		t.Fatal(err)
	}
	fields := []string{
		"frame.time_epoch", "frame.interface_name", "coap.type", "coap.code", "coap.mid", "coap.token", "coap.opt.uri_path",
		"coap.opt.uri_query", "mqtt.msgtype", "mqtt.topic", "mqtt.len", "frame.comment",
		"tcp.analysis.flags", "ip.checksum.status", "udp.checksum.status", "tcp.checksum.status",
	}
	args := []string{"-r", path, "-T", "fields", "-E", "separator=|", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
		"-o", "tcp.check_checksum:TRUE"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.CommandContext(t.Context(), "tshark", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, out)
	}
	var got []string
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "18000000") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	const coap4, coap6, mqtt4 = "coap://127.0.0.1:5683", "coap://[::]:5683", "mqtt://127.0.0.1:1883"
	const stream6, webSocket = "coap+tcp://[::1]:5683", "coap+ws://127.0.0.1:8080"
	// The statuses of the checksums of IPv4, UDP and TCP are good, each where there is one.
	const udp4, udp6, tcp4, tcp6 = "1|1|", "|1|", "1||1", "||1"
	altered := "duplicate,altered: a message ID came again with other bytes"
	row := func(frame int, columns ...string) string {
		at := frames[frame].At
		return fmt.Sprintf("%d.%09d|%s", at.Unix(), at.Nanosecond(), strings.Join(columns, "|"))
	}
	want := []string{
		row(0, coap4, "0", "3", "4660", "6162", "ps,topic", "c", "", "", "", "client sensor-1", "", udp4),
		row(1, coap4, "2", "68", "4660", "6162", "", "", "", "", "", "client sensor-1", "", udp4),
		row(2, coap4, "0", "3", "4660", "6364", "ps", "", "", "", "", altered, "", udp4),
		row(3, coap6, "0", "1", "7", "74", "mqtt,x", "c=1", "", "", "", "", "", udp6),
		row(4, coap6, "0", "69", "8", "74", "", "", "", "", "", "retransmitted", "", udp6),
		row(5, coap6, "0", "", "", "", "", "", "", "", "", "malformed", "", udp4),
		row(6, coap6, "3", "0", "8", "", "", "", "", "", "", "", "", udp4),
		row(7, mqtt4, "", "", "", "", "", "", "1", "", "13", "", "", tcp4),
		row(8, mqtt4, "", "", "", "", "", "", "2", "", "2", "", "", tcp4),
		row(9, mqtt4, "", "", "", "", "", "", "8", "a/b", "8", "client c", "", tcp4),
		row(10, mqtt4, "", "", "", "", "", "", "9", "", "3", "", "", tcp4),
		row(11, mqtt4, "", "", "", "", "", "", "", "", "", "client c", "", tcp4), // four segments of a message, and its end
		row(11, mqtt4, "", "", "", "", "", "", "", "", "", "client c", "", tcp4),
		row(11, mqtt4, "", "", "", "", "", "", "", "", "", "client c", "", tcp4),
		row(11, mqtt4, "", "", "", "", "", "", "", "", "", "client c", "", tcp4),
		row(11, mqtt4, "", "", "", "", "", "", "3", "a/b", "150030", "client c", "", tcp4),
		row(12, mqtt4, "", "", "", "", "", "", "12", "", "0", "cut: only the beginning was kept", "", tcp4),
		row(13, stream6, "", "225", "", "", "", "", "", "", "", "", "", tcp6),
		row(14, stream6, "", "2", "", "74", "ps,x", "", "", "", "", "", "", tcp6),
		row(15, stream6, "", "65", "", "74", "", "", "", "", "", "", "", tcp6),
		row(16, coap4, "0", "1", "9", "", "x", "", "", "", "", "lost by conditions,conditions: NB-IoT", "", udp4),
		row(17, coap4, "0", "1", "10", "", "x", "", "", "", "", "lost by conditions,conditions: own, silent period", "", udp4),
		row(18, coap4, "2", "69", "9", "", "", "", "", "", "", "delayed by conditions,duplicated by conditions,conditions: Lossy Wi-Fi, delay 641.127ms, overtaken", "", udp4),
		row(19, webSocket, "", "", "", "", "", "", "", "", "", "client browser", "", tcp4), // no handshake: not dissected
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("from line %d on tshark prints\n%s\nwant\n%s", i+1, strings.Join(got[i:], "\n"), strings.Join(want[i:], "\n"))
		}
	}
}
