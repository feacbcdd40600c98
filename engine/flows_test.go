package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
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

// What every message passes allocates nothing, whether somebody looks or not.
func TestCountingFlowsAllocatesNothing(t *testing.T) {
	e := quiet(t)
	for _, looked := range []bool{false, true} {
		if looked {
			e.Flows().Since(0, time.Now())
		}
		for name, hook := range e.hooks() {
			hook()
			if n := testing.AllocsPerRun(100, hook); n != 0 {
				t.Errorf("%s allocates %v times, looked at: %v", name, n, looked)
			}
		}
	}
}

func BenchmarkFlows(b *testing.B) {
	for _, looked := range []string{"nobody looks", "somebody looks"} {
		e := quiet(b)
		for name, hook := range e.hooks() {
			b.Run(looked+"/"+name, func(b *testing.B) {
				if looked == "somebody looks" {
					e.Flows().Since(0, time.Now())
				}
				b.ReportAllocs()
				for b.Loop() {
					hook()
				}
			})
		}
	}
}

// quiet is an engine without a window.
func quiet(t testing.TB) *Engine {
	e, err := New(Config{Settings: local()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// hooks are what messages pass.
func (e *Engine) hooks() map[string]func() {
	now := time.Now()
	m := &broker.Message{Topic: "plant/line1/temp", Payload: []byte("23.4"), From: "sensor-17", Via: broker.ViaMethod(byte(codes.PUT)), At: now}
	packet := append([]byte{0x30, 22, 0, 16}, "plant/line1/temp23.4"...)
	delivery := &broker.Packet{At: now, Outgoing: true, Client: "dashboard", Data: packet}
	return map[string]func(){
		"message":      func() { e.noteMessage(m) },
		"delivery":     func() { e.noteDelivery(delivery) },
		"notification": func() { notified{e.flow}.Note("panel-2", "plant/line1/temp", now) },
		"answer":       func() { e.noteAnswer(codes.Changed, now) },
	}
}
