//go:build e2e

package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The lines that published EMQX examples print, against a program on its default settings, each from a port of its own.
func TestPublishedLines(t *testing.T) {
	needs(t, "coap-client-notls", "mosquitto_sub", "mosquitto_pub", "bash")
	t.Run("serve", func(t *testing.T) {
		portsFree(t)
		p := serve(t)
		publishedLines(t)
		must(t, p.interrupt(t) == nil, "SIGTERM does not end it with status 0:\n%s", p.output)
	})
	t.Run("window", func(t *testing.T) {
		portsFree(t)
		start(t, display(t), program(t, "SLUICE_WINDOW"), "--state", filepath.Join(t.TempDir(), "sluice.db"))
		answers(t)
		publishedLines(t)
	})
}

var digits = regexp.MustCompile(`^[0-9]{1,10}$`)

func publishedLines(t *testing.T) {
	// A second subscriber hears what goes to the other topics.
	heard := background(t, "mosquitto_sub -p 1883 -t 'coap/#' -v &")
	subscriber := background(t, "mosquitto_sub -p 1883 -t topic1 -v &")
	waitSubscribed(t, subscriber, "topic1")
	waitSubscribed(t, heard, "coap/probe")

	shell(t, `coap-client-notls -m put -e "hello,EMQX Cloud" "coap://127.0.0.1:5683/mqtt/topic1?c=client1&u=emqx&p=public"`)
	subscriber.sees(t, "topic1 hello,EMQX Cloud\n")

	observer := background(t, `coap-client-notls -m get -s 20 "coap://127.0.0.1:5683/mqtt/topic1?c=client1&u=emqx&p=public" &`)
	publishUntil(t, observer, `mosquitto_pub -p 1883 -t topic1 -m "hello from MQTT"`, "hello from MQTT")
	subscriber.sees(t, "topic1 hello from MQTT\n")

	shell(t, `coap-client-notls -m put -e '{"msg":"Hello, CoAP"}' -t json "coap://127.0.0.1:5683/ps/coap/test?c=client1&u=tom&p=secret"`)
	heard.sees(t, `coap/test {"msg":"Hello, CoAP"}`)
	got := shell(t, `coap-client-notls -m get "coap://127.0.0.1:5683/ps/coap/test?c=client1&u=tom&p=secret"`)
	must(t, got == `{"msg":"Hello, CoAP"}`, "reading the topic printed %q", got)

	waiting := background(t, `coap-client-notls -m get -s 60 -B 60 -o - -T token "coap://127.0.0.1:5683/ps/coap/observe?c=client1&u=tom&p=secret" &`)
	publishUntil(t, waiting, `mosquitto_pub -p 1883 -t coap/observe -m "now it is written"`, "now it is written")

	token := shell(t, `coap-client-notls -m post -e "" "coap://127.0.0.1:5683/mqtt/connection?clientid=123&username=admin&password=public"`)
	must(t, digits.MatchString(token), "creating a connection printed %q, not a token", token)
	withToken := func(line string) string { return shell(t, strings.ReplaceAll(line, "TOKEN", token)) }

	got = withToken(`coap-client-notls -m put -e "" "coap://127.0.0.1:5683/mqtt/connection?clientid=123&token=TOKEN"`)
	must(t, got == "", "the heartbeat printed %q", got)
	got = withToken(`coap-client-notls -m post -e "Hi, this is libcoap" "coap://127.0.0.1:5683/ps/coap/test?clientid=123&token=TOKEN"`)
	must(t, got == "", "publishing with a token printed %q", got)
	heard.sees(t, "coap/test Hi, this is libcoap\n")
	got = shell(t, `coap-client-notls -m post -e "Hi, this is libcoap" "coap://127.0.0.1:5683/ps/coap/test"`)
	must(t, got == "", "publishing without a query printed %q", got)

	plain := background(t, `coap-client-notls -m get -s 60 -O 6,0x00 -o - -T obstoken "coap://127.0.0.1:5683/ps/coap/test" &`)
	publishUntil(t, plain, `mosquitto_pub -p 1883 -t coap/test -m "to the plain observer"`, "to the plain observer")
	got = withToken(`coap-client-notls -m delete -e "" "coap://127.0.0.1:5683/mqtt/connection?clientid=123&token=TOKEN"`)
	must(t, got == "", "closing the connection printed %q", got)
	must(t, !strings.Contains(observer.output.String()+waiting.output.String()+plain.output.String(), "4."),
		"an observer was refused:\n%s\n%s\n%s", observer.output, waiting.output, plain.output)
}

// waitSubscribed publishes a probe until a subscriber, which says nothing of its own, has heard it.
func waitSubscribed(t *testing.T, p *process, topic string) {
	t.Helper()
	publishUntil(t, p, "mosquitto_pub -p 1883 -t "+topic+" -m probe", "probe")
}

// publishUntil repeats a line until p has printed what it causes.
func publishUntil(t *testing.T, p *process, line, want string) {
	t.Helper()
	for range 100 {
		shell(t, line)
		for range 10 {
			if strings.Contains(p.output.String(), want) {
				return
			}
			shell(t, "sleep 0.02")
		}
	}
	t.Fatalf("%v never printed %q; it printed:\n%s", p.cmd.Args, want, p.output)
}
