package engine

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/gateway"
	"sluice/engine/settings"
)

// ietf are the default settings on free ports: listener 0 is CoAP of the IETF draft, 1 MQTT.
func ietf() settings.Settings {
	s := settings.Default()
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0", Dialect: settings.DialectIETF}, {Bind: "mqtt://127.0.0.1:0"}}
	return s
}

// libcoap is coap-client of libcoap.
type libcoap struct {
	t      *testing.T
	host   string
	folder string
}

func (b *bench) libcoap(t *testing.T) *libcoap {
	t.Helper()
	if _, err := exec.LookPath("coap-client-notls"); err != nil {
		t.Skip("coap-client-notls is not installed: .ci/need.sh clients")
	}
	return &libcoap{t: t, host: b.addr(0), folder: t.TempDir()}
}

// send sends a request whose payload is in a file, and returns what coap-client printed: code, options and payload.
func (c *libcoap) send(method, path, format string, payload []byte, more ...string) string {
	c.t.Helper()
	arguments := []string{"-v", "7", "-B", "5", "-m", method}
	if payload != nil {
		file := filepath.Join(c.folder, "payload")
		if err := os.WriteFile(file, payload, 0o600); err != nil {
			c.t.Fatal(err)
		}
		arguments = append(arguments, "-t", format, "-f", file)
	}
	arguments = append(append(arguments, more...), "coap://"+c.host+path)
	out, err := exec.CommandContext(c.t.Context(), "coap-client-notls", arguments...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", method, path, err, out)
	}
	return string(out)
}

func configuration(t *testing.T, v any) []byte {
	t.Helper()
	b, err := cbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A topic's whole life with the client of libcoap on one side and an MQTT client on the other.
func TestIETFWithLibcoap(t *testing.T) {
	b := startUp(t, ietf(), "")
	c := b.libcoap(t)
	answered := func(out, want string) {
		t.Helper()
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out := c.send("post", "/ps", "606", configuration(t, map[int]any{0: "room/1", 2: "core.ps.data", 3: 50}))
	answered(out, "2.01")
	topics := b.ConfiguredTopics()
	if len(topics) != 1 || topics[0].Properties.TopicName != "room/1" || topics[0].State != gateway.HalfCreated {
		t.Fatalf("topics %+v", topics)
	}
	topic, data := topics[0].Path, topics[0].Properties.TopicData
	if !regexp.MustCompile(`^/ps/[a-z2-7]{8}$`).MatchString(topic) || !strings.HasPrefix(data, "/ps/data/") {
		t.Fatalf("topic %s, data %s", topic, data)
	}
	answered(c.send("get", "/.well-known/core?rt=core.ps.coll", "", nil), `</ps>`)
	answered(c.send("get", "/ps?rt=core.ps.data", "", nil), "<"+data+">")
	answered(c.send("fetch", "/ps", "606", configuration(t, map[int]any{0: "room/1"})), "<"+topic+">")
	answered(c.send("fetch", topic, "60", configuration(t, []int{0, 3})), "2.05")
	answered(c.send("fetch", topic, "606", configuration(t, map[int]any{9: []int{0, 3}})), "2.05")
	answered(c.send("ipatch", topic, "606", configuration(t, map[int]any{6: 2, 7: 60})), "2.04")
	answered(c.send("post", topic, "606", configuration(t, map[int]any{0: "room/1", 3: 50, 6: 1})), "2.04")
	if p := b.ConfiguredTopics()[0].Properties; p.MaxSubscribers != 1 || p.ObserverCheck != 0 || p.TopicContentFormat != 50 {
		t.Errorf("properties %+v", p)
	}

	subscriber := b.listen(t, "room/#")
	answered(c.send("get", data, "", nil), "4.04")
	answered(c.send("put", data, "60", []byte("1")), "4.15")
	answered(c.send("put", data, "50", []byte("21.5")), "2.01")
	subscriber.expect("room/1", "21.5")
	body := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	answered(c.send("put", data, "50", body, "-b", "256"), "2.04")
	subscriber.expect("room/1", string(body))

	observer := exec.CommandContext(t.Context(), "coap-client-notls", "-v", "7", "-w", "-s", "30", "-B", "30", "coap://"+c.host+data)
	log := &output{}
	observer.Stdout, observer.Stderr = log, log
	if err := observer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = observer.Process.Kill(); _ = observer.Wait() })
	await(t, "libcoap observes", func() bool { return len(b.Observers()) == 1 })
	subscriber.publish("room/1", "from MQTT")
	await(t, "libcoap is told", func() bool { return strings.Contains(log.String(), "from MQTT") })
	answered(c.send("delete", topic, "", nil), "2.02")
	await(t, "libcoap is told of the end", func() bool { return strings.Contains(log.String(), "4.04") })
	answered(c.send("get", data, "", nil), "4.04")
}

func TestIETFTopicsOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	b := startUp(t, ietf(), path)
	c := b.libcoap(t)
	c.send("post", "/ps", "606", configuration(t, map[int]any{0: "kept", 2: "core.ps.data"}))
	c.send("post", "/ps", "606", configuration(t, map[int]any{0: "deleted", 2: "core.ps.data"}))
	for _, topic := range b.ConfiguredTopics() {
		if answer := b.device(t).ask(codes.PUT, topic.Properties.TopicData, "", -1, "data of "+topic.MQTT); answer.Code != codes.Created {
			t.Errorf("answered %v", answer)
		}
		if topic.MQTT == "deleted" && !b.DeleteConfiguredTopic(topic.ID) {
			t.Error("the topic is not there")
		}
	}
	b.close(t)

	b = startUp(t, ietf(), path)
	topics := b.ConfiguredTopics()
	if len(topics) != 1 || topics[0].MQTT != "kept" || topics[0].State != gateway.FullyCreated {
		t.Fatalf("topics %+v", topics)
	}
	if answer := b.device(t).ask(codes.GET, topics[0].Properties.TopicData, "", -1, ""); string(answer.Payload) != "data of kept" {
		t.Errorf("answered %v", answer)
	}
}

// The retained message of the MQTT topic and the data of the topic come and go together.
func TestIETFAndRetainedMessages(t *testing.T) {
	b := startUp(t, ietf(), "")
	c := b.libcoap(t)
	if err := b.Publish(Publication{Topic: "tank", Payload: []byte("7"), Retain: true}); err != nil {
		t.Fatal(err)
	}
	c.send("post", "/ps", "606", configuration(t, map[int]any{0: "tank", 2: "core.ps.data"}))
	path := b.ConfiguredTopics()[0].Properties.TopicData
	device := b.device(t)
	read := func(want codes.Code, payload string) {
		t.Helper()
		if answer := device.ask(codes.GET, path, "", -1, ""); answer.Code != want || string(answer.Payload) != payload {
			t.Errorf("answered %v, want %v %q", answer, want, payload)
		}
	}
	read(codes.Content, "7")
	if _, err := b.ClearRetained("tank"); err != nil {
		t.Fatal(err)
	}
	read(codes.NotFound, "")
	if answer := device.ask(codes.PUT, path, "retain=true", -1, "8"); answer.Code != codes.Created {
		t.Errorf("answered %v", answer)
	}
	b.listen(t, "tank").expect("tank", "8")
	if answer := device.ask(codes.DELETE, path, "", -1, ""); answer.Code != codes.Deleted {
		t.Errorf("answered %v", answer)
	}
	read(codes.NotFound, "")
	if topic, ok := b.Topics().Topic("tank"); ok && topic.Retained {
		t.Errorf("the retained message of deleted data is still there: %+v", topic)
	}
}
