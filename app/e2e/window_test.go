//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The window shows a client, a topic with its value, an observer and the traffic as they happen. How soon is printed: the
// picture that is read was taken 200 ms after the event.
func TestWindowShowsWhatHappens(t *testing.T) {
	s := openWindow(t)
	background(t, `coap-client-notls -m get -s 60 "coap://127.0.0.1:5683/mqtt/yard/gate?c=gate-seven" &`)
	for _, pane := range []struct {
		name, key string
		line      string // N is a number of its own for each try
		want      []string
	}{
		{"Overview", "ctrl+1", `coap-client-notls -m put -e 47N "coap://127.0.0.1:5683/mqtt/kiln?c=kiln-1N"`, []string{"kiln-1N", "47N", "yard/gate"}},
		{"Topics", "ctrl+3", `coap-client-notls -m put -e 47N "coap://127.0.0.1:5683/mqtt/oven?c=oven-1"`, []string{"oven", "47N"}},
		{"Clients", "ctrl+2", `coap-client-notls -m put -e 1 "coap://127.0.0.1:5683/mqtt/a?c=meter-4N"`, []string{"meter-4N", "gate-seven"}},
		{"Observers", "ctrl+4", `mosquitto_pub -p 1883 -t yard/gate -m 83N`, []string{"yard/gate", "83N", "gate-seven"}},
		{"Directory", "ctrl+5", `coap-client-notls -m post -t 40 -e "</on>;obs" "coap://127.0.0.1:5683/rd?ep=lamp-6N"`, []string{"lamp-6N", "registered"}},
		{"Traffic", "ctrl+6", `coap-client-notls -m put -e 1 "coap://127.0.0.1:5683/mqtt/door/N?c=door-1"`, []string{"/mqtt/door/N"}},
	} {
		t.Run(pane.name, func(t *testing.T) {
			s.press(t, pane.key)
			s.reads(t, pane.name)
			soon := 0
			const tries = 5
			for i := range tries {
				number := fmt.Sprint(111 * (i + 1))
				shell(t, strings.ReplaceAll(pane.line, "N", number))
				// The event is behind us already: the client has its answer.
				time.Sleep(150 * time.Millisecond)
				shot := s.shoot(t)
				want := strings.Split(strings.ReplaceAll(strings.Join(pane.want, "\n"), "N", number), "\n")
				if missing(s.text(t, shot), want) == nil {
					soon++
					continue
				}
				s.reads(t, want...)
			}
			t.Logf("%d of %d events were on the screen within 200 ms", soon, tries)
			must(t, soon > 0, "no event was on the screen within 200 ms")
		})
	}
	must(t, !strings.Contains(s.program.output.String(), "Fyne error:  Translation"), "a text has no translation")
}
