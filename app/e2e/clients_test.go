//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// large is the size of the body that is transferred block-wise: 65,536 blocks of 16 bytes, the smallest there are.
const large = 1 << 20

// coapClient is a program that devices are tried with: the command lines that do what a device does. A put sends what
// file holds, a get prints the payload as it is, an observe a line a notification and nothing else.
type coapClient struct {
	name    string
	program func(t *testing.T) []string
	put     func(url, file string) []string
	get     func(url string) []string
	observe func(url string) []string
	tcp     bool
	// oneDatagram is for a client that knows no Block1, as coap-cli: what it puts has to fit in a datagram.
	oneDatagram bool
	// query is what the URL of a request carries; coap-cli drops the query of a URL and takes it as an option.
	query string
}

// coapClients are libcoap with every block size, with NON and over TCP, coap-cli and node-coap. They differ where it matters:
// libcoap takes a new token for every block, node-coap keeps one.
func coapClients() []coapClient {
	clients := []coapClient{libcoap("libcoap"), libcoap("libcoap -N", "-N", "-b", "256")}
	for size := 16; size <= 1024; size *= 2 {
		clients = append(clients, libcoap(fmt.Sprint("libcoap -b ", size), "-b", fmt.Sprint(size)))
	}
	for _, options := range [][]string{nil, {"-b", "1024"}, {"-b", "64"}} {
		c := libcoap(strings.Join(append([]string{"libcoap over TCP"}, options...), " "), options...)
		c.tcp = true
		clients = append(clients, c)
	}
	node := coapClient{
		name:  "node-coap",
		query: "?c=node",
		program: func(t *testing.T) []string {
			nodeModule(t, "coap")
			return []string{"node", "testdata/node-coap-client.js"}
		},
		put:     func(url, file string) []string { return []string{"put", url, file} },
		get:     func(url string) []string { return []string{"get", url} },
		observe: func(url string) []string { return []string{"observe", url} },
	}
	cli := coapClient{
		name: "coap-cli",
		program: func(t *testing.T) []string {
			return []string{"node", filepath.Join(nodeModule(t, "coap-cli"), "index.js")}
		},
		put:         func(url, _ string) []string { return []string{"put", "-O", "15,c=cli", url} },
		get:         func(url string) []string { return []string{"get", "-n", "-q", "-b", "6", "-O", "15,c=cli", url} },
		observe:     func(url string) []string { return []string{"get", "-o", "-q", "-O", "15,c=cli", url} },
		oneDatagram: true,
	}
	return append(clients, node, cli)
}

func libcoap(name string, options ...string) coapClient {
	line := func(rest ...string) []string { return append(slices.Clone(options), rest...) }
	return coapClient{
		name:    name,
		query:   "?c=libcoap",
		program: func(t *testing.T) []string { needs(t, "coap-client-notls"); return []string{"coap-client-notls"} },
		put:     func(url, file string) []string { return line("-m", "put", "-f", file, url) },
		get:     func(url string) []string { return line("-m", "get", "-o", "-", url) },
		observe: func(url string) []string { return line("-w", "-m", "get", "-s", "120", "-o", "-", url) },
	}
}

// Every client publishes, reads, observes, and transfers 1 MB in both directions; what arrives is what was sent.
func TestClients(t *testing.T) {
	needs(t, "mosquitto_sub", "mosquitto_pub")
	t.Parallel()
	gateway := serveApart(t, "")
	for _, c := range coapClients() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &device{coapClient: c, line: c.program(t), gateway: gateway, topic: topicOf(t)}
			d.publishes(t, []byte("21.5"))
			d.reads(t, "21.5")
			d.observes(t)
			if c.oneDatagram {
				d.publishes(t, body(t, 1000))
			} else {
				d.publishes(t, body(t, large))
			}
			d.downloads(t, body(t, large))
		})
	}
}

// device is a client at work on one topic.
type device struct {
	coapClient
	line    []string
	gateway *apart
	topic   string
	base    string // of the URL, when it is not the gateway's over UDP or TCP
}

// resource is the topic's resource, in the way of EMQX 4, which keeps what was put.
func (d *device) resource() string {
	path := "/ps/" + d.topic + d.query
	switch {
	case d.base != "":
		return d.base + path
	case d.tcp:
		return d.gateway.urlTCP(path)
	}
	return d.gateway.url(path)
}

// does runs the client to its end and returns what it printed.
func (d *device) does(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.line[0], append(slices.Clone(d.line[1:]), args...)...)
	var printed, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &printed, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, &complaints)
	}
	return printed.Bytes()
}

