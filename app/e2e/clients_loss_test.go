//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A client whose datagrams are lost, one of five, repeats them: every publish is one MQTT message, a transfer is whole,
// and an observer gets every value. Its notifications are NON: libcoap 4.3.1 sends the ACK of a notification once, and
// not again when it is repeated, so that a gateway takes a client for gone whose ACK was lost.
func TestClientLosesDatagrams(t *testing.T) {
	needs(t, "coap-client-notls", "mosquitto_sub", "mosquitto_pub")
	t.Parallel()
	gateway := serveApart(t, "")
	down := body(t, 250)
	gateway.publish(t, "down", down)
	observer := start(t, nil, "bash", "-c", `exec coap-client-notls -l 20% -v 7 -w -s 120 -B 120 -o >(cat) "$0"`, gateway.url("/ps/observed"))
	for deadline := time.Now().Add(patience + 40*time.Second); !strings.Contains(observer.output.String(), "c:2.05"); time.Sleep(20 * time.Millisecond) {
		must(t, time.Now().Before(deadline), "it cannot observe; it printed:\n%s", observer.output)
	}
	hearings := map[string]*hearing{}
	sent := map[string][]byte{"up": body(t, 250)}
	for i := range 6 {
		sent[fmt.Sprint("publish", i)] = fmt.Append(nil, "value ", i)
	}
	for topic := range sent {
		hearings[topic] = gateway.hears(t, topic)
	}

	var all sync.WaitGroup
	for topic, payload := range sent {
		path := file(t, payload)
		all.Go(func() {
			lossy(t, "-m", "put", "-b", "64", "-f", path, gateway.url("/ps/"+topic+"?c=lossy"))
		})
	}
	downloaded := filepath.Join(t.TempDir(), "downloaded")
	all.Go(func() {
		lossy(t, "-m", "get", "-b", "64", "-o", downloaded, gateway.url("/ps/down?c=lossy"))
		if got, err := os.ReadFile(downloaded); err != nil || !bytes.Equal(got, down) {
			t.Errorf("%d bytes came of %d, or others: %v", len(got), len(down), err)
		}
	})
	all.Go(func() { observesOnce(t, gateway, observer, "observed", "-q", "0") })
	all.Wait()
	for topic, payload := range sent {
		heard := hearings[topic].messages(t)
		if len(heard) != 1 || sha256.Sum256([]byte(heard[0])) != sha256.Sum256(payload) {
			t.Errorf("%d messages were heard on %s, want one of %d bytes", len(heard), topic, len(payload))
		}
	}
}

// A client that is silent asks with pings whether the gateway is there, and goes on observing.
func TestClientPings(t *testing.T) {
	needs(t, "coap-client-notls", "mosquitto_pub")
	t.Parallel()
	gateway := serveApart(t, "")
	observer := start(t, nil, "coap-client-notls", "-v", "7", "-K", "1", "-s", "60", gateway.url("/mqtt/pinged?c=pinging"))
	observer.sees(t, "c:2.05")
	for i := range 2 {
		observer.seesMore(t, "t:RST c:0.00", 2)
		value := fmt.Sprint("after pings ", i)
		gateway.publish(t, "pinged", []byte(value))
		observer.sees(t, value)
	}
}

// A link that loses one datagram of five, in both directions, makes requests and notifications come twice. What a device
// publishes is one MQTT message, and what it observes comes once, however often it passed the link.
func TestLossyLink(t *testing.T) {
	needs(t, "coap-client-notls", "mosquitto_sub", "mosquitto_pub")
	t.Parallel()
	gateway := serveApart(t, "")
	link := lossyLink(t, gateway)
	sent := map[string][]byte{"up": body(t, 250)}
	for i := range 6 {
		sent[fmt.Sprint("publish", i)] = fmt.Append(nil, "value ", i)
	}
	hearings := map[string]*hearing{}
	for topic := range sent {
		hearings[topic] = gateway.hears(t, topic)
	}
	var all sync.WaitGroup
	for topic, payload := range sent {
		path := file(t, payload)
		all.Go(func() {
			line := exec.CommandContext(t.Context(), "coap-client-notls", "-m", "put", "-b", "64", "-f", path, link+"/ps/"+topic+"?c=device")
			if out, err := line.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v: %v\n%s", line.Args, err, out)
			}
		})
	}
	all.Wait()
	for topic, payload := range sent {
		heard := hearings[topic].messages(t)
		if len(heard) != 1 || sha256.Sum256([]byte(heard[0])) != sha256.Sum256(payload) {
			t.Errorf("%d messages were heard on %s, want one of %d bytes", len(heard), topic, len(payload))
		}
	}
}

// An observer behind such a link gets every confirmable notification once.
func TestLossyLinkObserver(t *testing.T) {
	nodeModule(t, "coap")
	needs(t, "mosquitto_pub")
	t.Parallel()
	gateway := serveApart(t, "")
	url := lossyLink(t, gateway) + "/mqtt/observed?c=observer"
	observer := start(t, nil, "node", "testdata/node-coap-client.js", "observe", url)
	observer.sees(t, "2.05\n")
	observesOnce(t, gateway, observer, "observed")
}

// seesMore waits until the process has printed want that many times more.
func (p *process) seesMore(t *testing.T, want string, times int) {
	t.Helper()
	times += strings.Count(p.output.String(), want)
	for deadline := time.Now().Add(patience); strings.Count(p.output.String(), want) < times; time.Sleep(20 * time.Millisecond) {
		must(t, time.Now().Before(deadline), "it did not print %q %d times; it printed:\n%s", want, times, p.output)
	}
}

// gaveUp is what libcoap says when four repetitions of a message were lost too, one time in 3,000. Nothing of the
// message arrived then, and a device would try again.
const gaveUp = "give up after"

// lossy runs libcoap's client with one datagram of five lost.
func lossy(t *testing.T, args ...string) {
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		log, err := exec.CommandContext(ctx, "coap-client-notls", append([]string{"-l", "20%", "-v", "7", "-B", "100"}, args...)...).CombinedOutput()
		cancel()
		if err == nil && !bytes.Contains(log, []byte(gaveUp)) {
			return
		}
	}
	t.Errorf("%v got no answer", args)
}

// observesOnce publishes values and sees that an observer gets each of them, in order and once. Options are those of
// mosquitto_pub.
func observesOnce(t *testing.T, gateway *apart, observer *process, topic string, options ...string) {
	var want strings.Builder
	for i := range 5 {
		value := fmt.Sprint("value ", i)
		gateway.publish(t, topic, []byte(value), options...)
		want.WriteString(value + "\n")
	}
	got := func() string { return strings.Join(values.FindAllString(observer.output.String(), -1), "") }
	for deadline := time.Now().Add(time.Minute); strings.Count(got(), "\n") < strings.Count(want.String(), "\n"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			break
		}
	}
	if got() != want.String() {
		t.Errorf("observed\n%s\nwant\n%s", got(), &want)
	}
}

var values = regexp.MustCompile(`(?m)^value \d\n`)
