package gateway

import (
	"strings"
	"testing"

	"sluice/engine/settings"
)

// Who is taken off the list of observers is told so, and may observe again.
func TestAnObserverIsToldThatItsObservationEnded(t *testing.T) {
	for dialect, observe := range map[settings.Dialect]string{
		settings.DialectEMQX5: "GET ps/t observe=0 tkn=01",
		settings.DialectEMQX4: "GET mqtt/t?c=c observe=0 tkn=01",
		settings.DialectAuto:  "GET ps/t observe=0 tkn=01",
	} {
		t.Run(string(dialect), func(t *testing.T) {
			w := newWorld(t, dialect)
			a := w.device("a")
			if answer := a.ask(observe); !strings.HasPrefix(answer, "2.05 observe") {
				t.Fatalf("observing was answered %s", answer)
			}
			if o := w.gateway.Observers(); len(o) != 1 || !w.gateway.EndObservation(o[0].ID) {
				t.Fatalf("observers %+v", o)
			}
			if told := a.notification(); told != "CON 01 5.03" {
				t.Errorf("told %s", told)
			}
			w.publish("t : 2")
			a.silent()
			if answer := a.ask(observe); !strings.HasPrefix(answer, "2.05 observe") {
				t.Errorf("asking again was answered %s", answer)
			}
		})
	}
}
