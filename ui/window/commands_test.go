package window

import (
	"slices"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/record"
	"sluice/engine/settings"
	"sluice/ui/pane"
)

func TestEveryPaneHasItsCommands(t *testing.T) {
	e := newFakeEngine()
	e.settings = settings.Default()
	e.clients = []engine.Client{{Key: "a", ID: "sensor-17", Transport: "coap", Addr: "127.0.0.1:4000"}}
	e.table.Note(&broker.Message{Topic: "plant/t", Payload: []byte("1"), Retain: true})
	e.ring.Add(&record.Frame{At: time.Now(), Protocol: record.CoAP, Client: "sensor-17", Data: []byte{0x40, 1, 0, 1}})
	b := newBench(t, e)
	for _, c := range []struct {
		pane, item string
		want       []string
	}{
		{pane.Clients, "a", []string{"Disconnect: sensor-17", "Tell me when › it disconnects: sensor-17", "Ask it in Request: sensor-17", "Copy address: sensor-17"}},
		{pane.Topics, "plant/t", []string{"New topic", "Open all", "Observe: plant/t", "Delete: plant/t", "Clear retained messages: plant/t", "Copy value: plant/t"}},
		{pane.Observers, "", []string{"Observe a topic"}},
		{pane.Traffic, "", []string{"Pause", "Clear", "Open capture", "All that is kept: Save pcapng"}},
		{pane.Devices, "", []string{"Start devices", "Templates"}},
		{pane.Certificates, "", []string{"Import"}},
		{pane.Access, "", []string{"Add user", "Add rule"}},
		{pane.Settings, "gateway.heartbeat", []string{"Add listener", "Copy as a line of a settings file: gateway.heartbeat"}},
	} {
		b.showPane(c.pane)
		b.settle()
		if c.item != "" {
			b.open(c.pane, c.item)
			b.settle()
		}
		var names, ids []string
		for _, command := range b.commands() {
			if command.Kind == b.menu.names[c.pane] {
				names, ids = append(names, command.Name), append(ids, command.ID)
			}
		}
		for _, want := range c.want {
			if !slices.Contains(names, want) {
				t.Errorf("%s: %q is not among %q", c.pane, want, names)
			}
		}
		slices.Sort(ids)
		if len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("%s: commands with one ID: %q", c.pane, ids)
		}
	}
}
