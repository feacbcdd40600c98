package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/flow"
)

// What devices and MQTT clients really send each other is what flows, and nothing is counted while nobody looks.
func TestFlowsOfRealMessages(t *testing.T) {
	b := startUp(t, local(), "")
	observer, sensor := b.device(t), b.device(t)
	if answer := observer.ask(codes.GET, "ps/plant/temp", "", 0, ""); answer.Code != codes.Content {
		t.Fatalf("observe: %v", answer)
	}
	dashboard, err := b.mqtt(t, "dashboard", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := dashboard.subscribe("plant/#"); err != nil {
		t.Fatal(err)
	}
	sensor.ask(codes.PUT, "mqtt/plant/temp", "c=sensor-17", -1, "0")
	observer.next()
	dashboard.expect("plant/temp", "0")
	if b.Flows().Watched() || b.Flows().Len() != 0 {
		t.Error("flows are counted although nobody looks")
	}

	_, revision := b.Flows().Since(0, time.Now())
	before := b.Flows().Answers()
	for range 3 {
		sensor.ask(codes.PUT, "mqtt/plant/temp", "c=sensor-17", -1, "23.4")
		observer.next()
		dashboard.expect("plant/temp", "23.4")
	}
	sensor.ask(codes.GET, "nothing/here", "c=sensor-17", -1, "")
	dashboard.publish("plant/cmd", "on")
	dashboard.expect("plant/cmd", "on")
	want := []flow.Edge{
		{Key: flow.Key{Way: flow.FromCoAP, Client: "sensor-17", Topic: "plant/temp"}, Count: 3},
		{Key: flow.Key{Way: flow.FromMQTT, Client: "dashboard", Topic: "plant/cmd"}, Count: 1},
		{Key: flow.Key{Way: flow.ToCoAP, Client: observer.conn.LocalAddr().String(), Topic: "plant/temp"}, Count: 3},
		{Key: flow.Key{Way: flow.ToMQTT, Client: "dashboard", Topic: "plant/cmd"}, Count: 1},
		{Key: flow.Key{Way: flow.ToMQTT, Client: "dashboard", Topic: "plant/temp"}, Count: 3},
	}
	var got []flow.Edge
	await(t, "everything has flowed", func() bool {
		got, _ = b.Flows().Since(revision, time.Now())
		return len(got) == len(want)
	})
	for i := range got {
		got[i].At = time.Time{}
	}
	slices.SortFunc(got, func(a, b flow.Edge) int {
		if a.Way != b.Way {
			return int(a.Way) - int(b.Way)
		}
		return strings.Compare(a.Topic, b.Topic)
	})
	if !slices.Equal(got, want) {
		t.Errorf("flows %+v, want %+v", got, want)
	}
	after := b.Flows().Answers()
	if after.All-before.All != 4 || after.Errors-before.Errors != 1 {
		t.Errorf("%d answers, %d errors; want 4 and 1", after.All-before.All, after.Errors-before.Errors)
	}
	if took, ok := after.Median(&before); !ok || took <= 0 || took > time.Second {
		t.Errorf("median answer %v", took)
	}
	if s := b.Status(); s.Requests < 6 {
		t.Errorf("%d requests", s.Requests)
	}
}
