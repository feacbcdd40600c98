package gateway

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"sluice/engine/settings"
)

// properties returns the CBOR map of keys and values that take turns.
func properties(keysAndValues ...any) string {
	m := make(map[any]any, len(keysAndValues)/2)
	for i := 0; i < len(keysAndValues); i += 2 {
		m[keysAndValues[i]] = keysAndValues[i+1]
	}
	return encodeCBOR(m)
}

func keyList(keys ...any) string { return encodeCBOR(append([]any{}, keys...)) }

func encodeCBOR(v any) string {
	mode, err := cbor.CanonicalEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	b, err := mode.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func epoch(at int64) cbor.Tag { return cbor.Tag{Number: 1, Content: at} }

// draft is a conversation about topics, whose IDs are $1, $2 … in the order in which they were created.
type draft struct {
	*world
	ids []string
}

var location = regexp.MustCompile(`^2\.01 .*location=([a-z2-7]{8}) `)

func (d *draft) insert(text string) string {
	for i, id := range d.ids {
		text = strings.ReplaceAll(text, fmt.Sprintf("$%d", i+1), id)
	}
	return text
}

func (d *draft) take(text string) string {
	for i, id := range d.ids {
		text = strings.ReplaceAll(text, id, fmt.Sprintf("$%d", i+1))
	}
	return text
}

// ask sends a request and returns its answer; "told" waits for a notification, "silence" for none, "publish TOPIC : …" is
// a message from MQTT.
func (d *draft) ask(device, request string) string {
	d.t.Helper()
	dev := d.device(device)
	switch line, publishes := strings.CutPrefix(request, "publish "); {
	case publishes:
		d.publish(line)
		return ""
	case request == "told":
		return dev.notification()
	case request == "silence":
		dev.silent()
		return ""
	}
	answer := dev.ask(d.insert(request))
	if found := location.FindStringSubmatch(answer); found != nil {
		d.ids = append(d.ids, found[1])
	}
	return d.take(answer)
}

func (d *draft) converse(steps []step) {
	d.t.Helper()
	for _, s := range steps {
		if got := d.ask(s.device, s.request); got != s.answer {
			d.t.Errorf("%s: %q\n answer %s\n   want %s", s.device, s.request, got, s.answer)
		}
	}
}

func runDraft(t *testing.T, d settings.Dialect, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			(&draft{world: newWorld(t, d, r.options...)}).converse(r.steps)
		})
	}
}

// later turns the clock of the topics on.
func (d *draft) later(by time.Duration) {
	d.gateway.topics.turn(time.Now().Add(by))
}

const (
	dataType = "core.ps.data"
	// createdT is the answer to createT alone.
	createdT = `2.01 location=ps location=$1 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data"}`
)

// createT creates a topic named t with what is needed, and more properties.
func createT(more ...any) string {
	return "POST ps ct=606 : " + properties(append([]any{0, "t", 2, dataType}, more...)...)
}
