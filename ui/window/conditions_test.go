package window

import (
	"maps"
	"testing"
	"time"

	"sluice/engine/coap"
	"sluice/ui/pane"
)

func (e *fakeEngine) Conditions() map[string]coap.Conditions {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.network)
}

func (e *fakeEngine) SetConditions(client string, c *coap.Conditions) error {
	e.change(func() {
		if c == nil {
			delete(e.network, client)
			return
		}
		if e.network == nil {
			e.network = map[string]coap.Conditions{}
		}
		e.network[client] = *c
	})
	return nil
}

func TestConditionsAreNamed(t *testing.T) {
	newBench(t, newFakeEngine())
	own := coap.Conditions{Loss: 0.3}
	for _, test := range []struct {
		set  map[string]coap.Conditions
		want string
	}{
		{nil, ""},
		{map[string]coap.Conditions{"": coap.NBIoT}, "Conditions apply to all clients: NB-IoT"},
		{map[string]coap.Conditions{"": own}, "Conditions apply to all clients: of your own"},
		{map[string]coap.Conditions{"lamp-1": coap.LoRaLike}, "Conditions apply to lamp-1: LoRa-like"},
		{map[string]coap.Conditions{"lamp-1": own, "lamp-2": own}, "Conditions apply to 2 clients"},
		{map[string]coap.Conditions{"": coap.NBIoT, "lamp-1": own, "lamp-2": own}, "Conditions apply to all clients: NB-IoT; 2 clients have others"},
		{map[string]coap.Conditions{"lamp-1": {}}, ""},
	} {
		if got := conditionWords(test.set); got != test.want {
			t.Errorf("%v: %q, not %q", test.set, got, test.want)
		}
	}
}

func TestConditionsAreSeenFromEveryPaneUntilCleared(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	b.showPane(pane.Clients)
	b.tick(time.Now())
	if b.network.banner.Visible() {
		t.Fatal("there are no conditions")
	}
	_ = e.SetConditions("", &coap.NBIoT)
	_ = e.SetConditions("lamp-1", &coap.LoRaLike)
	b.tick(time.Now())
	if !b.network.banner.Visible() {
		t.Fatal("conditions are not seen")
	}
	b.network.banner.Act()
	b.working.Wait()
	b.tick(time.Now())
	if b.network.banner.Visible() || len(e.Conditions()) != 0 {
		t.Errorf("after Clear: %v", e.Conditions())
	}
}

func TestConditionsDoNotPushTheSlidersFromUnderTheMouse(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	b.showPane(pane.Devices)
	_ = e.SetConditions("", &coap.NBIoT)
	b.tick(time.Now())
	if b.network.banner.Visible() {
		t.Error("the banner came while the sliders are in use")
	}
	b.showPane(pane.Traffic)
	if !b.network.banner.Visible() {
		t.Error("the next pane does not say that conditions apply")
	}
}
