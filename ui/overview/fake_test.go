package overview

import (
	"fmt"
	"math"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/flow"
	"sluice/engine/gateway"
	"sluice/engine/topics"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fakeEngine is an engine that a test drives; its tables are real.
type fakeEngine struct {
	status    engine.Status
	clients   []engine.Client
	observers []engine.Observer
	table     *topics.Table
	flows     *flow.Table
	revision  uint64
}

func (e *fakeEngine) Status() engine.Status        { return e.status }
func (e *fakeEngine) Clients() []engine.Client     { return e.clients }
func (e *fakeEngine) Observers() []engine.Observer { return e.observers }
func (e *fakeEngine) Topics() *topics.Table        { return e.table }
func (e *fakeEngine) Flows() *flow.Table           { return e.flows }
func (e *fakeEngine) Revision() uint64             { return e.revision }

// bench is a pane in a window with everything on one goroutine; frames come when the test says so.
type bench struct {
	*Pane
	window  fyne.Window
	engine  *fakeEngine
	now     time.Time
	opened  []string
	pending []func() // what is to be done later
	presses int      // of the buttons
}

func newBench(t *testing.T, presenting bool) *bench {
	t.Helper()
	return newBenchIn(t, theme.Dark, presenting)
}

func newBenchIn(t *testing.T, mode theme.Mode, presenting bool) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
	b := &bench{window: test.NewTempWindow(t, nil), now: noon, engine: &fakeEngine{
		status: engine.Status{State: engine.Running}, table: topics.New(topics.Options{}), flows: flow.New(flow.Options{}),
	}}
	h := &pane.Host{
		Window: b.window, Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Gateway: func() command.Gateway { return command.Gateway{CoAP: "127.0.0.1:5683"} },
		Open:    func(p, item string) { b.opened = append(b.opened, p+" "+item) },
	}
	o := Options{Presenting: presenting, Demo: func() { b.presses++ }}
	if !presenting {
		o.Present = func() { b.presses++ }
	}
	b.Pane = New(b.engine, h, o)
	b.board.after = func(_ time.Duration, f func()) { b.pending = append(b.pending, f) }
	b.window.SetPadded(false)
	if presenting {
		b.window.SetContent(container.NewThemeOverride(b.Content(), pane.Enlarged(1.5)))
		b.window.Resize(fyne.NewSize(1920, 1080))
		return b
	}
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1240, 820))
	return b
}

func (b *bench) tick() {
	if update := b.Gather(b.now); update != nil {
		update()
	}
	if b.board.running { // as the frames of that time would
		b.pending = nil
		b.board.frame(b.now)
	}
}

// coap and mqtt add clients.
func (b *bench) coap(transport string, ids ...string) {
	for _, id := range ids {
		b.engine.clients = append(b.engine.clients, engine.Client{Key: "coap/" + id, ID: id, Transport: transport, Mode: "connection"})
	}
	b.engine.revision++
}

func (b *bench) mqtt(id, transport string, filters ...string) {
	b.engine.clients = append(b.engine.clients, engine.Client{Key: "mqtt/" + id, ID: id, Transport: transport, Mode: "MQTT 5", Subscribes: filters, Observes: len(filters)})
	b.engine.revision++
}

func (b *bench) observes(client string, filters ...string) {
	for i := range b.engine.clients {
		if b.engine.clients[i].ID == client {
			b.engine.clients[i].Observes += len(filters)
		}
	}
	for _, f := range filters {
		b.engine.observers = append(b.engine.observers, engine.Observer{Observer: gateway.Observer{Client: client, Filter: f}})
	}
	b.engine.revision++
}

// publish lets a message pass from a CoAP client to whoever is given.
func (b *bench) publish(from, topic, value string, coap, mqtt []string) {
	b.engine.table.Note(&broker.Message{Topic: topic, Payload: []byte(value), From: from, At: b.now})
	b.engine.flows.Note(flow.FromCoAP, from, topic, b.now)
	for _, to := range coap {
		b.engine.flows.Note(flow.ToCoAP, to, topic, b.now)
	}
	for _, to := range mqtt {
		b.engine.flows.Note(flow.ToMQTT, to, topic, b.now)
	}
	b.engine.revision++
}

// plant is what the picture of the design shows.
func (b *bench) plant() {
	b.coap("coaps", "sensor-17", "sensor-18", "meter-a1")
	b.coap("coap", "valve-9", "lamp-3", "panel-2")
	b.mqtt("mqttx-demo", "mqtt", "plant/line1/temp", "plant/line1/humidity", "plant/cmd/#")
	b.mqtt("dashboard", "ws", "plant/line1/humidity", "building/+/power")
	b.observes("lamp-3", "plant/cmd/lamp", "plant/line1/humidity")
	b.observes("panel-2", "plant/line1/temp", "plant/line1/humidity")
}

// work lets the plant work for some seconds.
func (b *bench) work(seconds int) {
	for i := range seconds * 10 {
		b.now = b.now.Add(100 * time.Millisecond)
		if i%10 == 0 {
			x := float64(i) / 40
			b.publish("sensor-17", "plant/line1/temp", fmt.Sprintf("%.1f", 23.4+math.Sin(x)), []string{"panel-2"}, []string{"mqttx-demo"})
			b.publish("sensor-18", "plant/line1/humidity", fmt.Sprintf("%.1f", 41.8+math.Cos(x)), []string{"panel-2", "lamp-3"}, []string{"mqttx-demo", "dashboard"})
			b.engine.status.Requests += 412 + uint64(40*math.Sin(x)) + uint64(i%7)
			b.engine.status.Notifications += 1236 + uint64(90*math.Sin(x/2)) + uint64(i%11)
			for k := range 50 {
				b.engine.flows.NoteAnswer(k == 0 && i%40 == 0, 900*time.Microsecond+time.Duration(100*math.Sin(x))*time.Microsecond)
			}
		}
		if i%5 == 0 {
			b.publish("valve-9", "plant/cmd/lamp", `{"on":true}`, []string{"lamp-3"}, []string{"mqttx-demo"})
		}
		if i%100 == 0 {
			b.publish("meter-a1", "building/a/power", "1.82 kW", nil, []string{"dashboard"})
		}
		b.tick()
	}
}

// crowd are many devices that publish each to a topic of their own, one of them more often than all others.
func (b *bench) crowd(n int) {
	for i := range n {
		b.coap("coap", fmt.Sprintf("dev-%04d", i))
	}
	b.mqtt("historian", "mqtt", "site/#")
	b.mqtt("dashboard", "wss", "site/north/+/temp")
}

func (b *bench) crowdWorks(n, seconds int) {
	for s := range seconds {
		b.now = b.now.Add(time.Second)
		for i := range n {
			times := 1
			if i%97 == 3 {
				times = 20
			}
			for range times {
				site := []string{"north", "south", "east"}[i%3]
				b.publish(fmt.Sprintf("dev-%04d", i), fmt.Sprintf("site/%s/dev-%04d/temp", site, i), fmt.Sprint(20+i%9), nil, []string{"historian"})
			}
		}
		b.engine.status.Requests += uint64(n)
		for range 200 {
			b.engine.flows.NoteAnswer(s%3 == 0, 2*time.Millisecond)
		}
		b.tick()
	}
}