// publishes puts a body, which an MQTT client hears once.
func (d *device) publishes(t *testing.T, sent []byte) {
	t.Helper()
	heard := d.gateway.hears(t, d.topic)
	d.does(t, sent, d.put(d.resource(), file(t, sent))...)
	heard.once(t, sent)
}

func (d *device) reads(t *testing.T, want string) {
	t.Helper()
	got := d.does(t, nil, d.get(d.resource())...)
	must(t, string(got) == want, "read %q, want %q", got, want)
}

// observes sees every value that MQTT clients publish, in order and once.
func (d *device) observes(t *testing.T) {
	t.Helper()
	observer := start(t, nil, d.line[0], append(slices.Clone(d.line[1:]), d.observe(d.resource())...)...)
	observer.sees(t, "21.5\n")
	for i := range 5 {
		value := fmt.Sprint("value ", i)
		d.gateway.publish(t, d.topic, []byte(value))
		observer.sees(t, value+"\n")
	}
	got, want := plain(observer.output.String()), "21.5\nvalue 0\nvalue 1\nvalue 2\nvalue 3\nvalue 4\n"
	must(t, got == want, "observed\n%s\nwant\n%s", got, want)
}

// plain leaves out the lines that say codes.
func plain(printed string) string {
	var lines []string
	for line := range strings.Lines(printed) {
		if !strings.HasPrefix(line, "2.0") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// downloads reads a body that an MQTT client published.
func (d *device) downloads(t *testing.T, sent []byte) {
	t.Helper()
	d.gateway.publish(t, d.topic, sent)
	got := d.does(t, nil, d.get(d.resource())...)
	must(t, sha256.Sum256(got) == sha256.Sum256(sent), "%d bytes came of %d, or others", len(got), len(sent))
}

// publish is what a back end does; options are those of mosquitto_pub.
func (a *apart) publish(t *testing.T, topic string, payload []byte, options ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "mosquitto_pub", slices.Concat([]string{"-p", a.mqtt, "-q", "1", "-t", topic, "-s"}, a.mqttOptions, options)...)
	cmd.Stdin = bytes.NewReader(payload)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub: %v\n%s", err, out)
	}
}

// hearing is an MQTT client that prints what it hears on a topic, each message in hexadecimal on a line.
type hearing struct {
	*process
	gateway *apart
	topic   string
}

// hears subscribes to a topic and returns once that is done.
func (a *apart) hears(t *testing.T, topic string) *hearing {
	t.Helper()
	options := []string{"-q", "1", "-F", "%t %x", "-p", a.mqtt, "-t", topic, "-t", topic + "/end"}
	p := start(t, nil, "mosquitto_sub", append(options, a.mqttOptions...)...)
	h := &hearing{process: p, gateway: a, topic: topic}
	for deadline := time.Now().Add(patience); !strings.Contains(p.output.String(), "/end "); time.Sleep(20 * time.Millisecond) {
		must(t, time.Now().Before(deadline), "mosquitto_sub hears nothing; it printed:\n%s", p.output)
		a.publish(t, topic+"/end", []byte("is it there?"))
	}
	return h
}

// messages are those heard so far; what was published before the call is among them.
func (h *hearing) messages(t *testing.T) []string {
	t.Helper()
	end := rand.Text()
	h.gateway.publish(t, h.topic+"/end", []byte(end))
	h.sees(t, fmt.Sprintf("%s/end %x\n", h.topic, end))
	var messages []string
	for line := range strings.Lines(h.output.String()) {
		if digits, ok := strings.CutPrefix(line, h.topic+" "); ok {
			message, err := hex.DecodeString(strings.TrimSpace(digits))
			must(t, err == nil, "mosquitto_sub printed %q", line)
			messages = append(messages, string(message))
		}
	}
	return messages
}

// once sees that one message was heard, and that it is what was sent.
func (h *hearing) once(t *testing.T, sent []byte) {
	t.Helper()
	heard := h.messages(t)
	must(t, len(heard) == 1, "%d messages were heard of one", len(heard))
	must(t, sha256.Sum256([]byte(heard[0])) == sha256.Sum256(sent), "%d bytes were heard of %d, or others", len(heard[0]), len(sent))
}

// body is what nobody can guess: size random bytes.
func body(t *testing.T, size int) []byte {
	t.Helper()
	b := make([]byte, size)
	_, _ = rand.Read(b)
	return b
}

// file holds a body for a client to send.
func file(t *testing.T, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// topicOf is a topic of the test's own.
func topicOf(t *testing.T) string {
	return strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())
}

// nodeModule returns the folder of a module of npm; the test is skipped where npm installed nothing.
func nodeModule(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join(os.Getenv("NODE_PATH"), name)
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("%s of npm is not installed", name)
	}
	return folder
}
